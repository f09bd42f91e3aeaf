/** The leader's socket, and the ports of all tabs on it: each hears what it asked for, and what it follows. */

import { addressee, isFrame } from "../addressing.js";
import type { Options } from "../client.js";
import type { Platform, SocketLike } from "../platform.js";
import { clientOf, type End, type ToPort } from "./messages.js";

export interface Endpoint extends Pick<Options, "url" | "token"> {
  platform: Platform;
}

type Words = ToPort extends infer M ? (M extends ToPort ? Omit<M, "hub"> : never) : never;

export interface Ears {
  say(words: Words): void;
  opened(upstream: Upstream): void;
  ended(upstream: Upstream): void;
}

/** As if it alone waited for an answer. */
const ANYBODY = new Map([["", ""]]);

export class Upstream {
  readonly ports = new Set<string>();
  /** Those who were ever on it: who asks for a socket again does not trust this one, or knows that it is old. */
  readonly clients = new Set<string>();
  /** The messages without their first answer, each with its port. */
  #waiting = new Map<string, string>();
  /** Who is to hear of a message or a job. */
  #listeners = new Map<string, Set<string>>();
  #socket: SocketLike | undefined;
  #isOpen = false;
  #ended = false;
  #error: string | undefined;
  #stopTimer = () => {};

  constructor(readonly ears: Ears) {}

  /** Ask for a token, and connect with it. */
  async connect({ platform, url, token }: Endpoint): Promise<void> {
    let failing = "there is no token";
    try {
      const fresh = await (typeof token === "string" ? token : token());
      if (this.#ended) return;
      failing = "no socket can be made";
      const socket = (this.#socket = new platform.WebSocket(url, ["streamer", fresh]));
      socket.onopen = () => this.#opened();
      socket.onmessage = ({ data }) => this.#receive(data);
      socket.onerror = (event) => (this.#error = (event as { message?: string } | undefined)?.message);
      socket.onclose = ({ code, reason }) => this.end({ code, reason, ...(this.#error && { error: this.#error }) });
    } catch (error) {
      const { status = "" } = Object(error) as { status?: unknown };
      this.end({ code: 1006, reason: "", error: `${failing}: ${error} ${status}`.trim(), here: true });
    }
  }

  join(port: string): void {
    this.ports.add(port);
    this.clients.add(clientOf(port));
    if (this.#isOpen) this.ears.say({ kind: "opened", port });
  }

  /** Forget a port; a socket that nobody is on is closed. */
  leave(port: string): void {
    this.ports.delete(port);
    for (const [id, whose] of this.#waiting) if (whose === port) this.#waiting.delete(id);
    for (const listeners of this.#listeners.values()) listeners.delete(port);
    if (!this.ports.size) this.end({ code: 1000, reason: "" });
  }

  /** Tell a port that this is its end here. */
  dismiss(port: string, end: End): void {
    this.ears.say({ kind: "closed", port, ...end });
    this.leave(port);
  }

  /** It will be ended; `keep` takes that back. */
  retire(keep: () => void): void {
    this.#stopTimer();
    this.#stopTimer = keep;
  }

  send(port: string, data: string): void {
    const { id, action, payload } = JSON.parse(data);
    this.#waiting.set(id, port);
    this.#listen(id, port);
    if (action === "resume") this.#listen(payload.request_id, port);
    this.#socket?.send(data);
  }

  end(end: End): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopTimer();
    const socket = this.#socket;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.onerror = () => {};
      socket.close();
    }
    for (const port of this.ports) this.ears.say({ kind: "closed", port, ...end });
    this.ports.clear();
    this.ears.ended(this);
  }

  #opened(): void {
    this.#isOpen = true;
    for (const port of this.ports) this.ears.say({ kind: "opened", port });
    this.ears.opened(this);
  }

  #listen(id: string, port: string): void {
    const listeners = this.#listeners.get(id);
    if (listeners) listeners.add(port);
    else this.#listeners.set(id, new Set([port]));
  }

  #receive(data: unknown): void {
    for (const port of this.#meant(data)) this.ears.say({ kind: "text", port, data });
  }

  #meant(data: unknown): Iterable<string> {
    let message: unknown;
    try {
      message = JSON.parse(String(data));
    } catch {
      return this.ports; // for their taps
    }
    const id = addressee(message, this.#waiting);
    if (id === undefined) {
      // An error that names nobody would be taken by every tab that waits for a single answer.
      return addressee(message, ANYBODY) === undefined ? this.ports : [];
    }
    this.#waiting.delete(id);
    const listeners = this.#listeners.get(id) ?? [];
    // What else may still come is a repetition.
    if (isFrame(message) && (message.type === "response" || message.type === "complete")) this.#listeners.delete(id);
    return listeners;
  }
}
