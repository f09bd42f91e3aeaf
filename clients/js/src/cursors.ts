/** Where the client keeps how far it has seen its jobs, so that a page that is loaded anew finds them. */

export interface Cursors {
  /** The jobs that have not ended, each with the number of its last frame. */
  all(): Iterable<readonly [requestId: string, seq: number]>;
  set(requestId: string, seq: number): void;
  delete(requestId: string): void;
}

/**
 * Cursors in `localStorage`, or another Storage, under keys that begin with `prefix`. Where storage is full or
 * forbidden, nothing is kept.
 */
export function storedCursors(prefix = "stepstreamer:", storage: Storage = localStorage): Cursors {
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch {
      return undefined;
    }
  };
  return {
    all: () =>
      attempt(() => Object.keys(storage))
        ?.filter((key) => key.startsWith(prefix))
        .map((key) => [key.slice(prefix.length), Number(storage.getItem(key))] as const)
        .filter(([, seq]) => Number.isInteger(seq)) ?? [],
    set: (requestId, seq) => attempt(() => storage.setItem(prefix + requestId, String(seq))),
    delete: (requestId) => attempt(() => storage.removeItem(prefix + requestId)),
  };
}
