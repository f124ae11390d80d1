/** What stands in the panel while the frame has not answered: after five seconds, numbers from the loader's own text. */
import type { LoaderTexts } from '../texts';
import { BUTTON, FONT, PLAIN_BUTTON, dress } from './style';

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  text: string,
  rules: Record<string, string>,
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.textContent = text;
  dress(node, rules);
  return node;
}

function numberLink(number: string, name: string): HTMLElement {
  const link = make('a', '', {
    display: 'block',
    'min-height': '48px',
    margin: '8px 0 0',
    padding: '10px 14px',
    'border-radius': '10px',
    background: '#E3EFE7',
    color: '#24312B',
    'text-decoration': 'none',
    'box-sizing': 'border-box',
  });
  link.href = 'tel:' + number;
  const digits = make('strong', number, { 'margin-right': '10px', color: '#2F6B4F', 'font-size': '18px' });
  link.append(digits, name);
  return link;
}

export class Fallback {
  readonly root = make('div', '', {
    position: 'absolute',
    top: '0',
    left: '0',
    right: '0',
    bottom: '0',
    overflow: 'auto',
    padding: '16px',
    background: '#FAF7F2',
    color: '#24312B',
    font: '16px/1.7 ' + FONT,
    'box-sizing': 'border-box',
  });

  constructor(
    private readonly texts: LoaderTexts,
    private readonly retry: () => void,
    private readonly close: () => void,
  ) {}

  loading(): void {
    this.root.hidden = false;
    this.root.textContent = '';
    this.root.append(
      this.closer(),
      make('p', this.texts.loading, { 'text-align': 'center', 'margin-top': '40%' }),
    );
  }

  numbers(): void {
    const { texts } = this;
    this.root.hidden = false;
    this.root.textContent = '';
    const title = make('h2', texts.fallbackTitle, { margin: '4px 0 8px', font: '600 18px/1.5 ' + FONT });
    const words = make('div', '', {});
    words.setAttribute('role', 'alert');
    const again = make('button', texts.retry, { ...BUTTON, 'margin-top': '16px' });
    again.addEventListener('click', this.retry);
    this.root.append(this.closer(), words);
    words.append(title, make('p', texts.fallbackText, { margin: '0 0 8px' }));
    texts.numbers.forEach(({ number, name }) => this.root.appendChild(numberLink(number, name)));
    this.root.appendChild(again);
  }

  hide(): void {
    this.root.hidden = true;
    this.root.style.setProperty('display', 'none');
  }

  show(): void {
    this.root.style.removeProperty('display');
  }

  private closer(): HTMLElement {
    const close = make('button', this.texts.close, { ...PLAIN_BUTTON, float: 'right' });
    close.addEventListener('click', this.close);
    return close;
  }
}
