/** A panel over the talk: menu, what is kept, secret. One at a time; Esc closes; focus stays inside and goes back afterwards. */
import type { ChatTexts } from '../texts';
import { button, drawing, empty, h } from './dom';
import { CLOSE } from './icons';

const FOCUSABLE = 'a[href], button:not([disabled]), input, textarea, select, summary';

export class Sheets {
  readonly root: HTMLElement;
  private readonly title = h('h2', { id: 'sheet-title', tabindex: '-1' });
  private readonly body = h('div', { class: 'sheet-body' });
  private before: HTMLElement | null = null;

  constructor(texts: ChatTexts) {
    const close = button('', 'icon-button', () => this.close(), { 'aria-label': texts.close });
    close.appendChild(drawing(CLOSE));
    const head = h('div', { class: 'sheet-head' }, this.title, close);
    const attributes = {
      class: 'sheet',
      role: 'dialog',
      'aria-modal': 'true',
      'aria-labelledby': 'sheet-title',
    };
    const panel = h('div', attributes, head, this.body);
    this.root = h('div', { class: 'sheet-back', hidden: true }, panel);
    this.root.addEventListener('click', (event) => {
      if (event.target === this.root) this.close();
    });
    this.root.addEventListener('keydown', (event) => this.key(event));
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  show(title: string, ...content: (Node | string)[]): void {
    if (!this.isOpen) this.before = document.activeElement as HTMLElement | null;
    this.title.textContent = title;
    empty(this.body);
    content.forEach((node) => this.body.append(node));
    this.root.hidden = false;
    this.body.scrollTop = 0;
    this.title.focus();
  }

  close(): void {
    if (!this.isOpen) return;
    this.root.hidden = true;
    empty(this.body);
    if (this.before) this.before.focus();
    this.before = null;
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.close();
    }
    if (event.key !== 'Tab') return;
    const stops = this.root.querySelectorAll<HTMLElement>(FOCUSABLE);
    const first = stops[0];
    const last = stops[stops.length - 1];
    const here = document.activeElement;
    if (!first || !last) return;
    if (event.shiftKey && (here === first || here === this.title)) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && here === last) {
      event.preventDefault();
      first.focus();
    }
  }
}
