// What the server says, checked at the edge. Fields that we do not know are dropped; fields that only decorate have
// a default, so that an older or newer server never empties a counsellor's screen.
import * as v from 'valibot'

const text = (fallback = '') => v.optional(v.fallback(v.string(), fallback), fallback)
const maybe = v.optional(v.nullable(v.string()), null)
const flag = v.optional(v.nullable(v.boolean()), false)
const count = v.optional(v.number(), 0)

export const LevelSchema = v.picklist([0, 1, 2, 3, 4])
export type Level = v.InferOutput<typeof LevelSchema>

export const PersonSchema = v.object({ id: v.string(), name: v.string() })
export type Person = v.InferOutput<typeof PersonSchema>

export const StaffSchema = v.object({
  id: v.string(),
  name: v.string(),
  login: text(),
  role: text(),
  roles: v.optional(v.array(v.string()), []),
})
export type Staff = v.InferOutput<typeof StaffSchema>

export const LineSchema = v.pipe(
  v.union([v.object({ id: v.string(), name: text() }), v.string()]),
  v.transform((line) =>
    typeof line === 'string' ? { id: line, name: line } : { ...line, name: line.name || line.id },
  ),
)
export type Line = v.InferOutput<typeof LineSchema>

export const ExcerptSchema = v.object({
  text: v.string(),
  spans: v.optional(v.array(v.tuple([v.number(), v.number()])), []),
})

export const TicketSchema = v.object({
  id: v.string(),
  conversation: v.string(),
  line: text(),
  level: LevelSchema,
  reason: text('risk'),
  state: v.picklist(['waiting', 'claimed', 'closed']),
  fence: v.number(),
  owner: v.optional(v.nullable(PersonSchema), null),
  transfer: v.optional(v.nullable(v.object({ to_line: maybe, to_staff: maybe, by: text(), note: text() })), null),
  nickname: text(),
  audience: maybe,
  categories: v.optional(v.array(v.string()), []),
  subject: text('none'),
  topic: maybe,
  created_at: v.string(),
  waiting_since: v.string(),
  claimed_at: maybe,
  rung: count,
  burst: v.optional(v.number(), 1),
  first_word: v.optional(v.nullable(v.object({ due_at: v.string() })), null),
  unread: count,
  last_at: text(),
  out_of_reach: flag,
  excerpt: v.optional(v.nullable(ExcerptSchema), null),
  disposition: maybe,
  closed_at: maybe,
})
export type Ticket = v.InferOutput<typeof TicketSchema>

const SpanSchema = v.object({ start: v.number(), end: v.number(), why: text() })
export type Span = v.InferOutput<typeof SpanSchema>

export const AssessmentSchema = v.object({
  level: LevelSchema,
  categories: v.optional(v.array(v.string()), []),
  subject: text('none'),
  confidence: count,
  spans: v.optional(v.array(SpanSchema), []),
  layer: text(),
  model: text(),
})
export type Assessment = v.InferOutput<typeof AssessmentSchema>

const ChoiceSchema = v.object({ id: text(), label: text() })
const ItemSchema = v.object({ number: text(), name: text(), note: text() })
const BodySchema = v.object({
  text: v.optional(v.string()),
  title: v.optional(v.string()),
  card: v.optional(v.string()),
  event: v.optional(v.string()),
  choices: v.optional(v.array(ChoiceSchema)),
  items: v.optional(v.array(ItemSchema)),
  steps: v.optional(v.array(v.string())),
})
export type Body = v.InferOutput<typeof BodySchema>

export const SUBJECTS = ['self', 'other', 'none'] as const
export const JudgedSchema = v.object({
  level: LevelSchema,
  categories: v.optional(v.array(v.string()), []),
  subject: v.fallback(v.picklist(SUBJECTS), 'none'),
  by: PersonSchema,
})
export type Judged = v.InferOutput<typeof JudgedSchema>

export const DELIVERIES = ['queued', 'sent', 'delivered', 'failed', 'unknown', 'cancelled'] as const

export const MessageSchema = v.object({
  seq: v.number(),
  id: v.string(),
  at: v.string(),
  author: v.picklist(['seeker', 'bot', 'system', 'staff']),
  kind: text('text'),
  client_id: v.optional(v.nullable(v.string())),
  body: v.fallback(BodySchema, {}),
  staff: v.optional(v.nullable(PersonSchema), null),
  delivery: v.optional(v.nullable(v.fallback(v.picklist(DELIVERIES), 'unknown')), null),
  assessment: v.optional(v.nullable(AssessmentSchema), null),
  judged: v.optional(v.nullable(JudgedSchema), null),
  channel_at: maybe,
})
export type Message = v.InferOutput<typeof MessageSchema>

const TimelineSchema = v.object({
  at: v.string(),
  seq: v.number(),
  level: LevelSchema,
  running: LevelSchema,
  by: text('nlu'),
})
export type TimelinePoint = v.InferOutput<typeof TimelineSchema>

export const PRESENCES = ['here', 'away', 'left'] as const
export const ConversationSchema = v.object({
  id: v.string(),
  mode: text('bot'),
  channel: text('web'),
  level: LevelSchema,
  carried_level: v.optional(LevelSchema, 0),
  version: count,
  seeker: v.object({ nickname: text(), audience: maybe, age_band: maybe, region: maybe, locale: text('zh-CN') }),
  ticket: v.optional(v.nullable(TicketSchema), null),
  earlier_tickets: v.optional(v.array(TicketSchema), []),
  timeline: v.optional(v.array(TimelineSchema), []),
  messages: v.array(MessageSchema),
  last_seq: count,
  presence: v.optional(v.nullable(v.fallback(v.picklist(PRESENCES), 'away')), 'away'),
  budget: v.optional(v.nullable(v.object({ left: v.number(), until: v.string() })), null),
})
export type Conversation = v.InferOutput<typeof ConversationSchema>

export const ColleagueSchema = v.object({
  id: v.string(),
  name: v.string(),
  on_duty: flag,
  load: count,
  capacity: count,
  lines: v.optional(v.array(v.string()), []),
})
export type Colleague = v.InferOutput<typeof ColleagueSchema>

export const OverviewSchema = v.object({
  staff: StaffSchema,
  lines: v.optional(v.array(LineSchema), []),
  on_duty: v.optional(v.unknown(), false),
  capacity: v.optional(v.number()),
  queue: v.array(TicketSchema),
  mine: v.array(TicketSchema),
  reviews: count,
  notices: v.optional(v.array(v.string()), []),
  server_time: v.string(),
})
export type Overview = v.InferOutput<typeof OverviewSchema>
