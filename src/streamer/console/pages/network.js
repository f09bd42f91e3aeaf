// A network that can be cut and slowed by hand, for all sockets that are made of it and all uploads that ask it.

const LATEST = 3000; // milliseconds

/** Return `{WebSocket, cut, slow, up, onCut}`; set `cut` and `slow` as you like. */
export function unkindNetwork() {
  const [sockets, cuts] = [new Set(), new Set()];
  let [isCut, back, wake] = [false, Promise.resolve(), () => {}];

  /** As the browser's, but that it is lost at once when the network is cut, with all that is under way. */
  class UnkindSocket extends WebSocket {
    #heard = null;

    constructor(url, protocols) {
      if (isCut) throw new Error("the network is cut");
      super(url, protocols);
      sockets.add(this);
      this.addEventListener("message", (event) => (network.slow ? setTimeout(() => this.#hear(event), Math.random() * LATEST) : this.#hear(event)));
      this.addEventListener("close", () => sockets.delete(this));
    }

    // The client's own listener: it hears what comes late, and nothing of what is lost.
    get onmessage() {
      return this.#heard;
    }

    set onmessage(listener) {
      this.#heard = listener;
    }

    #hear(event) {
      if (sockets.has(this)) this.#heard?.(event);
    }

    lose() {
      sockets.delete(this);
      this.onclose?.(new CloseEvent("close", { code: 1006, reason: "" }));
      this.close();
    }
  }

  const network = {
    WebSocket: UnkindSocket,
    /** Whether each message comes late, by a time of its own, and so out of order. */
    slow: false,
    get cut() {
      return isCut;
    },
    set cut(on) {
      if (on === isCut) return;
      isCut = on;
      if (!on) return wake();
      back = new Promise((resolve) => (wake = resolve));
      for (const socket of [...sockets]) socket.lose();
      for (const lost of [...cuts]) lost();
    },
    /** Resolves when there is a network. */
    up: () => back,
    /** Call when it is cut; returns what takes it back. */
    onCut(call) {
      cuts.add(call);
      return () => cuts.delete(call);
    },
  };
  return network;
}
