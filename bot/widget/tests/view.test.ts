import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../src/store';
import type { Line } from '../src/store';
import { shelf } from '../src/storage';
import { pictures, chat as texts } from '../src/texts.en';
import { bubble } from '../src/view/bubble';
import { Composer } from '../src/view/composer';
import type { Context } from '../src/view/context';
import { stateLine } from '../src/view/header';
import { LogView } from '../src/view/log';
import { Notice } from '../src/view/notice';
import { telHref } from '../src/view/numbers';
import { keptSheet } from '../src/view/privacy';
import { secretForm } from '../src/view/secret';
import { Sheets } from '../src/view/sheet';

function makeContext() {
  const store = new Store();
  const client = {
    parts: { store },
    say: vi.fn(),
    choose: vi.fn(),
    action: vi.fn(),
    typing: vi.fn(),
    late: vi.fn(() => [] as string[]),
    waiting: vi.fn(() => ({ ms: 0, danger: false })),
    abroad: false,
    localNumbers: vi.fn((): { id: string; number: string; name: string; note: string }[] => []),
    link: { wakeIfIdle: vi.fn() },
  };
  const context = { client, texts, pictures, sheets: new Sheets(texts), leave: vi.fn() };
  return { context: context as unknown as Context, client, store };
}

function line(fields: Partial<Line>): Line {
  const base = {
    key: 'k',
    order: 1,
    author: 'bot',
    kind: 'text',
    body: {},
    at: '',
    seq: 1,
    sent: true,
  } as Line;
  return { ...base, ...fields };
}

beforeEach(() => {
  document.body.textContent = '';
  sessionStorage.clear();
});

describe('words for training', () => {
  it.each([
    [null, false],
    [{ training: false }, false],
    [{ training: true }, true],
  ])('is off unless the server knows a yes, and shows what holds (%j)', (welcome, checked) => {
    const { context, client } = makeContext();
    const training = vi.fn();
    Object.assign(client, { welcome, training });
    document.body.append(context.sheets.root);
    keptSheet(context);
    const box = document.querySelector<HTMLInputElement>('input[type="checkbox"]');
    expect(box?.checked).toBe(checked);
    box?.click();
    expect(training).toHaveBeenCalledExactlyOnceWith(!checked);
  });
});

describe('bubbles and cards', () => {
  it('shows markup as the letters that were written', () => {
    const { context } = makeContext();
    const row = bubble(context, line({ author: 'seeker', body: { text: '<img src=x onerror=alert(1)>' } }));
    expect(row.querySelector('img')).toBeNull();
    expect(row.textContent).toContain('<img src=x onerror=alert(1)>');
  });

  it('s3: makes every number a link that calls', () => {
    const { context } = makeContext();
    const items = [{ id: 'a', number: '0951-2160707', name: 'clinic', note: 'day' }];
    const row = bubble(context, line({ kind: 'card', body: { card: 'safety', title: 'now', items } }));
    expect(row.querySelector('a')?.getAttribute('href')).toBe('tel:09512160707');
    expect(telHref('javascript:1')).toBe('tel:1');
  });

  it('s7: offers "no answer" under numbers, once', () => {
    const { context, client } = makeContext();
    const items = [{ id: 'a', number: '12356', name: 'line', note: '' }];
    const row = bubble(context, line({ kind: 'card', body: { card: 'numbers', title: 'x', items } }));
    row.querySelector<HTMLElement>('button')?.click();
    expect(client.action).toHaveBeenCalledWith('call_failed', texts.callFailed);
    const choices = [{ id: 'call_failed', label: 'x' }];
    const offered = bubble(
      context,
      line({ kind: 'card', body: { card: 'numbers', title: 'x', items, choices } }),
    );
    expect(offered.querySelectorAll('button').length).toBe(1);
  });

  it('takes one tap of a message with buttons and marks it', () => {
    const { context, client } = makeContext();
    const choices = [
      { id: 'a', label: 'A' },
      { id: 'b', label: 'B' },
    ];
    const row = bubble(context, line({ kind: 'choice', seq: 7, body: { text: 'which', choices } }));
    const buttons = row.querySelectorAll('button');
    buttons[1]?.click();
    buttons[0]?.click();
    expect(client.choose.mock.calls).toEqual([[7, 'b', 'B']]);
    expect(buttons[1]?.className).toContain('chosen');
  });

  it('makes no link of an address that is not a web page or a number', () => {
    const { context } = makeContext();
    const choices = [
      { id: 'a', label: 'bad', href: 'javascript:alert(1)' },
      { id: 'b', label: 'bad too', href: '//evil.example' },
      { id: 'c', label: 'good', href: 'https://good.example/' },
    ];
    const row = bubble(context, line({ kind: 'choice', body: { text: 'x', choices } }));
    const links = Array.from(row.querySelectorAll('a'));
    expect(links.map((link) => link.textContent)).toEqual(['good']);
    expect(links[0]?.rel).toContain('noreferrer');
  });

  it('says something kind for a card that it does not know', () => {
    const { context } = makeContext();
    const row = bubble(context, line({ kind: 'card', body: { card: 'hologram' } }));
    expect(row.textContent).toContain(texts.cardUnknown);
  });
});

describe('the log', () => {
  it('stands in order, marks what came back as tapped, and forgets what is to be sent anew', () => {
    const { context, store } = makeContext();
    const view = new LogView(context, document.createElement('main'));
    const body = { text: 'which', choices: [{ id: 'a', label: 'A' }] };
    store.addMessage({ seq: 1, id: '1', at: '', author: 'bot', kind: 'choice', body });
    store.addMessage({ seq: 3, id: '3', at: '', author: 'bot', kind: 'text', body: { text: 'later' } });
    const tapped = { text: 'A', choice: 'a', of: 1 };
    store.addMessage({
      seq: 2,
      id: '2',
      at: '',
      author: 'seeker',
      kind: 'choice',
      client_id: 'c',
      body: tapped,
    });
    expect(Array.from(view.log.children, (row) => row.querySelector('.text')?.textContent)).toEqual([
      'which',
      'A',
      'later',
    ]);
    expect(view.log.querySelector('.chosen')?.textContent).toContain('A');
    store.addOwn('u', 'unsent', '');
    store.forgetShown();
    expect(view.log.children.length).toBe(1);
  });

  it('s3: does not scroll numbers to call now out of sight when more follows', () => {
    const { context, store } = makeContext();
    const scroller = document.createElement('main');
    const view = new LogView(context, scroller);
    scroller.appendChild(view.log);
    // 100 px a row, 200 px of view: geometry that this DOM does not compute.
    Object.defineProperty(scroller, 'scrollHeight', { get: () => view.log.children.length * 100 });
    Object.defineProperty(scroller, 'clientHeight', { get: () => 200 });
    const arrive = (seq: number, body: object, author: 'bot' | 'seeker' = 'bot'): void => {
      store.addMessage({ seq, id: String(seq), at: '', author, kind: 'card', body });
      Array.from(view.log.children).forEach((row, index) => {
        Object.defineProperty(row, 'offsetTop', { value: index * 100, configurable: true });
      });
    };
    [1, 2, 3].forEach((seq) => arrive(seq, { card: 'steps', title: 'x' }));
    expect(scroller.scrollTop).toBe(100);
    arrive(4, { card: 'safety', title: 'call', items: [] });
    [5, 6, 7].forEach((seq) => arrive(seq, { card: 'waiting', title: 'wait', text: '' }));
    expect(scroller.scrollTop).toBeLessThanOrEqual(300);
    expect(view.newBelow.hidden).toBe(false);
    arrive(8, { text: 'mine' }, 'seeker');
    expect(scroller.scrollTop).toBe(600);
  });

  it('is the one live region of the talk', () => {
    const { context } = makeContext();
    const view = new LogView(context, document.createElement('main'));
    expect(view.log.getAttribute('role')).toBe('log');
    expect(view.log.hasAttribute('aria-live')).toBe(false);
  });
});

describe('the text box', () => {
  function box() {
    const made = makeContext();
    const composer = new Composer(
      made.context,
      shelf(() => sessionStorage),
    );
    document.body.appendChild(composer.root);
    return { ...made, composer };
  }
  const enter = (init: KeyboardEventInit = {}): KeyboardEvent =>
    new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init });

  it('sends with Enter, and not with Shift+Enter or an Enter of the input method', () => {
    const { composer, client } = box();
    composer.box.value = 'words';
    composer.box.dispatchEvent(enter({ shiftKey: true }));
    composer.box.dispatchEvent(enter({ isComposing: true }));
    expect(client.say).not.toHaveBeenCalled();
    composer.box.dispatchEvent(enter());
    expect(client.say).toHaveBeenCalledWith('words');
    expect(composer.box.value).toBe('');
  });

  it('sends nothing that is only space, and never cuts what is long', () => {
    const { composer, client } = box();
    composer.box.value = ' \n ';
    composer.box.dispatchEvent(enter());
    expect(client.say).not.toHaveBeenCalled();
    const long = '长'.repeat(25000);
    composer.box.value = long;
    composer.box.dispatchEvent(enter());
    expect(client.say).toHaveBeenCalledWith(long);
    expect(composer.box.hasAttribute('maxlength')).toBe(false);
  });

  it('counts from 2,000 characters on', () => {
    const { composer } = box();
    const counter = composer.root.querySelector('#counter');
    const type = (n: number): void => {
      composer.box.value = '字'.repeat(n);
      composer.box.dispatchEvent(new Event('input'));
    };
    type(1999);
    expect(counter?.textContent).toBe('');
    type(2000);
    expect(counter?.textContent).toContain('2000');
    type(20001);
    expect(counter?.textContent).toContain('20001');
  });

  it('keeps the draft over a reload', () => {
    const { composer } = box();
    composer.box.value = 'half a sen';
    composer.box.dispatchEvent(new Event('input'));
    expect(box().composer.box.value).toBe('half a sen');
  });

  it('says that somebody types and never what', () => {
    const { composer, client } = box();
    composer.box.value = 'secret';
    composer.box.dispatchEvent(new Event('input'));
    expect(client.typing.mock.calls).toEqual([[true]]);
  });
});

describe('what does not get through', () => {
  it('says so after five seconds, with numbers, and stops when it did', () => {
    const { context, client } = makeContext();
    const notice = new Notice(context);
    const alert = notice.root.querySelector('[role=alert]');
    client.waiting.mockReturnValue({ ms: 4900, danger: false });
    notice.refresh();
    expect(alert?.textContent).toBe('');
    client.waiting.mockReturnValue({ ms: 5100, danger: false });
    notice.refresh();
    expect(alert?.textContent).toBe(texts.unsent);
    const links = Array.from(notice.root.querySelectorAll('a'), (link) => link.getAttribute('href'));
    expect(links).toEqual(['tel:12356', 'tel:110', 'tel:120']);
    client.waiting.mockReturnValue({ ms: 0, danger: false });
    notice.refresh();
    expect(notice.root.textContent).toBe('');
  });

  it('s7: shows no mainland number to somebody who is abroad', () => {
    const { context, client } = makeContext();
    client.abroad = true;
    client.localNumbers.mockReturnValue([{ id: 'x', number: '999', name: 'there', note: '' }]);
    client.waiting.mockReturnValue({ ms: 5100, danger: false });
    const notice = new Notice(context);
    notice.refresh();
    expect(notice.root.textContent).toContain(texts.unsentAbroad);
    const links = Array.from(notice.root.querySelectorAll('a'), (link) => link.getAttribute('href'));
    expect(links).toEqual(['tel:999']);
  });

  it('s11: does not let a danger call wait that long', () => {
    const { context, client } = makeContext();
    const notice = new Notice(context);
    client.waiting.mockReturnValue({ ms: 1600, danger: true });
    notice.refresh();
    expect(notice.root.textContent).toContain(texts.unsentDanger);
  });
});

describe('s12: the line at the top', () => {
  it('tells place and honest range, or that nobody is there', () => {
    const waiting = { place: 3, low_min: 2, high_min: 9, on_duty: true };
    expect(stateLine(texts, { mode: 'waiting', waiting })).toContain('2 before you');
    expect(stateLine(texts, { mode: 'waiting', waiting })).toContain('2 to 9 minutes');
    expect(stateLine(texts, { mode: 'waiting', waiting: { ...waiting, place: 1 } })).toContain(
      'you are next',
    );
    expect(stateLine(texts, { mode: 'waiting', waiting: { place: 1, low_min: null } })).toContain(
      texts.waitUnknown,
    );
    expect(stateLine(texts, { mode: 'waiting', waiting: { ...waiting, on_duty: false } })).toBe(
      texts.waitNobody,
    );
    expect(stateLine(texts, { mode: 'human', counsellor: { name: 'Lin' } })).toContain('Lin');
    expect(stateLine(texts, { mode: 'out_of_reach' })).toBe(texts.stateBot);
  });
});

describe('s15: the secret', () => {
  function form(choosing: boolean) {
    const { context } = makeContext();
    const submit = vi.fn(() => Promise.resolve<string | null>(null));
    const node = secretForm(context, { choosing, submit });
    document.body.appendChild(node);
    const send = (): boolean => node.dispatchEvent(new Event('submit', { cancelable: true }));
    return {
      node,
      submit,
      send,
      pick: (n: number) => node.querySelectorAll<HTMLElement>('.picture')[n - 1]?.click(),
    };
  }

  it('is a row of pictures in the order of tapping', () => {
    const { submit, send, pick } = form(true);
    [3, 1, 8, 5].forEach(pick);
    send();
    expect(submit).toHaveBeenCalledWith('pic:3-1-8-5');
  });

  it('is long enough, or is asked for again', () => {
    const { node, submit, send, pick } = form(true);
    [3, 1, 8].forEach(pick);
    send();
    expect(submit).not.toHaveBeenCalled();
    expect(node.querySelector('[role=alert]')?.textContent).toBe(texts.secretShort);
  });

  it('shows how many were tapped, not which', () => {
    const { node, pick } = form(false);
    [3, 1].forEach(pick);
    expect(node.querySelector('[role=status]')?.textContent).toBe('2 tapped');
    expect(node.querySelectorAll('.picture')[2]?.className).toBe('picture');
  });

  it('names every picture for a screen reader', () => {
    const names = Array.from(form(false).node.querySelectorAll('.picture'), (node) =>
      node.getAttribute('aria-label'),
    );
    expect(names).toEqual(pictures);
  });
});

describe('panels', () => {
  it('close with Esc and give the focus back', () => {
    const { context } = makeContext();
    const before = document.createElement('button');
    document.body.append(before, context.sheets.root);
    before.focus();
    context.sheets.show('title', 'words');
    expect(context.sheets.root.contains(document.activeElement)).toBe(true);
    context.sheets.root.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    expect(context.sheets.isOpen).toBe(false);
    expect(document.activeElement).toBe(before);
  });
});
