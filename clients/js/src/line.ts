/**
 * Keeps a client connected: connects again after a loss, and moves to a successor before the end of life.
 *
 * A machine without I/O of its own: the platform brings sockets and time, `tend` is called when something may be
 * due, `nextAt` says when that is.
 */

import { Backoff } from "./backoff.js";
import type { Platform } from "./platform.js";
import { Wire } from "./wire.js";

/** The connection's state. Times are milliseconds since the epoch. It says nothing of any job's. */
export type ConnectionState =
  | { readonly status: "idle" | "connecting" | "open" | "closed" }
  | { readonly status: "waiting" | "offline"; readonly retryAt: number; readonly reason: string }
  | { readonly status: "refused"; readonly retryAt?: number; readonly reason: string };

/** Times are in milliseconds. */
export interface Settings {
  url: string;
  token: string | (() => string | Promise<string>);
  /** The backoff's first span, and its longest. */
  firstWait: number;
  longestWait: number;
  /** How long a connection must have been open for the backoff to begin anew. */
  stable: number;
  /** The age at which a connection is replaced; API Gateway ends it at two hours. */
  life: number;
  /** How long a handshake, or a token, may take. */
  handshake: number;
  /** How long an answer may take before the socket counts as dead; after waking up, `probe`. */
  silence: number;
  probe: number;
}

export interface Hooks {
  message(wire: Wire, data: unknown): void;
  /** There is a connection, another one than before; `moved` to it while the old one is still there. */
  connected(moved: boolean): void;
  /** The endpoint wants none of our tokens. */
  refused(reason: string, status: number): void;
  /** These requests wait for answers that will not come on the connection where they were asked for. */
  unanswered(requestIds: Iterable<string>): void;
  /** We woke up, and do not know whether the connection is still there. */
  doubted(): void;
  changed(): void;
}

/** Attempts that somebody else calls for are not closer than this. */
const WAKE_GAP = 1000;
const HEARD_LATELY = 10_000;

export class Line {
  state: ConnectionState = { status: "idle" };
  current: Wire | undefined;
  #retired = new Set<Wire>();
  #opening: Wire | undefined;
  #backoff: Backoff;
  #attempt = 0; // the number of the one that counts
  #attemptedAt = -Infinity;
  #connectBy = Infinity;
  #denials = 0;
  #wanted = false;

  constructor(
    readonly settings: Settings,
    readonly platform: Platform,
    readonly hooks: Hooks,
  ) {
    this.#backoff = new Backoff(settings.firstWait, settings.longestWait);
  }

  /** All connections. */
  get wires(): Wire[] {
    return [...this.#retired, ...(this.current ? [this.current] : [])];
  }

  /** When there is something to tend to. */
  get nextAt(): number {
    const { state, current } = this;
    return Math.min(
      this.#connectBy,
      "retryAt" in state && state.retryAt ? state.retryAt : Infinity,
      current && this.#wanted && !this.#connecting ? current.retireAt : Infinity,
      ...this.wires.map((wire) => wire.deadAt),
      ...[...this.#retired].map((wire) => wire.retireAt),
    );
  }

  /** Do what is due. Where no connection is `wanted`, none is made: a quiet client costs nothing. */
  tend(wanted: boolean): void {
    const now = this.platform.now();
    this.#wanted = wanted;
    if (now >= this.#connectBy) this.#giveUp();
    for (const wire of this.wires) if (now >= wire.deadAt) wire.drop("nothing was heard for too long");
    this.#release(now);
    const { state } = this;
    if (!wanted) {
      if (!this.current && !this.#connecting && "retryAt" in state) this.#set({ status: "idle" });
    } else if (state.status === "idle" || ("retryAt" in state && now >= state.retryAt!)) {
      void this.#connect();
    } else if (this.current && now >= this.current.retireAt && !this.#connecting) {
      void this.#connect(); // its successor
    }
  }

  /** Try at once: something has happened that may have mended, or ended, the connection. */
  wake(): void {
    const now = this.platform.now();
    if (this.current) {
      if (!this.#wanted || now - this.current.heardAt < HEARD_LATELY) return;
      this.current.doubt(this.settings.probe);
      this.hooks.doubted();
    } else if ("reason" in this.state && this.#wanted) {
      const { retryAt = Infinity } = this.state;
      this.#set({ ...this.state, retryAt: Math.min(retryAt, Math.max(now, this.#attemptedAt + WAKE_GAP)) });
    }
  }

  /** Try at once, also where the endpoint refused us for good: there is a new token to be had. */
  reconnect(): void {
    this.#denials = 0;
    if (!this.current && !this.#connecting && this.state.status !== "closed") void this.#connect();
  }

  close(): void {
    this.#attempt += 1;
    this.#connectBy = Infinity;
    this.#set({ status: "closed" });
    for (const wire of [...this.wires, ...(this.#opening ? [this.#opening] : [])]) wire.drop("closed");
  }

  get #connecting(): boolean {
    return this.#connectBy < Infinity;
  }

  #set(state: ConnectionState): void {
    if (this.state.status === "closed") return;
    this.state = state;
    this.hooks.changed();
  }

  async #connect(): Promise<void> {
    const { platform, settings } = this;
    const attempt = (this.#attempt += 1);
    this.#attemptedAt = platform.now();
    this.#connectBy = this.#attemptedAt + settings.handshake;
    if (!this.current) this.#set({ status: "connecting" });
    const counts = () => attempt === this.#attempt;
    let failing = "there is no token";
    try {
      const { token } = settings;
      const fresh = await (typeof token === "string" ? token : token());
      if (!counts()) return;
      failing = "no socket can be made";
      this.#opening = new Wire(platform, settings.url, fresh, settings.silence, {
        open: (wire) => this.#opened(wire),
        message: (wire, data) => this.hooks.message(wire, data),
        end: (wire, reason, status) => this.#ended(wire, reason, status),
      });
    } catch (error) {
      const { status } = Object(error) as { status?: unknown };
      if (counts()) this.#failed(`${failing}: ${error}`, typeof status === "number" ? status : 0);
    }
  }

  #giveUp(): void {
    const opening = this.#opening;
    if (opening) return opening.drop("no answer in time");
    this.#attempt += 1; // the token, if it still comes, comes too late
    this.#failed("no token in time", 0);
  }

  #opened(wire: Wire): void {
    const { current, settings } = this;
    this.#opening = undefined;
    this.#connectBy = Infinity;
    this.#denials = 0;
    wire.retireAt = wire.openedAt + settings.life;
    this.current = wire;
    if (current) {
      current.retireAt = wire.openedAt + settings.silence; // until then it may bring what was asked there
      this.#retired.add(current);
    }
    this.#set({ status: "open" });
    this.hooks.connected(current !== undefined);
  }

  #ended(wire: Wire, reason: string, status?: number): void {
    if (wire === this.#opening) {
      this.#opening = undefined;
      return this.#failed(reason, status);
    }
    this.#retired.delete(wire);
    const unanswered = new Set(wire.waiting.values());
    if (wire === this.current) {
      this.current = undefined;
      if (this.platform.now() - wire.openedAt >= this.settings.stable) this.#backoff.reset();
      // A successor that is under way is now the connection that is waited for.
      if (this.#connecting) this.#set({ status: "connecting" });
      else this.#wait(`the connection closed (${reason})`);
    }
    this.hooks.unanswered(unanswered);
  }

  /** `status`: of the refusal; 0 where there was none, undefined where the platform does not tell. */
  #failed(reason: string, status?: number): void {
    const attempt = this.#attempt;
    this.#connectBy = Infinity;
    if (this.current) {
      this.current.retireAt = this.platform.now() + this.settings.longestWait; // it goes on meanwhile
    } else if (status === 401 || status === 403) {
      this.#denied(reason, status);
    } else if (status !== undefined || this.state.status === "closed") {
      this.#denials = 0;
      this.#wait(reason);
    } else {
      // Browsers do not say why a handshake failed. Where the endpoint answers otherwise, it refuses us.
      this.#connectBy = this.platform.now() + this.settings.handshake;
      void this.platform.answers(this.settings.url).then((answers) => {
        if (attempt !== this.#attempt || this.current) return;
        this.#connectBy = Infinity;
        if (answers) this.#denied(reason);
        else this.#failed(reason, 0);
      });
    }
  }

  /** One fresh try; then `refused`: for good where we know it, otherwise with the backoff's waits. */
  #denied(reason: string, status?: number): void {
    this.#denials += 1;
    if (status !== undefined && this.#denials === 1) return void this.#connect();
    if (this.#denials === 1) return this.#wait(reason);
    if (status === undefined) return this.#set({ status: "refused", retryAt: this.#retryAt(), reason });
    this.#set({ status: "refused", reason });
    this.hooks.refused(reason, status);
  }

  #wait(reason: string): void {
    if (!this.#wanted) return this.#set({ status: "idle" });
    const status = this.platform.online() ? "waiting" : "offline";
    this.#set({ status, retryAt: this.#retryAt(), reason });
  }

  #retryAt(): number {
    return this.platform.now() + this.#backoff.next(this.platform.random());
  }

  /** Close what has been replaced and is not needed any more. */
  #release(now: number): void {
    for (const old of this.#retired) {
      if (now >= old.retireAt || !(this.current?.waiting.size || old.waiting.size)) old.drop("replaced");
    }
  }
}
