/** One WebSocket of a client, opened with a token, heard until it ends. */

import type { Platform, SocketLike } from "./platform.js";

/** API Gateway closes the connection on a larger WebSocket frame; messages may be of several. In bytes. */
export const FRAME_BYTES = 32 * 1024;
/** And on a larger message, and would again whenever it is sent. */
export const MESSAGE_BYTES = 128 * 1024;

export interface Events {
  open(wire: Wire): void;
  message(wire: Wire, data: unknown): void;
  /** Once; `status` is the HTTP status of a refused handshake, where the platform tells. */
  end(wire: Wire, reason: string, status?: number): void;
}

type Fragments = { send(part: Uint8Array, options: { binary: boolean; fin: boolean }): void };

/** Whether a platform's sockets send a message in frames of our size, as those of the package `ws` do. */
export const sendsFragments = ({ WebSocket }: Platform): boolean => WebSocket.prototype.send.length > 1;

export class Wire {
  /** The id of each message that was sent here and not yet answered, with that of the request it is about. */
  readonly waiting = new Map<string, string>();
  openedAt = Infinity;
  /** When it is to be replaced; one that is replaced already: closed. */
  retireAt = Infinity;
  heardAt = -Infinity;
  #socket: SocketLike | undefined;
  #answerBy = Infinity;
  #doubtedUntil = Infinity;
  #error: string | undefined;

  /** `silence`: milliseconds without any word, while one is due, after which the socket counts as dead. */
  constructor(
    readonly platform: Platform,
    url: string,
    token: string,
    readonly silence: number,
    readonly events: Events,
  ) {
    // Browsers cannot set headers: the token is offered as a subprotocol.
    const socket = new platform.WebSocket(url, ["streamer", token]);
    this.#socket = socket;
    socket.onopen = () => {
      this.openedAt = this.heardAt = platform.now();
      events.open(this);
    };
    socket.onmessage = ({ data }) => {
      this.heardAt = platform.now();
      this.#answerBy = this.heardAt + silence;
      this.#doubtedUntil = Infinity;
      events.message(this, data);
    };
    socket.onerror = (event) => {
      this.#error = (event as { message?: string } | undefined)?.message;
    };
    socket.onclose = ({ code, reason }) => {
      const told = this.openedAt === Infinity && this.#error?.match(/\b[45]\d\d\b/); // the package `ws` does
      this.#end(this.#error || `${code} ${reason}`.trim(), told ? Number(told[0]) : undefined);
    };
  }

  /** When it counts as dead, unless there is a word before: only where one is due. */
  get deadAt(): number {
    return this.waiting.size ? Math.min(this.#answerBy, this.#doubtedUntil) : Infinity;
  }

  /** Give what is due only so many milliseconds to come. */
  doubt(milliseconds: number): void {
    this.#doubtedUntil = Math.min(this.#doubtedUntil, this.platform.now() + milliseconds);
  }

  /** Send a message about a request, whose answer is waited for. */
  send(messageId: string, requestId: string, text: string): void {
    if (!this.waiting.size) this.#answerBy = this.platform.now() + this.silence;
    this.waiting.set(messageId, requestId);
    const bytes = text.length * 3 > FRAME_BYTES ? new TextEncoder().encode(text) : undefined;
    if (!bytes || bytes.length <= FRAME_BYTES) return this.#socket?.send(text);
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
      const fin = at + FRAME_BYTES >= bytes.length;
      const part = bytes.subarray(at, at + FRAME_BYTES);
      (this.#socket as Fragments | undefined)?.send(part, { binary: false, fin });
    }
  }

  /** Wait no longer for what was asked about a request. */
  forget(requestId: string): void {
    for (const [messageId, about] of this.waiting) if (about === requestId) this.waiting.delete(messageId);
  }

  /** Be rid of it, now: a dead socket's own end may take minutes to come. */
  drop(reason: string): void {
    const socket = this.#socket;
    this.#end(reason);
    socket?.close();
  }

  #end(reason: string, status?: number): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {}; // the package `ws` would throw what nobody hears
    this.events.end(this, reason, status);
  }
}
