// One way to the server: cookie, CSRF header, JSON, errors by code. Words of seekers never reach the console log.
import * as v from 'valibot'

export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly data: unknown = null,
  ) {
    super(code)
    this.name = 'ApiError'
  }
}

const ErrorSchema = v.object({
  error: v.object({ code: v.string(), message: v.optional(v.string(), ''), data: v.optional(v.unknown(), null) }),
})

let csrf = ''
let onExpired: () => void = () => undefined

export function setCsrf(token: string): void {
  csrf = token
}

export function getCsrf(): string {
  return csrf
}

/** Called whenever the server says that nobody is signed in any more. */
export function whenExpired(callback: () => void): void {
  onExpired = callback
}

type Method = 'GET' | 'POST' | 'DELETE'

/** Ask the server. @throws ApiError `offline` without an answer, `bad_answer` for an unknown shape, else the server's code. */
export async function request<S extends v.GenericSchema>(
  method: Method,
  path: string,
  schema: S,
  body?: unknown,
): Promise<v.InferOutput<S>> {
  const response = await send(method, path, body)
  const answer: unknown = await response.json().catch(() => null)
  if (!response.ok) throw refusal(path, response.status, answer)
  const checked = v.safeParse(schema, answer ?? {})
  if (!checked.success) {
    console.warn('answer of an unknown shape', path.split('?')[0], v.flatten(checked.issues).nested)
    throw new ApiError('bad_answer', response.status)
  }
  return checked.output
}

async function send(method: Method, path: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf
  const init: RequestInit = { method, headers, credentials: 'same-origin' }
  if (body !== undefined) init.body = JSON.stringify(body)
  try {
    return await fetch(path, init)
  } catch {
    throw new ApiError('offline', 0)
  }
}

function refusal(path: string, status: number, answer: unknown): ApiError {
  const checked = v.safeParse(ErrorSchema, answer)
  const fallback = status === 401 ? 'unauthorized' : status >= 500 ? 'server' : `http_${status}`
  const error = checked.success
    ? new ApiError(checked.output.error.code, status, checked.output.error.data)
    : new ApiError(fallback, status)
  if (status === 401 && !path.endsWith('/session')) onExpired()
  return error
}

/** The code of anything that was thrown, for a sentence in the reader's language. */
export function codeOf(error: unknown): string {
  return error instanceof ApiError ? error.code : 'unknown'
}
