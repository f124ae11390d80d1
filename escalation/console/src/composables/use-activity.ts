import { onScopeDispose } from 'vue'

export const ACTIVE_EVERY_MS = 10_000
const EVENTS = ['keydown', 'pointerdown', 'touchstart'] as const

/** Tell the server that a person acts here, at most every 10 s. Only trusted events count: a script is nobody on duty. */
export function useActivity(tell: () => void, now: () => number = Date.now): void {
  let last = -Infinity
  const note = (event: Event): void => {
    if (!event.isTrusted || now() - last < ACTIVE_EVERY_MS) return
    last = now()
    tell()
  }
  for (const name of EVENTS) window.addEventListener(name, note, { capture: true, passive: true })
  onScopeDispose(() => {
    for (const name of EVENTS) window.removeEventListener(name, note, { capture: true })
  })
}
