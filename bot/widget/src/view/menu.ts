/** The menu behind the three dots. */
import type { Prefs } from '../prefs';
import { breathing } from './breathing';
import type { Context } from './context';
import { button, drawing, h } from './dom';
import { MORE } from './icons';
import { eraseSheet, exportSheet, listSheet, rememberSheet } from './privacy';

function segmented(
  name: string,
  legend: string,
  labels: readonly string[],
  chosen: number,
  pick: (index: number) => void,
): HTMLElement {
  const options = labels.map((label, index) => {
    const input = h('input', { type: 'radio', name, checked: index === chosen });
    input.addEventListener('change', () => pick(index));
    return h('label', { class: 'chip' }, input, h('span', {}, label));
  });
  return h('fieldset', {}, h('legend', {}, legend), h('div', { class: 'chips' }, ...options));
}

const LOCALES = ['zh-CN', 'en'] as const;

function looks(context: Context, prefs: Prefs, reload: () => void): HTMLElement[] {
  const { texts } = context;
  const root = document.documentElement;
  const choose = (name: 'size' | 'theme') => (index: number) => {
    prefs.set(name, String(index));
    prefs.apply(root);
  };
  const language = LOCALES.indexOf(root.lang as (typeof LOCALES)[number]);
  return [
    segmented('size', texts.menuSize, texts.sizes, Number(prefs.get('size') || 0), choose('size')),
    segmented('theme', texts.menuTheme, texts.themes, Number(prefs.get('theme') || 0), choose('theme')),
    segmented('language', texts.menuLanguage, texts.languages, language, (index) => {
      prefs.set('locale', LOCALES[index] || 'zh-CN');
      reload();
    }),
  ];
}

function items(context: Context, end: () => void): HTMLElement {
  const { texts, sheets } = context;
  const about = (): void => sheets.show(texts.menuAbout, ...texts.about.map((line) => h('p', {}, line)));
  const breathe = (): void => sheets.show(texts.menuBreathing, breathing(texts, texts.breathingText));
  const entries: [string, () => void][] = [
    [texts.menuBreathing, breathe],
    [texts.menuEnd, end],
    [texts.menuRemember, () => rememberSheet(context)],
    [texts.menuKept, () => listSheet(context)],
    [texts.menuExport, () => exportSheet(context)],
    [texts.menuErase, () => eraseSheet(context)],
    [texts.menuAbout, about],
  ];
  return h(
    'ul',
    { class: 'menu' },
    ...entries.map(([label, press]) => h('li', {}, button(label, 'menu-item', press))),
  );
}

/** @param end Ends the talk for now. @param reload Loads the page again, in the other language. */
export function menuButton(context: Context, prefs: Prefs, end: () => void, reload: () => void): HTMLElement {
  const { texts, sheets } = context;
  const open = (): void => sheets.show(texts.menu, items(context, end), ...looks(context, prefs, reload));
  const node = button('', 'icon-button', open, { 'aria-label': texts.menu, 'aria-haspopup': 'dialog' });
  node.appendChild(drawing(MORE, 'icon dots'));
  return node;
}
