import { onScopeDispose, ref, type Ref } from 'vue'

/** True where three panes do not fit side by side. */
export function useNarrow(): Ref<boolean> {
  const query = window.matchMedia('(max-width: 1099px)')
  const narrow = ref(query.matches)
  const change = (): void => {
    narrow.value = query.matches
  }
  query.addEventListener('change', change)
  onScopeDispose(() => query.removeEventListener('change', change))
  return narrow
}
