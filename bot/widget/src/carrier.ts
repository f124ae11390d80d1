/** One way to carry frames (socket or polling); the link holds one at a time. */
import type { ClientFrame, ServerFrame } from './protocol';

/** `failed`: it never came up; `lost`: it was up; `stale`: the server does not know the session any more; `closed`: by us. */
export type End = 'failed' | 'lost' | 'stale' | 'closed';

export interface CarrierEvents {
  /** Frames may be sent from here on. Called once. */
  ready(): void;
  frame(frame: ServerFrame): void;
  /** Called once, and nothing after it. */
  ended(why: End): void;
}

export interface Carrier {
  send(frame: ClientFrame): void;
  /** Asks for a sign of life now (the page came back to the front). */
  check(): void;
  close(): void;
}

/** All in milliseconds. */
export interface Timing {
  connectMs: number;
  pingMs: number;
  pongMs: number;
  ackMs: number;
  firstWaitMs: number;
  lastWaitMs: number;
  /** How long polling goes on before the socket gets another chance. */
  socketRetryMs: number;
  /** How long the server may hold a poll open. */
  pollWaitMs: number;
}

export const TIMING: Timing = {
  connectMs: 8000,
  pingMs: 25000,
  pongMs: 10000,
  ackMs: 20000,
  firstWaitMs: 1000,
  lastWaitMs: 30000,
  socketRetryMs: 120000,
  pollWaitMs: 25000,
};

/** The goodbye that means: begin a new session; what waits is sent there. */
export const UNKNOWN_SESSION = 'session_unknown';

/** Refusals of a greeting that mean "later", not "who are you". */
export function meansLater(code: string): boolean {
  return /rate|busy|many|unavailable|later|starting|closing/.test(code);
}
