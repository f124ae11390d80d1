/** The HTTP endpoints of the seeker's side. */
import type { QueuedFrame, ServerFrame, ClientFrame } from './protocol';
import { readFrame } from './protocol';

export class ApiError extends Error {
  /** @param status HTTP status; 0 when there was no answer. */
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

export interface SessionAnswer {
  token: string;
  conversation?: string;
  remembered?: boolean;
  texts?: unknown;
  device?: string;
}

export interface SessionWish {
  entry: 'chat' | 'widget';
  locale: string;
  remember: boolean;
  device?: string;
  /** With `remember`: the running session that gets a device token. */
  token?: string;
}

export interface PollBody {
  token: string;
  after: number;
  wait_s: number;
  frames: readonly ClientFrame[];
}

type Fetch = typeof fetch;

function errorOf(status: number, body: unknown): ApiError {
  const error = (body as { error?: { code?: string } } | null)?.error;
  return new ApiError(status, error?.code || 'http_' + status);
}

const OPTIONS: RequestInit = { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' };

export class Api {
  constructor(
    private readonly origin: string,
    private readonly fetcher: Fetch = (input, init) => fetch(input, init),
  ) {}

  session(wish: SessionWish, timeoutMs: number): Promise<SessionAnswer> {
    return this.post<SessionAnswer>('/api/chat/session', wish, timeoutMs).then((answer) => {
      if (typeof answer.token !== 'string') throw new ApiError(0, 'no_token');
      return answer;
    });
  }

  poll(body: PollBody, timeoutMs: number, signal?: AbortSignal): Promise<ServerFrame[]> {
    return this.post<{ frames?: unknown[] }>('/api/chat/poll', body, timeoutMs, signal).then((answer) =>
      (answer.frames || []).map(readFrame).filter((frame): frame is ServerFrame => frame !== null),
    );
  }

  kept(token: string): Promise<unknown> {
    return this.post('/api/chat/kept', { token }, 15000);
  }

  exportAll(token: string, secret: string): Promise<unknown> {
    return this.post('/api/chat/export', { token, secret }, 30000);
  }

  erase(token: string, secret: string): Promise<unknown> {
    return this.post('/api/chat/erase', { token, secret }, 30000);
  }

  config(locale: string): Promise<Record<string, unknown>> {
    const path = '/api/chat/config?locale=' + encodeURIComponent(locale);
    return this.request<Record<string, unknown>>(path, OPTIONS, 10000);
  }

  /** Sends without waiting; the browser finishes it after the page is gone. */
  lastWords(token: string, after: number, frames: readonly QueuedFrame[]): void {
    const body = JSON.stringify({ token, after, wait_s: 0, frames });
    const init = {
      ...OPTIONS,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      keepalive: true,
    };
    try {
      this.fetcher(this.origin + '/api/chat/poll', init).catch(() => undefined);
    } catch {
      // A browser that refuses (body too large for keepalive) must not stop the page from leaving.
    }
  }

  private post<T>(path: string, body: unknown, timeoutMs: number, signal?: AbortSignal): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    return this.request<T>(
      path,
      { ...OPTIONS, method: 'POST', headers, body: JSON.stringify(body) },
      timeoutMs,
      signal,
    );
  }

  private async request<T>(
    path: string,
    init: RequestInit,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<T> {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), timeoutMs);
    const stop = (): void => control.abort();
    if (signal) signal.addEventListener('abort', stop);
    try {
      const response = await this.fetcher(this.origin + path, { ...init, signal: control.signal });
      const answer: unknown = await response.json().catch(() => null);
      if (!response.ok) throw errorOf(response.status, answer);
      if (typeof answer !== 'object' || answer === null) throw new ApiError(response.status, 'not_json');
      return answer as T;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError(0, 'unreachable');
    } finally {
      clearTimeout(timer);
      if (signal) signal.removeEventListener('abort', stop);
    }
  }
}
