/** After a talk: three small questions, all of them optional. */
import type { Context } from './context';
import { button, empty, h } from './dom';

type Helped = 'yes' | 'some' | 'no';

function slider(context: Context): { root: HTMLElement; value(): number | undefined } {
  const { texts } = context;
  const range = h('input', { type: 'range', min: '0', max: '10', step: '1', value: '5', id: 'distress' });
  const shown = h('output', { for: 'distress', class: 'quiet' });
  let touched = false; // a slider that nobody moved says nothing
  range.addEventListener('input', () => {
    touched = true;
    shown.textContent = range.value;
  });
  const ends = h(
    'span',
    { class: 'ends quiet' },
    h('span', {}, texts.feedbackLow),
    shown,
    h('span', {}, texts.feedbackHigh),
  );
  const root = h(
    'div',
    { class: 'field' },
    h('label', { for: 'distress' }, texts.feedbackDistress),
    range,
    ends,
  );
  return { root, value: () => (touched ? Number(range.value) : undefined) };
}

export class Feedback {
  readonly root = h('div', { class: 'feedback-place' });
  private isShown = false;

  constructor(private readonly context: Context) {}

  show(): void {
    if (this.isShown) return;
    this.isShown = true;
    this.root.appendChild(this.form());
  }

  hide(): void {
    this.isShown = false;
    empty(this.root);
  }

  private form(): HTMLElement {
    const { texts, client } = this.context;
    const options: [Helped, string][] = [
      ['yes', texts.feedbackYes],
      ['some', texts.feedbackSome],
      ['no', texts.feedbackNo],
    ];
    const chips = options.map(([value, label]) =>
      h(
        'label',
        { class: 'chip' },
        h('input', { type: 'radio', name: 'helped', value }),
        h('span', {}, label),
      ),
    );
    const distress = slider(this.context);
    const text = h('textarea', { rows: '2', id: 'feedback-text' });
    const form = h(
      'form',
      { class: 'card feedback' },
      h('fieldset', {}, h('legend', {}, texts.feedbackTitle), h('div', { class: 'chips' }, ...chips)),
      distress.root,
      h('label', { class: 'field', for: 'feedback-text' }, h('span', {}, texts.feedbackText), text),
      h('button', { type: 'submit', class: 'choice' }, texts.feedbackSend),
      button(texts.feedbackSkip, 'link', () => empty(this.root)),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const helped = new FormData(form).get('helped') as Helped | null;
      this.send(client, helped, distress.value(), text.value);
    });
    return form;
  }

  private send(
    client: Context['client'],
    helped: Helped | null,
    distress: number | undefined,
    text: string,
  ): void {
    const feedback: { helped?: Helped; distress?: number; text?: string } = {};
    if (helped) feedback.helped = helped;
    if (distress !== undefined) feedback.distress = distress;
    if (text.trim() !== '') feedback.text = text;
    empty(this.root);
    if (!Object.keys(feedback).length) return;
    client.feedback(feedback);
    this.root.appendChild(
      h('p', { class: 'quiet center', role: 'status' }, this.context.texts.feedbackThanks),
    );
  }
}
