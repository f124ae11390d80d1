import { onScopeDispose, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useAlerts } from '@/stores/alerts'
import { useDesk } from '@/stores/desk'
import { playAlert, unlockSound } from './use-sound'

/** Sound, window title and system notice. Outside this page nothing says what it is about: no name, no level, no words. */
export function useAlertEffects(): void {
  const [alerts, desk, { t }] = [useAlerts(), useDesk(), useI18n()]
  const unlock = (): void => unlockSound()
  window.addEventListener('pointerdown', unlock, { capture: true })
  window.addEventListener('keydown', unlock, { capture: true })
  onScopeDispose(() => {
    window.removeEventListener('pointerdown', unlock, { capture: true })
    window.removeEventListener('keydown', unlock, { capture: true })
  })

  watch(
    () => alerts.ring.count,
    () => {
      playAlert(alerts.ring.level, alerts.ring.round)
      notify(t('app.title'), t('alerts.notice'))
    },
  )
  watch(
    () => [alerts.list.length, desk.chats.filter((chat) => chat.unread > 0).length, t('app.title')] as const,
    ([open, unread, name]) => {
      document.title = open ? t('alerts.title', { n: open }) : unread ? `(${unread}) ${name}` : name
    },
    { immediate: true },
  )
}

function notify(title: string, body: string): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return
  // `renotify` is missing in the DOM types: without it a repeated notice with the same tag would stay silent.
  const options: NotificationOptions & { renotify?: boolean } = { body, tag: 'desk', renotify: true }
  const notice = new Notification(title, options)
  notice.onclick = () => window.focus()
}

/** Asked when somebody goes on duty, never at page load. */
export async function askForNotices(): Promise<void> {
  if ('Notification' in window && Notification.permission === 'default') await Notification.requestPermission()
}
