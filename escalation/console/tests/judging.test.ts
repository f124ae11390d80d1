import { describe, expect, it } from 'vitest'
import { tidy, whole, type Said } from '@/logic/judging'
import { message } from './make'

const said = (over: Partial<Said>): Said => ({ level: 3, categories: ['suicide'], subject: 'self', ...over })

describe('what a counsellor says of a message', () => {
  it('follows the label page whatever was ticked before', () => {
    expect(tidy(said({ level: 0 }))).toEqual({ level: 0, categories: [], subject: 'none' })
    expect(tidy(said({ level: 1, subject: 'other' }))).toEqual({
      level: 1,
      categories: ['emotional'],
      subject: 'other',
    })
    expect(tidy(said({ categories: ['emotional', 'abuse'], subject: 'none' }))).toEqual({
      level: 3,
      categories: ['abuse'],
      subject: 'self',
    })
  })

  it('names a kind of danger from level 2 on', () => {
    expect([0, 1].every((level) => whole(said({ level: level as 0 | 1, categories: [] })))).toBe(true)
    expect(whole(said({ level: 2, categories: ['emotional'] }))).toBe(false)
    expect(whole(said({ level: 2, categories: ['bullying'] }))).toBe(true)
  })

  it('comes with the message, also from a server that does not know it yet', () => {
    expect(message(1).judged).toBeNull()
    const judged = { level: 2, categories: ['bullying'], subject: 'self', by: { id: 'S', name: 'n' } }
    expect(message(1, { judged }).judged?.level).toBe(2)
  })
})
