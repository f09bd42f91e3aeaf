/** A platform whose time, chance and network are the test's: sockets open, speak and die when it says so. */

import { neverBack, type Platform, type SocketLike } from "../../src/platform.js";

export type Fields = { [key: string]: any };

export class FakeSocket implements SocketLike {
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  sent: Fields[] = [];
  state: "connecting" | "open" | "closed" = "connecting";
  /** A dead network: nothing arrives any more, and nobody is told. */
  mute = false;

  constructor(
    readonly world: World,
    readonly protocols: string[],
  ) {}

  accept(): void {
    if (this.state === "closed") return;
    this.state = "open";
    this.onopen?.({});
  }

  /** As a browser tells of a refused handshake, or one that reached nobody: not at all. */
  refuse(message?: string): void {
    this.onerror?.(message ? { message } : {});
    this.cut(1006);
  }

  cut(code = 1006): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.onclose?.({ code, reason: "" });
  }

  receive(message: unknown): void {
    if (this.state === "open" && !this.mute) {
      this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
    }
  }

  send(data: string): void {
    if (this.state === "connecting") throw new Error("InvalidStateError");
    if (this.state === "closed" || this.mute) return;
    const message = JSON.parse(data);
    this.sent.push(message);
    this.world.onSend(this, message);
  }

  close(): void {
    this.state = "closed"; // the close event comes late, or never
  }
}

export class World implements Platform {
  wall = 1_700_000_000_000;
  now = neverBack(() => this.wall);
  chance = 1;
  isOnline = true;
  isHidden = false;
  reachable = false;
  sockets: FakeSocket[] = [];
  onConnect: (socket: FakeSocket) => void = () => {};
  onSend: (socket: FakeSocket, message: Fields) => void = () => {};
  WebSocket: Platform["WebSocket"];
  #timers = new Set<{ at: number; call: () => void }>();
  #wakers = new Set<() => void>();

  constructor() {
    const world = this;
    this.WebSocket = class extends FakeSocket {
      constructor(_: string, protocols: string[]) {
        super(world, protocols);
        world.sockets.push(this);
        world.onConnect(this);
      }
    };
    // As a browser's: it takes no options.
    Object.defineProperty(this.WebSocket.prototype, "send", { value: FakeSocket.prototype.send, configurable: true });
  }

  after(milliseconds: number, call: () => void): () => void {
    const timer = { at: this.wall + milliseconds, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  random = (): number => this.chance;
  online = (): boolean => this.isOnline;
  hidden = (): boolean => this.isHidden;
  answers = async (): Promise<boolean> => this.reachable;

  onWake(call: () => void): () => void {
    this.#wakers.add(call);
    return () => this.#wakers.delete(call);
  }

  get timers(): number {
    return this.#timers.size;
  }

  get open(): FakeSocket[] {
    return this.sockets.filter((socket) => socket.state === "open");
  }

  get last(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  /** A browser's event: online, visibilitychange, pageshow. */
  async wake(): Promise<void> {
    for (const call of this.#wakers) call();
    await settle();
  }

  /** Let time pass, with its timers in time. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.wall + milliseconds;
    await settle();
    for (let next; (next = this.#next()) && next.at <= end; ) {
      this.wall = Math.max(this.wall, next.at);
      await this.#fire(next);
    }
    this.wall = end;
  }

  /** Let time pass in which nothing runs, as of a machine that sleeps; then what is overdue. */
  async sleep(milliseconds: number): Promise<void> {
    await settle();
    this.wall += milliseconds;
    for (let next; (next = this.#next()) && next.at <= this.wall; ) await this.#fire(next);
  }

  #next(): { at: number; call: () => void } | undefined {
    return [...this.#timers].sort((a, b) => a.at - b.at)[0];
  }

  async #fire(timer: { at: number; call: () => void }): Promise<void> {
    this.#timers.delete(timer);
    timer.call();
    await settle();
  }
}

/** Let everything that is under way and waits for no time come to its end. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
