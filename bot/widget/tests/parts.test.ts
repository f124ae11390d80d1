import { describe, expect, it } from 'vitest';
import { Backoff } from '../src/backoff';
import { Outbox } from '../src/outbox';
import { ShiftCounter } from '../src/shift';
import { shelf } from '../src/storage';
import { ulid } from '../src/ulid';
import { exitAddress, readToFrame, readToHost } from '../src/wire';
import { readItems } from '../src/view/privacy';
import { readRegions } from '../src/view/offers';

describe('outbox', () => {
  it('keeps what is not acknowledged in the tab, in order', () => {
    sessionStorage.clear();
    const tab = shelf(() => sessionStorage);
    const box = new Outbox(tab);
    ['a', 'b', 'c'].forEach((id) => box.add({ type: 'say', id, text: id, at: '' }, id));
    box.settle('b');
    expect(new Outbox(tab).all().map((item) => item.frame.id)).toEqual(['a', 'c']);
  });

  it('s15: never writes a secret down in the browser', () => {
    sessionStorage.clear();
    const box = new Outbox(shelf(() => sessionStorage));
    box.add({ type: 'secret', id: 'x', op: 'set', secret: 'pic:3-1-8-5' });
    expect(box.all().length).toBe(1);
    expect(JSON.stringify(Object.assign({}, sessionStorage))).not.toContain('pic:');
  });

  it('starts empty when what lies there cannot be read', () => {
    const tab = shelf(() => sessionStorage);
    tab.set('out', '{broken');
    expect(new Outbox(tab).all()).toEqual([]);
  });
});

describe('storage', () => {
  it('goes on in memory where the browser forbids storage', () => {
    const blocked = shelf(() => {
      throw new Error('blocked');
    });
    blocked.set('draft', 'words');
    expect(blocked.get('draft')).toBe('words');
    blocked.clear();
    expect(blocked.get('draft')).toBeNull();
  });

  it('clears what is ours and nothing of the host', () => {
    sessionStorage.clear();
    sessionStorage.setItem('theirs', '1');
    const tab = shelf(() => sessionStorage);
    tab.set('draft', 'x');
    tab.clear();
    expect(Object.keys(sessionStorage)).toEqual(['theirs']);
  });
});

describe('waiting between attempts', () => {
  it('doubles up to the last wait, drawn evenly below it', () => {
    const highest = new Backoff(1000, 30000, () => 1);
    expect([0, 1, 2, 3, 4, 5, 6].map(() => highest.next())).toEqual([
      1000, 2000, 4000, 8000, 16000, 30000, 30000,
    ]);
    highest.reset();
    expect(highest.next()).toBe(1000);
    expect(new Backoff(1000, 30000, () => 0).next()).toBe(250);
  });
});

describe('client ids', () => {
  it('are 26 characters, different, and sort in the order of making', () => {
    const ids = Array.from({ length: 500 }, () => ulid());
    expect(ids.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(500);
    expect(ids.slice().sort()).toEqual(ids);
  });

  it('go on sorting when the clock is set back', () => {
    let now = 5000;
    const first = ulid(() => now + 1e13);
    now = 1000;
    expect(ulid(() => now + 1e13) > first).toBe(true);
  });
});

describe('shift three times', () => {
  function counter(): { press(key: string, at: number): void; counts: number[]; left: number } {
    let now = 0;
    const seen = { counts: [] as number[], left: 0, press: {} as (key: string, at: number) => void };
    const shift = new ShiftCounter(
      (presses) => seen.counts.push(presses),
      () => (seen.left += 1),
      () => now,
    );
    seen.press = (key, at) => {
      now = at;
      shift.key({ key, repeat: false, isComposing: false });
    };
    return seen;
  }

  it('counts aloud and leaves at the third', () => {
    const seen = counter();
    [10000, 14000, 18000].forEach((at) => seen.press('Shift', at));
    expect(seen.counts).toEqual([1, 2, 3]);
    expect(seen.left).toBe(1);
  });

  it('starts anew after five seconds or another key', () => {
    const seen = counter();
    seen.press('Shift', 10000);
    seen.press('Shift', 15001);
    seen.press('a', 15002);
    seen.press('Shift', 15003);
    seen.press('Shift', 15004);
    expect(seen.left).toBe(0);
    seen.press('Shift', 15005);
    expect(seen.left).toBe(1);
  });
});

describe('what loader and frame may say', () => {
  it('lets nothing through that is not in the list', () => {
    const nonsense = [
      null,
      'ready',
      {},
      { note: 2, type: 'ready' },
      { note: 1, type: 'navigate' },
      { note: 1 },
    ];
    expect(nonsense.map(readToHost)).toEqual(nonsense.map(() => null));
    expect(nonsense.map(readToFrame)).toEqual(nonsense.map(() => null));
    expect(readToFrame({ note: 1, type: 'init', exit: 3 })).toBeNull();
    expect(readToHost({ note: 1, type: 'exit', more: 'x' })).toEqual({ note: 1, type: 'exit' });
  });

  it('leaves only to web addresses', () => {
    expect(exitAddress('https://example.org/a')).toBe('https://example.org/a');
    for (const bad of ['javascript:alert(1)', 'data:text/html,x', '//x', '', null]) {
      expect(exitAddress(bad)).toBe('https://www.baidu.com/');
    }
  });
});

describe('answers of the service in plain words', () => {
  it('reads lists whatever they are called', () => {
    const answer = { kept: [{ what: 'words', until: '2027-01-02T00:00:00Z', why: 'care' }], more: ['plain'] };
    expect(readItems(answer)).toEqual([
      { what: 'words', until: '2027-01-02', why: 'care' },
      { what: 'plain' },
    ]);
    expect(readItems(null)).toEqual([]);
  });

  it('reads regions with or without ids', () => {
    expect(readRegions({ regions: ['x', { id: 'y', name: 'Y' }, 3, {}] })).toEqual([
      ['x', 'x'],
      ['y', 'Y'],
    ]);
    expect(readRegions(null)).toEqual([]);
  });
});
