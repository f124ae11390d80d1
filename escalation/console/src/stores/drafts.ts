import { defineStore } from 'pinia'
import { reactive, ref } from 'vue'

export type DraftKind = 'reply' | 'note'
const KEY = 'desk.drafts'
const OWNER = 'desk.drafts.owner'

function load(): Record<string, string> {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '{}')
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(
      Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    )
  } catch {
    return {}
  }
}

/** What was typed and not sent, one drawer per conversation and kind. It ends with the tab and follows nobody else. */
export const useDrafts = defineStore('drafts', () => {
  const drawers = ref<Record<string, string>>(load())
  const key = (conversation: string, kind: DraftKind) => `${kind}:${conversation}`

  function get(conversation: string, kind: DraftKind = 'reply'): string {
    return drawers.value[key(conversation, kind)] ?? ''
  }

  function set(conversation: string, text: string, kind: DraftKind = 'reply'): void {
    const next = { ...drawers.value }
    if (text) next[key(conversation, kind)] = text
    else Reflect.deleteProperty(next, key(conversation, kind))
    drawers.value = next
    sessionStorage.setItem(KEY, JSON.stringify(next))
  }

  /** Put something beside what is already there; never over it. */
  function append(conversation: string, text: string): void {
    const before = get(conversation).trimEnd()
    set(conversation, before ? `${before}\n${text}` : text)
  }

  // Half-filled forms: whoever looks at somebody else for a moment finds them as they were. Never written to disk.
  const forms = reactive(new Map<string, object>())

  function form<T extends object>(kind: string, ticket: string, blank: () => T): T {
    const name = `${kind}:${ticket}`
    if (!forms.has(name)) forms.set(name, blank())
    return forms.get(name) as T
  }

  function dropForms(ticket: string): void {
    for (const name of forms.keys()) if (name.endsWith(`:${ticket}`)) forms.delete(name)
  }

  function belongTo(staff: string): void {
    const owner = sessionStorage.getItem(OWNER)
    if (owner && owner !== staff) wipe()
    sessionStorage.setItem(OWNER, staff)
  }

  function wipe(): void {
    drawers.value = {}
    forms.clear()
    // Unsent replies lie beside the drafts under the same prefix: they go, too.
    for (const name of Object.keys(sessionStorage)) if (name.startsWith('desk.')) sessionStorage.removeItem(name)
  }

  return { get, set, append, form, dropForms, belongTo, wipe }
})
