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
      row.setAttribute('data-done', '');
      row.querySelectorAll('button').forEach((other) => other.setAttribute('aria-disabled', 'true'));
      node.classList.add('chosen');
      node.appendChild(spoken(' ' + context.texts.chosen));
      context.client.choose(line.seq, choice.id, choice.label);
    };
    const node = button(choice.label, 'choice', press);
    row.appendChild(node);
  }
  return row;
}
