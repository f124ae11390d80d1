import { effectScope, type EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ACTIVE_EVERY_MS, useActivity } from '@/composables/use-activity'
import { combo, useShortcuts } from '@/composables/use-shortcuts'

let scope: EffectScope
beforeEach(() => {
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  document.body.replaceChildren()
})

const press = (target: EventTarget, init: KeyboardEventInit): KeyboardEvent => {
  const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })
  target.dispatchEvent(event)
  return event
}

describe('shortcuts', () => {
  it('rest while somebody types, except those with Alt or Ctrl', () => {
    const [next, note] = [vi.fn(), vi.fn()]
    scope.run(() => useShortcuts({ KeyN: next, 'alt+KeyN': note }))
    const box = document.body.appendChild(document.createElement('textarea'))
    press(box, { code: 'KeyN' })
    expect(next).not.toHaveBeenCalled()
    press(box, { code: 'KeyN', altKey: true })
    expect(note).toHaveBeenCalledOnce()
    press(document.body, { code: 'KeyN' })
    expect(next).toHaveBeenCalledOnce()
  })

  it('go by the place of the key and end with their part of the screen', () => {
    const handler = vi.fn()
    scope.run(() => useShortcuts({ 'alt+Digit1': handler }))
    expect(combo(press(document.body, { code: 'Digit1', key: '¡', altKey: true }))).toBe('alt+Digit1')
    scope.stop()
    press(document.body, { code: 'Digit1', altKey: true })
    expect(handler).toHaveBeenCalledOnce()
  })
})

describe('activity', () => {
  const act = (trusted: boolean): void => {
    const event = new Event('pointerdown')
    Object.defineProperty(event, 'isTrusted', { value: trusted })
    window.dispatchEvent(event)
  }

  it('s14: is told at most every 10 s, and only for what a person did', () => {
    const tell = vi.fn()
    let now = 0
    scope.run(() => useActivity(tell, () => now))
    act(false)
    expect(tell).not.toHaveBeenCalled()
    act(true)
    now = ACTIVE_EVERY_MS - 1
    act(true)
    expect(tell).toHaveBeenCalledOnce()
    now = ACTIVE_EVERY_MS
    act(true)
    expect(tell).toHaveBeenCalledTimes(2)
  })
})
