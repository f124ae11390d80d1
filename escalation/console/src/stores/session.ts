import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError, setCsrf } from '@/api/client'
import * as desk from '@/api/desk'
import type { Staff } from '@/api/schema'
import { useDrafts } from './drafts'

/** Who sits here. `expired` keeps drafts on the tab; a different person signing in, or signing out, wipes them. */
export const useSession = defineStore('session', () => {
  const staff = ref<Staff | null>(null)
  const state = ref<'unknown' | 'in' | 'out' | 'expired'>('unknown')
  const roles = computed(() => [...(staff.value?.roles ?? []), staff.value?.role ?? ''])
  const supervises = computed(() => roles.value.some((role) => role === 'supervisor' || role === 'admin'))

  function enter(session: { staff: Staff; csrf: string }): void {
    setCsrf(session.csrf)
    useDrafts().belongTo(session.staff.id)
    staff.value = session.staff
    state.value = 'in'
  }

  async function signIn(login: string, password: string): Promise<void> {
    enter(await desk.signIn(login, password))
  }

  /** Look whether the cookie still signs us in. Without a network nothing is concluded. */
  async function restore(): Promise<void> {
    try {
      enter(await desk.currentSession())
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) state.value = state.value === 'in' ? 'expired' : 'out'
      else if (state.value === 'unknown') state.value = 'out'
    }
  }

  function expire(): void {
    if (state.value === 'in') state.value = 'expired'
  }

  async function signOut(): Promise<void> {
    // Leaving must work without a network, too: the words on this tab go first.
    useDrafts().wipe()
    await desk.signOut().catch(() => undefined)
    setCsrf('')
    staff.value = null
    state.value = 'out'
  }

  return { staff, state, supervises, signIn, restore, expire, signOut }
})
