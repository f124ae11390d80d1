/** Keeps the page connected: session, socket or polling, waiting in between, and sending again what was not acknowledged. */
import type { Api } from './api';
import { ApiError } from './api';
import { Backoff } from './backoff';
import type { Carrier, CarrierEvents, End, Timing } from './carrier';
import { TIMING } from './carrier';
import type { SessionKeeper } from './keeper';
import type { Outbox } from './outbox';
import { PollCarrier } from './poll';
import type { ClientFrame, ServerFrame } from './protocol';
import type { SocketMaker } from './socket';
import { SocketCarrier } from './socket';

export type LinkStatus = 'idle' | 'connecting' | 'online' | 'offline';

export interface LinkParts {
  api: Api;
  keeper: SessionKeeper;
  outbox: Outbox;
  /** Address of the socket. */
  socketUrl: string;
  /** Id of this page load. */
  tab: string;
  /** Last seq seen. */
  after: () => number;
  onFrame: (frame: ServerFrame) => void;
  onStatus: (status: LinkStatus) => void;
  /** The server no longer knows the session; a new one comes with its own conversation. */
  onStale: () => void;
  timing?: Partial<Timing>;
  makeSocket?: SocketMaker;
  random?: () => number;
}

const SOCKET_TRIES = 2;

export class Link {
  status: LinkStatus = 'idle';
  private readonly timing: Timing;
  private readonly backoff: Backoff;
  private carrier: Carrier | null = null;
  private isReady = false;
  private running = false;
  private round = 0; // a stopped run that is still waking up must not go on beside the next one
  private socketFailures = 0;
  private skipPause: (() => void) | null = null;
  private readonly sentAt = new Map<string, number>();

  constructor(private readonly parts: LinkParts) {
    this.timing = { ...TIMING, ...parts.timing };
    this.backoff = new Backoff(this.timing.firstWaitMs, this.timing.lastWaitMs, parts.random);
  }

  /** Connects if it is not connected; when it waits for its next attempt, the wait ends now. */
  wake(): void {
    this.backoff.reset();
    if (this.skipPause) this.skipPause();
    if (this.carrier) this.carrier.check();
    if (!this.running) void this.run();
  }

  /** Connects ahead of the first message, so that it need not wait. */
  wakeIfIdle(): void {
    if (!this.running) this.wake();
  }

  /** Sends what waits in the outbox and has not gone out on this connection. */
  flush(): void {
    if (!this.running) {
      this.wake();
      return;
    }
    if (!this.isReady || !this.carrier) return;
    for (const item of this.parts.outbox.all()) {
      if (this.sentAt.has(item.frame.id)) continue;
      this.sentAt.set(item.frame.id, Date.now());
      this.carrier.send(item.frame);
    }
  }

  /** A frame that may get lost (typing, received). */
  hint(frame: ClientFrame): void {
    if (this.isReady && this.carrier) this.carrier.send(frame);
  }

  /** Leaves the present connection and greets anew at once. */
  restart(): void {
    this.backoff.reset();
    if (this.carrier) this.carrier.close();
    if (this.skipPause) this.skipPause();
    if (!this.running) void this.run();
  }

  stop(): void {
    this.running = false;
    this.round += 1;
    if (this.carrier) this.carrier.close();
    if (this.skipPause) this.skipPause();
    this.setStatus('idle');
  }

  private async run(): Promise<void> {
    this.running = true;
    const round = ++this.round;
    while (round === this.round) {
      if (this.status !== 'offline') this.setStatus('connecting');
      const end = await this.attempt(round);
      if (round !== this.round) return;
      if (end === 'closed') continue;
      this.setStatus('offline');
      if (end === 'stale') {
        this.parts.keeper.forgetSession();
        this.parts.onStale();
      }
      await this.pause(this.backoff.next());
    }
  }

  private async attempt(round: number): Promise<End> {
    let token: string;
    try {
      token = await this.parts.keeper.ensure(this.timing.connectMs * 2);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return 'failed';
    }
    if (round !== this.round) return 'closed';
    return this.socketFailures < SOCKET_TRIES ? this.bySocket(token) : this.byPolling(token);
  }

  private async bySocket(token: string): Promise<End> {
    let wasReady = false;
    const end = await this.carry(
      (events) => {
        const make = this.parts.makeSocket || ((url) => new WebSocket(url));
        return new SocketCarrier(this.parts.socketUrl, () => this.hello(token), events, this.timing, make);
      },
      () => {
        wasReady = true;
        this.socketFailures = 0;
      },
    );
    if (end === 'failed' || (end === 'lost' && !wasReady)) this.socketFailures += 1;
    return end;
  }

  private async byPolling(token: string): Promise<End> {
    const { api, after } = this.parts;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const end = await this.carry((events) => {
      const carrier = new PollCarrier(api, token, after, () => this.hello(token), events, this.timing);
      retry = setTimeout(() => carrier.close(), this.timing.socketRetryMs);
      return carrier;
    });
    clearTimeout(retry);
    this.socketFailures = SOCKET_TRIES - 1; // one attempt by socket, then polling again
    return end;
  }

  /** Runs one carrier to its end. */
  private carry(open: (events: CarrierEvents) => Carrier, onReady?: () => void): Promise<End> {
    return new Promise((resolve) => {
      const watch = setInterval(() => this.dropIfMute(), Math.max(50, this.timing.ackMs / 4));
      const finish = (why: End): void => {
        clearInterval(watch);
        this.carrier = null;
        this.isReady = false;
        resolve(why);
      };
      const ready = (): void => {
        if (onReady) onReady();
        this.becomeReady();
      };
      try {
        this.carrier = open({ ready, frame: (frame) => this.take(frame), ended: finish });
      } catch {
        finish('failed'); // no WebSocket in this browser, or its policy forbids it
      }
    });
  }

  private becomeReady(): void {
    this.backoff.reset();
    this.sentAt.clear();
    this.isReady = true;
    this.setStatus('online');
    this.flush();
  }

  private take(frame: ServerFrame): void {
    if (frame.type === 'ack' || (frame.type === 'refused' && frame.id))
      this.sentAt.delete(frame.id as string);
    this.parts.onFrame(frame);
  }

  /** A connection that answers pings but acknowledges nothing is left: the next one sends everything again. */
  private dropIfMute(): void {
    if (!this.isReady || !this.carrier) return;
    const waiting = new Set(this.parts.outbox.all().map((item) => item.frame.id));
    const limit = Date.now() - this.timing.ackMs;
    const mute = Array.from(this.sentAt).some(([id, at]) => waiting.has(id) && at < limit);
    if (mute) this.carrier.close();
  }

  private hello(token: string): ClientFrame {
    return { type: 'hello', token, after: this.parts.after(), tab: this.parts.tab };
  }

  private pause(ms: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.skipPause = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      this.skipPause = null;
    });
  }

  private setStatus(status: LinkStatus): void {
    if (status === this.status) return;
    this.status = status;
    this.parts.onStatus(status);
  }
}
