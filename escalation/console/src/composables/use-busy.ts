import { ref } from 'vue'
import { codeOf } from '@/api/client'
import { useDesk } from '@/stores/desk'
import { useSaying } from './use-saying'

// The server refused because the world has moved on: show the world as it is.
const MOVED_ON = ['stale_fence', 'newer_messages', 'already_claimed', 'not_owner', 'transition_refused']

/** Run one thing at a time; what fails is said in words. Answers whether it went well. */
export function useBusy() {
  const busy = ref(false)
  const { sayError } = useSaying()
  const desk = useDesk()

  async function run(task: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    try {
      await task()
      return true
    } catch (error) {
      sayError(error)
      if (MOVED_ON.includes(codeOf(error))) void desk.resume()
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, run }
}
