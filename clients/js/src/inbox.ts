/**
 * One request from its first sending to its last frame, whatever the network does to it.
 *
 * No I/O, no clock: frames and times (milliseconds) go in; the frames that are due, and what to ask the server,
 * come out. API Gateway's pushes are unordered and may be lost or doubled, and connections end: a job's frames
 * are numbered, and the server replays those after a number (`resume`).
 */

import type { CompleteFrame, ErrorBody, ErrorFrame, PartialResult, ServerFrame } from "./frames.js";

const PASSING = new Set<string>(["INTERNAL_ERROR", "RATE_LIMITED"]);

/** Whether a frame is the last of its request. */
export const isLast = (frame: ServerFrame): boolean =>
  frame.type === "response" || frame.type === "complete" || frame.type === "error";

/** What the server still knows of a job whose frames have expired. */
interface Snapshot {
  status: string;
  seq: number;
  ended_at: number;
  success?: boolean;
  result?: unknown;
  error?: ErrorBody;
  partial?: PartialResult;
}

type Resumed =
  | { recovered: true; frames: ServerFrame[]; more: boolean }
  | { recovered: false; snapshot: Snapshot };

export class Inbox {
  /** When `ask` is due: at once to begin with, after `patience` where a gap was seen, else after `silence`. */
  deadline = -Infinity;
  done = false;
  /** Whether anything was ever heard of the request. */
  heard = false;
  isJob: boolean;
  #nextSeq: number;
  #known: number;
  #timesSent = 0;
  #held = new Map<number, ServerFrame>();

  /**
   * `attachedAfter`: the job is another's request, and its frames up to this number were seen already. That one
   * is asked for once more, and shown if it was the last: so an ended job ends whatever the cursor is.
   */
  constructor(
    readonly requestId: string,
    readonly patience: number,
    readonly silence: number,
    readonly attachedAfter?: number,
  ) {
    this.isJob = attachedAfter !== undefined;
    this.#known = attachedAfter ?? -1;
    this.#nextSeq = Math.max(this.#known, 0);
  }

  /** The number after which to `resume` the job; undefined: send the request itself, or again. */
  ask(now: number): number | undefined {
    this.deadline = now + this.silence;
    if (this.isJob) return this.#nextSeq - 1;
    this.#timesSent += 1;
    return undefined;
  }

  /** Make `ask` due, as on a new connection. */
  askAtOnce(): void {
    this.deadline = -Infinity;
  }

  /** Take a frame; return those that are due, in order. Duplicates and what follows the last vanish. */
  receive(frame: ServerFrame, now: number): ServerFrame[] {
    if (this.done) return [];
    this.heard = true;
    const seq = (frame as { seq?: unknown }).seq;
    if (typeof seq !== "number") {
      // A job ends with a numbered frame; this one is about one of its request's repetitions.
      if (this.isJob) return [];
      this.done = isLast(frame);
      return [frame];
    }
    // Frames of before this connection followed the job may be missing without a gap to tell.
    const uncertain = this.#timesSent > 1 && !this.isJob;
    this.isJob = true;
    if (seq >= this.#nextSeq && !this.#held.has(seq)) this.#held.set(seq, frame);
    const due = this.#due();
    this.#schedule(now, due.length > 0);
    if (uncertain) this.askAtOnce();
    return due;
  }

  /** Take the answer to a `resume`; return the frames that are due, in order. */
  resumed(answer: ServerFrame, now: number): ServerFrame[] {
    if (answer.type === "error") return this.#refused(answer, now);
    if (this.done || answer.type !== "response") return [];
    const data = answer.data as Resumed;
    if (!data.recovered) return this.#restore(data.snapshot, now);
    const before = this.#nextSeq;
    if (!data.frames.length && !data.more && before === this.#known) {
      this.#known = -1; // it is the number of no frame: all of them are news
      this.#nextSeq = 0;
      this.askAtOnce();
      return [];
    }
    const due = data.frames.flatMap((frame) => this.receive(frame, now));
    this.#schedule(now, true);
    if (data.more) this.deadline = this.#nextSeq === before ? now + this.patience : -Infinity;
    return due;
  }

  #refused(answer: ErrorFrame, now: number): ServerFrame[] {
    const code = answer.error.code;
    if (PASSING.has(code)) {
      this.deadline = now + this.patience;
    } else if (code === "NOT_FOUND" && this.#nextSeq === 0 && this.attachedAfter === undefined) {
      this.isJob = false;
      this.askAtOnce();
    } else {
      this.done = true;
      return [{ ...answer, request_id: this.requestId }];
    }
    return [];
  }

  /** Go on from a snapshot: the frames before it are gone for good. */
  #restore(snapshot: Snapshot, now: number): ServerFrame[] {
    const ended = snapshot.status !== "RUNNING";
    let first = Math.max(this.#nextSeq, snapshot.seq + (ended ? 0 : 1));
    if (this.#held.size && !ended && first === this.#nextSeq) {
      first = Math.min(...this.#held.keys()); // the snapshot is no news, and what is missing will not come
    }
    const due: ServerFrame[] = [];
    for (const seq of [...this.#held.keys()].sort((a, b) => a - b)) {
      if (seq >= first) continue;
      due.push(this.#held.get(seq)!);
      this.#held.delete(seq);
    }
    this.#nextSeq = first;
    if (ended) this.#held.set(first, end(this.requestId, first, snapshot));
    due.push(...this.#due());
    this.#schedule(now, true);
    return due;
  }

  #due(): ServerFrame[] {
    const due: ServerFrame[] = [];
    for (let frame; !this.done && (frame = this.#held.get(this.#nextSeq)); this.#nextSeq += 1) {
      this.#held.delete(this.#nextSeq);
      this.done = isLast(frame);
      if (this.done || this.#nextSeq !== this.#known) due.push(frame);
    }
    return due;
  }

  #schedule(now: number, advanced: boolean): void {
    if (advanced || !this.#held.size) this.deadline = now + this.silence;
    if (this.#held.size) this.deadline = Math.min(this.deadline, now + this.patience);
  }
}

/** The last frame of a job of which only the snapshot is left. */
function end(requestId: string, seq: number, snapshot: Snapshot): CompleteFrame | ErrorFrame {
  const common = { request_id: requestId, timestamp: snapshot.ended_at, seq };
  return snapshot.status === "COMPLETED"
    ? { type: "complete", ...common, success: snapshot.success ?? true, result: snapshot.result ?? null }
    : {
        type: "error",
        ...common,
        error: snapshot.error!,
        ...(snapshot.partial && { partial: snapshot.partial }),
      };
}
