import { computed, ref, type ComputedRef, type Ref } from 'vue'
import type { Conversation } from '@/api/schema'

/** What the seeker said last, and up to where it was read when a form opened: newer words void its decision (S5). */
export function useRead(conversation: () => Conversation): { seen: Ref<number>; last: ComputedRef<number> } {
  const last = computed(() => conversation().messages.findLast((message) => message.author === 'seeker')?.seq ?? 0)
  return { seen: ref(last.value), last }
}
