/** The talk on screen: rows in order, new ones at the end, and the view stays where the reader is. */
import type { Line } from '../store';
import { bubble, showFate } from './bubble';
import type { Context } from './context';
import { markChosen } from './choices';
import { button, empty, h } from './dom';

const NEAR_END_PX = 80;
const LATE_MS = 5000;

export class LogView {
  readonly log: HTMLElement;
  readonly newBelow: HTMLElement;
  /** Called after something was shown. */
  onShown: () => void = () => undefined;
  /** A safety card that came after the seeker's last words. */
  private keep: HTMLElement | null = null;
  private readonly rows = new Map<string, { row: HTMLElement; order: number; sent: boolean }>();

  constructor(
    private readonly context: Context,
    private readonly scroller: HTMLElement,
  ) {
    const { store } = context.client.parts;
    this.log = h('div', {
      class: 'log',
      role: 'log',
      'aria-label': context.texts.logLabel,
      'aria-relevant': 'additions',
    });
    this.newBelow = button(context.texts.newBelow, 'new-below', () => this.toEnd());
    this.newBelow.hidden = true;
    scroller.addEventListener('scroll', () => {
      if (this.isNearEnd()) this.newBelow.hidden = true;
    });
    store.onLine((line, isNew) => this.show(line, isNew));
    store.onClear(() => this.rebuild());
  }

  toEnd(): void {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.newBelow.hidden = true;
  }

  /** Marks own lines that have waited too long. */
  refreshFates(): void {
    const late = this.context.client.late(LATE_MS);
    this.rows.forEach(({ row, sent }, key) => {
      if (!sent) showFate(this.context, row, false, late.indexOf(key) >= 0);
    });
  }

  private show(line: Line, isNew: boolean): void {
    const wasNearEnd = this.isNearEnd();
    if (isNew) this.insert(line);
    else this.update(line);
    if (isNew && (wasNearEnd || line.author === 'seeker')) this.follow(line);
    else if (isNew) this.newBelow.hidden = false;
    this.onShown();
  }

  /** Goes along with new lines, but never so far that numbers to call now move out of sight. */
  private follow(line: Line): void {
    if (line.author === 'seeker') this.keep = null;
    else if (line.body.card === 'safety') this.keep = this.rows.get(line.key)?.row || null;
    const { scroller, keep } = this;
    const end = scroller.scrollHeight - scroller.clientHeight;
    scroller.scrollTop = keep ? Math.min(end, keep.offsetTop - 8) : end;
    this.newBelow.hidden = this.isNearEnd();
  }

  /** A tapped button that comes back from the record is marked where it stood. */
  private mark(line: Line): void {
    const { choice, of } = line.body;
    if (line.author !== 'seeker' || choice === undefined || of === undefined) return;
    const asked = this.context.client.parts.store.withSeq(of);
    const row =
      asked && this.rows.get(asked.key)?.row.querySelector<HTMLElement>('.choices:not([data-done])');
    if (row) markChosen(row, choice, this.context.texts.chosen);
  }

  private insert(line: Line): void {
    this.mark(line);
    const row = bubble(this.context, line);
    showFate(this.context, row, line.sent || line.author !== 'seeker', false);
    this.rows.set(line.key, { row, order: line.order, sent: line.sent });
    this.place(row, line.order);
  }

  private update(line: Line): void {
    const shown = this.rows.get(line.key);
    if (!shown) return;
    showFate(this.context, shown.row, line.sent, false);
    shown.sent = line.sent;
    if (shown.order === line.order) return;
    shown.order = line.order;
    const next = this.following(line.order);
    // Moving a node makes a screen reader say it again: only when its neighbours really change.
    if (shown.row.nextElementSibling !== next) this.log.insertBefore(shown.row, next);
  }

  private place(row: HTMLElement, order: number): void {
    this.log.insertBefore(row, this.following(order));
  }

  /** The first row that comes after `order`, or null. */
  private following(order: number): HTMLElement | null {
    let best: { row: HTMLElement; order: number } | null = null;
    this.rows.forEach((entry) => {
      if (entry.order > order && entry.row.parentNode && (!best || entry.order < best.order)) best = entry;
    });
    return best ? (best as { row: HTMLElement }).row : null;
  }

  private rebuild(): void {
    empty(this.log);
    this.rows.clear();
    this.context.client.parts.store.all().forEach((line) => this.insert(line));
  }

  isNearEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }
}
