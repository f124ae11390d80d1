import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Launcher } from '../src/loader/launcher';
import { loader as texts } from '../src/texts.zh-CN';

const ORIGIN = 'https://ours.example';
let launcher: Launcher;

function root(): ShadowRoot {
  return document.querySelector('[data-note-launcher]')?.shadowRoot as ShadowRoot;
}

/** The DOM of these tests loads no frame: a window is put into it. */
function frame(): HTMLIFrameElement {
  const node = root().querySelector('iframe') as HTMLIFrameElement;
  if (!node.contentWindow) Object.defineProperty(node, 'contentWindow', { value: { postMessage: vi.fn() } });
  return node;
}

function hear(data: unknown, origin = ORIGIN, source: unknown = frame().contentWindow): void {
  const event = new MessageEvent('message', { data, origin });
  Object.defineProperty(event, 'source', { value: source });
  window.dispatchEvent(event);
}

beforeEach(() => {
  vi.useFakeTimers();
  document.body.textContent = '';
  launcher = new Launcher({
    origin: ORIGIN,
    locale: 'en',
    texts,
    label: texts.label,
    exit: 'https://n.example/',
    nonce: '',
  });
  launcher.mount();
});

afterEach(() => {
  launcher.close();
  vi.useRealTimers();
});

describe('the button on other pages', () => {
  it('asks nothing of us before it is pressed', () => {
    expect(root().querySelector('iframe')).toBeNull();
    expect(root().querySelector('button')?.getAttribute('aria-expanded')).toBe('false');
  });

  it('opens a frame on our origin that learns nothing from its address', () => {
    launcher.open();
    expect(frame().src).toBe(ORIGIN + '/chat?embed=1&locale=en');
    expect(frame().referrerPolicy).toBe('no-referrer');
    expect(frame().title).toBe(texts.frame);
    expect(launcher.isOpen).toBe(true);
  });

  it('shows numbers after five seconds without the frame, and takes them away when it comes', () => {
    launcher.open();
    vi.advanceTimersByTime(4900);
    expect(root().querySelector('a')).toBeNull();
    vi.advanceTimersByTime(200);
    const links = Array.from(root().querySelectorAll('a'), (link) => link.getAttribute('href'));
    expect(links).toEqual(['tel:12356', 'tel:12355', 'tel:110', 'tel:120']);
    hear({ note: 1, type: 'ready' });
    expect((root().querySelector('a')?.closest('div[hidden]') as HTMLElement).style.display).toBe('none');
  });

  it('goes on trying by itself while the numbers stand there', () => {
    launcher.open();
    const first = frame();
    vi.advanceTimersByTime(5000 + 15000);
    expect(frame()).not.toBe(first);
    expect(root().querySelectorAll('a').length).toBe(4);
  });

  it('listens to our origin and our frame only', () => {
    launcher.open();
    hear({ note: 1, type: 'ready' });
    hear({ note: 1, type: 'close' }, 'https://evil.example');
    hear({ note: 1, type: 'close' }, ORIGIN, window);
    hear({ note: 1, type: 'close' }, ORIGIN, null);
    hear({ type: 'close' });
    expect(launcher.isOpen).toBe(true);
    hear({ note: 1, type: 'close' });
    expect(launcher.isOpen).toBe(false);
  });

  it('speaks to our origin only', () => {
    launcher.open();
    const post = vi.mocked((frame().contentWindow as Window).postMessage);
    vi.advanceTimersByTime(500);
    expect(post.mock.calls.map((call) => call[1] as unknown)).toEqual([ORIGIN]);
    expect(post.mock.calls[0]?.[0]).toMatchObject({ type: 'init', exit: 'https://n.example/' });
  });

  it('s15: blanks the host page and goes away when the frame asks', () => {
    const replace = vi.spyOn(window.location, 'replace').mockImplementation(() => undefined);
    launcher.open();
    document.title = 'school';
    hear({ note: 1, type: 'exit' });
    expect(document.body.textContent).toBe('');
    expect(document.title).toBe('');
    expect(replace).toHaveBeenCalledWith('https://n.example/');
    window.dispatchEvent(new Event('pageshow'));
    expect(replace).toHaveBeenCalledTimes(2);
    document.documentElement.style.removeProperty('display');
  });

  it('closes with Esc and gives the focus back to the button', () => {
    launcher.open();
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    expect(launcher.isOpen).toBe(false);
    expect(root().activeElement?.tagName).toBe('BUTTON');
  });
});
