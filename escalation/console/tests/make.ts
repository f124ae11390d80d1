// Small builders for tests: valid by the same schemas that check the server.
import * as v from 'valibot'
import {
  ConversationSchema,
  MessageSchema,
  TicketSchema,
  type Conversation,
  type Message,
  type Ticket,
} from '@/api/schema'

const AT = '2026-11-01T12:00:00Z'

export function ticket(id: string, over: Record<string, unknown> = {}): Ticket {
  const base = { id, conversation: `C-${id}`, level: 1, state: 'waiting', fence: 1, created_at: AT, waiting_since: AT }
  return v.parse(TicketSchema, { ...base, ...over })
}

export function message(seq: number, over: Record<string, unknown> = {}): Message {
  return v.parse(MessageSchema, { seq, id: `M${seq}`, at: AT, author: 'seeker', body: { text: `t${seq}` }, ...over })
}

export function conversation(id: string, over: Record<string, unknown> = {}): Conversation {
  const base = { id, level: 1, seeker: { nickname: 'n' }, messages: [message(1)], last_seq: 1 }
  return v.parse(ConversationSchema, { ...base, ...over })
}

export function assessment(level: number) {
  return { level, categories: ['suicide'], spans: [{ start: 0, end: 1, why: 'suicide' }] }
}
