/** Shift, three times, with at most five seconds between: any other key starts the count anew. */
const BETWEEN_MS = 5000;

export class ShiftCounter {
  private presses = 0;
  private last = 0;

  constructor(
    private readonly count: (presses: number) => void,
    private readonly leave: () => void,
    private readonly now: () => number = Date.now,
  ) {}

  key(event: Pick<KeyboardEvent, 'key' | 'repeat' | 'isComposing'>): void {
    if (event.repeat) return;
    if (event.key !== 'Shift' || event.isComposing) {
      this.reset();
      return;
    }
    if (this.now() - this.last > BETWEEN_MS) this.presses = 0;
    this.last = this.now();
    this.presses += 1;
    this.count(this.presses);
    if (this.presses >= 3) {
      this.presses = 0;
      this.leave();
    }
  }

  private reset(): void {
    if (this.presses === 0) return;
    this.presses = 0;
    this.count(0);
  }
}
