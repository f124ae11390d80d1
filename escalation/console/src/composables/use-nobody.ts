import { ElMessage } from 'element-plus'
import 'element-plus/es/components/message/style/css'
import { useI18n } from 'vue-i18n'
import { useDesk } from '@/stores/desk'
import { useQueue } from '@/stores/queue'
import { BELOW_THE_STRIP } from './use-saying'

/** Why "next" brought nobody although somebody may wait: a person in mortal danger fills every place, one at level 3 two. */
export function useNobody(): () => void {
  const [desk, queue, { t }] = [useDesk(), useQueue(), useI18n()]
  return () => {
    const key = !queue.real.length
      ? 'desk.nextNobody'
      : desk.chats.some((chat) => chat.level === 4)
        ? 'desk.fullCritical'
        : desk.chats.length
          ? 'desk.full'
          : 'desk.nobody'
    ElMessage({ message: t(key), duration: 6000, offset: BELOW_THE_STRIP })
  }
}
