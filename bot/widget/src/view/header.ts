/** The line at the top: who is answering, and how long it takes. */
import type { LinkStatus } from '../link';
import type { State, Waiting } from '../protocol';
import type { ChatTexts } from '../texts';
import { fill } from '../texts';
import { h } from './dom';

/** Place and honest range, or that nobody is there. */
export function waitingLine(texts: ChatTexts, waiting: Waiting | null | undefined): string {
  if (!waiting) return texts.stateWaiting;
  if (waiting.on_duty === false) return texts.waitNobody;
  const { place, low_min: low, high_min: high } = waiting;
  const head =
    typeof place !== 'number'
      ? texts.stateWaiting
      : place > 1
        ? fill(texts.stateWaitingPlace, { ahead: place - 1 })
        : texts.stateWaitingNext;
  const isRange = typeof low === 'number' && typeof high === 'number';
  return head + ' · ' + (isRange ? fill(texts.waitRange, { low, high }) : texts.waitUnknown);
}

export function stateLine(texts: ChatTexts, state: Pick<State, 'mode' | 'waiting' | 'counsellor'>): string {
  if (state.mode === 'waiting') return waitingLine(texts, state.waiting);
  if (state.mode === 'human') return fill(texts.stateHuman, { name: state.counsellor?.name || texts.helper });
  if (state.mode === 'closed') return texts.stateClosed;
  return texts.stateBot;
}

const OFFLINE_AFTER_MS = 2500; // a short break is nobody's business

export class Header {
  readonly root: HTMLElement;
  private readonly line: HTMLElement;
  private said: string;
  private offlineTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly texts: ChatTexts,
    ...buttons: HTMLElement[]
  ) {
    this.said = texts.stateBot;
    this.line = h('p', { class: 'state' }, this.said);
    const words = h('div', { class: 'top-words' }, h('h1', {}, texts.name), this.line);
    this.root = h('header', { class: 'top' }, words, ...buttons);
  }

  state(state: Pick<State, 'mode' | 'waiting' | 'counsellor'>): void {
    this.said = stateLine(this.texts, state);
    this.root.setAttribute('data-mode', state.mode);
    if (this.offlineTimer === undefined) this.line.textContent = this.said;
  }

  status(status: LinkStatus): void {
    if (status === 'online' || status === 'idle') {
      clearTimeout(this.offlineTimer);
      this.offlineTimer = undefined;
      this.line.textContent = this.said;
    } else if (this.offlineTimer === undefined) {
      this.offlineTimer = setTimeout(
        () => (this.line.textContent = this.texts.stateOffline),
        OFFLINE_AFTER_MS,
      );
    }
  }
}
