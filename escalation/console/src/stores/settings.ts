import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { isNight } from '@/logic/time'

export type ThemeChoice = 'auto' | 'light' | 'dark'
export const SIZES = [14, 16, 18] as const
export type Size = (typeof SIZES)[number]
export type Locale = 'zh-CN' | 'en'

function remembered<T>(key: string, allowed: readonly T[], fallback: T): T {
  const raw = localStorage.getItem(`desk.${key}`)
  return allowed.find((value) => String(value) === raw) ?? fallback
}

/** How the desk looks and sounds for the person in front of it. Nothing here is about a seeker. */
export const useSettings = defineStore('settings', () => {
  const theme = ref<ThemeChoice>(remembered<ThemeChoice>('theme', ['auto', 'light', 'dark'], 'auto'))
  const size = ref<Size>(remembered<Size>('size', SIZES, 14))
  const locale = ref<Locale>(remembered<Locale>('locale', ['zh-CN', 'en'], 'zh-CN'))
  const night = ref(isNight(new Date()))
  const dark = computed(() => (theme.value === 'auto' ? night.value : theme.value === 'dark'))

  watch([theme, size, locale], () => {
    localStorage.setItem('desk.theme', theme.value)
    localStorage.setItem('desk.size', String(size.value))
    localStorage.setItem('desk.locale', locale.value)
  })

  function look(now: Date): void {
    night.value = isNight(now)
  }

  return { theme, size, locale, dark, look }
})
