/** Breathing along: a circle that grows for four counts and shrinks for six, six rounds; the same in words for everybody. */
import type { ChatTexts } from '../texts';
import { button, h } from './dom';

const IN_MS = 4000;
const OUT_MS = 6000;
const ROUNDS = 6;

export function breathing(texts: ChatTexts, text: string): HTMLElement {
  const word = h('span', { class: 'breath-word' });
  const circle = h('div', { class: 'breath-circle' });
  // Not spoken while it runs: words that change every few seconds would talk over the breathing.
  const field = h('div', { class: 'breath', 'aria-hidden': 'true', hidden: true }, circle, word);
  const done = h('p', { class: 'breath-done', hidden: true }, texts.breathingDone);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const stop = (finished: boolean): void => {
    clearTimeout(timer);
    timer = undefined;
    field.hidden = true;
    done.hidden = !finished;
    toggle.textContent = texts.breathingStart;
  };
  const phase = (isIn: boolean, round: number): void => {
    if (round >= ROUNDS || !field.isConnected) return stop(round >= ROUNDS);
    circle.className = isIn ? 'breath-circle in' : 'breath-circle';
    word.textContent = isIn ? texts.breathingIn : texts.breathingOut;
    timer = setTimeout(() => phase(!isIn, isIn ? round : round + 1), isIn ? IN_MS : OUT_MS);
  };
  const start = (): void => {
    field.hidden = false;
    done.hidden = true;
    circle.className = 'breath-circle';
    toggle.textContent = texts.breathingStop;
    word.textContent = texts.breathingIn;
    if (root.scrollIntoView) root.scrollIntoView({ block: 'nearest' });
    timer = setTimeout(() => phase(true, 0), 60); // one frame at rest, so that the first breath grows too
  };
  const toggle = button(texts.breathingStart, 'choice', () => (timer === undefined ? start() : stop(false)));
  const root = h(
    'div',
    { 'aria-live': 'off' },
    h('p', { class: 'text' }, text || texts.breathingText),
    field,
    done,
    toggle,
  );
  return root;
}
