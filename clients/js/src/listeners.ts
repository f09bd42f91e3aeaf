/** Those who want to know. One that throws disturbs nobody else: its error goes where uncaught ones go. */

export class Listeners<Args extends unknown[]> {
  #all = new Set<(...args: Args) => void>();

  /** Add one; returns what takes it back. */
  add(listener: (...args: Args) => void): () => void {
    const own = (...args: Args) => listener(...args); // the same one twice is two
    this.#all.add(own);
    return () => void this.#all.delete(own);
  }

  tell(...args: Args): void {
    for (const listener of [...this.#all]) {
      try {
        listener(...args);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
