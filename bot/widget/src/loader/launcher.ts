/** Button, panel and frame; opens, closes, and leaves at once when asked to. */
import { ShiftCounter } from '../shift';
import type { LoaderTexts } from '../texts';
import type { ToFrame } from '../wire';
import { readToHost } from '../wire';
import { Fallback } from './fallback';
import { BUTTON, adopt, dress } from './style';

export interface LauncherSettings {
  /** Origin of the script: the frame's, and the only one that is spoken to. */
  origin: string;
  locale: string;
  texts: LoaderTexts;
  label: string;
  /** Where a quick exit goes. */
  exit: string;
  nonce: string;
}

const FRAME_WAIT_MS = 5000;
const INTRODUCE_MS = 400;
const AGAIN_MS = 15000; // how often the frame is loaded anew while the numbers stand there
const SMALL_PX = 480;
const TOP = '2147483000';

export class Launcher {
  private readonly host = document.createElement('div');
  private readonly button = document.createElement('button');
  private readonly panel = document.createElement('div');
  private readonly fallback: Fallback;
  private readonly status = document.createElement('div');
  private frame: HTMLIFrameElement | null = null;
  private isReady = false;
  private gone = false;
  private introducing: ReturnType<typeof setInterval> | undefined;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly settings: LauncherSettings) {
    const { texts } = settings;
    this.fallback = new Fallback(
      texts,
      () => this.tryAgain(),
      () => this.close(),
    );
    this.build();
    this.listen(texts);
  }

  mount(): void {
    document.body.appendChild(this.host);
  }

  get isOpen(): boolean {
    return this.button.getAttribute('aria-expanded') === 'true';
  }

  open(): void {
    this.button.setAttribute('aria-expanded', 'true');
    this.place();
    this.panel.style.setProperty('display', 'block');
    if (!this.frame) this.tryAgain();
    else this.focusFrame();
  }

  close(): void {
    this.button.setAttribute('aria-expanded', 'false');
    this.panel.style.setProperty('display', 'none');
    this.button.style.removeProperty('display');
    this.button.focus();
  }

  /** Blanks this page at once and goes where nothing can be read from. */
  leave(): void {
    this.gone = true;
    document.title = '';
    if (document.body) document.body.textContent = '';
    document.documentElement.style.setProperty('display', 'none', 'important');
    window.location.replace(this.settings.exit);
  }

  private build(): void {
    const { host, button, panel, status, settings } = this;
    host.setAttribute('data-note-launcher', '');
    const root = host.attachShadow({ mode: 'open' });
    adopt(root, settings.nonce);
    button.type = 'button';
    button.textContent = settings.label;
    button.setAttribute('aria-expanded', 'false');
    button.setAttribute('aria-haspopup', 'dialog');
    dress(button, { ...BUTTON, position: 'fixed', right: '16px', bottom: '16px', 'z-index': TOP });
    button.addEventListener('click', () => (this.isOpen ? this.close() : this.open()));
    panel.setAttribute('role', 'dialog');
    panel.setAttribute('aria-label', settings.label);
    status.setAttribute('role', 'status');
    dress(status, { position: 'fixed', top: '8px', left: '8px', 'z-index': TOP });
    panel.appendChild(this.fallback.root);
    root.append(button, panel, status);
    dress(panel, { display: 'none' });
  }

  private listen(texts: LoaderTexts): void {
    window.addEventListener('message', (event) => this.receive(event));
    window.addEventListener('resize', () => this.isOpen && this.place());
    window.addEventListener('pageshow', () => this.gone && this.leave());
    const say = (presses: number): void => {
      this.status.textContent = presses ? texts.shift[presses - 1] || '' : '';
    };
    const shift = new ShiftCounter(say, () => this.leave());
    document.addEventListener('keydown', (event) => {
      if (!this.isOpen) return;
      if (event.key === 'Escape') this.close();
      shift.key(event);
    });
  }

  /** A corner of a large page, all of a small one. */
  private place(): void {
    const isSmall = window.innerWidth <= SMALL_PX || window.innerHeight <= SMALL_PX;
    const corner = {
      width: '400px',
      height: '680px',
      'max-height': 'calc(100% - 96px)',
      right: '16px',
      bottom: '80px',
    };
    const whole = { width: '100%', height: '100%', 'max-height': '100%', right: '0', bottom: '0' };
    dress(this.panel, {
      position: 'fixed',
      overflow: 'hidden',
      background: '#FAF7F2',
      'box-shadow': '0 8px 32px rgba(36,49,43,.18)',
      'border-radius': isSmall ? '0' : '16px',
      'z-index': TOP,
      ...(isSmall ? whole : corner),
    });
    if (isSmall) dress(this.button, { display: 'none' });
    else this.button.style.removeProperty('display');
  }

  private load(): void {
    if (this.frame) this.frame.remove();
    this.isReady = false;
    const frame = document.createElement('iframe');
    frame.title = this.settings.texts.frame;
    frame.referrerPolicy = 'no-referrer';
    frame.src = this.settings.origin + '/chat?embed=1&locale=' + encodeURIComponent(this.settings.locale);
    dress(frame, { width: '100%', height: '100%', border: '0', display: 'block' });
    this.frame = frame;
    this.panel.insertBefore(frame, this.panel.firstChild);
    this.introduce();
  }

  /** By hand: says that it is loading; from then on it goes on by itself until the frame answers. */
  private tryAgain(): void {
    this.fallback.show();
    this.fallback.loading();
    this.load();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.giveNumbers(), FRAME_WAIT_MS);
  }

  private giveNumbers(): void {
    if (this.isReady) return;
    this.fallback.numbers();
    this.waiting = setTimeout(() => this.loadQuietly(), AGAIN_MS);
  }

  private loadQuietly(): void {
    if (this.isReady) return;
    if (this.isOpen) this.load();
    this.waiting = setTimeout(() => this.loadQuietly(), AGAIN_MS);
  }

  /** The frame may start to listen at any time: it is told again until it answers, even after the numbers are shown. */
  private introduce(): void {
    const { locale, exit } = this.settings;
    clearInterval(this.introducing);
    this.introducing = setInterval(() => {
      if (this.isReady) clearInterval(this.introducing);
      else this.post({ note: 1, type: 'init', locale, exit });
    }, INTRODUCE_MS);
  }

  private post(message: ToFrame): void {
    this.frame?.contentWindow?.postMessage(message, this.settings.origin);
  }

  private receive(event: MessageEvent): void {
    if (event.origin !== this.settings.origin || !event.source) return;
    if (!this.frame || event.source !== this.frame.contentWindow) return;
    const message = readToHost(event.data);
    if (!message) return;
    if (message.type === 'ready') this.ready();
    else if (message.type === 'close') this.close();
    else this.leave();
  }

  private ready(): void {
    if (this.isReady) return;
    this.isReady = true;
    clearTimeout(this.waiting);
    this.fallback.hide();
    if (this.isOpen) this.focusFrame();
  }

  private focusFrame(): void {
    if (!this.isReady || !this.frame) return;
    this.frame.focus();
    this.post({ note: 1, type: 'focus' });
  }
}
