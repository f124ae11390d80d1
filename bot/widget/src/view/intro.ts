/** What stands there before anything is asked: the first line, what is kept, and what may be told. */
import type { Context } from './context';
import { button, h, spoken } from './dom';
import { fill } from '../texts';
import { offers } from './offers';
import { keptSheet } from './privacy';

function greeting(context: Context, text: string): HTMLElement {
  const name = spoken(fill(context.texts.says, { who: context.texts.program }));
  return h(
    'div',
    { class: 'row other from-bot greeting' },
    h('div', { class: 'bubble' }, name, h('p', { class: 'text' }, text)),
  );
}

export class Intro {
  readonly root: HTMLElement;
  private readonly greetings: HTMLElement[];

  constructor(context: Context) {
    const { texts, client } = context;
    this.greetings = [greeting(context, texts.opening), greeting(context, texts.openingProgram)];
    const lines = [texts.keptLine1, texts.keptLine2, texts.keptLine3].map((line) => h('li', {}, line));
    const more = button(texts.keptMore, 'link', () => keptSheet(context));
    const kept = h('div', { class: 'kept-lines' }, h('ul', {}, ...lines), more);
    this.root = h('div', { class: 'intro' }, this.greetings[0], kept, this.greetings[1], offers(context));
    client.parts.store.onLine((line) => {
      if (line.author === 'bot' && line.seq !== null && this.comesFirst(context, line.order))
        this.serverGreets();
    });
  }

  /** The server has a first line of its own: two greetings would be one too many. */
  private serverGreets(): void {
    this.greetings.forEach((row) => (row.hidden = true));
  }

  private comesFirst(context: Context, order: number): boolean {
    return !context.client.parts.store.all().some((line) => line.author === 'seeker' && line.order < order);
  }
}
