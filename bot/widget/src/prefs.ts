/** Size, colours, language. They live in the tab; on a device that is remembered they stay there too. */
import type { Shelf } from './storage';

export type PrefName = 'size' | 'theme' | 'locale';

export class Prefs {
  constructor(
    private readonly tab: Shelf,
    private readonly device: Shelf,
  ) {}

  get(name: PrefName): string | null {
    return this.tab.get(name) || this.device.get(name);
  }

  set(name: PrefName, value: string): void {
    this.tab.set(name, value);
    if (this.device.get('device') !== null) this.device.set(name, value);
  }

  apply(root: HTMLElement): void {
    root.setAttribute('data-size', this.get('size') || '0');
    root.setAttribute('data-theme', this.get('theme') || '0');
  }
}
