import { useI18n } from 'vue-i18n'

const DISPOSITIONS = [
  'talked_through',
  'safety_plan',
  'referred',
  'emergency',
  'follow_up',
  'no_answer',
  'misdirected',
] as const
export { DISPOSITIONS }

/** Words for codes that the server sends. A code without a word is shown as it is, never hidden. */
export function useWords() {
  const { t, te, locale } = useI18n()
  const word = (group: string, code: string | null | undefined): string => {
    if (!code) return t('common.unknown')
    return te(`${group}.${code}`) ? t(`${group}.${code}`) : code
  }
  const words = (group: string, codes: string[]): string =>
    codes.map((code) => word(group, code)).join(t('common.comma'))
  return { word, words, t, locale }
}
