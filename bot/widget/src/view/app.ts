/** Puts the page together and keeps its parts in step. */
import type { Bridge } from '../bridge';
import type { Prefs } from '../prefs';
import type { Welcome } from '../protocol';
import { tabShelf } from '../storage';
import { Composer } from './composer';
import type { Context } from './context';
import { button, drawing, h } from './dom';
import { Feedback } from './feedback';
import { Header, waitingLine } from './header';
import { CLOSE } from './icons';
import { Intro } from './intro';
import { LogView } from './log';
import { menuButton } from './menu';
import { Notice } from './notice';
import { unlockSheet } from './privacy';
import { strip } from './strip';

const REFRESH_MS = 500;
const SHOWN_MS = 200; // several messages at once are confirmed once

export class App {
  readonly composer: Composer;
  readonly shiftSaid = h('p', { class: 'shift-said', role: 'status' });
  private readonly scroller = h('main', { class: 'scroll', tabindex: '-1' });
  private readonly typing: HTMLElement;
  private readonly notice: Notice;
  private readonly feedback: Feedback;
  private readonly header: Header;
  private readonly unlock: HTMLElement;
  private readonly log: LogView;
  private wait = '';
  private shownTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly context: Context,
    root: HTMLElement,
    prefs: Prefs,
    bridge: Bridge | null,
  ) {
    const { texts, client, sheets } = context;
    this.composer = new Composer(context, tabShelf);
    this.notice = new Notice(context);
    this.feedback = new Feedback(context);
    this.header = new Header(texts, ...this.topButtons(prefs, bridge));
    this.typing = h('p', { class: 'typing quiet', 'aria-hidden': 'true', hidden: true }, texts.typing);
    this.unlock = button(texts.unlockLine, 'link unlock', () =>
      unlockSheet(context, () => (this.unlock.hidden = true)),
    );
    this.unlock.hidden = true;
    const log = (this.log = new LogView(context, this.scroller));
    this.scroller.append(this.unlock, new Intro(context).root, log.log, this.typing, this.feedback.root);
    const foot = h(
      'footer',
      { class: 'foot' },
      log.newBelow,
      this.notice.root,
      strip(context),
      this.composer.root,
    );
    root.append(this.header.root, this.scroller, foot, this.shiftSaid, sheets.root);
    log.onShown = () => {
      this.showWait();
      this.shown();
    };
    client.watch({
      status: (status) => this.header.status(status),
      welcome: (welcome) => this.welcomed(welcome),
      state: (state) => {
        this.mode(state.mode);
        this.header.state(state);
        // With nobody on duty the card itself says so: one sad sentence is enough.
        const isHopeful = state.mode === 'waiting' && state.waiting && state.waiting.on_duty !== false;
        this.wait = isHopeful ? waitingLine(texts, state.waiting) : '';
        this.showWait();
        this.typing.hidden = !state.typing;
      },
      notice: (text) => this.notice.service(text),
    });
    setInterval(() => {
      const atEnd = log.isNearEnd();
      if (this.notice.refresh() && atEnd) log.toEnd();
      log.refreshFates();
    }, REFRESH_MS);
    this.closesWithEvents();
  }

  /** Keeps the newest line in view when the keyboard comes up or the window changes. */
  resized(): void {
    if (document.activeElement === this.composer.box) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  private topButtons(prefs: Prefs, bridge: Bridge | null): HTMLElement[] {
    const { texts, client } = this.context;
    const end = (): void => {
      this.context.sheets.close();
      client.action('leave', '');
      this.askFeedback();
    };
    const buttons: HTMLElement[] = [menuButton(this.context, prefs, end, () => window.location.reload())];
    if (bridge) {
      const close = button('', 'icon-button', () => bridge.send('close'), { 'aria-label': texts.close });
      close.appendChild(drawing(CLOSE));
      buttons.push(close);
    }
    return buttons;
  }

  private welcomed(welcome: Welcome): void {
    this.header.state({ mode: welcome.mode });
    const { cameBack } = this.context.client.parts.keeper;
    this.unlock.hidden = !cameBack || !welcome.has_secret || welcome.unlocked === true;
  }

  private mode(mode: string): void {
    if (mode === 'closed') this.askFeedback();
    else if (mode === 'human' || mode === 'waiting') this.feedback.hide();
  }

  private askFeedback(): void {
    const atEnd = this.log.isNearEnd();
    this.feedback.show();
    if (atEnd) this.log.toEnd();
  }

  private closesWithEvents(): void {
    this.context.client.parts.store.onLine((line, isNew) => {
      if (isNew && line.author === 'seeker' && !line.sent) this.feedback.hide();
    });
  }

  /** The newest waiting card says how it stands now; older ones say nothing any more. */
  private showWait(): void {
    const places = this.log.log.querySelectorAll('.wait-line');
    places.forEach((place, index) => {
      const text = index === places.length - 1 ? this.wait : '';
      if (place.textContent !== text) place.textContent = text;
    });
  }

  private shown(): void {
    clearTimeout(this.shownTimer);
    this.shownTimer = setTimeout(() => {
      if (document.visibilityState === 'visible') this.context.client.shown();
    }, SHOWN_MS);
  }
}
