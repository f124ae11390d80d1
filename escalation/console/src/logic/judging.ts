// What goes together on the label page; the server holds to it, too.
import type { Level } from '@/api/schema'

export const KINDS = [
  'suicide',
  'self_harm',
  'harm_others',
  'abuse',
  'sexual_abuse',
  'bullying',
  'runaway',
  'eating',
  'psychosis',
  'substance',
] as const

export type Said = { level: Level; categories: string[]; subject: 'self' | 'other' | 'none' }

/** Level 0 has no kind and is about nobody; level 1 is distress and nothing else. */
export function tidy(said: Said): Said {
  if (said.level === 0) return { level: 0, categories: [], subject: 'none' }
  const subject = said.subject === 'none' ? 'self' : said.subject
  if (said.level === 1) return { level: 1, categories: ['emotional'], subject }
  const known = KINDS.filter((kind) => said.categories.includes(kind))
  return { level: said.level, categories: known, subject }
}

/** From level 2 on the kind of danger is named. */
export function whole(said: Said): boolean {
  return said.level < 2 || tidy(said).categories.length > 0
}
