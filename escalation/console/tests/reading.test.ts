import { describe, expect, it } from 'vitest'
import { ref } from 'vue'
import { useRead } from '@/composables/use-read'
import { dayStart } from '@/logic/day'
import { whyKeys } from '@/logic/evidence'
import zh from '@/locales/zh-CN'
import { conversation, message } from './make'

describe('a form that decides about a talk', () => {
  it('s5: is void once the seeker says something new, but not by our own words', () => {
    const talk = ref(conversation('C', { messages: [message(1)] }))
    const { seen, last } = useRead(() => talk.value)
    talk.value = conversation('C', { messages: [message(1), message(2, { author: 'staff' })], last_seq: 2 })
    expect(last.value).toBe(seen.value)
    talk.value = conversation('C', { messages: [message(1), message(3)], last_seq: 3 })
    expect(last.value).toBeGreaterThan(seen.value)
  })
})

describe('filters', () => {
  it('mean whole days in China', () => {
    expect(dayStart('2026-02-28')).toBe('2026-02-28T00:00:00+08:00')
    expect(dayStart('2026-02-28', 1)).toBe('2026-03-01T00:00:00+08:00')
    expect([dayStart(null), dayStart('')]).toEqual(['', ''])
  })
})

describe('reasons', () => {
  it('are looked up by rule, then by family, so that a new rule still has a word', () => {
    expect(whyKeys('suicide.plan.past')).toEqual(['whys.suicide_plan', 'whys.suicide'])
    expect(Object.keys(zh.whys)).toContain(whyKeys('suicide.invented_tomorrow')[1]?.replace('whys.', ''))
  })
})
