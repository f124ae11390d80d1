import { afterEach, describe, expect, it, vi } from 'vitest'
import * as v from 'valibot'
import { ApiError, request, setCsrf, whenExpired } from '@/api/client'

const answer = (status: number, body: unknown) =>
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(JSON.stringify(body), { status }))

afterEach(() => vi.restoreAllMocks())

describe('asking the server', () => {
  it('carries the CSRF token on changes only', async () => {
    const fetch = answer(200, {})
    setCsrf('token')
    await request('GET', '/x', v.looseObject({}))
    await request('POST', '/x', v.looseObject({}), {})
    const sent = fetch.mock.calls.map(([, init]) => (init?.headers as Record<string, string>)['X-CSRF-Token'])
    expect(sent).toEqual([undefined, 'token'])
  })

  it('names errors by their code, and a missing network as offline', async () => {
    answer(409, { error: { code: 'stale_fence', message: 'm', data: { fence: 3 } } })
    await expect(request('POST', '/x', v.looseObject({}), {})).rejects.toMatchObject({
      code: 'stale_fence',
      status: 409,
    })
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('network'))
    await expect(request('GET', '/x', v.looseObject({}))).rejects.toMatchObject({ code: 'offline' })
  })

  it('refuses an answer of a wrong shape instead of passing it on', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    answer(200, { ticket: 7 })
    await expect(request('GET', '/x?q=words', v.object({ ticket: v.string() }))).rejects.toBeInstanceOf(ApiError)
    expect(JSON.stringify(warn.mock.calls)).not.toContain('words')
  })

  it('tells when the session is over, but not when signing in was refused', async () => {
    const expired = vi.fn()
    whenExpired(expired)
    answer(401, { error: { code: 'sign_in_refused' } })
    await expect(request('POST', '/api/desk/session', v.looseObject({}), {})).rejects.toThrow()
    expect(expired).not.toHaveBeenCalled()
    answer(401, { error: { code: 'not_signed_in' } })
    await expect(request('GET', '/api/desk/overview', v.looseObject({}))).rejects.toThrow()
    expect(expired).toHaveBeenCalledOnce()
  })
})
