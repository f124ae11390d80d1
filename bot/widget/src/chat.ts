/** The chat page: picks the language, puts the parts together, and listens to the window. */
import './style/page.css';
import './style/talk.css';
import './style/panels.css';
import { Api } from './api';
import { Bridge } from './bridge';
import { Client } from './client';
import { QuickExit } from './exit';
import { SessionKeeper } from './keeper';
import { Outbox } from './outbox';
import { Prefs } from './prefs';
import { ShiftCounter } from './shift';
import { deviceShelf, tabShelf } from './storage';
import { Store } from './store';
import type { ChatTexts, Locale } from './texts';
import { pickLocale, withOverrides } from './texts';
import * as en from './texts.en';
import * as zh from './texts.zh-CN';
import { App } from './view/app';
import type { Context } from './view/context';
import { readRegions, setRegions } from './view/offers';
import { Sheets } from './view/sheet';
import { exitAddress } from './wire';

interface Setup {
  locale: Locale;
  texts: ChatTexts;
  config: Record<string, unknown>;
}

const CONFIG_WAIT_MS = 1500; // the operator's own sentences are worth this much waiting, and no more

function localeOf(prefs: Prefs, query: URLSearchParams): Locale {
  return pickLocale([prefs.get('locale'), query.get('locale'), ...navigator.languages]);
}

/** The page comes up with its own texts when the service is slow or away. */
async function load(api: Api, locale: Locale): Promise<Setup> {
  const own = locale === 'en' ? en.chat : zh.chat;
  const nothing: Record<string, unknown> = {};
  const late = new Promise<typeof nothing>((resolve) => setTimeout(resolve, CONFIG_WAIT_MS, nothing));
  const config = await Promise.race([api.config(locale).catch(() => nothing), late]);
  return { locale, config, texts: withOverrides(own, config['texts']) };
}

function socketUrl(): string {
  return window.location.origin.replace(/^http/, 'ws') + '/api/chat/ws';
}

function makeClient(api: Api, setup: Setup, entry: 'chat' | 'widget'): Client {
  const keeper = new SessionKeeper(api, tabShelf, deviceShelf, entry, setup.locale);
  const { consentVersion } = setup.texts;
  const parts = { api, keeper, outbox: new Outbox(tabShelf), store: new Store() };
  return new Client({ ...parts, socketUrl: socketUrl(), consentVersion });
}

function makeExit(client: Client, bridge: Bridge | null, address: () => string): QuickExit {
  const { api, keeper, outbox, store } = client.parts;
  const { link } = client;
  return new QuickExit({
    api,
    keeper,
    link,
    outbox,
    tab: tabShelf,
    after: () => store.lastSeq,
    bridge,
    window,
    address,
  });
}

function listen(
  client: Client,
  app: App,
  shift: ShiftCounter,
  bridge: Bridge | null,
  context: Context,
): void {
  window.addEventListener('online', () => awake(client));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return;
    awake(client);
    client.shown();
  });
  document.addEventListener('keydown', (event) => {
    shift.key(event);
    if (event.key === 'Escape' && bridge && !context.sheets.isOpen) bridge.send('close');
  });
  fitWindow(app);
}

/** A page that has nothing to say yet stays silent: opening it leaves nothing on the server. */
function awake(client: Client): void {
  if (client.link.status !== 'idle') client.link.wake();
}

/** Phones lay the keyboard over the page: the page ends where the keyboard begins. */
function fitWindow(app: App): void {
  const view = window.visualViewport;
  const fit = (): void => {
    if (view) document.documentElement.style.setProperty('--height', view.height + 'px');
    app.resized();
  };
  (view || window).addEventListener('resize', fit);
  fit();
}

async function start(): Promise<void> {
  const query = new URLSearchParams(window.location.search);
  const embedded = query.get('embed') === '1' && window.parent !== window;
  const bridge = embedded ? new Bridge(window) : null;
  const prefs = new Prefs(tabShelf, deviceShelf);
  const api = new Api(window.location.origin);
  const root = document.documentElement;
  prefs.apply(root);
  let exitTo = '';
  let focus = (): void => undefined;
  if (bridge) {
    bridge.onMessage = (message) => {
      if (message.type === 'init') exitTo = message.exit || exitTo;
      else focus();
    };
  }
  const setup = await load(api, localeOf(prefs, query));
  const { texts, locale, config } = setup;
  root.lang = locale;
  document.title = texts.title;
  const client = makeClient(api, setup, embedded ? 'widget' : 'chat');
  const configured = typeof config['exit_url'] === 'string' ? config['exit_url'] : '';
  const exit = makeExit(client, bridge, () => exitAddress(exitTo || configured));
  const pictures = locale === 'en' ? en.pictures : zh.pictures;
  const context: Context = { client, texts, pictures, sheets: new Sheets(texts), leave: () => exit.leave() };
  const place = document.getElementById('app');
  if (!place) return;
  const app = new App(context, place, prefs, bridge);
  setRegions(place, readRegions(config));
  const say = (presses: number): void => {
    app.shiftSaid.textContent = presses ? texts.shift[presses - 1] || '' : '';
  };
  listen(client, app, new ShiftCounter(say, () => exit.leave()), bridge, context);
  focus = () => app.composer.box.focus();
  client.start();
  app.composer.fit();
  // On a phone the keyboard comes when it is wanted; with a real keyboard the box is ready at once.
  if (!window.matchMedia('(pointer: coarse)').matches) focus();
}

void start();
