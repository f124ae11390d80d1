// The desk's line to the server: says hello, keeps alive, comes back by itself. It carries; the stores decide.
import { readFrame, type ClientFrame, type Frame } from './frames'

export type SocketState = 'idle' | 'connecting' | 'open' | 'reconnecting'

type Socketlike = Pick<WebSocket, 'send' | 'close' | 'readyState'> & {
  onopen: ((event: Event) => void) | null
  onmessage: ((event: MessageEvent) => void) | null
  onclose: ((event: CloseEvent) => void) | null
}

export type DeskSocketOptions = {
  open: () => Socketlike
  csrf: () => string
  onFrame: (frame: Frame) => void
  onState: (state: SocketState) => void
  /** The line broke; the caller looks whether the session still stands. */
  onDrop?: (code: number) => void
  random?: () => number
}

const PING_MS = 20_000
// Two pings without any answer: the line is dead even if the browser has not noticed. Counted in pings, not in seconds:
// a tab in the background has slow timers.
const MISSED_PINGS = 2
const BACKOFF_MS = [500, 1_000, 2_000, 4_000, 8_000]

export class DeskSocket {
  private socket: Socketlike | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private pinger: ReturnType<typeof setInterval> | undefined
  private tries = 0
  private unanswered = 0
  private wanted = false

  constructor(private readonly options: DeskSocketOptions) {}

  start(): void {
    if (this.wanted) return
    this.wanted = true
    this.connect('connecting')
  }

  stop(): void {
    this.wanted = false
    clearTimeout(this.timer)
    clearInterval(this.pinger)
    const socket = this.socket
    this.socket = null
    socket?.close()
    this.options.onState('idle')
  }

  /** Try again now: the network came back or the tab woke up. */
  wake(): void {
    if (!this.wanted || this.socket) return
    this.connect('reconnecting')
  }

  /** False when the line is down: the caller keeps what matters and sends it over HTTP. */
  send(frame: ClientFrame): boolean {
    if (this.socket?.readyState !== 1) return false
    this.socket.send(JSON.stringify(frame))
    return true
  }

  private connect(state: SocketState): void {
    clearTimeout(this.timer)
    this.options.onState(state)
    const socket = this.options.open()
    this.socket = socket
    socket.onopen = () => this.send({ type: 'hello', csrf: this.options.csrf() })
    socket.onmessage = (event) => this.hear(event.data)
    socket.onclose = (event) => {
      if (this.socket === socket) this.dropped(event.code)
    }
    this.unanswered = 0
    clearInterval(this.pinger)
    this.pinger = setInterval(() => this.beat(), PING_MS)
  }

  private hear(data: unknown): void {
    this.unanswered = 0
    const frame = readFrame(data)
    if (!frame) return
    if (frame.type === 'ready') {
      this.tries = 0
      this.options.onState('open')
    }
    this.options.onFrame(frame)
  }

  private beat(): void {
    if (this.unanswered < MISSED_PINGS) {
      this.unanswered++
      this.send({ type: 'ping' })
      return
    }
    const socket = this.socket
    this.dropped(1006)
    socket?.close()
  }

  private dropped(code: number): void {
    this.socket = null
    clearInterval(this.pinger)
    if (!this.wanted) return
    this.options.onState('reconnecting')
    this.options.onDrop?.(code)
    this.timer = setTimeout(() => this.connect('reconnecting'), this.pause())
  }

  private pause(): number {
    const step = BACKOFF_MS[Math.min(this.tries++, BACKOFF_MS.length - 1)] ?? 8_000
    return step * (0.75 + 0.5 * (this.options.random ?? Math.random)())
  }
}
