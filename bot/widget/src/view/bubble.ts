/** One line of the talk. */
import type { Line } from '../store';
import { fill } from '../texts';
import { card } from './card';
import { choiceRow } from './choices';
import type { Context } from './context';
import { h, spoken } from './dom';

function speaker(context: Context, line: Line): string {
  const { texts } = context;
  if (line.author === 'seeker') return texts.you;
  if (line.author === 'staff') return texts.helper;
  return line.author === 'bot' ? texts.program : texts.service;
}

function inside(context: Context, line: Line): Node[] {
  const { body } = line;
  if (line.kind === 'card' || body.card) return [card(context, line)];
  const nodes: Node[] = [h('p', { class: 'text', dir: 'auto' }, body.text || context.texts.cardUnknown)];
  if (body.choices && body.choices.length) nodes.push(choiceRow(context, line, body.choices));
  return nodes;
}

/** A message as a row of the log; own rows have a place for "not sent yet". */
export function bubble(context: Context, line: Line): HTMLElement {
  const own = line.author === 'seeker';
  const isEvent = line.kind === 'event' || (line.body.event !== undefined && line.kind !== 'card');
  const row = h('div', { class: isEvent ? 'row event' : own ? 'row own' : 'row other from-' + line.author });
  if (isEvent) {
    row.appendChild(h('p', { dir: 'auto' }, line.body.text || ''));
    return row;
  }
  const isCard = line.kind === 'card' || line.body.card !== undefined;
  const frame = h('div', { class: isCard ? 'bubble wide' : 'bubble' });
  frame.appendChild(spoken(fill(context.texts.says, { who: speaker(context, line) })));
  inside(context, line).forEach((node) => frame.appendChild(node));
  row.appendChild(frame);
  if (own) row.appendChild(h('p', { class: 'fate' }));
  return row;
}

/** Says under an own line what became of it; nothing once it is written down. */
export function showFate(context: Context, row: HTMLElement, sent: boolean, late: boolean): void {
  const place = row.querySelector('.fate');
  if (!place) return;
  const text = sent ? '' : late ? context.texts.notSent : context.texts.sending;
  if (place.textContent !== text) place.textContent = text;
  row.classList.toggle('unsent', !sent);
}
