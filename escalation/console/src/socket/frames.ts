// The frames of the desk's socket, as one closed union.
import * as v from 'valibot'
import { AssessmentSchema, ColleagueSchema, LevelSchema, MessageSchema, PRESENCES, TicketSchema } from '@/api/schema'

export const ALERT_WHYS = ['new', 'raise', 'unanswered', 'out_of_reach', 'transfer', 'ladder', 'reveal'] as const
export const LOST_WHYS = ['lease', 'unanswered', 'taken'] as const

const AlertSchema = v.object({
  type: v.literal('alert'),
  ticket: TicketSchema,
  level: LevelSchema,
  why: v.fallback(v.picklist(ALERT_WHYS), 'new'),
  round: v.optional(v.number(), 1),
})
const idOf = v.pipe(
  v.union([v.string(), v.object({ id: v.string() })]),
  v.transform((ticket) => (typeof ticket === 'string' ? ticket : ticket.id)),
)

export const FrameSchema = v.variant('type', [
  v.object({ type: v.literal('ready'), server_time: v.string() }),
  v.object({ type: v.literal('queue'), tickets: v.array(TicketSchema) }),
  v.object({ type: v.literal('ticket'), ticket: TicketSchema }),
  AlertSchema,
  v.object({ type: v.literal('alert_over'), ticket: idOf }),
  v.object({ type: v.literal('message'), conversation: v.string(), message: MessageSchema }),
  v.object({
    type: v.literal('assessment'),
    conversation: v.string(),
    seq: v.number(),
    assessment: AssessmentSchema,
    level: LevelSchema,
  }),
  v.object({
    type: v.literal('conversation'),
    conversation: v.string(),
    mode: v.optional(v.string()),
    level: v.optional(LevelSchema),
    presence: v.optional(v.nullable(v.fallback(v.picklist(PRESENCES), 'away'))),
    typing: v.optional(v.boolean()),
    version: v.optional(v.number()),
  }),
  v.object({
    type: v.literal('duty'),
    on_duty: v.optional(v.unknown()),
    people: v.optional(v.fallback(v.array(ColleagueSchema), []), []),
  }),
  v.object({
    type: v.literal('lost'),
    ticket: idOf,
    why: v.fallback(v.picklist(LOST_WHYS), 'taken'),
  }),
  v.object({ type: v.literal('pong') }),
  // An older server does not know one of our frames; nothing is lost by it.
  v.object({ type: v.literal('refused'), code: v.optional(v.string(), '') }),
])

export type Frame = v.InferOutput<typeof FrameSchema>
export type AlertFrame = v.InferOutput<typeof AlertSchema>
export type AlertWhy = AlertFrame['why']
export type LostWhy = Extract<Frame, { type: 'lost' }>['why']

export type ClientFrame =
  | { type: 'hello'; csrf: string }
  | { type: 'active' }
  | { type: 'watch' | 'unwatch'; conversation: string }
  | { type: 'typing'; conversation: string; on: boolean }
  | { type: 'ping' }

/** Read one frame; null for what we do not know (newer server) or cannot read. Only its type is logged, never its words. */
export function readFrame(raw: unknown): Frame | null {
  if (typeof raw !== 'string') return null
  let value: unknown
  try {
    value = JSON.parse(raw)
  } catch {
    return null
  }
  const checked = v.safeParse(FrameSchema, value)
  if (checked.success) return checked.output
  console.warn('frame of an unknown shape', v.flatten(checked.issues).nested)
  return null
}
