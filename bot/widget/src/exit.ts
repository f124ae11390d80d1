/** Leaving at once. Nothing here waits for anything. */
import type { Api } from './api';
import type { Bridge } from './bridge';
import type { SessionKeeper } from './keeper';
import type { Link } from './link';
import type { Outbox } from './outbox';
import type { QueuedFrame } from './protocol';
import type { Shelf } from './storage';
import { ulid } from './ulid';

export interface ExitParts {
  api: Api;
  keeper: SessionKeeper;
  link: Link;
  outbox: Outbox;
  tab: Shelf;
  after: () => number;
  bridge: Bridge | null;
  window: Window;
  /** Where to: a page that says nothing. */
  address: () => string;
}

/** Browsers refuse `keepalive` bodies above 64 KiB; room is left for the frame around. */
const LAST_WORDS_BYTES = 50000;

/** What was written and not yet taken goes along, as far as it fits: somebody who flees may have just said why. */
export function lastFrames(waiting: readonly QueuedFrame[], exit: QueuedFrame): QueuedFrame[] {
  let size = 0;
  const fitting = waiting.filter((frame) => {
    size += new Blob([JSON.stringify(frame)]).size;
    return size < LAST_WORDS_BYTES;
  });
  return fitting.concat(exit);
}

export class QuickExit {
  private gone = false;

  constructor(private readonly parts: ExitParts) {
    const { window } = parts;
    window.addEventListener('pageshow', (event) => {
      if (this.gone || (event as PageTransitionEvent).persisted) this.returned();
    });
  }

  leave(): void {
    const { window } = this.parts;
    if (this.gone) return;
    this.gone = true;
    this.cover(window.document);
    this.report();
    this.wipe();
    this.go();
  }

  /** Back from the browser's page cache: after an exit there is nothing to see. */
  private returned(): void {
    if (!this.gone) return;
    this.cover(this.parts.window.document);
    this.go();
  }

  private cover(page: Document): void {
    page.title = '';
    page.body.textContent = '';
    page.documentElement.className = 'gone';
  }

  private report(): void {
    const { api, keeper, outbox, after } = this.parts;
    const token = keeper.token;
    if (!token) return;
    const waiting = outbox.all().map((item) => item.frame);
    api.lastWords(token, after(), lastFrames(waiting, { type: 'action', id: ulid(), action: 'quick_exit' }));
  }

  private wipe(): void {
    const { link, outbox, tab } = this.parts;
    link.stop();
    outbox.clear();
    tab.clear();
  }

  /** In a frame the host's page leaves; when it cannot be asked, the frame moves the top window itself. */
  private go(): void {
    const { bridge, window, address } = this.parts;
    if (bridge && bridge.send('exit')) return;
    const target = (bridge && window.top) || window;
    try {
      target.location.replace(address());
    } catch {
      window.location.replace(address());
    }
  }
}
