/** What the leader does for all tabs: one socket for their ports, and its successor when one of them wants another. */

import { newId } from "../ids.js";
import { clientOf, type ToHub, type ToPort } from "./messages.js";
import { Upstream, type Ears, type Endpoint } from "./upstream.js";

const REPLACED = { code: 1012, reason: "there is a newer socket" };
/** How long a client may still be on a socket after it asked for another; a tab that is gone stays for ever. */
const LEAVES = 60_000;

export class Hub {
  readonly id = newId();
  #upstreams: Upstream[] = []; // the newest is the last
  #ears: Ears;

  constructor(
    readonly endpoint: Endpoint,
    readonly say: (message: ToPort) => void,
  ) {
    this.#ears = {
      say: (words) => say({ ...words, hub: this.id }),
      opened: (upstream) => this.#replace(upstream),
      ended: (upstream) => (this.#upstreams = this.#upstreams.filter((each) => each !== upstream)),
    };
  }

  take(message: ToHub): void {
    const { port } = message;
    const upstream = this.#upstreams.find((each) => each.ports.has(port));
    if (message.kind === "send") {
      if (message.hub === this.id) upstream?.send(port, message.data);
    } else if (message.kind === "close") {
      upstream?.leave(port);
    } else {
      this.#ears.say({ kind: "heard", port });
      if (!upstream) this.#connect(port);
    }
  }

  /** Close every socket. */
  end(): void {
    for (const upstream of [...this.#upstreams]) upstream.end({ code: 1001, reason: "this tab leads no more" });
  }

  #connect(port: string): void {
    const newest = this.#upstreams.at(-1);
    if (newest && !newest.clients.has(clientOf(port))) return newest.join(port);
    const upstream = new Upstream(this.#ears);
    this.#upstreams.push(upstream);
    upstream.join(port);
    void upstream.connect(this.endpoint);
  }

  /** Move everybody to a socket. Those who came by themselves leave the old one when they have what they asked there. */
  #replace(upstream: Upstream): void {
    for (const old of this.#upstreams.slice(0, this.#upstreams.indexOf(upstream))) {
      old.retire(this.endpoint.platform.after(LEAVES, () => old.end(REPLACED)));
      for (const port of old.ports) {
        if (!upstream.clients.has(clientOf(port))) old.dismiss(port, REPLACED);
      }
    }
  }
}
