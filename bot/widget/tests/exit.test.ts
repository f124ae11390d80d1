import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Api } from '../src/api';
import { Bridge } from '../src/bridge';
import { QuickExit, lastFrames } from '../src/exit';
import { SessionKeeper } from '../src/keeper';
import type { Link } from '../src/link';
import { Outbox } from '../src/outbox';
import { shelf } from '../src/storage';

const ADDRESS = 'https://neutral.example/';

interface Sent {
  url: string;
  init: RequestInit;
}

function world(bridge: Bridge | null = null) {
  const sent: Sent[] = [];
  const order: string[] = [];
  const tab = shelf(() => sessionStorage);
  const device = shelf(() => localStorage);
  const fetcher = ((url: string, init: RequestInit) => {
    order.push(document.body.textContent === '' ? 'sent after cover' : 'sent before cover');
    sent.push({ url, init });
    return new Promise(() => undefined); // an answer that never comes must not hold anybody back
  }) as unknown as typeof fetch;
  const api = new Api('http://here', fetcher);
  const keeper = new SessionKeeper(api, tab, device, 'chat', 'en');
  const outbox = new Outbox(tab);
  const listeners: Record<string, (event: unknown) => void> = {};
  const replace = vi.fn(() => order.push('left'));
  const fake = {
    document,
    location: { replace },
    addEventListener: (name: string, listener: (event: unknown) => void) => (listeners[name] = listener),
    top: { location: { replace } },
  } as unknown as Window;
  const link = { stop: () => order.push('stopped') } as unknown as Link;
  const parts = {
    api,
    keeper,
    link,
    outbox,
    tab,
    after: () => 4,
    bridge,
    window: fake,
    address: () => ADDRESS,
  };
  return { exit: new QuickExit(parts), sent, order, tab, device, outbox, replace, listeners };
}

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
  document.title = 'x';
  document.body.innerHTML = '<p>words of a young person</p>';
});

describe('s15: leaving at once', () => {
  it('covers the page, wipes the tab, tells the server without waiting, and leaves no step back', () => {
    const here = world();
    here.tab.set('token', 'T');
    here.tab.set('draft', 'half a sentence');
    here.exit.leave();
    expect(here.order).toEqual(['sent after cover', 'stopped', 'left']);
    expect(document.body.textContent).toBe('');
    expect(document.title).toBe('');
    expect(sessionStorage.length).toBe(0);
    expect(here.replace).toHaveBeenCalledWith(ADDRESS);
    const [call] = here.sent;
    expect(call?.url).toBe('http://here/api/chat/poll');
    expect(call?.init.keepalive).toBe(true);
    const body = JSON.parse(String(call?.init.body));
    expect(body.frames.map((frame: { action?: string }) => frame.action)).toEqual(['quick_exit']);
    expect(call?.url).not.toContain('T=');
  });

  it('s1: sends along what was written and not yet taken', () => {
    const here = world();
    here.tab.set('token', 'T');
    here.outbox.add({ type: 'say', id: 'a', text: 'he is at the door', at: '' }, 'he is at the door');
    here.exit.leave();
    const body = JSON.parse(String(here.sent[0]?.init.body));
    expect(body.frames.map((frame: { type: string }) => frame.type)).toEqual(['say', 'action']);
    expect(here.outbox.all()).toEqual([]);
  });

  it('leaves out what is too long for a last message, never the exit itself', () => {
    const long = { type: 'say' as const, id: 'l', text: '长'.repeat(30000), at: '' };
    const exit = { type: 'action' as const, id: 'x', action: 'quick_exit' as const };
    expect(lastFrames([long], exit)).toEqual([exit]);
    expect(lastFrames([{ ...long, text: 'short' }, long], exit).length).toBe(2);
  });

  it('leaves silently when there was no session', () => {
    const here = world();
    here.exit.leave();
    expect(here.sent).toEqual([]);
    expect(here.replace).toHaveBeenCalledTimes(1);
  });

  it('leaves even where the browser refuses the last message', () => {
    const here = world();
    here.tab.set('token', 'T');
    here.outbox.add({ type: 'say', id: 'a', text: 'x', at: '' });
    (here.exit as unknown as { parts: { api: { fetcher: unknown } } }).parts.api.fetcher = () => {
      throw new TypeError('refused');
    };
    here.exit.leave();
    expect(here.replace).toHaveBeenCalledTimes(1);
  });

  it('stays blank and leaves again when the page comes out of the back cache', () => {
    const here = world();
    here.exit.leave();
    document.body.innerHTML = '<p>restored</p>';
    here.listeners['pageshow']?.({ persisted: true });
    expect(document.body.textContent).toBe('');
    expect(here.replace).toHaveBeenCalledTimes(2);
  });

  it('does nothing on an ordinary page show', () => {
    const here = world();
    here.listeners['pageshow']?.({ persisted: true });
    expect(document.body.textContent).not.toBe('');
    expect(here.replace).not.toHaveBeenCalled();
  });

  it('keeps the device token that somebody asked for: without the secret it opens nothing', () => {
    const here = world();
    here.device.set('device', 'D');
    here.exit.leave();
    expect(here.device.get('device')).toBe('D');
  });

  it('asks the host page to leave when it stands in a frame', () => {
    const send = vi.fn(() => true);
    const here = world({ send } as unknown as Bridge);
    here.exit.leave();
    expect(send).toHaveBeenCalledWith('exit');
    expect(here.replace).not.toHaveBeenCalled();
  });

  it('moves the top window itself when the host page never introduced itself', () => {
    const here = world({ send: () => false } as unknown as Bridge);
    here.exit.leave();
    expect(here.replace).toHaveBeenCalledWith(ADDRESS);
  });
});

describe('the line to the host page', () => {
  function frame() {
    const parent = { postMessage: vi.fn() };
    let listener: (event: unknown) => void = () => undefined;
    const own = {
      parent,
      addEventListener: (_name: string, found: (event: unknown) => void) => (listener = found),
    } as unknown as Window;
    return { bridge: new Bridge(own), parent, hear: (event: unknown) => listener(event) };
  }
  const init = { note: 1, type: 'init', exit: ADDRESS };

  it('answers only its parent, and only to the origin that spoke first', () => {
    const { bridge, parent, hear } = frame();
    expect(bridge.send('close')).toBe(false);
    hear({ source: {}, origin: 'https://evil.example', data: init });
    hear({ source: parent, origin: 'null', data: init });
    expect(parent.postMessage).not.toHaveBeenCalled();
    hear({ source: parent, origin: 'https://school.example', data: init });
    expect(parent.postMessage).toHaveBeenCalledWith({ note: 1, type: 'ready' }, 'https://school.example');
    hear({ source: parent, origin: 'https://evil.example', data: init });
    bridge.send('exit');
    expect(parent.postMessage).toHaveBeenLastCalledWith({ note: 1, type: 'exit' }, 'https://school.example');
    expect(parent.postMessage).toHaveBeenCalledTimes(2);
  });
});
