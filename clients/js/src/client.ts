/** The client: many jobs over one connection after another, each followed to its end. */

import type { Cursors } from "./cursors.js";
import { ClientClosed, RequestFailed, RequestTooLarge } from "./errors.js";
import { newId } from "./ids.js";
import { Inbox } from "./inbox.js";
import { Job } from "./job.js";
import type { ConnectionState, Settings } from "./line.js";
import { Listeners } from "./listeners.js";
import { platform as realPlatform, type Platform, type SocketClass } from "./platform.js";
import { Session, type Followed, type Tap } from "./session.js";
import { FRAME_BYTES, MESSAGE_BYTES, sendsFragments } from "./wire.js";

/** What an application's actions take and answer; `streamer types` makes an interface of this shape. */
export type AnyActions = { [action: string]: { payload?: unknown; result: unknown } };

type Payload<Action> = Action extends { payload?: infer P } ? P : unknown;
type Result<Action> = Action extends { result: infer R } ? R : unknown;
type Given<Action> = {} extends Pick<Action, Extract<keyof Action, "payload">>
  ? [payload?: Payload<Action>, options?: RunOptions]
  : [payload: Payload<Action>, options?: RunOptions];

export interface RunOptions {
  /** The request's id: the same id and payload again is the same job. Made for you otherwise. */
  id?: string;
  /** An object that reaches the steps as it is. */
  metadata?: { [key: string]: unknown };
  /** Stops listening; the job goes on. */
  signal?: AbortSignal;
}

export interface AttachOptions {
  /** The number of the last frame that was seen; those after it come. -1, the default, for all. */
  after?: number;
  signal?: AbortSignal;
}

/** A job, as `jobs` lists it. Times are in seconds since the epoch. */
export interface JobSummary {
  request_id: string;
  action: string;
  status: "RUNNING" | "COMPLETED" | "FAILED" | "CANCELLED";
  started_at: number;
  ended_at: number | null;
}

export interface Options extends Partial<Settings> {
  /** `wss://…/{stage}`, or `ws://` for the local runner. */
  url: string;
  /** The JWT, or what returns a fresh one; asked before each connection. */
  token: Settings["token"];
  /** Where to keep how far jobs were seen; see `recover`. */
  cursors?: Cursors;
  /** Gets every message in either direction, those included that this version does not understand. */
  tap?: Tap;
  /** Another WebSocket than the platform's. That of the package `ws` sends messages over 32 KB. */
  WebSocket?: SocketClass;
  /** How long a job's later frames wait for a missing one before it is asked for, in milliseconds. */
  patience?: number;
  platform?: Platform;
}

// Times in milliseconds; docs/clients.md says why.
const SETTINGS = {
  firstWait: 1000,
  longestWait: 30_000,
  stable: 10_000,
  life: 110 * 60_000,
  handshake: 30_000,
  silence: 30_000,
  probe: 5_000,
  patience: 2_000,
};

export class Streamer<Actions extends object = AnyActions> {
  #session: Session;
  #settings;
  #open = new Map<string, { job: Job; followed: Followed }>();
  #listeners = new Listeners<[]>();
  #cursors: Cursors | undefined;

  constructor(options: Options) {
    const platform = options.platform ?? realPlatform(options.WebSocket);
    if (!platform.WebSocket) throw new TypeError("there is no WebSocket here: give one, as that of the package ws");
    this.#settings = { ...SETTINGS, ...options };
    this.#cursors = options.cursors;
    const taps = new Listeners<Parameters<Tap>>();
    if (options.tap) taps.add(options.tap);
    const tap: Tap | undefined = options.tap && ((...message) => taps.tell(...message));
    this.#session = new Session(this.#settings, platform, tap, () => this.#listeners.tell());
  }

  /** The connection's state; it says nothing of any job's. */
  get connection(): ConnectionState {
    return this.#session.line.state;
  }

  /** Call when `connection` has changed; returns what takes it back. */
  subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener);

  /**
   * Run an action. With the id of a job that is open here already, and the same payload, it is that job.
   *
   * Throws RequestTooLarge before anything is sent, and ClientClosed.
   */
  run<A extends keyof Actions & string>(action: A, ...[payload, options]: Given<Actions[A]>): Job<Result<Actions[A]>> {
    const { id = newId(), metadata, signal } = options ?? {};
    const text = JSON.stringify({ action, id, payload, metadata });
    const most = sendsFragments(this.#session.platform) ? MESSAGE_BYTES : FRAME_BYTES;
    const size = text.length * 3 > most ? new TextEncoder().encode(text).length : 0;
    if (size > MESSAGE_BYTES) throw new RequestTooLarge(size, MESSAGE_BYTES, "no endpoint takes more");
    if (size > most) throw new RequestTooLarge(size, most, "this platform sends no message in several frames");
    return this.#follow(id, text, undefined, signal);
  }

  /** Run an action and return its result. */
  request<A extends keyof Actions & string>(action: A, ...given: Given<Actions[A]>): Promise<Result<Actions[A]>> {
    return this.run(action, ...given).result;
  }

  /**
   * Follow a job by its id alone: another device's, or one of before a reload, also after its end. Of a job that
   * is open here already it is that job, and the options count for nothing.
   */
  attach<R = unknown>(id: string, { after = -1, signal }: AttachOptions = {}): Job<R> {
    return this.#follow(id, "", after, signal);
  }

  /** The job of this id that is open here: not ended, and listened to. */
  job(id: string): Job | undefined {
    return this.#open.get(id)?.job;
  }

  /** Follow again every job that had not ended when the page was left, from the frame that it showed last. */
  recover(): Job[] {
    return [...(this.#cursors?.all() ?? [])].map(([id, seq]) => this.attach(id, { after: seq - 1 }));
  }

  /** End a job with what it has; "finished first" where it had come to another end before. */
  async cancel(id: string): Promise<"cancelled" | "finished first"> {
    try {
      await this.#ask("cancel", { request_id: id });
    } catch (error) {
      if (!(error instanceof RequestFailed && error.code === "CONFLICT")) throw error;
      // A cancellation whose answer was lost is sent again, and finds the job cancelled.
      const { status } = await this.status(id);
      return status === "CANCELLED" ? "cancelled" : "finished first";
    }
    return "cancelled";
  }

  /** What is known of a job. */
  status(id: string): Promise<JobSummary & { percentage: number; stage: string | null; seq: number }> {
    return this.#ask("status", { request_id: id });
  }

  /** The tenant's jobs, newest first. */
  async *jobs(): AsyncGenerator<JobSummary, void> {
    let cursor: string | null = null;
    do {
      const page: { jobs: JobSummary[]; cursor: string | null } = await this.#ask("list", { limit: 100, cursor });
      yield* page.jobs;
      ({ cursor } = page);
    } while (cursor !== null);
  }

  /** Try to connect at once, also where the endpoint refused us: after signing in again, say. */
  reconnect(): void {
    this.#session.line.reconnect();
  }

  /** Close the connection. Jobs go on; what is open here rejects with ClientClosed. */
  close(): void {
    this.#session.close();
  }

  #ask<R>(action: string, payload: unknown): Promise<R> {
    return (this as unknown as Streamer).request(action, payload) as Promise<R>;
  }

  #follow<R>(id: string, text: string, after: number | undefined, signal: AbortSignal | undefined): Job<R> {
    if (this.connection.status === "closed") throw new ClientClosed("the client is closed");
    const open = this.#open.get(id);
    if (open) {
      if (text && open.followed.text && text !== open.followed.text) {
        throw new TypeError(`the request ${id} is open with another payload`);
      }
      return open.job as Job<R>;
    }
    const { patience, silence } = this.#settings;
    const owner = { cancel: (each: string) => this.cancel(each), forget: () => this.#session.forget(followed) };
    const job = new Job<R>(id, owner, signal);
    const followed: Followed = {
      text,
      inbox: new Inbox(id, patience, silence, after),
      due: (frames) => {
        job.take(frames);
        this.#remember(job);
      },
      fail: (error) => job.fail(error),
    };
    this.#open.set(id, { job, followed });
    const forget = () => this.#open.delete(id);
    job.result.then(forget, forget);
    this.#session.follow(followed);
    return job;
  }

  #remember({ id, ended, state }: Job): void {
    if (ended) this.#cursors?.delete(id);
    else if (state.seq >= 0) this.#cursors?.set(id, state.seq);
  }
}
