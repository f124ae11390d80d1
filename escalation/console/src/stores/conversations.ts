import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { codeOf } from '@/api/client'
import * as desk from '@/api/desk'
import type { Assessment, Conversation, Level, Message } from '@/api/schema'
import { ulid } from '@/logic/ulid'
import type { Frame } from '@/socket/frames'

export type Unsent = { id: string; text: string; at: string; state: 'sending' | 'failed'; code: string }
export type Talk = { data: Conversation | null; loading: boolean; error: string; typing: boolean; unsent: Unsent[] }
const KEY = 'desk.unsent'

const blank = (): Talk => ({ data: null, loading: false, error: '', typing: false, unsent: [] })

/** Put new messages among the known ones: one per seq, in order; the newer copy wins (delivery states change). */
const TYPING_MS = 7000

export function merge(known: Message[], news: Message[]): Message[] {
  const bySeq = new Map(known.map((message) => [message.seq, message]))
  for (const message of news) {
    const before = bySeq.get(message.seq)
    bySeq.set(message.seq, { ...message, assessment: message.assessment ?? before?.assessment ?? null })
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

/** The open talks of this desk: what was said, what is on its way, what failed. */
export const useConversations = defineStore('conversations', () => {
  const talks = ref<Record<string, Talk>>({})
  const openIds = computed(() => Object.keys(talks.value))

  function of(conversation: string): Talk {
    // Read back through the store: the object that was put in is not the watched one.
    talks.value[conversation] ??= { ...blank(), unsent: keptUnsent(conversation) }
    return talks.value[conversation] as Talk
  }

  /** Fetch a talk, or what came after the last message we have. */
  async function load(conversation: string): Promise<void> {
    const talk = of(conversation)
    talk.loading = talk.data === null
    try {
      const news = await desk.conversation(conversation, talk.data?.last_seq ?? 0)
      const last_seq = Math.max(news.last_seq, ...news.messages.map((message) => message.seq))
      talk.data = { ...news, last_seq, messages: merge(talk.data?.messages ?? [], news.messages) }
      settle(conversation, news.messages)
      talk.error = ''
    } catch (error) {
      talk.error = codeOf(error)
    } finally {
      talk.loading = false
    }
  }

  function add(conversation: string, message: Message): void {
    const data = talks.value[conversation]?.data
    if (!data) return
    data.messages = merge(data.messages, [message])
    // A gap: something was written while the line was down. What we know to have stays the mark from which it is fetched.
    if (message.seq > data.last_seq + 1) void fill(conversation)
    else data.last_seq = Math.max(data.last_seq, message.seq)
    if (message.assessment) grow(data, message.seq, message.assessment.level, message.at)
    settle(conversation, [message])
  }

  const filling = new Set<string>()
  async function fill(conversation: string): Promise<void> {
    if (filling.has(conversation)) return
    filling.add(conversation)
    await load(conversation)
    filling.delete(conversation)
  }

  function assess(conversation: string, seq: number, assessment: Assessment, level: Level): void {
    const data = talks.value[conversation]?.data
    if (!data) return
    data.messages = data.messages.map((message) => (message.seq === seq ? { ...message, assessment } : message))
    data.level = level
    grow(data, seq, assessment.level, data.messages.find((message) => message.seq === seq)?.at ?? '')
  }

  // A page that goes away in the middle of a word never says that it stopped.
  const typingEnds: Record<string, ReturnType<typeof setTimeout>> = {}
  function types(conversation: string, on: boolean): void {
    clearTimeout(typingEnds[conversation])
    of(conversation).typing = on
    if (on) typingEnds[conversation] = setTimeout(() => (of(conversation).typing = false), TYPING_MS)
  }

  function change(frame: Extract<Frame, { type: 'conversation' }>): void {
    const talk = talks.value[frame.conversation]
    if (!talk?.data) return
    if (frame.typing !== undefined) types(frame.conversation, frame.typing)
    talk.data.mode = frame.mode ?? talk.data.mode
    talk.data.level = frame.level ?? talk.data.level
    talk.data.presence = frame.presence ?? talk.data.presence
    talk.data.version = frame.version ?? talk.data.version
  }

  /** Send a reply. What fails stays, visibly, with its id: sending it again can never double it. */
  async function send(conversation: string, text: string, fence: number, id: string = ulid()): Promise<boolean> {
    put(conversation, { id, text, at: new Date().toISOString(), state: 'sending', code: '' })
    try {
      const { message } = await desk.sendMessage(conversation, { id, text, fence })
      drop(conversation, id)
      add(conversation, message)
      return true
    } catch (error) {
      const entry = of(conversation).unsent.find((unsent) => unsent.id === id)
      if (entry) put(conversation, { ...entry, state: 'failed', code: codeOf(error) })
      return false
    }
  }

  function put(conversation: string, entry: Unsent): void {
    const others = of(conversation).unsent.filter((unsent) => unsent.id !== entry.id)
    keep(
      conversation,
      [...others, entry].sort((a, b) => a.id.localeCompare(b.id)),
    )
  }

  function drop(conversation: string, id: string): void {
    keep(
      conversation,
      of(conversation).unsent.filter((unsent) => unsent.id !== id),
    )
  }

  /** The socket may bring our own message before the answer to the POST does. */
  function settle(conversation: string, messages: Message[]): void {
    const arrived = new Set(messages.flatMap((message) => [message.id, message.client_id ?? '']))
    const talk = of(conversation)
    if (talk.unsent.some((unsent) => arrived.has(unsent.id)))
      keep(
        conversation,
        talk.unsent.filter((unsent) => !arrived.has(unsent.id)),
      )
  }

  function keep(conversation: string, unsent: Unsent[]): void {
    of(conversation).unsent = unsent
    if (unsent.length) sessionStorage.setItem(`${KEY}.${conversation}`, JSON.stringify(unsent))
    else sessionStorage.removeItem(`${KEY}.${conversation}`)
  }

  function forget(conversation: string): void {
    Reflect.deleteProperty(talks.value, conversation)
  }

  return { talks, openIds, of, load, add, assess, change, send, drop, forget }
})

/** A step in the timeline for one message; the running level never falls by a machine's word (S5). */
function grow(data: Conversation, seq: number, level: Level, at: string): void {
  // A person's decision may stand at the same message; it stays.
  const others = data.timeline.filter((point) => point.seq !== seq || point.by !== 'nlu')
  const before = others.filter((point) => Date.parse(point.at) <= Date.parse(at)).at(-1)?.running ?? data.carried_level
  const point = { at, seq, level, running: Math.max(before, level) as Level, by: 'nlu' }
  data.timeline = [...others, point].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.seq - b.seq)
}

function keptUnsent(conversation: string): Unsent[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(`${KEY}.${conversation}`) ?? '[]')
    return Array.isArray(kept) ? (kept as Unsent[]).map((entry) => ({ ...entry, state: 'failed' })) : []
  } catch {
    return []
  }
}
