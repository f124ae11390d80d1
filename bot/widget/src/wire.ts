/** What the loader on the host's page and the frame on ours say to each other. No word of the talk is among it. */

export type ToFrame = { note: 1; type: 'init'; locale?: string; exit?: string } | { note: 1; type: 'focus' };
export type ToHost = { note: 1; type: 'ready' | 'close' | 'exit' };

function fields(data: unknown): Record<string, unknown> | null {
  if (typeof data !== 'object' || data === null) return null;
  const value = data as Record<string, unknown>;
  return value['note'] === 1 ? value : null;
}

function optionalText(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && value.length < 2000);
}

export function readToFrame(data: unknown): ToFrame | null {
  const value = fields(data);
  if (!value) return null;
  if (value['type'] === 'focus') return { note: 1, type: 'focus' };
  const isInit = value['type'] === 'init' && optionalText(value['locale']) && optionalText(value['exit']);
  return isInit ? (value as unknown as ToFrame) : null;
}

export function readToHost(data: unknown): ToHost | null {
  const type = fields(data)?.['type'];
  return type === 'ready' || type === 'close' || type === 'exit' ? { note: 1, type } : null;
}

/** A link target for leaving: http(s) only, otherwise the neutral default. */
export function exitAddress(wish: string | null | undefined): string {
  return wish && /^https?:\/\/[^\s]+$/i.test(wish) ? wish : 'https://www.baidu.com/';
}
