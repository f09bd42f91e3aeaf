/**
 * A tab among those that share a socket: it waits to be the leader, and carries its sockets' words to whoever is.
 *
 * The leader holds a Web Lock. The browser passes it on when the leader's tab closes or crashes; from one that is
 * frozen, and so answers no call, it is stolen.
 */

import { newId } from "../ids.js";
import { Hub } from "./hub.js";
import { newPort, type End, type Message, type ToHub, type ToPort } from "./messages.js";
import type { TabSocket } from "./socket.js";
import type { Endpoint } from "./upstream.js";

/** The part of the browser's `navigator.locks` that is used. */
export interface Locks {
  request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    held: () => Promise<void> | undefined,
  ): Promise<unknown>;
}

/** The part of a BroadcastChannel that is used. */
export interface Channel {
  onmessage: ((event: { data: any }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** How long a leader may take to say that it heard a call, in milliseconds. Its timers may be late; this needs none. */
const HEARS = 3000;

export class Tab {
  /** Whether the last socket failed before the endpoint was asked. */
  failedHere = false;
  #client = newId();
  #sockets = new Map<string, TabSocket>();
  #hub: Hub | undefined;
  /** Ends our time as leader, or our wait for it. */
  #standing: AbortController | undefined;
  #channel: Channel | undefined;

  constructor(
    readonly name: string,
    readonly endpoint: Endpoint,
    readonly locks: Locks,
    channel: Channel,
  ) {
    this.#channel = channel;
    channel.onmessage = ({ data }) => this.#take(data);
  }

  /** Take a socket in; returns its port. */
  open(socket: TabSocket): string {
    const port = newPort(this.#client);
    this.#sockets.set(port, socket);
    if (!this.#standing) this.#stand();
    this.#call(socket, port);
    return port;
  }

  forget(port: string, end: End): void {
    this.#sockets.delete(port);
    this.failedHere = end.here === true;
  }

  /** Stand back, as where the page is put away: it may come again. */
  pause(): void {
    for (const [port, socket] of [...this.#sockets]) {
      this.post({ kind: "close", port });
      socket.end({ code: 1001, reason: "the page was put away" });
    }
    this.#standBack();
  }

  /** Stand back for good. */
  leave(): void {
    this.pause();
    this.#silence();
  }

  post(message: ToHub | ToPort): void {
    const { kind, port } = message;
    let ours = this.#sockets.has(port);
    if (kind === "call" || kind === "close") ours = this.#hub !== undefined;
    else if (kind === "send") ours = this.#hub?.id === message.hub;
    if (ours) queueMicrotask(() => this.#take(message));
    else this.#channel?.postMessage(message);
  }

  #take(message: Message): void {
    switch (message.kind) {
      case "call":
      case "send":
      case "close":
        return this.#hub?.take(message);
      case "leads":
        // Where we lead ourselves, this was said before we did: the lock has one holder.
        return this.#hub ? undefined : this.#led(message.hub);
      default:
        this.#sockets.get(message.port)?.take(message);
    }
  }

  #call(socket: TabSocket, port: string): void {
    this.post({ kind: "call", port });
    socket.patience(this.endpoint.platform.after(HEARS, () => this.#stand(true)));
  }

  /** Who was on another leader's socket is now on none; who called and was not heard calls again. */
  #led(hub: string): void {
    for (const [port, socket] of [...this.#sockets]) {
      if (!socket.hub) this.#call(socket, port);
      else if (socket.hub !== hub) socket.end({ code: 1001, reason: "another tab leads" });
    }
  }

  /** Wait for the lock, or take it from one who does not answer. */
  #stand(steal = false): void {
    this.#standBack();
    const { signal } = (this.#standing = new AbortController());
    const held = () => {
      if (signal.aborted) return undefined;
      this.#lead();
      return new Promise<void>((release) => signal.addEventListener("abort", () => release()));
    };
    this.locks.request(this.name, steal ? { steal } : { signal }, held).catch((error: unknown) => {
      if (signal.aborted) return;
      this.#standBack(); // it was stolen from us
      if ((error as Error).name !== "AbortError") this.#alone();
    });
  }

  #lead(): void {
    const hub = (this.#hub = new Hub(this.endpoint, (message) => this.post(message)));
    this.#channel?.postMessage({ kind: "leads", hub: hub.id });
    this.#led(hub.id);
  }

  #standBack(): void {
    this.#standing?.abort();
    this.#standing = undefined;
    this.#hub?.end();
    this.#hub = undefined;
  }

  /** There are no locks to be had, as in a sandboxed frame: a socket for this tab. */
  #alone(): void {
    this.#silence();
    this.#standing = new AbortController();
    this.#lead();
  }

  #silence(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }
}
