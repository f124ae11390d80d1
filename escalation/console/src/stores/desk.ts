import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { codeOf, getCsrf } from '@/api/client'
import * as api from '@/api/desk'
import type { Colleague, Line, Ticket } from '@/api/schema'
import { fresh, receive, release, type Held } from '@/logic/held'
import { byUrgency } from '@/logic/order'
import { DeskSocket, type SocketState } from '@/socket/desk-socket'
import type { ClientFrame, Frame, LostWhy } from '@/socket/frames'
import { useAlerts } from './alerts'
import { useConversations } from './conversations'
import { useQueue } from './queue'
import { useSession } from './session'

export type Loss = { ticket: Ticket; why: LostWhy }

/** The desk as a whole: duty, my chats, the socket, and where each frame goes. */
export const useDesk = defineStore('desk', () => {
  const [queue, talks, alerts, session] = [useQueue(), useConversations(), useAlerts(), useSession()]
  const onDuty = ref(false)
  const capacity = ref(4)
  const lines = ref<Line[]>([])
  const people = ref<Colleague[]>([])
  const reviews = ref(0)
  const notices = ref<string[]>([])
  const mine = ref<Held<Ticket>>(fresh<Ticket>())
  const holdingMine = ref(false)
  const current = ref('')
  const risen = ref<string[]>([])
  const losses = ref<Loss[]>([])
  const watched = ref<string[]>([])
  const connection = ref<SocketState>('idle')
  const skew = ref(0)
  const state = ref<'loading' | 'ready' | 'error'>('loading')
  const error = ref('')

  const chats = computed(() => mine.value.shown)
  const goneChats = computed(() => mine.value.gone)
  const ticketOf = (conversation: string) =>
    (mine.value.waiting ?? mine.value.shown).find((ticket) => ticket.conversation === conversation)
  const currentTicket = computed(() => ticketOf(current.value) ?? null)

  function setMine(tickets: Ticket[]): void {
    mine.value = receive(mine.value, [...tickets].sort(byUrgency), holdingMine.value)
  }

  function holdMine(on: boolean): void {
    holdingMine.value = on
    if (!on) mine.value = release(mine.value)
  }

  async function refresh(): Promise<void> {
    try {
      const overview = await api.overview()
      skew.value = Date.parse(overview.server_time) - Date.now() || 0
      lines.value = overview.lines
      reviews.value = overview.reviews
      notices.value = overview.notices
      readDuty(overview.on_duty)
      if (overview.capacity) capacity.value = overview.capacity
      queue.set(overview.queue)
      setMine(overview.mine)
      state.value = 'ready'
    } catch (caught) {
      error.value = codeOf(caught)
      if (state.value === 'loading') state.value = 'error'
    }
  }

  /** Duty comes as a yes, or as the list of those who are on it. */
  function readDuty(value: unknown): void {
    if (typeof value === 'boolean') onDuty.value = value
    else if (Array.isArray(value)) {
      const ids: unknown[] = value.map((entry: unknown) => (entry as { id?: unknown } | null)?.id ?? entry)
      onDuty.value = ids.includes(session.staff?.id)
    }
  }

  async function setDuty(on: boolean): Promise<void> {
    await api.setDuty(on, on ? capacity.value : undefined)
    onDuty.value = on
    await refresh()
  }

  /** Take the most urgent one this counsellor is fit for; null when nobody waits. */
  async function next(): Promise<Ticket | null> {
    const { ticket } = await api.takeNext()
    if (ticket) await took(ticket)
    return ticket
  }

  async function took(ticket: Ticket): Promise<void> {
    alerts.over(ticket.id)
    upsert(ticket)
    await open(ticket.conversation)
  }

  function upsert(ticket: Ticket): void {
    const all = (mine.value.waiting ?? mine.value.shown).filter((known) => known.id !== ticket.id)
    const own = ticket.state === 'claimed' && ticket.owner?.id === session.staff?.id
    const to = ticket.transfer
    const offered = !own && (to?.to_staff === session.staff?.id || lines.value.some((line) => line.id === to?.to_line))
    setMine(own || offered ? [...all, ticket] : all)
    const data = talks.talks[ticket.conversation]?.data
    if (data) data.ticket = ticket
  }

  async function open(conversation: string): Promise<void> {
    current.value = conversation
    risen.value = risen.value.filter((id) => id !== conversation)
    if (conversation) await talks.load(conversation)
  }

  function leave(ticketId: string): void {
    const ticket = mine.value.shown.find((known) => known.id === ticketId)
    setMine((mine.value.waiting ?? mine.value.shown).filter((known) => known.id !== ticketId))
    alerts.over(ticketId)
    if (ticket && current.value === ticket.conversation) current.value = ''
  }

  function lost(ticketId: string, why: LostWhy): void {
    const ticket = mine.value.shown.find((known) => known.id === ticketId)
    if (ticket) losses.value = [...losses.value.filter((loss) => loss.ticket.id !== ticketId), { ticket, why }]
    leave(ticketId)
  }

  /** Danger rose in a chat that is not on the screen: it is marked and announced, the screen itself stays. */
  function rise(conversation: string): void {
    if (conversation === current.value || !ticketOf(conversation)) return
    if (!risen.value.includes(conversation)) risen.value = [...risen.value, conversation]
  }

  function apply(frame: Frame): void {
    switch (frame.type) {
      case 'ready':
        skew.value = Date.parse(frame.server_time) - Date.now() || 0
        return void resume()
      case 'queue':
        return queue.set(frame.tickets)
      case 'ticket':
        return upsert(frame.ticket)
      case 'alert':
        alerts.receive(frame)
        return rise(frame.ticket.conversation)
      case 'alert_over':
        return alerts.over(frame.ticket)
      case 'message':
        return heard(frame)
      case 'assessment':
        talks.assess(frame.conversation, frame.seq, frame.assessment, frame.level)
        return frame.level >= 3 ? rise(frame.conversation) : undefined
      case 'conversation':
        return talks.change(frame)
      case 'duty':
        readDuty(frame.on_duty)
        people.value = frame.people
        return
      case 'lost':
        return lost(frame.ticket, frame.why)
      case 'pong':
      case 'refused':
        return
      default:
        return unreachable(frame)
    }
  }

  function heard(frame: Extract<Frame, { type: 'message' }>): void {
    talks.add(frame.conversation, frame.message)
    const talk = talks.talks[frame.conversation]
    if (talk && frame.message.author === 'seeker') talk.typing = false
    const level = frame.message.assessment?.level ?? 0
    if (level >= 3) rise(frame.conversation)
  }

  /** After every (re)connect: the overview again, and each open talk from its last message on. */
  async function resume(): Promise<void> {
    for (const conversation of watched.value) send({ type: 'watch', conversation })
    await Promise.all([refresh(), ...talks.openIds.map((conversation) => talks.load(conversation))])
  }

  function watch(conversation: string): void {
    watched.value = [...new Set([...watched.value, conversation])]
    // Before the line stands, `resume` says it: every watch is a line in the audit trail, so one is enough.
    if (connection.value === 'open') send({ type: 'watch', conversation })
  }

  function unwatch(conversation: string): void {
    watched.value = watched.value.filter((id) => id !== conversation)
    send({ type: 'unwatch', conversation })
  }

  let socket: DeskSocket | null = null

  function connect(): void {
    socket ??= new DeskSocket({
      open: () => new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/desk/ws`),
      csrf: getCsrf,
      onFrame: apply,
      onState: (value) => (connection.value = value),
      onDrop: () => void session.restore(),
    })
    socket.start()
  }

  function disconnect(): void {
    socket?.stop()
    socket = null
  }

  const send = (frame: ClientFrame): boolean => socket?.send(frame) ?? false
  const wake = (): void => socket?.wake()

  /** Nothing of the last person stays for the next one. */
  function reset(): void {
    disconnect()
    alerts.clear()
    for (const conversation of talks.openIds) talks.forget(conversation)
    mine.value = fresh<Ticket>()
    queue.set([])
    ;[risen.value, losses.value, watched.value, current.value] = [[], [], [], '']
    onDuty.value = false
    state.value = 'loading'
  }

  return {
    onDuty,
    capacity,
    lines,
    people,
    reviews,
    notices,
    mine,
    chats,
    goneChats,
    current,
    currentTicket,
    risen,
    losses,
    connection,
    skew,
    state,
    error,
    resume,
    ticketOf,
    holdMine,
    refresh,
    setDuty,
    next,
    took,
    upsert,
    open,
    leave,
    apply,
    watch,
    unwatch,
    connect,
    disconnect,
    send,
    wake,
    reset,
  }
})

function unreachable(frame: never): void {
  console.warn('frame without a place', (frame as { type?: string }).type)
}
