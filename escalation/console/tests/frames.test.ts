import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DeskSocket, type SocketState } from '@/socket/desk-socket'
import { readFrame, type Frame } from '@/socket/frames'
import { assessment, message, ticket } from './make'

describe('reading frames', () => {
  it.each([
    { type: 'ready', staff: { id: 'S', name: 'n' }, server_time: '2026-11-01T12:00:00Z' },
    { type: 'queue', tickets: [ticket('a')] },
    { type: 'ticket', ticket: ticket('a') },
    { type: 'alert', ticket: ticket('a'), level: 4, why: 'ladder', round: 2 },
    { type: 'alert_over', ticket: 'a' },
    { type: 'message', conversation: 'C', message: message(1) },
    { type: 'assessment', conversation: 'C', seq: 1, assessment: assessment(3), level: 3 },
    { type: 'conversation', conversation: 'C', mode: 'human', level: 2, presence: 'here', typing: false, version: 1 },
    { type: 'duty', on_duty: true, people: [] },
    { type: 'lost', ticket: 'a', why: 'lease' },
    { type: 'pong' },
    { type: 'refused', code: 'unknown_type' },
  ])('knows $type', (frame) => {
    expect(readFrame(JSON.stringify(frame))?.type).toBe(frame.type)
  })

  it('takes a ticket by id or whole where only the id matters', () => {
    expect(readFrame(JSON.stringify({ type: 'lost', ticket: ticket('a'), why: 'taken' }))).toMatchObject({
      ticket: 'a',
    })
  })

  it('drops what it cannot read, and logs none of its words', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const secret = '不能出现在日志里的话'
    const broken = { type: 'message', conversation: 'C', message: { ...message(1), author: 7, body: { text: secret } } }
    expect(readFrame(JSON.stringify(broken))).toBeNull()
    expect(readFrame(JSON.stringify({ type: 'tomorrow' }))).toBeNull()
    expect(readFrame('{')).toBeNull()
    expect(readFrame(new ArrayBuffer(1))).toBeNull()
    expect(JSON.stringify(warn.mock.calls)).not.toContain(secret)
    warn.mockRestore()
  })

  it('still shows a message whose delivery state is newer than this console', () => {
    const frame = readFrame(
      JSON.stringify({ type: 'message', conversation: 'C', message: { ...message(1), delivery: 'teleported' } }),
    )
    expect(frame).toMatchObject({ message: { delivery: 'unknown' } })
  })
})

class Line {
  static all: Line[] = []
  readyState: WebSocket['readyState'] = 0
  sent: string[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: MessageEvent) => void) | null = null
  onclose: ((event: CloseEvent) => void) | null = null
  constructor() {
    Line.all.push(this)
  }
  send(data: string): void {
    this.sent.push((JSON.parse(data) as { type: string }).type)
  }
  close(): void {
    this.readyState = 3
  }
  open(): void {
    this.readyState = 1
    this.onopen?.()
    this.say({ type: 'ready', server_time: '2026-11-01T12:00:00Z' })
  }
  say(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent)
  }
  break(): void {
    this.readyState = 3
    this.onclose?.({ code: 1006 } as CloseEvent)
  }
}

describe('the line to the server', () => {
  let states: SocketState[]
  let frames: Frame[]
  let drops: number
  let socket: DeskSocket
  const last = (): Line => Line.all.at(-1) as Line

  beforeEach(() => {
    vi.useFakeTimers()
    Line.all = []
    ;[states, frames, drops] = [[], [], 0]
    socket = new DeskSocket({
      open: () => new Line(),
      csrf: () => 'token',
      onFrame: (frame) => frames.push(frame),
      onState: (state) => states.push(state),
      onDrop: () => drops++,
      random: () => 0.5,
    })
    socket.start()
  })
  afterEach(() => {
    socket.stop()
    vi.useRealTimers()
  })

  it('says hello first and is open only when the server says ready', () => {
    expect(socket.send({ type: 'active' })).toBe(false)
    last().open()
    expect(last().sent).toEqual(['hello'])
    expect(states).toEqual(['connecting', 'open'])
    expect(socket.send({ type: 'active' })).toBe(true)
  })

  it('comes back by itself, slower each time, and at once again after a good connection', () => {
    last().break()
    expect(drops).toBe(1)
    vi.advanceTimersByTime(500)
    expect(Line.all).toHaveLength(2)
    last().break()
    vi.advanceTimersByTime(500)
    expect(Line.all).toHaveLength(2)
    vi.advanceTimersByTime(500)
    expect(Line.all).toHaveLength(3)
    last().open()
    last().break()
    vi.advanceTimersByTime(500)
    expect(Line.all).toHaveLength(4)
  })

  it('does not wait when the network is back', () => {
    last().break()
    socket.wake()
    expect(Line.all).toHaveLength(2)
    vi.advanceTimersByTime(10_000)
    expect(Line.all).toHaveLength(2)
  })

  it('notices a line that is dead although nobody closed it', () => {
    last().open()
    vi.advanceTimersByTime(20_000)
    last().say({ type: 'pong' })
    vi.advanceTimersByTime(40_000)
    expect(states.at(-1)).toBe('open')
    vi.advanceTimersByTime(20_000)
    expect(states).toContain('reconnecting')
  })

  it('stays away after it was stopped', () => {
    last().open()
    socket.stop()
    vi.advanceTimersByTime(60_000)
    expect(Line.all).toHaveLength(1)
  })
})
