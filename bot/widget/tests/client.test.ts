// @vitest-environment node
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Api } from '../src/api';
import { Client } from '../src/client';
import { SessionKeeper } from '../src/keeper';
import type { ServerFrame } from '../src/protocol';
import { Outbox } from '../src/outbox';
import { Store } from '../src/store';
import { World, tabShelf, until } from './world';

let world: World;
let client: Client;
let store: Store;
let outbox: Outbox;

/** Frames as the server would send them, given by hand. */
function arrive(...frames: ServerFrame[]): void {
  const parts = (client.link as unknown as { parts: { onFrame(frame: ServerFrame): void } }).parts;
  frames.forEach((frame) => parts.onFrame(frame));
}

const welcome = (more: object = {}): ServerFrame => ({
  type: 'welcome',
  conversation: 'C',
  mode: 'bot',
  last_seq: 0,
  ...more,
});

function types(): string[] {
  return outbox.all().map((item) => item.frame.type);
}

beforeEach(async () => {
  world = new World();
  await world.start();
  world.httpAllowed = false; // nothing leaves by itself: each test looks at what waits
  const api = new Api(world.origin);
  const keeper = new SessionKeeper(api, tabShelf(), tabShelf(), 'chat', 'en');
  store = new Store();
  outbox = new Outbox(tabShelf());
  client = new Client({ api, keeper, outbox, store, socketUrl: 'ws://127.0.0.1:1', consentVersion: '7' });
});

afterEach(async () => {
  client.link.stop();
  await world.stop();
});

it('tells the server once which text was shown, with the first own words', () => {
  arrive(welcome());
  expect(types()).toEqual([]);
  client.say('a');
  client.say('b');
  expect(types()).toEqual(['say', 'consent', 'say']);
  expect(outbox.all()[1]?.frame).toMatchObject({ purpose: 'service', version: '7', given: true });
});

it('does not ask again when this text was agreed to, and does when the text has changed', () => {
  arrive(welcome({ consent: { service: { version: '7', given: true } } }));
  client.say('a');
  expect(types()).toEqual(['say']);
  arrive(welcome({ consent: { version: '6', given: true } }));
  expect(types()).toEqual(['say', 'consent']);
});

it('a refused word is not sent again, and the kind sentence is shown', () => {
  const notice = vi.fn();
  client.watch({ notice });
  client.say('a');
  const id = outbox.all()[0]?.frame.id as string;
  arrive({ type: 'refused', id, code: 'too_long', text: 'a kind sentence' });
  expect(types()).toEqual([]);
  expect(notice).toHaveBeenCalledWith('a kind sentence', 'too_long');
});

it('s15: a wrong secret is answered where it was asked, and shows nothing', async () => {
  const asked = client.secret('unlock', 'wrong word');
  const id = outbox.all()[0]?.frame.id as string;
  arrive({ type: 'refused', id, code: 'secret_wrong', text: 'no' });
  expect(await asked).toEqual({ ok: false, text: 'no' });
  expect(store.all()).toEqual([]);
});

it('s15: the right secret brings the earlier talk from its beginning', async () => {
  arrive(welcome(), {
    type: 'message',
    seq: 4,
    id: 'm',
    at: '',
    author: 'bot',
    kind: 'text',
    body: { text: 'new' },
  });
  const asked = client.secret('unlock', 'right word');
  arrive({ type: 'ack', id: outbox.all()[0]?.frame.id as string, seq: null });
  expect((await asked).ok).toBe(true);
  expect(store.lastSeq).toBe(0);
  expect(store.all()).toEqual([]);
});

it('shows no row for what was done without words, nor for what was erased', () => {
  const event = {
    seq: 1,
    id: 'm',
    at: '',
    author: 'seeker' as const,
    kind: 'event',
    body: { event: 'action' },
  };
  const erased = { seq: 2, id: 'n', at: '', author: 'bot' as const, kind: 'text', body: {} };
  arrive(welcome(), { type: 'message', ...event }, { type: 'message', ...erased });
  expect(store.all()).toEqual([]);
  expect(store.lastSeq).toBe(2);
});

it('a goodbye after erasing leaves nothing on the page', () => {
  client.say('a');
  arrive({ type: 'bye', code: 'erased', text: 'erased' });
  expect(outbox.all()).toEqual([]);
  expect(client.link.status).toBe('idle');
});

it('s1: a goodbye for another reason loses no unsent word', async () => {
  client.say('a');
  arrive({ type: 'bye', code: 'revoked', text: 'over' });
  expect(types()).toEqual(['say']);
  await until(() => client.link.status !== 'idle');
});

it('knows how long the oldest word has waited, and that danger is among them', () => {
  const now = vi.spyOn(Date, 'now');
  const from = Date.now();
  client.say('a');
  client.action('danger', 'danger');
  client.feedback({ helped: 'yes' });
  now.mockReturnValue(from + 7000);
  expect(client.waiting().ms).toBeGreaterThan(6000);
  expect(client.waiting().danger).toBe(true);
  expect(client.late(5000).length).toBe(3);
});

it('opening the page leaves nothing on the server', () => {
  client.start();
  expect(client.link.status).toBe('idle');
  expect(world.sessions).toBe(0);
});

it('s15: knows a tab that came back to a remembered device from one that was remembered just now', async () => {
  world.httpAllowed = true;
  const api = new Api(world.origin);
  const device = tabShelf();
  const first = new SessionKeeper(api, tabShelf(), device, 'chat', 'en');
  await first.ensure(5000);
  await first.rememberDevice();
  expect(first.device).toBe('D1');
  expect(first.cameBack).toBe(false);
  const second = new SessionKeeper(api, tabShelf(), device, 'chat', 'en');
  expect(await second.ensure(5000)).not.toBe(first.token);
  expect(second.cameBack).toBe(true);
  second.forgetDevice();
  expect(second.device).toBeNull();
});
