/** A server of the seeker's protocol over a real WebSocket and real HTTP, with what can go wrong as switches. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket as NodeSocket, WebSocketServer } from 'ws';
import { Api } from '../src/api';
import type { Timing } from '../src/carrier';
import { SessionKeeper } from '../src/keeper';
import { Link } from '../src/link';
import { Outbox } from '../src/outbox';
import type { QueuedFrame, ServerFrame } from '../src/protocol';
import type { Shelf } from '../src/storage';
import { shelf } from '../src/storage';

type Frame = Record<string, unknown> & { type: string };

/** A storage of one tab, in memory: it outlives a "reload", which is a new set of parts on the same shelf. */
export function tabShelf(): Shelf {
  return shelf(() => {
    throw new Error('no storage here');
  });
}

interface Talk {
  messages: Frame[];
  acked: Map<string, number>;
}

export class World {
  /** Every queued frame in the order in which it was taken, once. */
  readonly taken: Frame[] = [];
  /** Every frame as it came, repeats too. */
  readonly heard: Frame[] = [];
  readonly polls: Frame[][] = [];
  socketsAllowed = true;
  httpAllowed = true;
  answersAcks = true;
  answersPings = true;
  sessions = 0;
  opened = 0;
  private readonly talks = new Map<string, Talk>();
  private readonly sockets = new Set<NodeSocket>();
  private readonly server: Server;
  private readonly hub = new WebSocketServer({ noServer: true });

  constructor() {
    this.server = createServer((request, response) => void this.http(request, response));
    this.server.on('upgrade', (request, socket, head) => {
      if (!this.socketsAllowed) return socket.destroy();
      this.hub.handleUpgrade(request, socket, head, (client) => this.serve(client));
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((ready) => this.server.listen(0, '127.0.0.1', ready));
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Breaks every open socket without a goodbye. */
  cut(): void {
    this.sockets.forEach((socket) => socket.terminate());
    this.sockets.clear();
  }

  forgetSessions(): void {
    this.talks.clear();
  }

  /** A message of the bot to everybody who is connected now. */
  say(text: string): void {
    this.talks.forEach((talk) => {
      const frame = this.add(talk, { author: 'bot', kind: 'text', body: { text } });
      this.sockets.forEach((socket) => socket.send(JSON.stringify(frame)));
    });
  }

  texts(): unknown[] {
    return this.taken.map((frame) => frame['text']);
  }

  private add(talk: Talk, fields: Record<string, unknown>): Frame {
    const seq = talk.messages.length + 1;
    const frame = { type: 'message', seq, id: 'M' + seq, at: new Date().toISOString(), ...fields };
    talk.messages.push(frame);
    return frame;
  }

  private answer(talk: Talk, frame: Frame): Frame[] {
    this.heard.push(frame);
    if (frame.type === 'ping') return this.answersPings ? [{ type: 'pong' }] : [];
    if (frame.type === 'hello') {
      const welcome = { type: 'welcome', conversation: 'C', mode: 'bot', last_seq: talk.messages.length };
      return [welcome, ...talk.messages.filter((message) => Number(message['seq']) > Number(frame['after']))];
    }
    const id = frame['id'];
    if (typeof id !== 'string') return [];
    if (!talk.acked.has(id)) {
      this.taken.push(frame);
      const text = frame['text'];
      talk.acked.set(
        id,
        Number(this.add(talk, { author: 'seeker', kind: 'text', client_id: id, body: { text } })['seq']),
      );
    }
    return this.answersAcks ? [{ type: 'ack', id, seq: talk.acked.get(id) }] : [];
  }

  private serve(socket: NodeSocket): void {
    this.opened += 1;
    this.sockets.add(socket);
    let talk: Talk | undefined;
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.type === 'hello') talk = this.talks.get(String(frame['token']));
      if (!talk) {
        socket.send(JSON.stringify({ type: 'bye', code: 'session_unknown', text: '' }));
        return socket.close();
      }
      this.answer(talk, frame).forEach((answer) => socket.send(JSON.stringify(answer)));
    });
  }

  private async http(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request) text += String(part);
    const say = (status: number, body: unknown): void => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    };
    if (!this.httpAllowed) return say(503, { error: { code: 'unavailable' } });
    const body = JSON.parse(text || '{}') as Record<string, unknown>;
    if (request.url === '/api/chat/session') {
      // A running session that asks to be remembered stays the same and gets a device token.
      if (body['remember'] && body['token']) return say(200, { token: body['token'], device: 'D1' });
      this.sessions += 1;
      this.talks.set('T' + this.sessions, { messages: [], acked: new Map() });
      return say(200, { token: 'T' + this.sessions, conversation: 'C' });
    }
    const talk = this.talks.get(String(body['token']));
    if (!talk) return say(200, { frames: [{ type: 'bye', code: 'session_unknown', text: '' }] });
    const frames = (body['frames'] || []) as Frame[];
    this.polls.push(frames);
    say(200, { frames: await this.poll(talk, frames, Number(body['after']), Number(body['wait_s'])) });
  }

  private async poll(talk: Talk, frames: Frame[], after: number, waitS: number): Promise<Frame[]> {
    const answers = frames.reduce<Frame[]>((all, frame) => all.concat(this.answer(talk, frame)), []);
    const news = (): Frame[] => talk.messages.filter((message) => Number(message['seq']) > after);
    const end = Date.now() + waitS * 1000;
    while (!answers.length && !news().length && Date.now() < end)
      await new Promise((go) => setTimeout(go, 10));
    return answers.concat(news().filter((message) => answers.indexOf(message) < 0));
  }
}

/** Fast enough for a test, with the same proportions. */
export const QUICK: Partial<Timing> = {
  connectMs: 1000,
  pingMs: 60,
  pongMs: 60,
  ackMs: 300,
  firstWaitMs: 10,
  lastWaitMs: 80,
  socketRetryMs: 60000,
  pollWaitMs: 200,
};

export interface Page {
  link: Link;
  outbox: Outbox;
  keeper: SessionKeeper;
  frames: ServerFrame[];
  stale: number;
  say(text: string): string;
}

let ids = 0;

/** The transport half of a page. @param tab What the tab has kept: give the same again for a reload. */
export function openPage(world: World, tab: Shelf = tabShelf(), timing: Partial<Timing> = {}): Page {
  const api = new Api(world.origin);
  const keeper = new SessionKeeper(api, tab, tabShelf(), 'chat', 'zh-CN');
  const outbox = new Outbox(tab);
  const frames: ServerFrame[] = [];
  let after = 0;
  const page: Page = {
    outbox,
    keeper,
    frames,
    stale: 0,
    say(text) {
      const frame: QueuedFrame = { type: 'say', id: 'F' + ++ids, text, at: '' };
      outbox.add(frame, text);
      page.link.flush();
      return frame.id;
    },
    link: new Link({
      api,
      keeper,
      outbox,
      socketUrl: world.origin.replace('http', 'ws') + '/api/chat/ws',
      tab: 'tab',
      after: () => after,
      onFrame(frame) {
        frames.push(frame);
        if (frame.type === 'ack') outbox.settle(frame.id);
        if (frame.type === 'message' && 'seq' in frame) after = Math.max(after, frame.seq);
      },
      onStatus: () => undefined,
      onStale: () => {
        page.stale += 1;
        after = 0;
      },
      timing: { ...QUICK, ...timing },
      makeSocket: (url) => new NodeSocket(url) as unknown as WebSocket,
    }),
  };
  return page;
}

/** Waits until something holds; the limit is far above what it takes. */
export async function until(holds: () => boolean, limitMs = 8000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error('it did not come to pass');
    await new Promise((go) => setTimeout(go, 5));
  }
}
