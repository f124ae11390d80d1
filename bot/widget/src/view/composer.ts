/** The text box at the thumb. */
import type { Shelf } from '../storage';
import { fill } from '../texts';
import type { Context } from './context';
import { drawing, h } from './dom';
import { SEND } from './icons';

const DRAFT = 'draft';
const COUNT_FROM = 2000;
const LONG_FROM = 20000;
const TALLEST_PX = 160;
const IDLE_MS = 5000;

export class Composer {
  readonly root: HTMLFormElement;
  readonly box: HTMLTextAreaElement;
  private readonly counter = h('p', { class: 'counter', id: 'counter' });
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly context: Context,
    private readonly tab: Shelf,
  ) {
    const { texts } = context;
    const hints = { placeholder: texts.boxHint, 'aria-describedby': 'counter', enterkeyhint: 'send' };
    this.box = h('textarea', { id: 'box', rows: '1', autocomplete: 'off', ...hints });
    const label = h('label', { class: 'spoken', for: 'box' }, texts.boxLabel);
    const send = h('button', { type: 'submit', class: 'send', 'aria-label': texts.send }, drawing(SEND));
    this.root = h('form', { class: 'composer' }, label, this.box, send, this.counter);
    this.box.value = tab.get(DRAFT) || '';
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.box.addEventListener('input', () => this.changed());
    this.box.addEventListener('keydown', (event) => this.key(event));
    this.count();
  }

  /** To be called once it stands in the page: a draft may need more than one line. */
  fit(): void {
    this.box.style.height = 'auto';
    this.box.style.height = Math.min(this.box.scrollHeight + 2, TALLEST_PX) + 'px';
  }

  private send(): void {
    const text = this.box.value;
    if (text.trim() === '') return;
    this.context.client.say(text);
    this.box.value = '';
    this.tab.remove(DRAFT);
    this.rest();
    this.count();
    this.fit();
    this.box.focus();
  }

  private changed(): void {
    const { value } = this.box;
    if (value) this.tab.set(DRAFT, value);
    else this.tab.remove(DRAFT);
    this.context.client.link.wakeIfIdle();
    this.context.client.typing(value !== '');
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.rest(), IDLE_MS);
    this.count();
    this.fit();
  }

  private rest(): void {
    clearTimeout(this.idle);
    this.context.client.typing(false);
  }

  /** Enter sends, Shift+Enter makes a line; an Enter that chooses a word of the input method does neither. */
  private key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send();
  }

  private count(): void {
    const n = Array.from(this.box.value).length;
    const { texts } = this.context;
    const text = n > LONG_FROM ? texts.countOver : n >= COUNT_FROM ? texts.count : '';
    this.counter.textContent = text && fill(text, { n });
  }
}
