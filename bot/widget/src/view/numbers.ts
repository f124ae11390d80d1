/** Telephone numbers that can be tapped. */
import { drawing, h } from './dom';
import { PHONE } from './icons';

export interface ShownNumber {
  number: string;
  name: string;
  note?: string;
}

/** Digits, plus and pauses only: a number from outside never becomes another kind of link. */
export function telHref(number: string): string {
  return 'tel:' + number.replace(/[^0-9+*#,]/g, '');
}

/** A full row: number large, name and note beside it. */
export function numberRow(item: ShownNumber): HTMLElement {
  const words = h('span', { class: 'number-words' }, h('span', { class: 'number-name' }, item.name));
  if (item.note) words.appendChild(h('span', { class: 'number-note' }, item.note));
  const link = h('a', { class: 'number', href: telHref(item.number) }, drawing(PHONE));
  link.append(h('span', { class: 'number-digits' }, item.number), words);
  return h('li', {}, link);
}

export function numberList(items: readonly ShownNumber[]): HTMLElement {
  return h('ul', { class: 'numbers' }, ...items.map(numberRow));
}
