/** What did not get through: said once, with numbers, and gone when it did. */
import type { Context } from './context';
import { button, drawing, empty, h } from './dom';
import { CLOSE, PHONE } from './icons';
import type { ShownNumber } from './numbers';
import { telHref } from './numbers';

const UNSENT_MS = 5000;
const UNSENT_DANGER_MS = 1500;
const SERVICE_MS = 15000;
const MOST = 4;

export class Notice {
  readonly root = h('div', { class: 'notice' });
  // The live node stands in the page, empty, before it has anything to say.
  private readonly alert = h('div', { role: 'alert' });
  private readonly rest = h('div', { class: 'notice-rest' });
  private shown = '';
  private serviceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly context: Context) {
    this.root.append(this.alert, this.rest);
  }

  /** To be called every half second or so. True when something came or went. */
  refresh(): boolean {
    const before = this.shown;
    const { ms, danger } = this.context.client.waiting();
    const { texts } = this.context;
    const { abroad } = this.context.client;
    const [calm, urgent] = abroad
      ? [texts.unsentAbroad, texts.unsentDangerAbroad]
      : [texts.unsent, texts.unsentDanger];
    if (danger && ms > UNSENT_DANGER_MS) this.show(urgent, true, true);
    else if (ms > UNSENT_MS) this.show(calm, true);
    else if (this.isUnsent()) this.clear();
    return this.shown !== before;
  }

  private isUnsent(): boolean {
    const { unsent, unsentDanger, unsentAbroad, unsentDangerAbroad } = this.context.texts;
    return [unsent, unsentDanger, unsentAbroad, unsentDangerAbroad].includes(this.shown);
  }

  /** A sentence of the service; it goes away by itself or by a tap. */
  service(text: string): void {
    if (!text) return;
    this.show(text, false);
    clearTimeout(this.serviceTimer);
    this.serviceTimer = setTimeout(() => this.shown === text && this.clear(), SERVICE_MS);
  }

  private show(text: string, withNumbers: boolean, danger = false): void {
    if (this.shown === text) return;
    this.clear();
    this.shown = text;
    this.root.classList.add('on');
    this.alert.textContent = text;
    this.rest.appendChild(withNumbers ? this.numbers(danger) : this.closer());
  }

  private clear(): void {
    this.shown = '';
    this.root.classList.remove('on');
    this.alert.textContent = '';
    empty(this.rest);
  }

  private closer(): HTMLElement {
    const close = button('', 'icon-button', () => this.clear(), { 'aria-label': this.context.texts.close });
    close.appendChild(drawing(CLOSE));
    return close;
  }

  /** Abroad only what the server named: a number that does not connect would cost time. */
  private fitting(danger: boolean): readonly ShownNumber[] {
    const { client, texts } = this.context;
    const local = client.localNumbers();
    if (client.abroad) return local.slice(0, MOST);
    const own = texts.numbersNow;
    const extra = local
      .filter((item) => !own.some(({ number }) => number === item.number))
      .slice(0, MOST - own.length);
    return danger ? [...own.slice(1), ...own.slice(0, 1), ...extra] : [...extra, ...own];
  }

  /** In danger police and ambulance come first. */
  private numbers(danger: boolean): HTMLElement {
    const row = h('div', { class: 'quick-numbers' });
    for (const item of this.fitting(danger)) {
      const link = h('a', { class: 'quick-number', href: telHref(item.number) });
      link.append(h('span', {}, drawing(PHONE), item.number), h('small', {}, item.name));
      row.appendChild(link);
    }
    return row;
  }
}
