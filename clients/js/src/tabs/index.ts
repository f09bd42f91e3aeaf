/** Several tabs, one socket: Web Locks choose the tab that has it, a BroadcastChannel carries it to the others. */

import type { Options } from "../client.js";
import { platform as realPlatform, type Platform, type SocketClass } from "../platform.js";
import { TabSocket } from "./socket.js";
import { Tab, type Channel, type Locks } from "./tab.js";

export type { Channel, Locks } from "./tab.js";

export interface Sharing {
  /**
   * Those who give the same name share a socket, opened with a token of one of them: the endpoint takes all for the
   * same user. The url, unless you give another; where several can be signed in at once, put the user's name in it.
   */
  name?: string;
  /** The browser's, unless you give others. */
  locks?: Locks | undefined;
  BroadcastChannel?: (new (name: string) => Channel) | undefined;
  /** Hears of `pagehide` and `freeze`. */
  page?: EventTarget;
}

/**
 * Options for a client, one per call, that shares its socket with those of other tabs of this origin:
 * `new Streamer(shareSocket({ url, token }))`. Where Web Locks or BroadcastChannel are missing, they are the options
 * that you gave: a socket a tab.
 */
export function shareSocket(options: Options, sharing: Sharing = {}): Options {
  const {
    name = options.url,
    locks = globalThis.navigator?.locks as Locks | undefined,
    BroadcastChannel = globalThis.BroadcastChannel as Sharing["BroadcastChannel"],
    page = globalThis as unknown as EventTarget,
  } = sharing;
  const base = options.platform ?? realPlatform(options.WebSocket);
  if (!locks || !BroadcastChannel || !base.WebSocket) return options;
  const { url, token } = options;
  const shared = `stepstreamer 1 ${name}`; // 1: the messages', so that tabs of different versions leave each other alone
  const tab = new Tab(shared, { url, token, platform: base }, locks, new BroadcastChannel(shared));
  const away = () => tab.pause();
  const events = ["pagehide", "freeze"];
  for (const type of events) page.addEventListener?.(type, away, true); // `freeze` is the document's
  const WebSocket = class extends TabSocket {
    constructor() {
      super(tab);
    }
  } as SocketClass;
  const platform: Platform = {
    WebSocket,
    now: () => base.now(),
    after: (milliseconds, call) => base.after(milliseconds, call),
    random: () => base.random(),
    online: () => base.online(),
    hidden: () => base.hidden(),
    answers: async (address) => !tab.failedHere && base.answers(address),
    onWake(call) {
      const stop = base.onWake(call);
      return () => {
        stop(); // the client is being closed
        for (const type of events) page.removeEventListener?.(type, away, true);
        queueMicrotask(() => tab.leave());
      };
    },
  };
  return { ...options, token: "", platform };
}
