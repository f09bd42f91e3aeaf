/** A job as its caller sees it: its state, its progress as it comes, and its result. */

import { Attempts } from "./attempts.js";
import { RequestFailed } from "./errors.js";
import type { AcknowledgmentFrame, ProgressFrame, ServerFrame } from "./frames.js";
import { Listeners } from "./listeners.js";

/** The job's state, in an object that is replaced when it changes. It says nothing of the connection. */
export interface JobState<Result = unknown> {
  /** `sent`: nothing was heard of it yet. */
  readonly status: "sent" | "running" | "completed" | "failed" | "cancelled";
  /** The last frame's number: the cursor to `attach` after. -1 before the first. */
  readonly seq: number;
  readonly acknowledgment?: AcknowledgmentFrame;
  /** The newest progress of the attempt that counts. */
  readonly progress?: ProgressFrame;
  /** Of what completed: whether all of it succeeded. */
  readonly success?: boolean;
  readonly result?: Result;
  readonly error?: RequestFailed;
}

export interface JobOwner {
  cancel(requestId: string): Promise<"cancelled" | "finished first">;
  forget(): void;
}

/** What a slow reader has still to see: the first progress of each stage and attempt, and the newest. */
class Backlog {
  #frames: { frame: ProgressFrame; first: boolean }[] = [];

  constructor(other?: Backlog) {
    if (other) this.#frames = [...other.#frames];
  }

  add(frame: ProgressFrame, first: boolean): void {
    if (!first && this.#frames.at(-1)?.first === false) this.#frames.pop();
    this.#frames.push({ frame, first });
  }

  take(): ProgressFrame | undefined {
    return this.#frames.shift()?.frame;
  }
}

export class Job<Result = unknown> implements AsyncIterable<ProgressFrame> {
  /**
   * The job's result, or a quick action's answer. Rejects with RequestFailed, with ConnectionRefused where the
   * endpoint never took the request, with ClientClosed, or with the signal's reason. Nobody has to look at it.
   */
  readonly result: Promise<Result>;
  state: JobState<Result> = { status: "sent", seq: -1 };
  #resolve!: (result: any) => void; // `any`: so that a Job<R> is a Job<unknown>
  #reject!: (reason: unknown) => void;
  #ended = false;
  #attempts = new Attempts();
  #seen = new Backlog();
  #backlogs = new Set<Backlog>();
  #listeners = new Listeners<[frame?: ServerFrame]>();

  constructor(
    readonly id: string,
    readonly owner: JobOwner,
    signal?: AbortSignal,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const stop = () => this.stop(signal?.reason);
    const over = () => signal?.removeEventListener("abort", stop);
    this.result.then(over, over); // a failure that nobody awaits is in `state` too
    if (signal?.aborted) queueMicrotask(stop);
    signal?.addEventListener("abort", stop);
  }

  /** Whether there is nothing more to hear: the job ended, or nobody listens any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Call with each frame, in order and none left out, and once more when nobody listens any more. */
  subscribe = (listener: (frame?: ServerFrame) => void): (() => void) => this.#listeners.add(listener);

  /** End the job with what it has. A message: the job's last frame says how it really ended. */
  cancel(): Promise<"cancelled" | "finished first"> {
    return this.owner.cancel(this.id);
  }

  /** Stop listening. The job goes on, and `attach` finds it again. */
  stop(reason: unknown = new DOMException("nobody listens any more", "AbortError")): void {
    if (this.#ended) return;
    this.owner.forget();
    this.fail(reason);
  }

  /** Progress as it comes, to the job's end; where the reader is slow, the newest. Never rejects. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ProgressFrame, void> {
    const backlog = new Backlog(this.#seen);
    let wake = () => {};
    const leave = this.#watch(backlog, () => wake());
    try {
      while (true) {
        const frame = backlog.take();
        if (frame) yield frame;
        else if (this.#ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      leave();
    }
  }

  /** @internal Take the frames that are due. */
  take(frames: ServerFrame[]): void {
    for (const frame of frames) {
      const change = this.#change(frame);
      const seq = "seq" in frame && frame.seq !== undefined ? frame.seq : this.state.seq;
      this.state = { ...this.state, ...change, seq };
      if (this.state.status === "completed") this.#end(() => this.#resolve(this.state.result));
      else if (this.state.error) this.#end(() => this.#reject(this.state.error));
      this.#listeners.tell(frame);
    }
  }

  /** @internal There will be no more frames here. */
  fail(reason: unknown): void {
    this.#end(() => this.#reject(reason));
    this.#listeners.tell();
  }

  #end(settle: () => void): void {
    this.#ended = true;
    settle();
  }

  #change(frame: ServerFrame): Partial<JobState<Result>> {
    switch (frame.type) {
      case "acknowledgment":
        return { status: "running", acknowledgment: frame };
      case "progress":
        return { status: "running", ...(this.#counts(frame) && { progress: frame }) };
      case "response":
        return { status: "completed", success: true, result: frame.data as Result };
      case "complete":
        return { status: "completed", success: frame.success, result: frame.result as Result };
      case "error":
        return {
          status: frame.error.code === "CANCELLED" ? "cancelled" : "failed",
          error: new RequestFailed(frame),
        };
      default: // of a newer protocol than ours
        return {};
    }
  }

  #counts(frame: ProgressFrame): boolean {
    const which = this.#attempts.take(frame);
    if (which === "superseded") return false;
    for (const backlog of [this.#seen, ...this.#backlogs]) backlog.add(frame, which === "first");
    return true;
  }

  #watch(backlog: Backlog, wake: () => void): () => void {
    this.#backlogs.add(backlog);
    const leave = this.subscribe(wake);
    return () => {
      this.#backlogs.delete(backlog);
      leave();
    };
  }
}
