import { ZONE } from './time'

/** The moment at which a day begins in China, `offset` days later: `2026-11-22` → `2026-11-22T00:00:00+08:00`. */
export function dayStart(day: string | null | undefined, offset = 0): string {
  if (!day) return ''
  const noon = new Date(`${day}T12:00:00+08:00`)
  noon.setUTCDate(noon.getUTCDate() + offset)
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' })
  return `${parts.format(noon)}T00:00:00+08:00`
}
