/** The polling carrier: the same frames over HTTP, where sockets do not get through. */
import type { Api } from './api';
import { ApiError } from './api';
import type { Carrier, CarrierEvents, End, Timing } from './carrier';
import { UNKNOWN_SESSION } from './carrier';
import type { ClientFrame, ServerFrame } from './protocol';

const GRACE_MS = 15000; // on top of the time that the server may hold a poll

export class PollCarrier implements Carrier {
  private over = false;
  private ready = false;
  private sending = false;
  private readonly waiting: ClientFrame[] = [];
  private readonly control = new AbortController();

  constructor(
    private readonly api: Api,
    private readonly token: string,
    private readonly after: () => number,
    hello: () => ClientFrame,
    private readonly events: CarrierEvents,
    private readonly timing: Timing,
  ) {
    void this.start(hello());
  }

  send(frame: ClientFrame): void {
    if (this.over || frame.type === 'ping') return;
    this.waiting.push(frame);
    void this.pump();
  }

  check(): void {
    // A poll is its own sign of life.
  }

  close(): void {
    this.end('closed');
  }

  private async start(hello: ClientFrame): Promise<void> {
    if (!(await this.exchange([hello], 0))) return;
    this.ready = true;
    this.events.ready();
    while (!this.over) {
      const from = Date.now();
      if (!(await this.exchange([], this.timing.pollWaitMs / 1000))) return;
      // A server (or a proxy) that does not hold the poll must not be asked in a tight loop.
      if (Date.now() - from < 1000)
        await new Promise((go) => setTimeout(go, Math.min(1500, this.timing.pollWaitMs)));
    }
  }

  /** Own frames go out at once beside the held poll, one request at a time so that they stay in order. */
  private async pump(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    while (this.waiting.length && !this.over) {
      if (!(await this.exchange(this.waiting.splice(0), 0))) break;
    }
    this.sending = false;
  }

  private async exchange(frames: readonly ClientFrame[], waitS: number): Promise<boolean> {
    const body = { token: this.token, after: this.after(), wait_s: waitS, frames };
    try {
      const answers = await this.api.poll(body, waitS * 1000 + GRACE_MS, this.control.signal);
      answers.forEach((frame) => this.take(frame));
      return !this.over;
    } catch (error) {
      this.end(this.why(error));
      return false;
    }
  }

  private take(frame: ServerFrame): void {
    if (this.over || frame.type === 'pong') return;
    if (frame.type === 'bye' && frame.code === UNKNOWN_SESSION) this.end('stale');
    else this.events.frame(frame);
  }

  private why(error: unknown): End {
    const status = error instanceof ApiError ? error.status : 0;
    if (status === 401 || status === 403 || status === 404 || status === 410) return 'stale';
    return this.ready ? 'lost' : 'failed';
  }

  private end(why: End): void {
    if (this.over) return;
    this.over = true;
    this.control.abort();
    this.events.ended(why);
  }
}
