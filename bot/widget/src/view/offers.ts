/** What may be told and need not be: folded, one button, never in the way. */
import type { Profile } from '../protocol';
import type { Context } from './context';
import { h } from './dom';

type Option = readonly [value: string, label: string];

function chips(name: string, legend: string, options: readonly Option[]): HTMLElement {
  const nodes = options.map(([value, label]) =>
    h('label', { class: 'chip' }, h('input', { type: 'radio', name, value }), h('span', {}, label)),
  );
  return h('fieldset', {}, h('legend', {}, legend), h('div', { class: 'chips' }, ...nodes));
}

/** Regions from the service's configuration: plain names, or ids with names. */
export function readRegions(config: unknown): Option[] {
  const list = (config as { regions?: unknown } | null)?.regions;
  if (!Array.isArray(list)) return [];
  return list
    .map((item: unknown): Option | null => {
      if (typeof item === 'string') return [item, item];
      const { id, name } = (item || {}) as { id?: unknown; name?: unknown };
      return typeof id === 'string' ? [id, typeof name === 'string' ? name : id] : null;
    })
    .filter((option): option is Option => option !== null);
}

export function setRegions(root: ParentNode, regions: readonly Option[]): void {
  const field = root.querySelector<HTMLElement>('[data-field="region"]');
  const select = field?.querySelector('select');
  if (!field || !select || !regions.length) return;
  for (const [value, label] of regions) select.appendChild(h('option', { value }, label));
  field.hidden = false;
}

function read(form: HTMLFormElement): Profile {
  const data = new FormData(form);
  const profile: Record<string, string> = {};
  data.forEach((value, name) => {
    if (typeof value === 'string' && value.trim() !== '' && name !== 'abroad') profile[name] = value;
  });
  return profile as Profile;
}

function fields(context: Context): HTMLElement[] {
  const { texts } = context;
  const nickname = h('input', {
    name: 'nickname',
    type: 'text',
    autocomplete: 'off',
    placeholder: texts.nicknameHint,
  });
  const region = h('select', { name: 'region' }, h('option', { value: '' }, texts.regionNone));
  return [
    h('p', { class: 'quiet' }, texts.offersWhy),
    chips('audience', texts.audience, [
      ['student', texts.student],
      ['parent', texts.parent],
      ['teacher', texts.teacher],
    ]),
    chips('age_band', texts.age, [
      ['under_14', texts.under14],
      ['14_17', texts.from14],
      ['18_plus', texts.from18],
    ]),
    h('label', { class: 'field', 'data-field': 'region', hidden: true }, h('span', {}, texts.region), region),
    h('label', { class: 'field' }, h('span', {}, texts.nickname), nickname),
    h(
      'label',
      { class: 'field' },
      h('span', {}, texts.aboutYou),
      h('textarea', { name: 'about', rows: '2' }),
    ),
    abroad(context),
  ];
}

/** Says at once where somebody is: the numbers that fit depend on it. */
function abroad(context: Context): HTMLElement {
  const { texts, client } = context;
  const box = h('input', { type: 'checkbox', name: 'abroad' });
  box.addEventListener('change', () => client.action(box.checked ? 'abroad' : 'mainland', ''));
  return h('label', { class: 'check' }, box, h('span', {}, texts.abroad));
}

export function offers(context: Context): HTMLElement {
  const { texts, client } = context;
  const form = h('form', { class: 'offers-form' }, ...fields(context));
  const said = h('p', { class: 'quiet', role: 'status' });
  const details = h('details', { class: 'offers' }, h('summary', {}, texts.offers), form, said);
  form.appendChild(h('button', { type: 'submit', class: 'choice' }, texts.offersSend));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const profile = read(form);
    if (!Object.keys(profile).length) {
      details.open = false;
      return;
    }
    void client.profile(profile).then((outcome) => {
      said.textContent = outcome.ok ? texts.offersSent : outcome.text;
    });
  });
  return details;
}
