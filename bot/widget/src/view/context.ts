/** What every view gets to work with. */
import type { Client } from '../client';
import type { ChatTexts } from '../texts';
import type { Sheets } from './sheet';

export interface Context {
  client: Client;
  texts: ChatTexts;
  pictures: readonly string[];
  sheets: Sheets;
  /** Leaves at once (quick exit). */
  leave(): void;
}
