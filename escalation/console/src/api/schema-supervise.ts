// Shapes of the supervisor's lists and of the small side pages.
import * as v from 'valibot'
import { LevelSchema, PersonSchema } from './schema'

const text = (fallback = '') => v.optional(v.fallback(v.string(), fallback), fallback)
const maybe = v.optional(v.nullable(v.string()), null)
const level = v.optional(v.fallback(LevelSchema, 0), 0)
// Some lists name a person by {id, name}, some by name alone.
const who = v.optional(
  v.nullable(
    v.pipe(
      v.union([PersonSchema, v.string()]),
      v.transform((person) => (typeof person === 'string' ? { id: person, name: person } : person)),
    ),
  ),
  null,
)

export const ListedSchema = v.object({
  id: v.string(),
  nickname: text(),
  line: text(),
  mode: text(),
  level,
  channel: text(),
  started_at: text(),
  last_at: text(),
  owner: who,
})
export type Listed = v.InferOutput<typeof ListedSchema>
export const ListingSchema = v.object({
  items: v.array(ListedSchema),
  next: v.optional(v.nullable(v.union([v.string(), v.number()])), null),
})

export const OutOfReachSchema = v.object({
  conversation: v.string(),
  nickname: text(),
  level,
  since: text(),
  due_at: maybe,
  owner: who,
  why: text(),
})
export type OutOfReach = v.InferOutput<typeof OutOfReachSchema>

export const ReviewSchema = v.object({
  id: v.string(),
  conversation: v.string(),
  kind: text(),
  state: text(),
  from_level: v.optional(v.fallback(LevelSchema, 4), 4),
  to_level: level,
  reason: text(),
  by: who,
  due_at: maybe,
  at: text(),
})
export type Review = v.InferOutput<typeof ReviewSchema>

export const SampleSchema = v.object({
  date: text(),
  items: v.array(
    v.object({
      conversation: v.string(),
      level,
      why: text(),
      reviewed: v.optional(v.nullable(v.unknown()), null),
    }),
  ),
})
export type Sample = v.InferOutput<typeof SampleSchema>

export const AuditSchema = v.object({
  items: v.array(v.object({ at: v.string(), staff: who, action: v.string(), object: text() })),
})
export type AuditLine = v.InferOutput<typeof AuditSchema>['items'][number]

export const HitsSchema = v.object({
  hits: v.array(v.object({ slug: text(), article: text(), title: v.string(), summary: text(), text: text() })),
})
export type Hit = v.InferOutput<typeof HitsSchema>['hits'][number]

export const OutboxSchema = v.object({
  items: v.array(
    v.object({
      id: v.string(),
      conversation: v.string(),
      seq: v.optional(v.nullable(v.number()), null),
      state: text('failed'),
      channel: text(),
      attempts: v.optional(v.number(), 0),
      at: text(),
      code: text(),
    }),
  ),
})
export type OutboxItem = v.InferOutput<typeof OutboxSchema>['items'][number]

export const RevealSchema = v.object({
  state: v.string(),
  packet: v.optional(v.nullable(v.record(v.string(), v.unknown())), null),
})
export type Reveal = v.InferOutput<typeof RevealSchema>
