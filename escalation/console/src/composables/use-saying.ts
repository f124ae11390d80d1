import { ElMessage } from 'element-plus'
import 'element-plus/es/components/message/style/css'
import { useI18n } from 'vue-i18n'
import { codeOf } from '@/api/client'

// No message may cover an alert.
export const BELOW_THE_STRIP = 112

/** Sentences for what happened, in the reader's language; a code that we do not know still gets a kind one. */
export function useSaying() {
  const { t, te } = useI18n()

  function sentence(code: string): string {
    return te(`errors.${code}`) ? t(`errors.${code}`) : t('errors.unknown', { code })
  }

  function sayError(error: unknown): void {
    ElMessage({
      type: 'error',
      message: sentence(codeOf(error)),
      duration: 6000,
      showClose: true,
      offset: BELOW_THE_STRIP,
    })
  }

  function say(key: string): void {
    ElMessage({ type: 'success', message: t(key), duration: 3000, offset: BELOW_THE_STRIP })
  }

  return { sentence, sayError, say }
}
