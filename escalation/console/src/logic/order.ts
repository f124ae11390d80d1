// The order of a counsellor's own chats: danger first, then whose clock runs out first, then who waits for an answer.
import type { Ticket } from '@/api/schema'

export function byUrgency(a: Ticket, b: Ticket): number {
  return (
    b.level - a.level ||
    due(a) - due(b) ||
    Number(b.unread > 0) - Number(a.unread > 0) ||
    a.last_at.localeCompare(b.last_at) ||
    a.id.localeCompare(b.id)
  )
}

function due(ticket: Ticket): number {
  const at = ticket.first_word ? Date.parse(ticket.first_word.due_at) : Number.NaN
  return Number.isNaN(at) ? Number.MAX_SAFE_INTEGER : at
}
