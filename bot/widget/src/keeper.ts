/** Keeps the session's token (in the tab) and the device token (on the device, by explicit choice). */
import type { Api, SessionAnswer } from './api';
import type { Shelf } from './storage';

const TOKEN = 'token';
const DEVICE = 'device';
const BACK = 'back';

export class SessionKeeper {
  /** The operator's texts that came with the session. */
  onTexts: (texts: unknown) => void = () => undefined;

  constructor(
    private readonly api: Api,
    private readonly tab: Shelf,
    private readonly deviceShelf: Shelf,
    private readonly entry: 'chat' | 'widget',
    private readonly locale: string,
  ) {}

  get token(): string | null {
    return this.tab.get(TOKEN);
  }

  get device(): string | null {
    return this.deviceShelf.get(DEVICE);
  }

  /** Whether this tab's session began on a device that was remembered: there may be an earlier talk. */
  get cameBack(): boolean {
    return this.tab.get(BACK) !== null;
  }

  /** The token of this tab; makes a session when there is none. */
  async ensure(timeoutMs: number): Promise<string> {
    const token = this.token;
    if (token) return token;
    const device = this.device;
    const wish = { entry: this.entry, locale: this.locale, remember: device !== null };
    const answer = await this.api.session(device ? { ...wish, device } : wish, timeoutMs);
    if (device) this.tab.set(BACK, '1');
    return this.take(answer);
  }

  /** Asks for a device token for the running session. @throws ApiError */
  async rememberDevice(): Promise<void> {
    const token = this.token;
    const wish = { entry: this.entry, locale: this.locale, remember: true };
    this.take(await this.api.session(token ? { ...wish, token } : wish, 15000));
  }

  forgetDevice(): void {
    this.deviceShelf.clear();
  }

  forgetSession(): void {
    this.tab.remove(TOKEN);
  }

  private take(answer: SessionAnswer): string {
    this.tab.set(TOKEN, answer.token);
    if (answer.device) this.deviceShelf.set(DEVICE, answer.device);
    if (answer.texts) this.onTexts(answer.texts);
    return answer.token;
  }
}
