// Every call of the desk, one line of meaning each. See docs/protocol.md, section 2.
import * as v from 'valibot'
import { request } from './client'
import {
  ColleagueSchema,
  ConversationSchema,
  JudgedSchema,
  LineSchema,
  MessageSchema,
  OverviewSchema,
  StaffSchema,
  TicketSchema,
  type Level,
} from './schema'
import {
  AuditSchema,
  HitsSchema,
  ListingSchema,
  OutboxSchema,
  OutOfReachSchema,
  RevealSchema,
  ReviewSchema,
  SampleSchema,
} from './schema-supervise'

const base = '/api/desk'
const Done = v.looseObject({})
// `needs_second`: the ticket stays with its owner until a second person agrees (S5, level 4).
const State = v.object({ state: v.optional(v.string(), '') })
const Session = v.object({ staff: StaffSchema, csrf: v.string() })
const Posted = v.object({ message: MessageSchema })
const Taken = v.object({ ticket: v.optional(v.nullable(TicketSchema), null) })
const list = <S extends v.GenericSchema>(item: S) => v.object({ items: v.array(item) })
const id = encodeURIComponent

export type Risk = { asked: boolean; answer: 'denied' | 'present' | 'unclear' | 'not_asked'; date?: string }
export type Closing = {
  fence: number
  last_seq: number
  disposition: string
  note: string
  risk: Risk
  reason?: string
}
export type Filters = {
  q_level?: string
  mode?: string
  line?: string
  from?: string | null
  to?: string | null
  page?: string
}

export const signIn = (login: string, password: string) =>
  request('POST', `${base}/session`, Session, { login, password })
export const currentSession = () => request('GET', `${base}/session`, Session)
export const signOut = () => request('DELETE', `${base}/session`, Done)

export const overview = () => request('GET', `${base}/overview`, OverviewSchema)
export const setDuty = (on: boolean, capacity?: number) =>
  request('POST', `${base}/duty`, v.object({ on_duty: v.unknown() }), { on, capacity })
export const takeNext = () => request('POST', `${base}/next`, Taken, {})

const ticket = (ticketId: string, verb: string) => `${base}/tickets/${id(ticketId)}/${verb}`
export const claim = (t: string, fence: number) => request('POST', ticket(t, 'claim'), Taken, { fence })
export const seen = (t: string) => request('POST', ticket(t, 'seen'), Done, {})
export const handBack = (
  t: string,
  body: { fence: number; note: string; reason?: string; to: 'queue' | 'bot'; last_seq: number },
) => request('POST', ticket(t, 'hand-back'), State, body)
export const transfer = (t: string, body: { fence: number; to_line?: string; to_staff?: string; note: string }) =>
  request('POST', ticket(t, 'transfer'), Done, body)
export const acceptTransfer = (t: string, fence: number) =>
  request('POST', ticket(t, 'transfer/accept'), Taken, { fence })
export const declineTransfer = (t: string, fence: number, note: string) =>
  request('POST', ticket(t, 'transfer/decline'), Done, { fence, note })
export const close = (t: string, body: Closing) => request('POST', ticket(t, 'close'), State, body)
export const lower = (t: string, body: { fence: number; last_seq: number; level: Level; reason: string }) =>
  request('POST', ticket(t, 'lower'), State, body)

const conversationPath = (c: string, rest = '') => `${base}/conversations/${id(c)}${rest}`
export const conversation = (c: string, after = 0) =>
  request('GET', conversationPath(c, after > 0 ? `?after=${after}` : ''), ConversationSchema)
export const sendMessage = (c: string, body: { id: string; text: string; fence: number }) =>
  request('POST', conversationPath(c, '/messages'), Posted, body)
export const sendSafetyCard = (c: string, body: { id: string; fence: number }) =>
  request('POST', conversationPath(c, '/safety-card'), Posted, body)
export const addNote = (c: string, body: { id: string; text: string }) =>
  request('POST', conversationPath(c, '/notes'), Posted, body)
export const judgeMessage = (
  c: string,
  message: string,
  said: { level: Level; categories: string[]; subject: string },
) => request('POST', conversationPath(c, `/messages/${id(message)}/level`), v.object({ judged: JudgedSchema }), said)
export const reveal = (c: string, reason: string) =>
  request('POST', conversationPath(c, '/reveal'), RevealSchema, { reason })

export const listConversations = (filters: Filters) => {
  const query = new URLSearchParams(Object.entries(filters).filter((pair): pair is [string, string] => !!pair[1]))
  return request('GET', `${base}/conversations?${query}`, ListingSchema)
}
export const outOfReach = () => request('GET', `${base}/out-of-reach`, list(OutOfReachSchema))
export const endOutOfReach = (c: string, note: string, outcome: string) =>
  request('POST', `${base}/out-of-reach/${id(c)}/end`, Done, { note, outcome })
export const reviews = () => request('GET', `${base}/reviews`, list(ReviewSchema))
export const decideReview = (r: string, decision: 'confirm' | 'reject', note: string) =>
  request('POST', `${base}/reviews/${id(r)}`, Done, { decision, note })
export const sample = () => request('GET', `${base}/sample`, SampleSchema)
export const judgeSample = (c: string, verdict: 'ok' | 'missed', note: string) =>
  request('POST', `${base}/sample/${id(c)}`, Done, { verdict, note })
export const audit = (c: string) => request('GET', `${base}/audit?conversation=${id(c)}`, AuditSchema)
export const people = () =>
  request(
    'GET',
    `${base}/people`,
    v.object({ lines: v.optional(v.array(LineSchema), []), staff: v.array(ColleagueSchema) }),
  )
export const articles = (q: string) => request('GET', `${base}/articles?q=${id(q)}`, HitsSchema)
export const outbox = () => request('GET', `${base}/outbox`, OutboxSchema)
