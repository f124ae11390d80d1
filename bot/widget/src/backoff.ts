/** Waiting between attempts: doubles from the first to the last wait, and is drawn evenly below that (full jitter). */
export class Backoff {
  private attempts = 0;

  constructor(
    private readonly firstMs: number,
    private readonly lastMs: number,
    private readonly random: () => number = Math.random,
  ) {}

  /** Milliseconds until the next attempt; never less than a quarter of the first wait. */
  next(): number {
    const ceiling = Math.min(this.lastMs, this.firstMs * Math.pow(2, Math.min(this.attempts, 20)));
    this.attempts += 1;
    return Math.max(this.firstMs / 4, this.random() * ceiling);
  }

  reset(): void {
    this.attempts = 0;
  }
}
