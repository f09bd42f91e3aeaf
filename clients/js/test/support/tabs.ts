/** Tabs of a browser: each may crash or be frozen, and the browser has their locks and carries their broadcasts. */

import { Streamer, type Options, type Platform } from "../../src/index.js";
import { shareSocket, type Channel, type Locks, type Sharing } from "../../src/tabs/index.js";
import { Endpoint } from "./jobs.js";
import { World, type FakeSocket } from "./world.js";

interface Wanted {
  page: Page;
  granted(): void;
  lost(): void;
}

export class Browser {
  world = new World();
  endpoint = new Endpoint(this.world);
  pages: Page[] = [];
  channels = new Set<{ page: Page; name: string; channel: Channel }>();
  holder: Wanted | undefined;
  queue: Wanted[] = [];

  open(options: Partial<Options> = {}, sharing: Sharing = {}): Page {
    const page = new Page(this, options, sharing);
    this.pages.push(page);
    return page;
  }

  get tokens(): string[] {
    return this.pages.flatMap((page) => page.tokens);
  }

  grant(): void {
    if (this.holder) return;
    this.holder = this.queue.shift();
    this.holder?.granted();
  }
}

export class Page extends EventTarget {
  tokens: string[] = [];
  sockets: FakeSocket[] = [];
  client: Streamer;
  #isGone = false;
  #frozen: (() => void)[] | undefined;

  constructor(
    readonly browser: Browser,
    options: Partial<Options>,
    sharing: Sharing,
  ) {
    super();
    const page = this;
    const token = () => {
      this.tokens.push(`a.b.${browser.tokens.length}`);
      return this.tokens.at(-1)!;
    };
    const given = { url: "wss://host/live", token, platform: this.#platform(), ...options };
    const BroadcastChannel = class {
      constructor(name: string) {
        return page.#channel(name);
      }
    } as unknown as new (name: string) => Channel;
    this.client = new Streamer(shareSocket(given, { locks: this.#locks(), BroadcastChannel, page, ...sharing }));
  }

  get leads(): boolean {
    return this.browser.holder?.page === this;
  }

  /** It is gone, and said nothing. */
  crash(): void {
    const { browser } = this;
    this.#isGone = true;
    for (const socket of this.sockets) socket.state = "closed";
    for (const each of browser.channels) if (each.page === this) browser.channels.delete(each);
    browser.queue = browser.queue.filter(({ page }) => page !== this);
    if (this.leads) browser.holder = undefined;
    browser.grant();
  }

  /** Nothing runs here any more; its locks and sockets stay. */
  freeze(): void {
    this.#frozen ??= [];
  }

  thaw(): void {
    const late = this.#frozen ?? [];
    this.#frozen = undefined;
    for (const call of late) this.#run(call);
  }

  #run(call: () => void): void {
    if (this.#isGone) return;
    if (this.#frozen) this.#frozen.push(call);
    else call();
  }

  #platform(): Platform {
    const { world } = this.browser;
    const page = this;
    const WebSocket = class extends world.WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        page.sockets.push(world.last);
      }
    } as Platform["WebSocket"];
    for (const event of ["accept", "receive", "cut"] as const) {
      const real = (world.WebSocket.prototype as any)[event];
      Object.defineProperty(WebSocket.prototype, event, {
        value(...args: unknown[]) {
          page.#run(() => real.apply(this, args));
        },
      });
    }
    return {
      WebSocket,
      now: () => world.now(),
      after: (milliseconds, call) => world.after(milliseconds, () => this.#run(call)),
      random: () => world.random(),
      online: () => world.online(),
      hidden: () => world.hidden(),
      answers: () => world.answers(),
      onWake: (call) => world.onWake(() => this.#run(call)),
    };
  }

  #channel(name: string): Channel {
    const { channels } = this.browser;
    let open = true;
    const channel: Channel = {
      onmessage: null,
      postMessage(message) {
        if (!open) throw new Error("InvalidStateError");
        const data = structuredClone(message);
        for (const each of channels) {
          if (each.channel === channel || each.name !== name) continue;
          queueMicrotask(() => each.page.#run(() => channels.has(each) && each.channel.onmessage?.({ data })));
        }
      },
      close() {
        open = false;
        for (const each of channels) if (each.channel === channel) channels.delete(each);
      },
    };
    channels.add({ page: this, name, channel });
    return channel;
  }

  #locks(): Locks {
    const { browser } = this;
    return {
      request: (_, { signal, steal }, held) =>
        new Promise((resolve, reject) => {
          if (steal && signal) return reject(new DOMException("steal and signal", "NotSupportedError"));
          const abort = () => reject(new DOMException("the lock is not to be had", "AbortError"));
          const wanted: Wanted = {
            page: this,
            lost: () => this.#run(abort),
            granted: () =>
              this.#run(async () => {
                resolve(await held());
                if (browser.holder === wanted) browser.holder = undefined;
                browser.grant();
              }),
          };
          signal?.addEventListener("abort", () => {
            if (!browser.queue.includes(wanted)) return;
            browser.queue = browser.queue.filter((each) => each !== wanted);
            abort();
          });
          if (steal) {
            browser.holder?.lost();
            browser.holder = undefined;
            browser.queue.unshift(wanted);
          } else {
            browser.queue.push(wanted);
          }
          queueMicrotask(() => browser.grant());
        }),
    };
  }
}
