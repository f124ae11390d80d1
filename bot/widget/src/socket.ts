/** The WebSocket carrier: greets, pings, and notices a line that is open only on this side. */
import type { Carrier, CarrierEvents, End, Timing } from './carrier';
import { UNKNOWN_SESSION, meansLater } from './carrier';
import type { ClientFrame, ServerFrame } from './protocol';
import { readFrame } from './protocol';

export type SocketMaker = (url: string) => WebSocket;

export class SocketCarrier implements Carrier {
  private readonly socket: WebSocket;
  private welcomed = false;
  private over = false;
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private pongTimer: ReturnType<typeof setTimeout> | null = null;

  /** @throws when the browser refuses the address (content policy, no WebSocket). */
  constructor(
    url: string,
    private readonly hello: () => ClientFrame,
    private readonly events: CarrierEvents,
    private readonly timing: Timing,
    make: SocketMaker,
  ) {
    this.socket = make(url);
    this.socket.onopen = () => this.send(this.hello());
    this.socket.onmessage = (event: MessageEvent) => this.receive(readFrame(event.data));
    this.socket.onclose = () => this.end(this.welcomed ? 'lost' : 'failed');
    this.socket.onerror = () => this.end(this.welcomed ? 'lost' : 'failed');
    this.after(timing.connectMs, () => {
      if (!this.welcomed) this.end('failed');
    });
  }

  send(frame: ClientFrame): void {
    if (!this.over && this.socket.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  check(): void {
    if (!this.welcomed || this.over || this.pongTimer !== null) return;
    this.send({ type: 'ping' });
    this.pongTimer = this.after(this.timing.pongMs, () => this.end('lost'));
  }

  close(): void {
    this.end('closed');
  }

  private receive(frame: ServerFrame | null): void {
    if (this.over) return;
    this.alive();
    if (!frame || frame.type === 'pong') return;
    const isUnknown = frame.type === 'bye' && frame.code === UNKNOWN_SESSION;
    if (isUnknown || (!this.welcomed && (frame.type === 'bye' || (frame.type === 'refused' && !frame.id)))) {
      this.end(meansLater(frame.code) ? 'failed' : 'stale');
      return;
    }
    this.events.frame(frame);
    if (frame.type === 'welcome' && !this.welcomed && !this.over) {
      this.welcomed = true;
      this.pingLater();
      this.events.ready();
    }
  }

  private alive(): void {
    if (this.pongTimer === null) return;
    clearTimeout(this.pongTimer);
    this.timers.delete(this.pongTimer);
    this.pongTimer = null;
  }

  private pingLater(): void {
    this.after(this.timing.pingMs, () => {
      this.check();
      this.pingLater();
    });
  }

  private after(ms: number, work: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, ms);
    this.timers.add(timer);
    return timer;
  }

  private end(why: End): void {
    if (this.over) return;
    this.over = true;
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers.clear();
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = this.socket.onerror = null;
    try {
      this.socket.close();
    } catch {
      // A socket that never opened may refuse to close; it is dropped either way.
    }
    this.events.ended(why);
  }
}
