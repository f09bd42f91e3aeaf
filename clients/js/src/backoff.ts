/** How long to wait before connecting again: exponential, with full jitter. Pure. */

export class Backoff {
  #tries = 0;

  /** Milliseconds: the first span, and the longest. */
  constructor(
    readonly first: number,
    readonly most: number,
  ) {}

  /** A random part, `chance` (0-1), of a span that doubles with each call. */
  next(chance: number): number {
    const span = Math.min(this.first * 2 ** this.#tries, this.most);
    this.#tries += 1;
    return span * chance;
  }

  /** Begin anew. */
  reset(): void {
    this.#tries = 0;
  }
}
