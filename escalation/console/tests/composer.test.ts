import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import Composer from '@/components/desk/Composer.vue'
import { i18n } from '@/i18n'
import { useDesk } from '@/stores/desk'
import { useDrafts } from '@/stores/drafts'

vi.mock('@/api/desk')

function composer(conversation = 'one') {
  const global = { plugins: [i18n], stubs: { ElButton: { template: '<button><slot /></button>' } } }
  return mount(Composer, { props: { conversation }, global })
}

beforeEach(() => {
  sessionStorage.clear()
  setActivePinia(createPinia())
})

describe('the reply box', () => {
  it('sends with Enter and is empty then', async () => {
    const box = composer()
    await box.find('textarea').setValue(' 我在 ')
    await box.find('textarea').trigger('keydown', { key: 'Enter' })
    expect(box.emitted('send')).toEqual([['我在']])
    expect(useDrafts().get('one')).toBe('')
  })

  it('does not send while an input method chooses a word, nor with Shift', async () => {
    const box = composer()
    await box.find('textarea').setValue('我在')
    await box.find('textarea').trigger('keydown', { key: 'Enter', isComposing: true })
    await box.find('textarea').trigger('keydown', { key: 'Enter', shiftKey: true })
    await box.find('textarea').trigger('keydown', { key: 'Enter', keyCode: 229 })
    expect(box.emitted('send')).toBeUndefined()
  })

  it('sends nothing that is only blank', async () => {
    const box = composer()
    await box.find('textarea').setValue('  \n ')
    await box.find('textarea').trigger('keydown', { key: 'Enter' })
    expect(box.emitted('send')).toBeUndefined()
  })

  it('changes its words with the conversation', async () => {
    const box = composer()
    await box.find('textarea').setValue('给甲')
    await box.setProps({ conversation: 'two' })
    expect(box.find('textarea').element.value).toBe('')
    await box.setProps({ conversation: 'one' })
    expect(box.find('textarea').element.value).toBe('给甲')
  })

  it('tells that somebody writes, and never what', async () => {
    const sent = vi.spyOn(useDesk(), 'send').mockReturnValue(true)
    const box = composer()
    await box.find('textarea').setValue('我')
    await box.find('textarea').setValue('我在')
    await box.find('textarea').trigger('keydown', { key: 'Enter' })
    await nextTick()
    expect(sent.mock.calls.map(([frame]) => frame)).toEqual([
      { type: 'typing', conversation: 'one', on: true },
      { type: 'typing', conversation: 'one', on: false },
    ])
  })
})
