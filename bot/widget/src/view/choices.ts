/** Buttons under a message. A tap is said once; the chosen one stays marked. */
import type { Choice } from '../protocol';
import type { Line } from '../store';
import type { Context } from './context';
import { button, h, spoken } from './dom';

/** Only web pages and telephone numbers; anything else is shown as a plain button. */
function safeLink(href: string | undefined): string | null {
  if (!href) return null;
  return /^(https?:\/\/|tel:|\/(?!\/))/i.test(href) ? href : null;
}

function link(choice: Choice, href: string): HTMLElement {
  const isCall = /^tel:/i.test(href);
  const away = isCall ? {} : { target: '_blank', rel: 'noopener noreferrer nofollow' };
  return h('a', { class: 'choice', href, ...away }, choice.label);
}

/** Shows which button was tapped, now or before the page was loaded again; the others are over. */
export function markChosen(row: HTMLElement, id: string, said: string): void {
  row.setAttribute('data-done', '');
  row.querySelectorAll('[data-choice]').forEach((node) => {
    node.setAttribute('aria-disabled', 'true');
    if (node.getAttribute('data-choice') !== id) return;
    node.classList.add('chosen');
    node.appendChild(spoken(' ' + said));
  });
}

export function choiceRow(context: Context, line: Line, choices: readonly Choice[]): HTMLElement {
  const row = h('div', { class: 'choices' });
  for (const choice of choices) {
    const href = safeLink(choice.href);
    if (href) {
      row.appendChild(link(choice, href));
      continue;
    }
    const press = (): void => {
      if (row.getAttribute('data-done') !== null || line.seq === null) return;
      markChosen(row, choice.id, context.texts.chosen);
      context.client.choose(line.seq, choice.id, choice.label);
    };
    row.appendChild(button(choice.label, 'choice', press, { 'data-choice': choice.id }));
  }
  return row;
}
