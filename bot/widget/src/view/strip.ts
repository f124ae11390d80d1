/** The strip that never scrolls away: a person, danger, leave. */
import type { Context } from './context';
import { button, h } from './dom';

export function strip(context: Context): HTMLElement {
  const { texts, client } = context;
  return h(
    'div',
    { class: 'strip', role: 'group', 'aria-label': texts.stripLabel },
    button(texts.human, 'strip-button', () => client.action('human', texts.human)),
    button(texts.danger, 'strip-button danger', () => client.action('danger', texts.danger)),
    button(texts.leave, 'strip-button', () => context.leave(), { title: texts.leaveHint }),
  );
}
