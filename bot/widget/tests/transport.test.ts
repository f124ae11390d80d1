// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Page } from './world';
import { World, openPage, tabShelf, until } from './world';

let world: World;
const pages: Page[] = [];

function open(...wish: Parameters<typeof openPage> extends [World, ...infer Rest] ? Rest : never): Page {
  const page = openPage(world, ...wish);
  pages.push(page);
  return page;
}

beforeEach(async () => {
  world = new World();
  await world.start();
});

afterEach(async () => {
  pages.splice(0).forEach((page) => page.link.stop());
  await world.stop();
});

const empty = (page: Page) => (): boolean => page.outbox.all().length === 0;

describe('s1: nothing that was written is lost or doubled', () => {
  it('makes a session with the first word, not before', async () => {
    const page = open();
    expect(world.sessions).toBe(0);
    page.say('a');
    await until(empty(page));
    expect(world.sessions).toBe(1);
    expect(world.texts()).toEqual(['a']);
  });

  it('sends again in order what a broken line had swallowed, and the server takes each once', async () => {
    const page = open(tabShelf(), { ackMs: 60000 });
    page.say('1');
    await until(empty(page));
    world.answersAcks = false;
    page.say('2');
    page.say('3');
    await until(() => world.heard.filter((frame) => frame.type === 'say').length === 3);
    world.answersAcks = true;
    world.cut();
    page.say('4');
    await until(empty(page));
    expect(world.texts()).toEqual(['1', '2', '3', '4']);
    const heard = world.heard.filter((frame) => frame.type === 'say').map((frame) => frame['text']);
    expect(heard).toEqual(['1', '2', '3', '2', '3', '4']);
  });

  it('keeps unsent words over the death of a tab and sends them from the next page load', async () => {
    world.httpAllowed = false;
    const tab = tabShelf();
    const before = open(tab);
    before.say('first');
    before.say('second');
    before.link.stop();
    world.httpAllowed = true;
    const after = open(tab);
    expect(after.outbox.all().map((item) => item.label)).toEqual(['first', 'second']);
    after.link.wake();
    await until(empty(after));
    expect(world.texts()).toEqual(['first', 'second']);
  });

  it('gets over fifty broken lines without losing or doubling a word', async () => {
    const page = open();
    const said: string[] = [];
    for (let i = 0; i < 50; i++) {
      said.push('w' + i);
      page.say('w' + i);
      if (i % 2) await new Promise((go) => setTimeout(go, 3));
      world.cut();
    }
    await until(empty(page), 20000);
    expect(world.texts()).toEqual(said);
  });

  it('leaves a line that pongs but acknowledges nothing', async () => {
    const page = open();
    page.say('1');
    await until(empty(page));
    world.answersAcks = false;
    page.say('2');
    await until(() => world.opened > 1);
    world.answersAcks = true;
    await until(empty(page));
    expect(world.texts()).toEqual(['1', '2']);
  });

  it('says what waits in a new session when the server no longer knows the old one', async () => {
    const page = open();
    page.say('1');
    await until(empty(page));
    world.forgetSessions();
    world.cut();
    page.say('2');
    await until(empty(page));
    expect(page.stale).toBe(1);
    expect(world.sessions).toBe(2);
    expect(world.texts()).toEqual(['1', '2']);
  });
});

describe('coming back', () => {
  it('asks to go on after the last message that it saw', async () => {
    const page = open();
    page.say('1');
    await until(empty(page));
    world.say('answer');
    await until(() => page.frames.some((frame) => frame.type === 'message'));
    world.cut();
    world.say('missed');
    const texts = (): unknown[] =>
      page.frames.map((frame) => (frame.type === 'message' && 'body' in frame ? frame.body.text : null));
    await until(() => texts().indexOf('missed') >= 0);
    const hellos = world.heard.filter((frame) => frame.type === 'hello').map((frame) => frame['after']);
    expect(hellos).toEqual([0, 2]);
    expect(texts().filter((text) => text === 'answer')).toEqual(['answer']);
  });

  it('gives up a half-open line when no pong comes', async () => {
    const page = open();
    page.link.wake();
    await until(() => page.link.status === 'online');
    world.answersPings = false;
    await until(() => world.opened > 1);
    world.answersPings = true;
    page.say('1');
    await until(empty(page));
    expect(world.texts()).toEqual(['1']);
  });

  it('a stopped link stays silent, and wakes once', async () => {
    const page = open();
    page.link.wake();
    await until(() => page.link.status === 'online');
    page.link.stop();
    page.link.wake();
    page.link.wake();
    await until(() => page.link.status === 'online');
    await new Promise((go) => setTimeout(go, 100));
    expect(world.opened).toBe(2);
  });
});

describe('where sockets do not get through', () => {
  it('polls after two failures, with the same frames', async () => {
    world.socketsAllowed = false;
    const page = open();
    page.say('1');
    page.say('2');
    await until(empty(page));
    expect(world.texts()).toEqual(['1', '2']);
    expect(world.opened).toBe(0);
    expect(world.polls[0]?.[0]?.type).toBe('hello');
    world.say('by poll');
    await until(() =>
      page.frames.some(
        (frame) => frame.type === 'message' && 'body' in frame && frame.body.text === 'by poll',
      ),
    );
  });

  it('s1: says what waits in a new session when polling finds the old one gone', async () => {
    world.socketsAllowed = false;
    const page = open();
    page.say('1');
    await until(empty(page));
    world.forgetSessions();
    page.say('2');
    await until(empty(page));
    expect(world.sessions).toBe(2);
    expect(world.texts()).toEqual(['1', '2']);
  });

  it('goes on by socket when sockets work again', async () => {
    world.socketsAllowed = false;
    const page = open(tabShelf(), { socketRetryMs: 150 });
    page.say('1');
    await until(empty(page));
    world.socketsAllowed = true;
    await until(() => world.opened > 0);
    page.say('2');
    await until(empty(page));
    expect(world.texts()).toEqual(['1', '2']);
  });

  it('finds its way when both ways were closed for a while', async () => {
    world.socketsAllowed = false;
    world.httpAllowed = false;
    const page = open();
    page.say('1');
    await new Promise((go) => setTimeout(go, 100));
    expect(page.outbox.all().length).toBe(1);
    world.httpAllowed = true;
    await until(empty(page));
    expect(world.texts()).toEqual(['1']);
  });
});
