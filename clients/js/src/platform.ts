/** What the client needs of the world: sockets, time, chance, and word that it woke up. The only I/O there is. */

/** The part of a WebSocket that is used. */
export interface SocketLike {
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export type SocketClass = new (url: string, protocols: string[]) => SocketLike;

export interface Platform {
  readonly WebSocket: SocketClass;
  /** Milliseconds since the epoch; a clock that is set back does not bring it back. */
  now(): number;
  /** Call once, after so many milliseconds or later; returns what takes it back. */
  after(milliseconds: number, call: () => void): () => void;
  /** From 0 to 1. */
  random(): number;
  /** False only where there is no network for certain. */
  online(): boolean;
  /** Whether nobody sees the page; its timers are then late. */
  hidden(): boolean;
  /** Call when there is reason to try at once; returns what takes it back. */
  onWake(call: () => void): () => void;
  /** Whether anything answers at an address, whatever it says. */
  answers(url: string): Promise<boolean>;
}

/** Make a clock that never goes back of one that may be set. */
export function neverBack(wall: () => number): () => number {
  let last = -Infinity;
  let ahead = 0;
  return () => {
    const now = wall() + ahead;
    if (now < last) ahead += last - now;
    return (last = Math.max(now, last));
  };
}

/** A browser's page, a worker, or Node. */
export function platform(WebSocket?: SocketClass): Platform {
  const world = globalThis as typeof globalThis & Partial<Window & { document: Document }>;
  const hidden = () => world.document?.visibilityState === "hidden";
  return {
    WebSocket: WebSocket ?? (world.WebSocket as unknown as SocketClass),
    now: neverBack(Date.now),
    after(milliseconds, call) {
      const timer = setTimeout(call, milliseconds);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    online: () => world.navigator?.onLine !== false,
    hidden,
    onWake(call) {
      const wake = () => {
        if (!hidden()) call();
      };
      const listened: [EventTarget | undefined, string][] = [
        [world, "online"],
        [world, "pageshow"], // also where a page comes out of the back-forward cache
        [world.document, "visibilitychange"],
      ];
      for (const [target, type] of listened) target?.addEventListener?.(type, wake);
      return () => {
        for (const [target, type] of listened) target?.removeEventListener?.(type, wake);
      };
    },
    async answers(url) {
      try {
        await fetch(url.replace(/^ws/, "http"), { mode: "no-cors", cache: "no-store", credentials: "omit" });
        return true;
      } catch {
        return false;
      }
    },
  };
}
