import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/api/client'
import * as api from '@/api/desk'
import { MUTE_MS, useAlerts } from '@/stores/alerts'
import { merge, useConversations } from '@/stores/conversations'
import { useDesk } from '@/stores/desk'
import { useDrafts } from '@/stores/drafts'
import { useQueue } from '@/stores/queue'
import { useSession } from '@/stores/session'
import type { AlertFrame } from '@/socket/frames'
import { assessment, conversation, message, ticket } from './make'

vi.mock('@/api/desk')
const server = vi.mocked(api)
const ME = { id: 'me', name: 'n', login: '', role: 'counsellor', roles: [] }

beforeEach(() => {
  vi.resetAllMocks()
  sessionStorage.clear()
  setActivePinia(createPinia())
})

const alert = (over: Partial<AlertFrame> = {}): AlertFrame => ({
  type: 'alert',
  ticket: ticket('a', { level: 4 }),
  level: 4,
  why: 'new',
  round: 1,
  ...over,
})

describe('half-filled forms', () => {
  it('are there again after a look at somebody else, and gone when they were sent', () => {
    const drafts = useDrafts()
    const blank = () => ({ note: '' })
    drafts.form('close', 'one', blank).note = '聊过了'
    expect(drafts.form('close', 'two', blank).note).toBe('')
    expect(drafts.form('close', 'one', blank).note).toBe('聊过了')
    drafts.dropForms('one')
    expect(drafts.form('close', 'one', blank).note).toBe('')
  })

  it('follow nobody else', () => {
    const drafts = useDrafts()
    drafts.form('close', 'one', () => ({ note: '' })).note = '聊过了'
    drafts.wipe()
    expect(drafts.form('close', 'one', () => ({ note: '' })).note).toBe('')
  })
})

describe('drafts', () => {
  it('are kept apart by conversation and by kind', () => {
    const drafts = useDrafts()
    drafts.set('one', '给甲')
    drafts.set('two', '给乙')
    drafts.set('one', '备注', 'note')
    expect([drafts.get('one'), drafts.get('two'), drafts.get('one', 'note')]).toEqual(['给甲', '给乙', '备注'])
    drafts.set('one', '')
    expect([drafts.get('one'), drafts.get('two'), drafts.get('one', 'note')]).toEqual(['', '给乙', '备注'])
  })

  it('outlive a reload and a session that ends for the same person', async () => {
    server.currentSession.mockResolvedValue({ staff: ME, csrf: 'x' })
    await useSession().restore()
    useDrafts().set('one', '还没发')
    setActivePinia(createPinia())
    await useSession().restore()
    expect(useDrafts().get('one')).toBe('还没发')
  })

  it('are gone when another person signs in on this tab, and when somebody signs out', async () => {
    server.signIn.mockResolvedValueOnce({ staff: ME, csrf: 'x' })
    server.signIn.mockResolvedValueOnce({ staff: { ...ME, id: 'other' }, csrf: 'y' })
    server.signOut.mockRejectedValue(new ApiError('offline', 0))
    await useSession().signIn('a', 'b')
    useDrafts().set('one', '还没发')
    await useSession().signIn('c', 'd')
    expect(useDrafts().get('one')).toBe('')
    useDrafts().set('one', '还没发')
    sessionStorage.setItem('desk.unsent.one', '[]')
    await useSession().signOut()
    expect(JSON.stringify({ ...sessionStorage })).not.toContain('desk.')
  })

  it('takes an article in beside the words that stand there', () => {
    const drafts = useDrafts()
    drafts.set('one', '我找到这个：\n')
    drafts.append('one', '《睡不着》')
    expect(drafts.get('one')).toBe('我找到这个：\n《睡不着》')
  })
})

describe('the session', () => {
  it('expires on 401 but not because the network is away', async () => {
    const session = useSession()
    server.currentSession.mockResolvedValueOnce({ staff: ME, csrf: 'x' })
    await session.restore()
    server.currentSession.mockRejectedValueOnce(new ApiError('offline', 0))
    await session.restore()
    expect(session.state).toBe('in')
    server.currentSession.mockRejectedValueOnce(new ApiError('not_signed_in', 401))
    await session.restore()
    expect(session.state).toBe('expired')
  })
})

describe('alerts', () => {
  it('ring again with every repetition by the server', () => {
    const alerts = useAlerts()
    alerts.receive(alert())
    alerts.receive(alert({ round: 2 }))
    expect(alerts.ring).toEqual({ count: 2, level: 4, round: 2 })
    expect(alerts.list).toHaveLength(1)
  })

  it('are quiet for 20 s after "seen", stay on the screen, and ring again afterwards', async () => {
    const alerts = useAlerts()
    server.seen.mockResolvedValue({})
    alerts.receive(alert(), 1000)
    await alerts.see('a', 1000)
    alerts.receive(alert({ round: 2 }), 1000 + MUTE_MS - 1)
    expect(alerts.ring.count).toBe(1)
    expect(alerts.list).toHaveLength(1)
    alerts.receive(alert({ round: 3 }), 1000 + MUTE_MS)
    expect(alerts.ring.count).toBe(2)
    expect(server.seen).toHaveBeenCalledWith('a')
  })

  it('break through a mute when the level rises', async () => {
    const alerts = useAlerts()
    server.seen.mockRejectedValue(new ApiError('offline', 0))
    alerts.receive(alert({ level: 3 }), 1000)
    await alerts.see('a', 1000)
    alerts.receive(alert({ level: 4 }), 1001)
    expect(alerts.ring).toMatchObject({ count: 2, level: 4 })
  })

  it('stand by level, then by waiting time, and end when the server says so', () => {
    const alerts = useAlerts()
    const since = (id: string, waiting_since: string) => ticket(id, { waiting_since })
    alerts.receive(alert({ ticket: since('new3', '2026-11-01T12:01:00Z'), level: 3 }))
    alerts.receive(alert({ ticket: since('new4', '2026-11-01T12:01:00Z') }))
    alerts.receive(alert({ ticket: since('old4', '2026-11-01T12:00:00Z') }))
    expect(alerts.list.map((entry) => entry.ticket.id)).toEqual(['old4', 'new4', 'new3'])
    alerts.over('old4')
    expect(alerts.list[0]?.ticket.id).toBe('new4')
  })
})

describe('the queue', () => {
  it('shows the server order, counts what really waits, and does not move under the pointer', () => {
    const queue = useQueue()
    queue.set([ticket('a', { level: 2 }), ticket('b')])
    queue.hold(true)
    queue.set([ticket('c', { level: 4 }), ticket('a', { level: 2 })])
    expect(queue.shown.map((entry) => entry.id)).toEqual(['a', 'b'])
    expect([queue.stale, queue.real.length, queue.urgent, queue.gone.has('b')]).toEqual([true, 2, 1, true])
    queue.hold(false)
    expect(queue.shown.map((entry) => entry.id)).toEqual(['c', 'a'])
    expect(queue.stale).toBe(false)
  })
})

describe('conversations', () => {
  it('hold each seq once, in order, and keep an assessment that a later copy lacks', () => {
    const merged = merge([message(2, { assessment: assessment(3) })], [message(1), message(2, { delivery: 'sent' })])
    expect(merged.map((entry) => entry.seq)).toEqual([1, 2])
    expect(merged[1]?.assessment?.level).toBe(3)
    expect(merged[1]?.delivery).toBe('sent')
  })

  it('ask only for what came after the last message they have', async () => {
    const talks = useConversations()
    server.conversation.mockResolvedValueOnce(conversation('C', { last_seq: 1 }))
    server.conversation.mockResolvedValueOnce(conversation('C', { messages: [message(2)], last_seq: 2 }))
    await talks.load('C')
    await talks.load('C')
    expect(server.conversation).toHaveBeenLastCalledWith('C', 1)
    expect(talks.of('C').data?.messages.map((entry) => entry.seq)).toEqual([1, 2])
  })

  it('s1: fetch what lies in a gap, from the last message that is surely there', async () => {
    const talks = useConversations()
    server.conversation.mockResolvedValueOnce(conversation('C', { last_seq: 1 }))
    await talks.load('C')
    const missed = [message(2), message(3), message(4)]
    server.conversation.mockResolvedValueOnce(conversation('C', { messages: missed, last_seq: 4 }))
    talks.add('C', message(4))
    await vi.waitFor(() => expect(talks.of('C').data?.messages.map((entry) => entry.seq)).toEqual([1, 2, 3, 4]))
    expect(server.conversation).toHaveBeenLastCalledWith('C', 1)
    expect(talks.of('C').data?.last_seq).toBe(4)
  })

  it('keep what was not sent, over a reload too, and send it again under the same id', async () => {
    const talks = useConversations()
    server.sendMessage.mockRejectedValueOnce(new ApiError('offline', 0))
    expect(await talks.send('C', '我在', 1)).toBe(false)
    expect(talks.of('C').unsent[0]).toMatchObject({ text: '我在', state: 'failed', code: 'offline' })
    setActivePinia(createPinia())
    const again = useConversations()
    const kept = again.of('C').unsent[0]
    expect(kept?.text).toBe('我在')
    server.sendMessage.mockResolvedValueOnce({ message: message(5, { author: 'staff' }) })
    await again.send('C', '我在', 1, kept?.id)
    expect(server.sendMessage.mock.calls[1]?.[1].id).toBe(server.sendMessage.mock.calls[0]?.[1].id)
    expect(again.of('C').unsent).toEqual([])
  })

  it('show a reply once when the socket brings it before the answer', async () => {
    const talks = useConversations()
    server.conversation.mockResolvedValue(conversation('C'))
    await talks.load('C')
    server.sendMessage.mockImplementation((_, body) => {
      talks.add('C', message(2, { author: 'staff', client_id: body.id }))
      expect(talks.of('C').unsent).toEqual([])
      return Promise.resolve({ message: message(2, { author: 'staff', client_id: body.id }) })
    })
    await talks.send('C', '我在', 1)
    expect(talks.of('C').data?.messages).toHaveLength(2)
  })

  it('keep what a person decided about the risk beside what was read of the same message', async () => {
    const talks = useConversations()
    const staff = { at: '2026-11-01T12:00:05Z', seq: 1, level: 1, running: 1, by: 'staff' }
    server.conversation.mockResolvedValue(conversation('C', { timeline: [staff] }))
    await talks.load('C')
    talks.assess('C', 1, { ...useAssessment(3), level: 3 }, 3)
    expect(talks.of('C').data?.timeline.map((point) => point.by)).toEqual(['nlu', 'staff'])
  })

  it('s5: a later, lower message does not lower the running level of the timeline', async () => {
    const talks = useConversations()
    server.conversation.mockResolvedValue(conversation('C'))
    await talks.load('C')
    talks.add('C', message(2, { assessment: assessment(4) }))
    talks.add('C', message(3, { assessment: assessment(0) }))
    expect(talks.of('C').data?.timeline.map((point) => [point.level, point.running])).toEqual([
      [4, 4],
      [0, 4],
    ])
  })
})

describe('the desk', () => {
  const mine = (id: string, over: Record<string, unknown> = {}) =>
    ticket(id, { state: 'claimed', owner: { id: 'me', name: 'n' }, ...over })

  async function arrive(tickets = [mine('a'), mine('b', { level: 2 })]) {
    server.currentSession.mockResolvedValue({ staff: ME, csrf: 'x' })
    await useSession().restore()
    server.overview.mockResolvedValue({
      staff: ME,
      lines: [],
      on_duty: true,
      queue: [],
      mine: tickets,
      reviews: 0,
      notices: [],
      server_time: new Date().toISOString(),
    })
    server.conversation.mockImplementation((id) => Promise.resolve(conversation(id)))
    const desk = useDesk()
    await desk.refresh()
    return desk
  }

  it('takes the next person, ends their alert and opens the talk', async () => {
    const desk = await arrive()
    useAlerts().receive(alert({ ticket: ticket('n', { level: 4 }) }))
    server.takeNext.mockResolvedValue({ ticket: mine('n', { level: 4 }) })
    await desk.next()
    expect(desk.current).toBe('C-n')
    expect(desk.chats[0]?.id).toBe('n')
    expect(useAlerts().list).toEqual([])
  })

  it('breaks through when danger rises in a chat that is not on the screen, and leaves the screen as it is', async () => {
    const desk = await arrive()
    await desk.open('C-b')
    desk.apply(alert({ ticket: mine('a', { level: 4 }), why: 'raise' }))
    expect([desk.current, desk.risen]).toEqual(['C-b', ['C-a']])
    expect(useAlerts().ring.count).toBe(1)
    await desk.open('C-a')
    expect(desk.risen).toEqual([])
  })

  it('hears a late raise in another chat', async () => {
    const desk = await arrive()
    await desk.open('C-a')
    await desk.open('C-b')
    desk.apply({ type: 'assessment', conversation: 'C-a', seq: 1, assessment: useAssessment(3), level: 3 })
    expect(desk.risen).toEqual(['C-a'])
    expect(useConversations().of('C-a').data?.level).toBe(3)
  })

  it('says why a chat was lost, and takes it from the screen', async () => {
    const desk = await arrive()
    await desk.open('C-a')
    desk.apply({ type: 'lost', ticket: 'a', why: 'unanswered' })
    expect(desk.losses[0]).toMatchObject({ why: 'unanswered', ticket: { id: 'a' } })
    expect([desk.current, desk.chats.map((chat) => chat.id)]).toEqual(['', ['b']])
  })

  it('keeps my chats in their places while the pointer is there', async () => {
    const desk = await arrive()
    expect(desk.chats.map((chat) => chat.id)).toEqual(['b', 'a'])
    desk.holdMine(true)
    desk.apply({ type: 'ticket', ticket: mine('a', { level: 4 }) })
    expect(desk.chats.map((chat) => [chat.id, chat.level])).toEqual([
      ['b', 2],
      ['a', 4],
    ])
    desk.holdMine(false)
    expect(desk.chats[0]?.id).toBe('a')
  })

  it('shows a transfer that is offered to me beside my own chats', async () => {
    const desk = await arrive([])
    const transfer = { to_staff: 'me', to_line: null, by: 'other', note: '' }
    desk.apply({ type: 'ticket', ticket: ticket('t', { state: 'claimed', owner: { id: 'o', name: 'o' }, transfer }) })
    expect(desk.chats.map((chat) => chat.id)).toEqual(['t'])
  })

  it('after a reconnect fetches the overview and what each open talk missed', async () => {
    const desk = await arrive()
    await desk.open('C-a')
    server.overview.mockClear()
    server.conversation.mockClear()
    desk.apply({ type: 'ready', server_time: new Date(Date.now() + 60_000).toISOString() })
    await vi.waitFor(() => expect(server.conversation).toHaveBeenCalledWith('C-a', 1))
    expect(server.overview).toHaveBeenCalledOnce()
  })

  it('leaves nothing of one person to the next', async () => {
    const desk = await arrive()
    await desk.open('C-a')
    desk.apply(alert())
    desk.reset()
    expect([desk.chats, desk.current, desk.onDuty, useAlerts().list, useConversations().openIds]).toEqual([
      [],
      '',
      false,
      [],
      [],
    ])
  })
})

function useAssessment(level: 3) {
  return { level, categories: [], subject: 'self', confidence: 1, spans: [], layer: 'encoder', model: 'm' }
}
