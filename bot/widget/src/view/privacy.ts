/** What is kept, export, erase, going on next time: each takes what it needs of the seeker's own secret. */
import { ApiError } from '../api';
import { deviceShelf, tabShelf } from '../storage';
import { fill } from '../texts';
import type { Context } from './context';
import { button, empty, h } from './dom';
import { secretForm } from './secret';

/** One thing that is kept, in plain words. */
interface KeptItem {
  what: string;
  until?: string;
  why?: string;
}

function asItem(value: unknown): KeptItem | null {
  if (typeof value === 'string') return { what: value };
  if (typeof value !== 'object' || value === null) return null;
  const { what, text, name, until, why } = value as Record<string, unknown>;
  const said = [what, text, name].find((candidate) => typeof candidate === 'string') as string | undefined;
  if (!said) return null;
  const item: KeptItem = { what: said };
  if (typeof until === 'string') item.until = until.slice(0, 10);
  if (typeof why === 'string') item.why = why;
  return item;
}

/** The lists of an answer, whatever their names: the service says in plain words what is kept or stays. */
export function readItems(answer: unknown): KeptItem[] {
  if (Array.isArray(answer)) return answer.map(asItem).filter((item): item is KeptItem => item !== null);
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.values(answer).reduce<KeptItem[]>(
    (all, value) => (Array.isArray(value) ? all.concat(readItems(value)) : all),
    [],
  );
}

function itemList(context: Context, items: readonly KeptItem[]): HTMLElement {
  const rows = items.map((item) => {
    const until = item.until ? fill(context.texts.keptUntil, { until: item.until }) : '';
    return h('li', {}, item.what, h('span', { class: 'quiet' }, [item.why, until].filter(Boolean).join(' ')));
  });
  return h('ul', { class: 'plain-list' }, ...rows);
}

function failure(context: Context, error: unknown): string {
  const { texts } = context;
  if (!(error instanceof ApiError)) throw error;
  if (error.code === 'secret_not_set') return texts.secretMissing;
  return error.code === 'secret_wrong' ? texts.errorSecret : texts.errorGeneric;
}

function paragraphs(lines: readonly string[]): HTMLElement[] {
  return lines.map((line) => h('p', {}, line));
}

export function keptSheet(context: Context): void {
  const { texts, client, sheets } = context;
  const training = h('input', { type: 'checkbox' });
  training.checked = client.welcome?.training === true;
  training.addEventListener('change', () => client.training(training.checked));
  const choice = h('label', { class: 'check' }, training, h('span', {}, texts.training));
  sheets.show(
    texts.keptTitle,
    ...paragraphs(texts.keptFull),
    choice,
    h('p', { class: 'quiet' }, texts.trainingWhy),
  );
}

export function listSheet(context: Context): void {
  const { texts, client, sheets } = context;
  const { api, keeper } = client.parts;
  const place = h('div', {}, h('p', { class: 'quiet' }, texts.keptLoading));
  sheets.show(
    texts.menuKept,
    place,
    button(texts.keptMore, 'link', () => keptSheet(context)),
  );
  const show = (node: HTMLElement): void => {
    empty(place);
    place.appendChild(node);
  };
  if (!keeper.token) return show(h('p', {}, texts.keptNothing));
  api.kept(keeper.token).then(
    (answer) => {
      const items = readItems(answer);
      const text = (answer as { text?: unknown }).text;
      if (items.length) show(itemList(context, items));
      else show(h('p', { class: 'text' }, typeof text === 'string' ? text : texts.keptNothing));
    },
    (error: unknown) => show(h('p', { class: 'error', role: 'alert' }, failure(context, error))),
  );
}

/** Runs a request that the secret unlocks, or says that there is no secret yet. */
function withSecret(
  context: Context,
  title: string,
  explain: string,
  work: (token: string, secret: string) => Promise<void>,
): void {
  const { texts, client, sheets } = context;
  const { token } = client.parts.keeper;
  if (!token || !client.welcome?.has_secret) {
    const remember = button(texts.menuRemember, 'main-button', () => rememberSheet(context));
    sheets.show(title, h('p', {}, explain), h('p', {}, texts.secretMissing), remember);
    return;
  }
  const submit = (secret: string): Promise<string | null> =>
    work(token, secret).then(
      () => null,
      (error: unknown) => failure(context, error),
    );
  sheets.show(
    title,
    h('p', {}, explain),
    h('p', {}, texts.secretNeeded),
    secretForm(context, { choosing: false, submit }),
  );
}

function exportShown(context: Context, everything: unknown): void {
  const { texts, sheets } = context;
  const json = JSON.stringify(everything, null, 2);
  const area = h('textarea', { class: 'export', readonly: true, rows: '10', 'aria-label': texts.menuExport });
  area.value = json;
  const href = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
  const save = h('a', { class: 'main-button', href, download: texts.exportFile + '.json' }, texts.exportSave);
  sheets.show(texts.menuExport, h('p', {}, texts.exportDone), area, save);
}

export function exportSheet(context: Context): void {
  const { texts, client } = context;
  withSecret(context, texts.menuExport, '', (token, secret) =>
    client.parts.api.exportAll(token, secret).then((everything) => exportShown(context, everything)),
  );
}

export function eraseSheet(context: Context): void {
  const { texts, client, sheets } = context;
  withSecret(context, texts.menuErase, texts.eraseText, (token, secret) =>
    client.parts.api.erase(token, secret).then((answer) => {
      client.erased();
      tabShelf.clear();
      deviceShelf.clear();
      const stays = readItems(answer);
      const rest = stays.length ? [h('p', {}, texts.eraseStays), itemList(context, stays)] : [];
      sheets.show(texts.menuErase, h('p', {}, texts.eraseDone), ...rest);
    }),
  );
}

export function rememberSheet(context: Context): void {
  const { texts, client, sheets } = context;
  const { keeper } = client.parts;
  const submit = async (secret: string): Promise<string | null> => {
    client.link.wakeIfIdle();
    const outcome = await client.secret('set', secret);
    if (!outcome.ok) return outcome.text || texts.errorGeneric;
    return keeper.rememberDevice().then(
      () => {
        sheets.show(
          texts.menuRemember,
          h('p', {}, texts.rememberDone),
          h('p', { class: 'quiet' }, texts.rememberExit),
        );
        return null;
      },
      (error: unknown) => failure(context, error),
    );
  };
  const shared = button(texts.rememberShared, 'choice', () => {
    keeper.forgetDevice();
    sheets.show(texts.menuRemember, h('p', {}, texts.rememberSharedDone));
  });
  sheets.show(
    texts.menuRemember,
    h('p', {}, texts.rememberText),
    shared,
    secretForm(context, { choosing: true, submit }),
  );
}

export function unlockSheet(context: Context, done: () => void): void {
  const { texts, client, sheets } = context;
  const submit = async (secret: string): Promise<string | null> => {
    const outcome = await client.secret('unlock', secret);
    if (!outcome.ok) return outcome.text || texts.errorSecret;
    done();
    sheets.close();
    return null;
  };
  sheets.show(
    texts.unlockLine,
    h('p', {}, texts.unlockText),
    secretForm(context, { choosing: false, submit }),
  );
}
