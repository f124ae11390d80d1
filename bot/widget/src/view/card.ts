/** Cards: numbers, safety, steps, breathing, article, waiting. */
import type { Line } from '../store';
import { breathing } from './breathing';
import { choiceRow } from './choices';
import type { Context } from './context';
import { button, h } from './dom';
import { numberList } from './numbers';

const LONG_ARTICLE = 160; // characters before an article is folded

function words(text: string | undefined): HTMLElement | null {
  return text ? h('p', { class: 'text', dir: 'auto' }, text) : null;
}

function article(context: Context, text: string): HTMLElement {
  const paragraph = h('p', { class: 'text', dir: 'auto' }, text);
  if (text.length <= LONG_ARTICLE) return paragraph;
  paragraph.classList.add('folded');
  const { articleMore, articleLess } = context.texts;
  const more = button(articleMore, 'link', () => {
    const folded = paragraph.classList.toggle('folded');
    more.textContent = folded ? articleMore : articleLess;
    more.setAttribute('aria-expanded', String(!folded));
  });
  more.setAttribute('aria-expanded', 'false');
  return h('div', {}, paragraph, more);
}

/** "No answer" under the numbers, unless the server's own buttons offer it already. */
function callFailed(context: Context, line: Line): HTMLElement | null {
  const offered = (line.body.choices || []).some((choice) => /call_failed|no_answer/.test(choice.id));
  if (offered) return null;
  const { callFailed: label } = context.texts;
  return button(label, 'choice', () => context.client.action('call_failed', label));
}

function content(context: Context, line: Line): (HTMLElement | null)[] {
  const { body } = line;
  switch (body.card) {
    case 'numbers':
    case 'safety':
      return [words(body.text), numberList(body.items || [])];
    case 'steps':
      return [
        h('ol', { class: 'steps' }, ...(body.steps || []).map((step) => h('li', { dir: 'auto' }, step))),
      ];
    case 'breathing':
      return [breathing(context.texts, body.text || '')];
    case 'article':
      return [article(context, body.text || '')];
    case 'waiting':
      return [
        words(body.text),
        h('p', { class: 'wait-line', 'aria-live': 'off' }),
        h('p', { class: 'meanwhile' }, context.texts.waitMeanwhile),
      ];
    default:
      return [words(body.text || context.texts.cardUnknown)];
  }
}

export function card(context: Context, line: Line): HTMLElement {
  const { body } = line;
  const node = h('div', { class: 'card card-' + (/^[a-z]+$/.test(body.card || '') ? body.card : 'other') });
  if (body.title) node.appendChild(h('h3', { dir: 'auto' }, body.title));
  for (const part of content(context, line)) if (part) node.appendChild(part);
  const buttons = choiceRow(context, line, body.choices || []);
  const failed = body.items ? callFailed(context, line) : null;
  if (failed) buttons.insertBefore(failed, buttons.firstChild);
  if (buttons.firstChild) node.appendChild(buttons);
  return node;
}
