/** What the client takes for its socket: a port on the leader's. */

import type { SocketLike } from "../platform.js";
import type { End, ToPort } from "./messages.js";
import type { Tab } from "./tab.js";

export class TabSocket implements SocketLike {
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onerror: SocketLike["onerror"] = null;
  onclose: SocketLike["onclose"] = null;
  /** The leader who heard us. */
  hub: string | undefined;
  #port: string;
  #stopWaiting = () => {};
  #ended = false;

  constructor(readonly tab: Tab) {
    this.#port = tab.open(this);
  }

  /** Give what takes back the wait for a leader to hear us. */
  patience(stop: () => void): void {
    this.#stopWaiting();
    this.#stopWaiting = stop;
  }

  take(message: ToPort): void {
    if (message.kind === "heard" && !this.hub) {
      this.hub = message.hub;
      this.#stopWaiting();
    }
    if (message.hub !== this.hub) return;
    if (message.kind === "opened") this.onopen?.({});
    else if (message.kind === "text") this.onmessage?.({ data: message.data });
    else if (message.kind === "closed") this.end(message);
  }

  send(data: string): void {
    if (!this.#ended && this.hub) this.tab.post({ kind: "send", port: this.#port, hub: this.hub, data });
  }

  close(): void {
    if (this.#ended) return;
    this.tab.post({ kind: "close", port: this.#port });
    this.#end({ code: 1000, reason: "" });
  }

  end(end: End): void {
    if (this.#ended) return;
    this.#end(end);
    if (end.error) this.onerror?.({ message: end.error });
    this.onclose?.({ code: end.code, reason: end.reason });
  }

  #end(end: End): void {
    this.#ended = true;
    this.#stopWaiting();
    this.tab.forget(this.#port, end);
  }
}
