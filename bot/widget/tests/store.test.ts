import { describe, expect, it } from 'vitest';
import type { Message } from '../src/protocol';
import { messageOf, readFrame } from '../src/protocol';
import { Store } from '../src/store';

function message(seq: number, text: string, client?: string): Message {
  const author = client ? 'seeker' : 'bot';
  const own = client ? { client_id: client } : {};
  return { seq, id: 'M' + seq, at: '', author, kind: 'text', body: { text }, ...own };
}

function texts(store: Store): (string | undefined)[] {
  return store.all().map((line) => line.body.text);
}

describe('what is shown of the talk', () => {
  it('shows own words at once, last, and moves them to their place when they are written down', () => {
    const store = new Store();
    store.addOwn('a', 'mine', '');
    store.addMessage(message(1, 'greeting'));
    expect(texts(store)).toEqual(['greeting', 'mine']);
    store.acknowledge('a', 2);
    store.addMessage(message(3, 'answer'));
    expect(texts(store)).toEqual(['greeting', 'mine', 'answer']);
    expect(store.all().every((line) => line.sent)).toBe(true);
  });

  it('s1: shows nothing twice, whatever comes twice', () => {
    const store = new Store();
    store.addOwn('a', 'mine', '');
    store.addMessage(message(1, 'mine', 'a'));
    store.acknowledge('a', 1);
    store.addMessage(message(2, 'answer'));
    store.addMessage(message(1, 'mine', 'a'));
    store.addMessage(message(2, 'answer'));
    expect(texts(store)).toEqual(['mine', 'answer']);
  });

  it('keeps the order of seq when messages overtake each other', () => {
    const store = new Store();
    [5, 2, 9, 3].forEach((seq) => store.addMessage(message(seq, String(seq))));
    expect(texts(store)).toEqual(['2', '3', '5', '9']);
    expect(store.lastSeq).toBe(9);
  });

  it('asks to go on after messages only: an acknowledgement may have overtaken one', () => {
    const store = new Store();
    store.addMessage(message(1, 'x'));
    store.addOwn('a', 'mine', '');
    store.acknowledge('a', 3);
    expect(store.lastSeq).toBe(1);
    store.addMessage(message(2, 'overtaken'));
    expect(texts(store)).toEqual(['x', 'overtaken', 'mine']);
  });

  it('goes on in a new conversation after everything of the old one', () => {
    const store = new Store();
    store.addMessage(message(7, 'old'));
    store.startConversation('C2');
    expect(store.lastSeq).toBe(0);
    store.addMessage(message(1, 'new'));
    expect(texts(store)).toEqual(['old', 'new']);
  });

  it('keeps what was tapped but is no message where the talk stood', () => {
    const store = new Store();
    store.addMessage(message(1, 'a'));
    store.addOwn('x', 'tap', '');
    store.acknowledge('x', null);
    store.addMessage(message(2, 'b'));
    expect(texts(store)).toEqual(['a', 'tap', 'b']);
  });

  it('forgets what was shown before an unlocked talk is sent, but no unsent word', () => {
    const store = new Store();
    store.addMessage(message(1, 'shown'));
    store.addOwn('x', 'unsent', '');
    store.forgetShown();
    expect(texts(store)).toEqual(['unsent']);
    expect(store.lastSeq).toBe(0);
  });
});

describe('reading frames', () => {
  it('takes nothing for a frame that is none', () => {
    expect(['', '[]', 'null', '{', '{"type":3}', '"x"'].map(readFrame)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  it('reads a message beside its type or under `message`', () => {
    const one = message(1, 'x');
    expect(messageOf({ ...one, type: 'message' } as { type: 'message' })?.seq).toBe(1);
    expect(messageOf({ type: 'message', message: one } as { type: 'message' })?.seq).toBe(1);
    expect(messageOf({ type: 'message' })).toBeNull();
  });
});
