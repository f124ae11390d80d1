/** The talk as the page knows it: what the seeker does goes in, what is to be shown comes out. */
import type { Api } from './api';
import type { SessionKeeper } from './keeper';
import type { LinkStatus } from './link';
import { Link } from './link';
import type { Outbox } from './outbox';
import type {
  ActionName,
  ConsentState,
  Message,
  NumberItem,
  Profile,
  QueuedFrame,
  ServerFrame,
  State,
  Welcome,
} from './protocol';
import { messageOf } from './protocol';
import type { Store } from './store';
import { ulid } from './ulid';

export interface Watcher {
  status?(status: LinkStatus): void;
  state?(state: State): void;
  welcome?(welcome: Welcome): void;
  /** A sentence of the service that is no message: a refusal, a goodbye. */
  notice?(text: string, code: string): void;
}

/** `ok`, or the kind sentence of the refusal. */
export type Outcome = { ok: true } | { ok: false; text: string };

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;
export type NewFrame = Without<QueuedFrame, 'id'>;

export interface ClientParts {
  api: Api;
  keeper: SessionKeeper;
  outbox: Outbox;
  store: Store;
  socketUrl: string;
  /** Which text of "what is kept, who reads it" this page shows. */
  consentVersion: string;
}

/** What the seeker did without words, and what was erased, has a place in the order but nothing to show. */
function isShown(message: Message): boolean {
  if (message.author === 'seeker' && message.kind === 'event') return false;
  return Object.keys(message.body).length > 0;
}

function hasConsented(welcome: Welcome, version: string): boolean {
  const consent = welcome.consent as { service?: ConsentState } & ConsentState;
  const state = consent?.service || consent;
  return !!state && state.given === true && state.version === version;
}

/** The ambulance's number is in every list for the mainland, and in none for elsewhere. */
function isMainland(numbers: readonly NumberItem[]): boolean {
  return numbers.some((item) => item.id === '120');
}

export class Client {
  readonly link: Link;
  welcome: Welcome | null = null;
  /** They said that the mainland's numbers do not reach them. */
  abroad = false;
  private readonly watchers: Watcher[] = [];
  private readonly answers = new Map<string, (outcome: Outcome) => void>();
  private readonly loadedAt = Date.now();
  private consentSent = false;
  private receivedSeq = 0;
  private typingSince = 0;

  constructor(readonly parts: ClientParts) {
    const { api, keeper, outbox, store, socketUrl } = parts;
    this.link = new Link({
      api,
      keeper,
      outbox,
      socketUrl,
      tab: ulid(),
      after: () => store.lastSeq,
      onFrame: (frame) => this.receive(frame),
      onStatus: (status) => this.watchers.forEach((watcher) => watcher.status?.(status)),
      onStale: () => this.forgetConversation(),
    });
  }

  watch(watcher: Watcher): void {
    this.watchers.push(watcher);
  }

  /** Shows what was not sent before the page was loaded, and connects when there is somebody to connect for. */
  start(): void {
    const { outbox, store, keeper } = this.parts;
    for (const { frame, label, since } of outbox.all()) {
      if (label) store.addOwn(frame.id, label, new Date(since).toISOString());
    }
    if (outbox.all().length || keeper.token || keeper.device) this.link.wake();
  }

  say(text: string): void {
    const at = new Date().toISOString();
    this.queue({ type: 'say', text, at }, text);
    this.consentByWriting();
  }

  choose(seq: number, choice: string, label: string): void {
    this.queue({ type: 'choose', seq, choice, label }, label);
  }

  action(action: ActionName, label: string, note?: string): void {
    this.queue(note ? { type: 'action', action, note } : { type: 'action', action }, label);
  }

  profile(profile: Profile): Promise<Outcome> {
    return this.ask({ type: 'profile', ...profile });
  }

  feedback(feedback: { helped?: 'yes' | 'some' | 'no'; distress?: number; text?: string }): void {
    this.queue({ type: 'feedback', ...feedback }, '');
  }

  training(given: boolean): void {
    const version = this.parts.consentVersion;
    if (this.welcome) this.welcome.training = given;
    this.queue({ type: 'consent', purpose: 'training', version, given }, '');
  }

  /** After `unlock` the earlier talk is sent anew. */
  async secret(op: 'set' | 'unlock', secret: string): Promise<Outcome> {
    const outcome = await this.ask({ type: 'secret', op, secret });
    if (outcome.ok && op === 'set' && this.welcome) this.welcome.has_secret = true;
    if (outcome.ok && op === 'unlock') {
      this.parts.store.forgetShown();
      this.link.restart();
    }
    return outcome;
  }

  /** The seeker had everything erased: nothing of it stays on the page, and a next word starts anew. */
  erased(): void {
    const { keeper, outbox, store } = this.parts;
    this.link.stop();
    outbox.clear();
    keeper.forgetSession();
    this.forgetConversation();
    store.forgetShown();
  }

  /** Only that somebody types, never what. */
  typing(on: boolean): void {
    const now = Date.now();
    if (on && now - this.typingSince < 3000) return;
    if (!on && this.typingSince === 0) return;
    this.typingSince = on ? now : 0;
    this.link.hint({ type: 'typing', on });
  }

  /** Tells the server how far the talk was really shown. */
  shown(): void {
    const { lastSeq } = this.parts.store;
    if (lastSeq === 0 || lastSeq === this.receivedSeq) return;
    this.receivedSeq = lastSeq;
    this.link.hint({ type: 'received', seq: lastSeq });
  }

  /** How long the oldest word or tap has been waiting, in milliseconds, and whether a danger call is among them. */
  waiting(): { ms: number; danger: boolean } {
    const items = this.parts.outbox.all().filter((item) => item.label !== '');
    const first = items[0];
    if (!first) return { ms: 0, danger: false };
    const danger = items.some((item) => item.frame.type === 'action' && item.frame.action === 'danger');
    return { ms: Date.now() - Math.max(first.since, this.loadedAt), danger };
  }

  /** Ids of own words that have waited longer than `ms`. */
  late(ms: number): string[] {
    const limit = Date.now() - ms;
    const items = this.parts.outbox.all().filter((item) => Math.max(item.since, this.loadedAt) < limit);
    return items.map((item) => item.frame.id);
  }

  /** Numbers that fit where they are, as far as the server has told; the page's own text has the mainland's. */
  localNumbers(): readonly NumberItem[] {
    const known = this.welcome?.numbers || [];
    return isMainland(known) === !this.abroad ? known : [];
  }

  private queue(frame: NewFrame, label: string): string {
    const place = frame.type === 'action' ? frame.action : frame.type === 'choose' ? frame.choice : '';
    if (place === 'abroad' || place === 'mainland') this.abroad = place === 'abroad';
    const full = { ...frame, id: ulid() } as QueuedFrame;
    this.parts.outbox.add(full, label);
    if (label) this.parts.store.addOwn(full.id, label, new Date().toISOString());
    this.link.flush();
    return full.id;
  }

  private ask(frame: NewFrame): Promise<Outcome> {
    return new Promise((resolve) => {
      const id = this.queue(frame, '');
      this.answers.set(id, resolve);
    });
  }

  private receive(frame: ServerFrame): void {
    if (frame.type === 'message') this.receiveMessage(frame);
    else if (frame.type === 'ack') this.settle(frame.id, frame.seq, { ok: true });
    else if (frame.type === 'welcome') this.receiveWelcome(frame);
    else if (frame.type === 'state') this.watchers.forEach((watcher) => watcher.state?.(frame));
    else if (frame.type === 'conversation') this.parts.store.startConversation(frame.conversation);
    else if (frame.type === 'refused') this.receiveRefusal(frame);
    else if (frame.type === 'bye') this.receiveBye(frame);
  }

  private receiveMessage(frame: { type: 'message' }): void {
    const message = messageOf(frame);
    const { store } = this.parts;
    if (!message) return;
    if (isShown(message)) store.addMessage(message);
    else store.passOver(message.seq);
  }

  private settle(id: string, seq: number | null, outcome: Outcome): void {
    this.parts.outbox.settle(id);
    this.parts.store.acknowledge(id, seq);
    const answer = this.answers.get(id);
    this.answers.delete(id);
    if (answer) answer(outcome);
  }

  /** A refused frame is not sent again: what could be stored has been stored. */
  private receiveRefusal(frame: { id?: string; code: string; text: string }): void {
    const asked = frame.id !== undefined && this.answers.has(frame.id);
    if (frame.id) this.settle(frame.id, null, { ok: false, text: frame.text });
    if (!asked && frame.text && frame.code !== 'unknown_type') this.notice(frame.text, frame.code);
  }

  private receiveWelcome(welcome: Welcome): void {
    const { store } = this.parts;
    const moved = store.conversation !== null && store.conversation !== welcome.conversation;
    const asked = store.lastSeq;
    if (moved) store.startConversation(welcome.conversation);
    store.conversation = welcome.conversation;
    this.welcome = welcome;
    if (welcome.numbers?.length) this.abroad = !isMainland(welcome.numbers);
    this.receivedSeq = 0;
    this.watchers.forEach((watcher) => watcher.welcome?.(welcome));
    // The greeting asked to go on after a place in another conversation: ask again from this one's beginning.
    if (moved && asked > 0) this.link.restart();
    else this.consentByWriting();
  }

  private receiveBye(frame: { code: string; text: string }): void {
    const { keeper, outbox, store } = this.parts;
    keeper.forgetSession();
    this.forgetConversation();
    this.link.stop();
    if (frame.code === 'erased') {
      outbox.clear();
      store.forgetShown();
    }
    this.notice(frame.text, frame.code);
    if (outbox.all().length) this.link.wake();
  }

  /** Writing the first line under the consent lines is the consent; the server is told which text was shown. */
  private consentByWriting(): void {
    const { store, consentVersion: version } = this.parts;
    if (!this.welcome || this.consentSent || hasConsented(this.welcome, version)) return;
    if (!store.all().some((line) => line.author === 'seeker')) return;
    this.consentSent = true;
    this.queue({ type: 'consent', purpose: 'service', version, given: true }, '');
  }

  private forgetConversation(): void {
    this.parts.store.startConversation(null);
    this.welcome = null;
    this.consentSent = false;
  }

  private notice(text: string, code: string): void {
    this.watchers.forEach((watcher) => watcher.notice?.(text, code));
  }
}
