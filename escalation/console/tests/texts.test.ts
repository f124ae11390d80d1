import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DISPOSITIONS } from '@/composables/use-words'
import { SHORTCUTS } from '@/composables/use-shortcuts'
import en from '@/locales/en'
import zh from '@/locales/zh-CN'

type Texts = { [key: string]: string | Texts }

function flat(texts: Texts, path = ''): Map<string, string> {
  const pairs = Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : [...flat(value, `${path}${key}.`)],
  )
  return new Map(pairs)
}

const [chinese, english] = [flat(zh), flat(en)]
const SRC = join(import.meta.dirname, '../src')
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(vue|ts)$/.test(name) && !name.startsWith('locales'))
  .map((name) => ({ name, text: readFileSync(join(SRC, name), 'utf8') }))

describe('texts', () => {
  it('have the same keys and the same places in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
    const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map((match) => match[0]).sort()
    for (const [key, text] of chinese) expect([key, places(english.get(key) ?? '')]).toEqual([key, places(text)])
  })

  it('have every key that the code asks for by name', () => {
    const asked = sources.flatMap(({ text }) =>
      [...text.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map((match) => match[1] ?? ''),
    )
    expect(asked.length).toBeGreaterThan(150)
    expect(asked.filter((key) => !chinese.has(key))).toEqual([])
  })

  it('have a word for every disposition, shortcut and page', () => {
    expect(DISPOSITIONS.filter((code) => !chinese.has(`dispositions.${code}`))).toEqual([])
    expect(SHORTCUTS.filter(([, name]) => !chinese.has(`shortcuts.${name}`))).toEqual([])
  })

  it('stand in the locale files only: no Chinese word in a component', () => {
    const found = sources.flatMap(({ name, text }) => {
      const markup = text.replace(/\/\/.*|\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->/g, '')
      return /\p{Script=Han}/u.test(markup.replaceAll('>中文</option>', '')) ? [name] : []
    })
    expect(found).toEqual([])
  })

  it('speak Chinese on the Chinese page, without exclamation marks and without scolding', () => {
    for (const [key, text] of chinese) {
      expect([key, /[!！]|亲，|加油|我完全理解/.test(text)]).toEqual([key, false])
      const latin = text.replace(/\{\w+\}|Alt|Ctrl|Shift|Telegram/g, '')
      expect([key, /[A-Za-z]{3,}/.test(latin)]).toEqual([key, false])
    }
  })

  it('s15: say nothing outside the page: title and notice name no danger and no service', () => {
    const outside = ['app.title', 'alerts.title', 'alerts.notice'].flatMap((key) => [
      chinese.get(key),
      english.get(key),
    ])
    expect(outside.join(' ')).not.toMatch(/风险|危|心理|轻生|自杀|risk|danger|suicide|crisis|hotline/i)
  })
})
