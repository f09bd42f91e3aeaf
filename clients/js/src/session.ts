/** The open requests of one client, each followed to its last frame across connections. */

import { addressee, gatewayError, isFrame } from "./addressing.js";
import { ClientClosed, ConnectionRefused, type StreamerError } from "./errors.js";
import type { ServerFrame } from "./frames.js";
import { newId } from "./ids.js";
import type { Inbox } from "./inbox.js";
import { Line, type Settings } from "./line.js";
import type { Platform } from "./platform.js";
import type { Wire } from "./wire.js";

/** An open request; an attached job has no text, for its inbox never asks for it to be sent. */
export interface Followed {
  readonly text: string;
  readonly inbox: Inbox;
  due(frames: ServerFrame[]): void;
  fail(error: StreamerError): void;
}

/** Every message as it crosses the socket, those included that we do not understand. */
export type Tap = (direction: "in" | "out", message: unknown) => void;

/** Timers are not trusted for longer: one that comes late by `LATE` milliseconds tells that we slept. */
const LONGEST_TIMER = 15_000;
const LATE = 5_000;

export class Session {
  readonly line: Line;
  #open = new Map<string, Followed>();
  #stopTimer: () => void = () => {};
  #stopWaking: () => void;
  #turning = false;

  constructor(
    settings: Settings,
    readonly platform: Platform,
    readonly tap: Tap | undefined,
    changed: () => void,
  ) {
    this.line = new Line(settings, platform, {
      message: (wire, data) => this.#receive(wire, data),
      connected: (moved) => this.#connected(moved),
      refused: (reason, status) => this.#refused(new ConnectionRefused(reason, status)),
      unanswered: (requestIds) => this.#askAgain(requestIds),
      doubted: () => this.#probe(),
      changed: () => (this.#soon(), changed()),
    });
    this.#stopWaking = platform.onWake(() => this.line.wake());
  }

  /** Open a request. */
  follow(followed: Followed): void {
    this.#open.set(followed.inbox.requestId, followed);
    if (this.line.state.status === "refused") this.line.reconnect();
    this.#soon();
  }

  /** Follow a request no longer. */
  forget(followed: Followed): void {
    const { requestId } = followed.inbox;
    if (this.#open.get(requestId) !== followed) return;
    this.#open.delete(requestId);
    for (const wire of this.line.wires) wire.forget(requestId);
    this.#soon();
  }

  close(): void {
    this.#stopTimer();
    this.#stopWaking();
    const open = [...this.#open.values()];
    this.#open.clear();
    this.line.close();
    for (const each of open) each.fail(new ClientClosed("the client was closed with the request open"));
  }

  /** Take a turn once what is under way is done. */
  #soon(): void {
    if (this.#turning) return;
    this.#turning = true;
    queueMicrotask(() => {
      this.#turning = false;
      this.#turn();
    });
  }

  #turn(): void {
    const { line } = this;
    this.#stopTimer();
    if (line.state.status === "closed") return;
    line.tend(this.#open.size > 0);
    if (line.current) this.#ask(line.current);
    const deadlines = line.current ? [...this.#open.values()].map((each) => each.inbox.deadline) : [];
    const now = this.platform.now();
    const next = Math.min(line.nextAt, ...deadlines, this.#open.size ? now + LONGEST_TIMER : Infinity);
    if (next === Infinity) return;
    this.#stopTimer = this.platform.after(Math.max(next - now, 0), () => {
      if (this.platform.now() - next > LATE && !this.platform.hidden()) line.wake();
      this.#turn();
    });
  }

  #ask(wire: Wire): void {
    const now = this.platform.now();
    for (const { inbox, text } of [...this.#open.values()]) {
      if (inbox.deadline > now) continue;
      wire.forget(inbox.requestId);
      const seq = inbox.ask(now);
      if (seq === undefined) {
        this.#send(wire, inbox.requestId, inbox.requestId, text);
      } else {
        const payload = { request_id: inbox.requestId, seq };
        const id = `resume-${newId()}`; // other tabs may ask on this socket, too
        this.#send(wire, id, inbox.requestId, JSON.stringify({ action: "resume", id, payload }));
      }
    }
  }

  #send(wire: Wire, messageId: string, requestId: string, text: string): void {
    this.tap?.("out", JSON.parse(text));
    wire.send(messageId, requestId, text);
  }

  #receive(wire: Wire, data: unknown): void {
    let message: unknown = data;
    try {
      message = JSON.parse(String(data));
    } catch {
      // it is no JSON: the tap shall see it all the same
    }
    this.tap?.("in", message);
    const messageId = addressee(message, wire.waiting);
    if (messageId === undefined) return;
    const requestId = wire.waiting.get(messageId) ?? messageId;
    const answers = wire.waiting.delete(messageId);
    const followed = this.#open.get(requestId);
    if (!followed) return this.#soon();
    const { inbox } = followed;
    const now = this.platform.now();
    const frame = isFrame(message) ? message : gatewayError(message, messageId, now);
    const due = messageId === inbox.requestId ? inbox.receive(frame, now) : inbox.resumed(frame, now);
    if (inbox.done) this.forget(followed);
    // Otherwise the old connection would be the one that follows the job.
    else if (answers && wire !== this.line.current) inbox.askAtOnce();
    if (due.length) followed.due(due);
    this.#soon();
  }

  #connected(moved: boolean): void {
    // After a move, what is no job yet is still to be answered on the old connection.
    for (const { inbox } of this.#open.values()) if (!moved || inbox.isJob) inbox.askAtOnce();
    this.#soon();
  }

  /** What was never accepted fails; a job goes on, and is followed again once there is a token. */
  #refused(error: ConnectionRefused): void {
    for (const each of [...this.#open.values()]) {
      if (each.inbox.heard) continue;
      this.forget(each);
      each.fail(error);
    }
  }

  #askAgain(requestIds: Iterable<string>): void {
    for (const requestId of requestIds) this.#open.get(requestId)?.inbox.askAtOnce();
    this.#soon();
  }

  #probe(): void {
    [...this.#open.values()].find(({ inbox }) => inbox.isJob)?.inbox.askAtOnce();
    this.#soon();
  }
}
