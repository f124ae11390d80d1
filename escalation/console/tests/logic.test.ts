import { describe, expect, it } from 'vitest'
import { fresh, receive, release } from '@/logic/held'
import { byUrgency } from '@/logic/order'
import { cut, quoted } from '@/logic/spans'
import { clock, hourMinute, isNight, secondsSince } from '@/logic/time'
import { plot } from '@/logic/timeline'
import { ulid } from '@/logic/ulid'
import { ticket } from './make'

describe('a list under the pointer', () => {
  const [a, b, c] = [ticket('a'), ticket('b'), ticket('c')]
  const ids = (list: { id: string }[]): string => list.map((entry) => entry.id).join('')

  it('takes the server order at once when nobody points at it', () => {
    expect(ids(receive(receive(fresh<typeof a>(), [a, b], false), [b, a], false).shown)).toBe('ba')
  })

  it('keeps every place while held, refreshes what is known, marks what went, and shows the truth after', () => {
    const shown = receive(fresh<typeof a>(), [a, b], false)
    const held = receive(shown, [c, ticket('b', { level: 4 })], true)
    expect(ids(held.shown)).toBe('ab')
    expect(held.shown[1]?.level).toBe(4)
    expect([...held.gone]).toEqual(['a'])
    expect(held.waiting).not.toBeNull()
    expect(ids(release(held).shown)).toBe('cb')
  })

  it('announces nothing when only the content of a row changed', () => {
    const held = receive(receive(fresh<typeof a>(), [a], false), [ticket('a', { unread: 3 })], true)
    expect(held.waiting).toBeNull()
    expect(held.shown[0]?.unread).toBe(3)
  })
})

describe('my chats', () => {
  it('stand by danger, then by the clock of the first word, then by who waits for an answer longest', () => {
    const list = [
      ticket('calm', { level: 1, last_at: '2026-11-01T10:00:00Z' }),
      ticket('later', { level: 3, first_word: { due_at: '2026-11-01T12:03:00Z' } }),
      ticket('unread-new', { level: 1, unread: 1, last_at: '2026-11-01T11:00:00Z' }),
      ticket('unread-old', { level: 1, unread: 1, last_at: '2026-11-01T10:30:00Z' }),
      ticket('soon', { level: 3, first_word: { due_at: '2026-11-01T12:01:00Z' } }),
      ticket('worst', { level: 4 }),
    ]
    expect(list.sort(byUrgency).map((entry) => entry.id)).toEqual([
      'worst',
      'soon',
      'later',
      'unread-old',
      'unread-new',
      'calm',
    ])
  })
})

describe('evidence', () => {
  it('counts code points, so that an emoji before the words moves nothing', () => {
    const pieces = cut('😔😔疼得厉害', [{ start: 2, end: 4, why: 'self_harm' }])
    expect(pieces.map((piece) => piece.text)).toEqual(['😔😔', '疼得', '厉害'])
    expect(pieces[1]?.whys).toEqual(['self_harm'])
  })

  it('loses no letter, whatever the spans say', () => {
    const marks = [
      { start: -3, end: 2, why: 'a' },
      { start: 1, end: 99, why: 'b' },
      { start: 4, end: 4, why: 'c' },
    ]
    expect(
      cut('一二三四', marks)
        .map((piece) => piece.text)
        .join(''),
    ).toBe('一二三四')
    expect(cut('一二三四', marks)[1]?.whys).toEqual(['a', 'b'])
  })

  it('quotes marks that touch or overlap as one', () => {
    const marks = [
      { start: 0, end: 2, why: 'a' },
      { start: 1, end: 3, why: 'b' },
    ]
    expect(quoted('甲乙丙丁', marks)).toBe('甲乙丙')
  })

  it('quotes the marked words, also those without a reason', () => {
    expect(
      quoted('甲乙丙丁', [
        { start: 1, end: 2, why: '' },
        { start: 3, end: 4, why: 'x' },
      ]),
    ).toBe('乙 … 丁')
  })
})

describe('time', () => {
  it('reads like a clock and never shows NaN', () => {
    expect([clock(42), clock(725), clock(10_807), clock(-5)]).toEqual(['0:42', '12:05', '3:00:07', '0:00'])
    expect(secondsSince('not a time', 0)).toBe(0)
    expect(hourMinute('', 'zh-CN')).toBe('')
  })

  it('is China time by default, and midnight is 00', () => {
    expect(hourMinute('2026-11-01T16:05:00Z', 'zh-CN')).toBe('00:05')
  })

  it('is night from 22:00 to 07:00', () => {
    const at = (hour: number): boolean => isNight(new Date(2026, 10, 1, hour))
    expect([at(21), at(22), at(3), at(6), at(7)]).toEqual([false, true, true, true, false])
  })
})

describe('the risk timeline', () => {
  it('steps along the running level while each dot shows its own message', () => {
    const point = (seq: number, level: 0 | 4, running: 0 | 4) => ({ at: '', seq, level, running, by: 'nlu' })
    const { dots, line } = plot([point(1, 0, 0), point(2, 4, 4), point(3, 0, 4)], 100, 50, 10)
    expect(line).toBe('M10 40 H50 V10 H90 V10')
    expect(dots.map((dot) => dot.y)).toEqual([40, 10, 40])
  })
})

describe('ids', () => {
  it('are ULIDs that sort by time and do not repeat', () => {
    expect(ulid(1)).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
    expect(ulid(1) < ulid(2_000_000)).toBe(true)
    expect(new Set(Array.from({ length: 500 }, () => ulid(5))).size).toBe(500)
  })
})
