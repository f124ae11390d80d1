import { computed, onScopeDispose, ref, type ComputedRef } from 'vue'
import { useDesk } from '@/stores/desk'

const now = ref(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The server's time in ms, ticking once a second: a workstation whose clock is wrong must not lie about waiting. */
export function useClock(): ComputedRef<number> {
  const desk = useDesk()
  if (users++ === 0) {
    now.value = Date.now()
    timer = setInterval(() => (now.value = Date.now()), 1000)
  }
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer)
  })
  return computed(() => now.value + desk.skew)
}
