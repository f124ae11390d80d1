/** Asking for the secret: a word, or a row of pictures. */
import type { Context } from './context';
import { button, drawing, h } from './dom';
import { fill } from '../texts';
import { PICTURES } from './icons';

const SHORTEST = 4;

export interface SecretWish {
  /** Whether the secret is being chosen (its length is checked) or given. */
  choosing: boolean;
  /** Resolves to null when done, or to a sentence that is shown. */
  submit(secret: string): Promise<string | null>;
}

class PictureGrid {
  readonly root: HTMLElement;
  private picked: number[] = [];
  private readonly said = h('p', { class: 'quiet', role: 'status' });

  constructor(context: Context) {
    const { texts, pictures } = context;
    const grid = h('div', { class: 'pictures', role: 'group', 'aria-label': texts.secretPicturesHint });
    PICTURES.forEach((path, index) => {
      const pick = button('', 'picture', () => this.pick(texts.secretPicked, index + 1), {
        'aria-label': pictures[index],
      });
      pick.appendChild(drawing(path, 'drawing'));
      grid.appendChild(pick);
    });
    const clear = button(texts.secretClear, 'link', () => this.clear());
    this.root = h('div', {}, h('p', { class: 'quiet' }, texts.secretPicturesHint), grid);
    this.root.appendChild(h('div', { class: 'picked' }, this.said, clear));
  }

  get secret(): string {
    return this.picked.length ? 'pic:' + this.picked.join('-') : '';
  }

  get length(): number {
    return this.picked.length;
  }

  clear(): void {
    this.picked = [];
    this.said.textContent = '';
  }

  /** Only how many: somebody may be looking over the shoulder. */
  private pick(sentence: string, picture: number): void {
    this.picked.push(picture);
    this.said.textContent = fill(sentence, { n: this.picked.length });
  }
}

export function secretForm(context: Context, wish: SecretWish): HTMLElement {
  const { texts } = context;
  const grid = new PictureGrid(context);
  const word = h('input', { type: 'password', id: 'secret-word', autocomplete: 'off' });
  const error = h('p', { class: 'error', role: 'alert' });
  const ok = h('button', { type: 'submit', class: 'main-button' }, texts.secretOk);
  const form = h(
    'form',
    { class: 'secret' },
    h('label', { class: 'field', for: 'secret-word' }, h('span', {}, texts.secretWord), word),
    wish.choosing && h('p', { class: 'quiet' }, texts.secretWordHint),
    h('h3', {}, texts.secretPictures),
    grid.root,
    error,
    ok,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const secret = grid.secret || word.value;
    const length = grid.length || Array.from(word.value.trim()).length;
    error.textContent = length < SHORTEST ? texts.secretShort : '';
    if (length < SHORTEST) return;
    ok.disabled = true;
    void wish.submit(secret).then((sentence) => {
      ok.disabled = false;
      error.textContent = sentence || '';
      grid.clear();
      word.value = '';
    });
  });
  return form;
}
