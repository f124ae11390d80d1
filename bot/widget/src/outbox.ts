/** Frames that the server has not acknowledged, in the order in which they were made. They survive a reload and a tab's death. */
import type { QueuedFrame } from './protocol';
import type { Shelf } from './storage';

export interface Pending {
  frame: QueuedFrame;
  /** What the seeker sees of it in the talk; empty when nothing. */
  label: string;
  /** When it was put here, in milliseconds since 1970. */
  since: number;
}

const KEY = 'out';

export class Outbox {
  private items: Pending[];

  constructor(
    private readonly shelf: Shelf,
    private readonly now: () => number = Date.now,
  ) {
    this.items = this.load();
  }

  all(): readonly Pending[] {
    return this.items;
  }

  add(frame: QueuedFrame, label = ''): Pending {
    const pending = { frame, label, since: this.now() };
    this.items.push(pending);
    this.save();
    return pending;
  }

  /** Takes out what was acknowledged or refused; null when it is not (or no longer) here. */
  settle(id: string): Pending | null {
    const at = this.items.findIndex((item) => item.frame.id === id);
    if (at < 0) return null;
    const found = this.items.splice(at, 1)[0] ?? null;
    this.save();
    return found;
  }

  clear(): void {
    this.items = [];
    this.shelf.remove(KEY);
  }

  /** A secret waits in memory only: it is never written down in the browser. */
  private save(): void {
    const kept = this.items.filter((item) => item.frame.type !== 'secret');
    if (kept.length) this.shelf.set(KEY, JSON.stringify(kept));
    else this.shelf.remove(KEY);
  }

  private load(): Pending[] {
    try {
      const value: unknown = JSON.parse(this.shelf.get(KEY) || '[]');
      if (!Array.isArray(value)) return [];
      return value.filter(
        (item: Partial<Pending> | null) => !!item && !!item.frame && !!item.frame.id,
      ) as Pending[];
    } catch {
      return [];
    }
  }
}
