/** The frame's side of the line to the host's page. */
import type { ToFrame, ToHost } from './wire';
import { readToFrame } from './wire';

export class Bridge {
  onMessage: (message: ToFrame) => void = () => undefined;
  private host: string | null = null;

  /** @param own The frame's window; its parent is the only one that is listened to. */
  constructor(private readonly own: Window) {
    own.addEventListener('message', (event: MessageEvent) => this.receive(event));
  }

  /** False when the host's page has not introduced itself: then there is no address to send to. */
  send(type: ToHost['type']): boolean {
    if (this.host === null) return false;
    this.own.parent.postMessage({ note: 1, type } as ToHost, this.host);
    return true;
  }

  /** The first host that speaks is the host for good (`frame-ancestors` says who can be one). */
  private receive(event: MessageEvent): void {
    if (event.source !== this.own.parent || this.own.parent === this.own) return;
    if (this.host !== null && event.origin !== this.host) return;
    if (!/^https?:\/\//.test(event.origin)) return;
    const message = readToFrame(event.data);
    if (!message) return;
    this.host = event.origin;
    if (message.type === 'init') this.send('ready');
    this.onMessage(message);
  }
}
