/** What is shown of the talk: lines in the order of `seq`, own unsent ones last, nothing twice. */
import type { Body, Message } from './protocol';

export interface Line {
  key: string;
  /** Place in the talk; higher is later. Unsent lines stand after everything else. */
  order: number;
  author: Message['author'];
  kind: string;
  body: Body;
  at: string;
  seq: number | null;
  sent: boolean;
}

const TALK = 1e9; // room for the seqs of one conversation
const UNSENT = 1e15;

type Listener = (line: Line, isNew: boolean) => void;

export class Store {
  /** Highest seq of a message that arrived in this conversation: what `hello` asks to go on after. */
  lastSeq = 0;
  conversation: string | null = null;
  private talk = 0;
  private locals = 0;
  private readonly lines = new Map<string, Line>();
  private readonly bySeq = new Map<string, Line>();
  private readonly listeners: Listener[] = [];
  private readonly clearers: (() => void)[] = [];

  /** The line with this seq in the present conversation. */
  withSeq(seq: number): Line | undefined {
    return this.bySeq.get(this.talk + ':' + seq);
  }

  onLine(listener: Listener): void {
    this.listeners.push(listener);
  }

  onClear(listener: () => void): void {
    this.clearers.push(listener);
  }

  all(): Line[] {
    return Array.from(this.lines.values()).sort((a, b) => a.order - b.order);
  }

  /** The seeker's own words, before the server has them. */
  addOwn(id: string, text: string, at: string): void {
    if (this.lines.has(id)) return;
    this.locals += 1;
    const order = UNSENT + this.locals;
    this.put({ key: id, order, author: 'seeker', kind: 'text', body: { text }, at, seq: null, sent: false });
  }

  /** The server has written it down; it takes its place. A frame that is no message stays where the talk stood. */
  acknowledge(id: string, seq: number | null): void {
    const line = this.lines.get(id);
    if (!line || line.sent) return;
    this.locals += 1;
    const place = seq === null ? this.lastSeq + this.locals / 1e5 : seq;
    this.settle(line, seq, this.talk * TALK + place);
  }

  /** A message from the server. Repeats (reconnect, both transports, own words that come back) change nothing. */
  addMessage(message: Message): void {
    this.lastSeq = Math.max(this.lastSeq, message.seq);
    const order = this.talk * TALK + message.seq;
    const own = message.client_id ? this.lines.get(message.client_id) : undefined;
    if (own) {
      if (own.order !== order || !own.sent) this.settle(own, message.seq, order);
      return;
    }
    if (this.bySeq.has(this.talk + ':' + message.seq)) return;
    const key = message.client_id || this.talk + ':' + message.seq;
    const { author, kind, body, at, seq } = message;
    this.put({ key, order, author, kind, body, at, seq, sent: true });
  }

  /** Something without anything to show: only its place is remembered. */
  passOver(seq: number): void {
    this.lastSeq = Math.max(this.lastSeq, seq);
  }

  /** The talk goes on in another conversation, whose seq starts again at 1. */
  startConversation(conversation: string | null): void {
    this.conversation = conversation;
    this.talk += 1;
    this.lastSeq = 0;
  }

  /** Forgets what came from the server (it will be sent again); own unsent words stay. */
  forgetShown(): void {
    for (const [key, line] of Array.from(this.lines)) if (line.sent) this.lines.delete(key);
    this.bySeq.clear();
    this.lastSeq = 0;
    this.conversation = null;
    this.clearers.forEach((clear) => clear());
  }

  private settle(line: Line, seq: number | null, order: number): void {
    line.seq = seq;
    line.order = order;
    line.sent = true;
    this.put(line);
  }

  private put(line: Line): void {
    const isNew = !this.lines.has(line.key);
    this.lines.set(line.key, line);
    if (line.seq !== null) this.bySeq.set(this.talk + ':' + line.seq, line);
    this.listeners.forEach((listener) => listener(line, isNew));
  }
}
