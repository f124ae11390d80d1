// Times on the desk: China's wall clock by default, and durations that a tired eye can read.
export const ZONE = 'Asia/Shanghai'

/** Whole seconds from `iso` until `now` (ms); negative when `iso` lies ahead. NaN never leaves here. */
export function secondsSince(iso: string, now: number): number {
  const at = Date.parse(iso)
  return Number.isNaN(at) ? 0 : Math.floor((now - at) / 1000)
}

/** 0:42, 12:05, 3:00:07 */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

export function hourMinute(iso: string, locale: string): string {
  return format(iso, locale, { hour: '2-digit', minute: '2-digit', hour12: false })
}

export function dayTime(iso: string, locale: string): string {
  return format(iso, locale, { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false })
}

function format(iso: string, locale: string, options: Intl.DateTimeFormatOptions): string {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return ''
  return new Intl.DateTimeFormat(locale, { ...options, hourCycle: 'h23', timeZone: ZONE }).format(at)
}

/** Night is from 22:00 to 07:00 where the counsellor sits. */
export function isNight(date: Date): boolean {
  return date.getHours() >= 22 || date.getHours() < 7
}
