import { onScopeDispose } from 'vue'

/** Shown in the help dialog, in this order; the words stand in the locale files under `shortcuts`. */
export const SHORTCUTS = [
  ['N', 'next'],
  ['Alt+1…9', 'switch'],
  ['Alt+M', 'composer'],
  ['Enter', 'send'],
  ['Ctrl+Enter', 'sendAlways'],
  ['Shift+Enter', 'newline'],
  ['Alt+N', 'note'],
  ['Alt+S', 'safety'],
  ['Alt+C', 'close'],
  ['Alt+L', 'lower'],
  ['Alt+T', 'transfer'],
  ['Alt+B', 'handBack'],
  ['Alt+R', 'reveal'],
  ['Alt+K', 'articles'],
  ['Alt+A', 'seen'],
  ['Alt+D', 'duty'],
  ['Esc', 'story'],
  ['?', 'help'],
] as const

/** `alt+KeyN`, `KeyN`, `shift+Slash`: by key position, since Alt turns letters into signs on some keyboards. */
export function combo(event: KeyboardEvent): string {
  const parts = [
    event.ctrlKey && 'ctrl',
    event.altKey && 'alt',
    event.metaKey && 'meta',
    event.shiftKey && 'shift',
    event.code,
  ]
  return parts.filter(Boolean).join('+')
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}

/** Keys of one part of the screen, for as long as it lives. Without Alt or Ctrl they rest while somebody types. */
export function useShortcuts(keys: Record<string, () => void>): void {
  const press = (event: KeyboardEvent): void => {
    const handler = keys[combo(event)]
    if (!handler || event.isComposing) return
    if (isTyping(event.target) && !event.altKey && !event.ctrlKey && event.code !== 'Escape') return
    event.preventDefault()
    handler()
  }
  window.addEventListener('keydown', press)
  onScopeDispose(() => window.removeEventListener('keydown', press))
}
