/** The words of the seeker's socket; the reference is docs/protocol.md, section 1. */

export interface Choice {
  id: string;
  label: string;
  href?: string;
}

export interface NumberItem {
  id: string;
  number: string;
  name: string;
  note: string;
}

/** The union of all bodies; which fields are there depends on kind and card. Everything is checked where it is shown. */
export interface Body {
  text?: string;
  choices?: Choice[];
  card?: string;
  title?: string;
  items?: NumberItem[];
  steps?: string[];
  slug?: string;
  event?: string;
  /** A tapped button: its id, and the seq of the message that it stood under. */
  choice?: string;
  of?: number;
}

export interface Message {
  seq: number;
  id: string;
  at: string;
  author: 'seeker' | 'bot' | 'system' | 'staff';
  kind: string;
  client_id?: string;
  body: Body;
}

export type ActionName = 'human' | 'danger' | 'call_failed' | 'leave' | 'quick_exit' | 'abroad' | 'mainland';

/** Kept until acknowledged and sent again after every reconnect. */
export type QueuedFrame =
  | { type: 'say'; id: string; text: string; at: string }
  | { type: 'choose'; id: string; seq: number; choice: string; label: string }
  | { type: 'action'; id: string; action: ActionName; note?: string }
  | ({ type: 'profile'; id: string } & Profile)
  | { type: 'feedback'; id: string; helped?: 'yes' | 'some' | 'no'; distress?: number; text?: string }
  | { type: 'consent'; id: string; purpose: 'service' | 'training'; version: string; given: boolean }
  | { type: 'secret'; id: string; op: 'set' | 'unlock'; secret: string };

export interface Profile {
  nickname?: string;
  audience?: 'student' | 'parent' | 'teacher';
  age_band?: 'under_14' | '14_17' | '18_plus';
  region?: string;
  about?: string;
}

export type ClientFrame =
  | QueuedFrame
  | { type: 'hello'; token: string; after: number; tab: string }
  | { type: 'received'; seq: number }
  | { type: 'typing'; on: boolean }
  | { type: 'ping' };

export interface ConsentState {
  version?: string;
  given?: boolean;
}

export interface Welcome {
  type: 'welcome';
  conversation: string;
  mode: string;
  last_seq: number;
  remembered?: boolean;
  unlocked?: boolean;
  has_secret?: boolean;
  /** What was decided so far: one decision, or one for each purpose. */
  consent?: ConsentState | { service?: ConsentState; training?: ConsentState };
  /** Whether words may be used for training, as the server has it. */
  training?: boolean;
  numbers?: NumberItem[];
}

export interface Waiting {
  place?: number;
  low_min?: number | null;
  high_min?: number | null;
  on_duty?: boolean;
}

export interface State {
  type: 'state';
  mode: string;
  waiting?: Waiting | null;
  counsellor?: { name?: string } | null;
  typing?: boolean;
}

export type ServerFrame =
  | Welcome
  | State
  | { type: 'conversation'; conversation: string; last_seq: number }
  | { type: 'ack'; id: string; seq: number | null; at?: string }
  | { type: 'refused'; id?: string; code: string; text: string }
  | ({ type: 'message' } & Message)
  | { type: 'message'; message: Message }
  | { type: 'pong' }
  | { type: 'bye'; code: string; text: string };

/** The message in a `message` frame: its fields stand beside `type` or under `message`. Null when it has no place to show. */
export function messageOf(frame: { type: 'message' }): Message | null {
  const inner = (frame as { message?: Message }).message;
  const message = inner || (frame as unknown as Message);
  if (typeof message.seq !== 'number' || typeof message.body !== 'object' || message.body === null)
    return null;
  return message;
}

/** Reads one frame; null when it is no object with a type. Unknown types pass and are ignored by their reader. */
export function readFrame(data: unknown): ServerFrame | null {
  try {
    const value: unknown = typeof data === 'string' ? JSON.parse(data) : data;
    if (typeof value !== 'object' || value === null) return null;
    return typeof (value as { type?: unknown }).type === 'string' ? (value as ServerFrame) : null;
  } catch {
    return null;
  }
}
