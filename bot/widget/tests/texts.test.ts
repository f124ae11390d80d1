// @vitest-environment node
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fill, pickLocale, withOverrides } from '../src/texts';
import * as en from '../src/texts.en';
import * as zh from '../src/texts.zh-CN';

type Words = Record<string, unknown>;

function sentences(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).reduce<string[]>((all, part) => all.concat(sentences(part)), []);
}

function places(text: string): string[] {
  return (text.match(/\{\w+\}/g) || []).sort();
}

describe('the two language files', () => {
  it.each(['chat', 'loader'] as const)(
    '%s has the same keys, list lengths and places to fill in both',
    (part) => {
      const [a, b] = [zh[part] as Words, en[part] as Words];
      expect(Object.keys(b).sort()).toEqual(Object.keys(a).sort());
      for (const key of Object.keys(a)) {
        expect(sentences(b[key]).length, key).toBe(sentences(a[key]).length);
        expect(sentences(b[key]).map(places), key).toEqual(sentences(a[key]).map(places));
      }
      expect(en.pictures.length).toBe(9);
      expect(zh.pictures.length).toBe(9);
    },
  );

  it.each([
    ['zh-CN', zh],
    ['en', en],
  ])(
    's6: %s neither shouts nor promises nor asks why nor pretends to understand everything',
    (_name, words) => {
      const refused =
        /[!！]|亲爱|亲，|加油|我完全理解|为什么|一切都会好|保证|绝对|别想太多|想开|why|promise|cheer up|don't worry/i;
      for (const sentence of sentences(words)) expect(sentence).not.toMatch(refused);
    },
  );

  it('s6: says in its first lines that it is a program', () => {
    expect(zh.chat.openingProgram).toContain('程序');
    expect(en.chat.openingProgram).toContain('program');
  });

  it('s15: what stands outside the open page names no help line', () => {
    const outside = [zh.chat.title, zh.page.title, zh.loader.label, zh.loader.frame, zh.chat.exportFile];
    const more = [en.chat.title, en.loader.label, en.loader.frame, en.chat.exportFile];
    for (const text of outside.concat(more))
      expect(text).not.toMatch(/心理|热线|危机|树洞|求助|自杀|help|crisis|mental|shudong/i);
  });

  it('carries the numbers itself, for when nothing else can be reached', () => {
    expect(zh.loader.numbers.map((item) => item.number)).toEqual(['12356', '12355', '110', '120']);
    expect(en.loader.numbers.map((item) => item.number)).toEqual(['12356', '12355', '110', '120']);
    expect(zh.chat.numbersNow.map((item) => item.number)).toEqual(['12356', '110', '120']);
    expect(zh.chat.unsent).toContain('12356');
  });

  it('holds every Chinese word of the sources', () => {
    const root = join(__dirname, '..', 'src');
    const files = readdirSync(root, { recursive: true }).map(String);
    const sources = files.filter((name) => /\.(ts|css)$/.test(name) && !/texts\.(zh-CN|en)\.ts$/.test(name));
    expect(sources.length).toBeGreaterThan(30);
    for (const name of sources)
      expect(readFileSync(join(root, name), 'utf8'), name).not.toMatch(/[\u4e00-\u9fff]/);
    expect(readFileSync(join(root, '..', 'chat.html'), 'utf8')).not.toMatch(/[\u4e00-\u9fff]/);
  });
});

describe('choosing and filling', () => {
  it('takes the first wish that can be met, else Chinese', () => {
    expect(pickLocale([null, 'fr', 'en-GB', 'zh'])).toBe('en');
    expect(pickLocale(['zh-TW'])).toBe('zh-CN');
    expect(pickLocale([])).toBe('zh-CN');
  });

  it('fills places and leaves unknown ones', () => {
    expect(fill('{a} of {b} {c}', { a: 1, b: 'x' })).toBe('1 of x {c}');
  });

  it("takes the operator's own sentences for known keys only", () => {
    const texts = withOverrides(zh.chat, { opening: 'x', unknown: 'y', sizes: 'z', send: '' });
    expect(texts.opening).toBe('x');
    expect(texts.sizes).toEqual(zh.chat.sizes);
    expect(texts.send).toBe(zh.chat.send);
    expect(Object.keys(texts)).not.toContain('unknown');
    expect(withOverrides(zh.chat, null)).toBe(zh.chat);
  });
});
