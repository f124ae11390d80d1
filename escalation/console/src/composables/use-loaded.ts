import { onMounted, ref, type Ref } from 'vue'
import { codeOf } from '@/api/client'

/** Something a view fetches when it opens, with its loading and error state. */
export function useLoaded<T>(fetch: () => Promise<T>) {
  const data = ref(null) as Ref<T | null>
  const loading = ref(true)
  const error = ref('')

  async function reload(): Promise<void> {
    loading.value = data.value === null
    try {
      data.value = await fetch()
      error.value = ''
    } catch (caught) {
      error.value = codeOf(caught)
    } finally {
      loading.value = false
    }
  }

  onMounted(reload)
  return { data, loading, error, reload }
}
