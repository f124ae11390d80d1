import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Ticket } from '@/api/schema'
import { fresh, receive, release, type Held } from '@/logic/held'

/** Who waits, in the server's order. While the pointer is over the list nothing changes its place. */
export const useQueue = defineStore('queue', () => {
  const held = ref<Held<Ticket>>(fresh<Ticket>())
  const holding = ref(false)

  const shown = computed(() => held.value.shown)
  const gone = computed(() => held.value.gone)
  const stale = computed(() => held.value.waiting !== null)
  const real = computed(() => held.value.waiting ?? held.value.shown)
  const urgent = computed(() => real.value.filter((ticket) => ticket.level >= 3).length)

  function set(tickets: Ticket[]): void {
    held.value = receive(held.value, tickets, holding.value)
  }

  function hold(on: boolean): void {
    holding.value = on
    if (!on) held.value = release(held.value)
  }

  function refresh(): void {
    held.value = release(held.value)
  }

  return { shown, gone, stale, real, urgent, set, hold, refresh }
})
