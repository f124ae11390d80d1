import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import * as desk from '@/api/desk'
import type { AlertFrame, AlertWhy } from '@/socket/frames'
import type { Level, Ticket } from '@/api/schema'

export const MUTE_MS = 20_000
export type Alert = { ticket: Ticket; level: Level; why: AlertWhy; round: number; mutedUntil: number }
export type Ring = { count: number; level: Level; round: number }

/** Level 3 and 4 that nobody has yet. The server repeats; this desk rings each time unless it was seen in the last 20 s. */
export const useAlerts = defineStore('alerts', () => {
  const open = ref<Record<string, Alert>>({})
  const ring = ref<Ring>({ count: 0, level: 0, round: 0 })
  const list = computed(() =>
    Object.values(open.value).sort(
      (a, b) => b.level - a.level || a.ticket.waiting_since.localeCompare(b.ticket.waiting_since),
    ),
  )

  function receive(frame: AlertFrame, now: number = Date.now()): void {
    const before = open.value[frame.ticket.id]
    // A rise in level breaks through a mute: what was seen is not what is there now.
    const rose = before !== undefined && frame.level > before.level
    const mutedUntil = rose ? 0 : (before?.mutedUntil ?? 0)
    const { ticket, level, why, round } = frame
    open.value = { ...open.value, [ticket.id]: { ticket, level, why, round, mutedUntil } }
    if (now >= mutedUntil) ring.value = { count: ring.value.count + 1, level, round }
  }

  /** "看到了": quiet here for 20 s, told to the server, still on the screen. */
  async function see(ticketId: string, now: number = Date.now()): Promise<void> {
    const alert = open.value[ticketId]
    if (!alert) return
    open.value = { ...open.value, [ticketId]: { ...alert, mutedUntil: now + MUTE_MS } }
    await desk.seen(ticketId).catch(() => undefined)
  }

  function over(ticketId: string): void {
    open.value = Object.fromEntries(Object.entries(open.value).filter(([id]) => id !== ticketId))
  }

  function clear(): void {
    open.value = {}
  }

  return { open, list, ring, receive, see, over, clear }
})
