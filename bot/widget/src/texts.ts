/** Which language the page speaks, and filling words into sentences. */
import type { chat as zhChat, loader as zhLoader } from './texts.zh-CN';

/** A language file has exactly the keys of the Chinese one; lists may be read only. */
type Same<T> = { readonly [K in keyof T]: T[K] };
export type ChatTexts = Same<typeof zhChat>;
export type LoaderTexts = Same<typeof zhLoader>;

export type Locale = 'zh-CN' | 'en';

/** The first wish that we can meet; Chinese when none says otherwise. */
export function pickLocale(wishes: readonly (string | null | undefined)[]): Locale {
  for (const wish of wishes) {
    const tag = (wish || '').toLowerCase();
    if (tag.indexOf('zh') === 0) return 'zh-CN';
    if (tag.indexOf('en') === 0) return 'en';
  }
  return 'zh-CN';
}

/** Puts values into `{name}` places; an unknown name stays as it stands. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => {
    const value = values[name];
    return value === undefined ? all : String(value);
  });
}

/**
 * The operator's own sentences (from `/api/chat/config` or the session) in place of ours.
 * Only known keys that hold one sentence are taken.
 */
export function withOverrides(texts: ChatTexts, overrides: unknown): ChatTexts {
  if (typeof overrides !== 'object' || overrides === null) return texts;
  const own = texts as unknown as Record<string, unknown>;
  const result: Record<string, unknown> = Object.assign({}, own);
  for (const [key, value] of Object.entries(overrides)) {
    if (typeof own[key] === 'string' && typeof value === 'string' && value !== '') result[key] = value;
  }
  return result as unknown as ChatTexts;
}
