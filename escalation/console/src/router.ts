import { createRouter, createWebHistory } from 'vue-router'
import { useSession } from './stores/session'

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    { path: '/signin', name: 'signin', component: () => import('./views/SignIn.vue'), meta: { open: true } },
    { path: '/', name: 'desk', component: () => import('./views/Desk.vue') },
    { path: '/out-of-reach', name: 'out-of-reach', component: () => import('./views/OutOfReach.vue') },
    { path: '/people', name: 'people', component: () => import('./views/People.vue') },
    { path: '/outbox', name: 'outbox', component: () => import('./views/Outbox.vue') },
    {
      path: '/conversations',
      name: 'conversations',
      component: () => import('./views/Conversations.vue'),
      meta: { supervisor: true },
    },
    {
      path: '/conversations/:id',
      name: 'transcript',
      component: () => import('./views/Transcript.vue'),
      props: true,
    },
    { path: '/reviews', name: 'reviews', component: () => import('./views/Reviews.vue'), meta: { supervisor: true } },
    { path: '/sample', name: 'sample', component: () => import('./views/Sample.vue'), meta: { supervisor: true } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

router.beforeEach(async (to) => {
  const session = useSession()
  if (session.state === 'unknown') await session.restore()
  if (to.meta.open) return session.state === 'in' ? { name: 'desk' } : true
  if (session.state !== 'in') return { name: 'signin', query: to.fullPath === '/' ? {} : { back: to.fullPath } }
  // The server guards every answer; this only spares a supervisor's page to those who could not fill it.
  return to.meta.supervisor && !session.supervises ? { name: 'desk' } : true
})
