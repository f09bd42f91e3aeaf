// clients/js as one file, by `make generate`; do not edit.

// dist/errors.js
var StreamerError = class extends Error {
  name = "StreamerError";
};
var RequestFailed = class extends StreamerError {
  name = "RequestFailed";
  code;
  details;
  partial;
  requestId;
  constructor(frame) {
    const { code, message, details } = frame.error;
    super(`${code}: ${message}`);
    this.code = code;
    this.details = details;
    this.partial = frame.partial;
    this.requestId = frame.request_id;
  }
};
var ConnectionRefused = class extends StreamerError {
  status;
  name = "ConnectionRefused";
  constructor(reason, status) {
    super(reason);
    this.status = status;
  }
};
var ClientClosed = class extends StreamerError {
  name = "ClientClosed";
};
var RequestTooLarge = class extends StreamerError {
  size;
  limit;
  name = "RequestTooLarge";
  constructor(size, limit, why) {
    super(`the request has ${size} bytes; ${limit} are possible: ${why}`);
    this.size = size;
    this.limit = limit;
  }
};

// dist/ids.js
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// dist/inbox.js
var PASSING = /* @__PURE__ */ new Set(["INTERNAL_ERROR", "RATE_LIMITED"]);
var isLast = (frame) => frame.type === "response" || frame.type === "complete" || frame.type === "error";
var Inbox = class {
  requestId;
  patience;
  silence;
  attachedAfter;
  /** When `ask` is due: at once to begin with, after `patience` where a gap was seen, else after `silence`. */
  deadline = -Infinity;
  done = false;
  /** Whether anything was ever heard of the request. */
  heard = false;
  isJob;
  #nextSeq;
  #known;
  #timesSent = 0;
  #held = /* @__PURE__ */ new Map();
  /**
   * `attachedAfter`: the job is another's request, and its frames up to this number were seen already. That one
   * is asked for once more, and shown if it was the last: so an ended job ends whatever the cursor is.
   */
  constructor(requestId, patience, silence, attachedAfter) {
    this.requestId = requestId;
    this.patience = patience;
    this.silence = silence;
    this.attachedAfter = attachedAfter;
    this.isJob = attachedAfter !== void 0;
    this.#known = attachedAfter ?? -1;
    this.#nextSeq = Math.max(this.#known, 0);
  }
  /** The number after which to `resume` the job; undefined: send the request itself, or again. */
  ask(now) {
    this.deadline = now + this.silence;
    if (this.isJob)
      return this.#nextSeq - 1;
    this.#timesSent += 1;
    return void 0;
  }
  /** Make `ask` due, as on a new connection. */
  askAtOnce() {
    this.deadline = -Infinity;
  }
  /** Take a frame; return those that are due, in order. Duplicates and what follows the last vanish. */
  receive(frame, now) {
    if (this.done)
      return [];
    this.heard = true;
    const seq = frame.seq;
    if (typeof seq !== "number") {
      if (this.isJob)
        return [];
      this.done = isLast(frame);
      return [frame];
    }
    const uncertain = this.#timesSent > 1 && !this.isJob;
    this.isJob = true;
    if (seq >= this.#nextSeq && !this.#held.has(seq))
      this.#held.set(seq, frame);
    const due = this.#due();
    this.#schedule(now, due.length > 0);
    if (uncertain)
      this.askAtOnce();
    return due;
  }
  /** Take the answer to a `resume`; return the frames that are due, in order. */
  resumed(answer, now) {
    if (answer.type === "error")
      return this.#refused(answer, now);
    if (this.done || answer.type !== "response")
      return [];
    const data = answer.data;
    if (!data.recovered)
      return this.#restore(data.snapshot, now);
    const before = this.#nextSeq;
    if (!data.frames.length && !data.more && before === this.#known) {
      this.#known = -1;
      this.#nextSeq = 0;
      this.askAtOnce();
      return [];
    }
    const due = data.frames.flatMap((frame) => this.receive(frame, now));
    this.#schedule(now, true);
    if (data.more)
      this.deadline = this.#nextSeq === before ? now + this.patience : -Infinity;
    return due;
  }
  #refused(answer, now) {
    const code = answer.error.code;
    if (PASSING.has(code)) {
      this.deadline = now + this.patience;
    } else if (code === "NOT_FOUND" && this.#nextSeq === 0 && this.attachedAfter === void 0) {
      this.isJob = false;
      this.askAtOnce();
    } else {
      this.done = true;
      return [{ ...answer, request_id: this.requestId }];
    }
    return [];
  }
  /** Go on from a snapshot: the frames before it are gone for good. */
  #restore(snapshot, now) {
    const ended = snapshot.status !== "RUNNING";
    let first = Math.max(this.#nextSeq, snapshot.seq + (ended ? 0 : 1));
    if (this.#held.size && !ended && first === this.#nextSeq) {
      first = Math.min(...this.#held.keys());
    }
    const due = [];
    for (const seq of [...this.#held.keys()].sort((a, b) => a - b)) {
      if (seq >= first)
        continue;
      due.push(this.#held.get(seq));
      this.#held.delete(seq);
    }
    this.#nextSeq = first;
    if (ended)
      this.#held.set(first, end(this.requestId, first, snapshot));
    due.push(...this.#due());
    this.#schedule(now, true);
    return due;
  }
  #due() {
    const due = [];
    for (let frame; !this.done && (frame = this.#held.get(this.#nextSeq)); this.#nextSeq += 1) {
      this.#held.delete(this.#nextSeq);
      this.done = isLast(frame);
      if (this.done || this.#nextSeq !== this.#known)
        due.push(frame);
    }
    return due;
  }
  #schedule(now, advanced) {
    if (advanced || !this.#held.size)
      this.deadline = now + this.silence;
    if (this.#held.size)
      this.deadline = Math.min(this.deadline, now + this.patience);
  }
};
function end(requestId, seq, snapshot) {
  const common = { request_id: requestId, timestamp: snapshot.ended_at, seq };
  return snapshot.status === "COMPLETED" ? { type: "complete", ...common, success: snapshot.success ?? true, result: snapshot.result ?? null } : {
    type: "error",
    ...common,
    error: snapshot.error,
    ...snapshot.partial && { partial: snapshot.partial }
  };
}

// dist/attempts.js
var Attempts = class {
  #stage;
  #newest = /* @__PURE__ */ new Map();
  /**
   * Take a job's next progress frame. "first" of a stage or an attempt, "later" of the same one, "superseded"
   * where its attempt was followed by another, or its stage by the next.
   */
  take({ stage, attempt }) {
    const newest = this.#newest.get(stage) ?? 0;
    if (stage === this.#stage && attempt === newest)
      return "later";
    if (attempt <= newest)
      return "superseded";
    this.#stage = stage;
    this.#newest.set(stage, attempt);
    return "first";
  }
};

// dist/listeners.js
var Listeners = class {
  #all = /* @__PURE__ */ new Set();
  /** Add one; returns what takes it back. */
  add(listener) {
    const own = (...args) => listener(...args);
    this.#all.add(own);
    return () => void this.#all.delete(own);
  }
  tell(...args) {
    for (const listener of [...this.#all]) {
      try {
        listener(...args);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
};

// dist/job.js
var Backlog = class {
  #frames = [];
  constructor(other) {
    if (other)
      this.#frames = [...other.#frames];
  }
  add(frame, first) {
    if (!first && this.#frames.at(-1)?.first === false)
      this.#frames.pop();
    this.#frames.push({ frame, first });
  }
  take() {
    return this.#frames.shift()?.frame;
  }
};
var Job = class {
  id;
  owner;
  /**
   * The job's result, or a quick action's answer. Rejects with RequestFailed, with ConnectionRefused where the
   * endpoint never took the request, with ClientClosed, or with the signal's reason. Nobody has to look at it.
   */
  result;
  state = { status: "sent", seq: -1 };
  #resolve;
  // `any`: so that a Job<R> is a Job<unknown>
  #reject;
  #ended = false;
  #attempts = new Attempts();
  #seen = new Backlog();
  #backlogs = /* @__PURE__ */ new Set();
  #listeners = new Listeners();
  constructor(id, owner, signal) {
    this.id = id;
    this.owner = owner;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const stop = () => this.stop(signal?.reason);
    const over = () => signal?.removeEventListener("abort", stop);
    this.result.then(over, over);
    if (signal?.aborted)
      queueMicrotask(stop);
    signal?.addEventListener("abort", stop);
  }
  /** Whether there is nothing more to hear: the job ended, or nobody listens any more. */
  get ended() {
    return this.#ended;
  }
  /** Call with each frame, in order and none left out, and once more when nobody listens any more. */
  subscribe = (listener) => this.#listeners.add(listener);
  /** End the job with what it has. A message: the job's last frame says how it really ended. */
  cancel() {
    return this.owner.cancel(this.id);
  }
  /** Stop listening. The job goes on, and `attach` finds it again. */
  stop(reason = new DOMException("nobody listens any more", "AbortError")) {
    if (this.#ended)
      return;
    this.owner.forget();
    this.fail(reason);
  }
  /** Progress as it comes, to the job's end; where the reader is slow, the newest. Never rejects. */
  async *[Symbol.asyncIterator]() {
    const backlog = new Backlog(this.#seen);
    let wake = () => {
    };
    const leave = this.#watch(backlog, () => wake());
    try {
      while (true) {
        const frame = backlog.take();
        if (frame)
          yield frame;
        else if (this.#ended)
          return;
        else
          await new Promise((resolve) => wake = resolve);
      }
    } finally {
      leave();
    }
  }
  /** @internal Take the frames that are due. */
  take(frames) {
    for (const frame of frames) {
      const change = this.#change(frame);
      const seq = "seq" in frame && frame.seq !== void 0 ? frame.seq : this.state.seq;
      this.state = { ...this.state, ...change, seq };
      if (this.state.status === "completed")
        this.#end(() => this.#resolve(this.state.result));
      else if (this.state.error)
        this.#end(() => this.#reject(this.state.error));
      this.#listeners.tell(frame);
    }
  }
  /** @internal There will be no more frames here. */
  fail(reason) {
    this.#end(() => this.#reject(reason));
    this.#listeners.tell();
  }
  #end(settle) {
    this.#ended = true;
    settle();
  }
  #change(frame) {
    switch (frame.type) {
      case "acknowledgment":
        return { status: "running", acknowledgment: frame };
      case "progress":
        return { status: "running", ...this.#counts(frame) && { progress: frame } };
      case "response":
        return { status: "completed", success: true, result: frame.data };
      case "complete":
        return { status: "completed", success: frame.success, result: frame.result };
      case "error":
        return {
          status: frame.error.code === "CANCELLED" ? "cancelled" : "failed",
          error: new RequestFailed(frame)
        };
      default:
        return {};
    }
  }
  #counts(frame) {
    const which = this.#attempts.take(frame);
    if (which === "superseded")
      return false;
    for (const backlog of [this.#seen, ...this.#backlogs])
      backlog.add(frame, which === "first");
    return true;
  }
  #watch(backlog, wake) {
    this.#backlogs.add(backlog);
    const leave = this.subscribe(wake);
    return () => {
      this.#backlogs.delete(backlog);
      leave();
    };
  }
};

// dist/platform.js
function neverBack(wall) {
  let last = -Infinity;
  let ahead = 0;
  return () => {
    const now = wall() + ahead;
    if (now < last)
      ahead += last - now;
    return last = Math.max(now, last);
  };
}
function platform(WebSocket) {
  const world = globalThis;
  const hidden = () => world.document?.visibilityState === "hidden";
  return {
    WebSocket: WebSocket ?? world.WebSocket,
    now: neverBack(Date.now),
    after(milliseconds, call) {
      const timer = setTimeout(call, milliseconds);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    online: () => world.navigator?.onLine !== false,
    hidden,
    onWake(call) {
      const wake = () => {
        if (!hidden())
          call();
      };
      const listened = [
        [world, "online"],
        [world, "pageshow"],
        // also where a page comes out of the back-forward cache
        [world.document, "visibilitychange"]
      ];
      for (const [target, type] of listened)
        target?.addEventListener?.(type, wake);
      return () => {
        for (const [target, type] of listened)
          target?.removeEventListener?.(type, wake);
      };
    },
    async answers(url) {
      try {
        await fetch(url.replace(/^ws/, "http"), { mode: "no-cors", cache: "no-store", credentials: "omit" });
        return true;
      } catch {
        return false;
      }
    }
  };
}

// dist/addressing.js
var isObject = (message) => typeof message === "object" && message !== null && !Array.isArray(message);
function isFrame(message) {
  if (!isObject(message) || typeof message.type !== "string")
    return false;
  return message.request_id === null || typeof message.request_id === "string";
}
function addressee(message, waiting) {
  if (isFrame(message) && message.request_id !== null)
    return message.request_id;
  const nameless = isFrame(message) ? message.type === "error" : isObject(message) && "message" in message;
  return nameless && waiting.size === 1 ? [...waiting.keys()][0] : void 0;
}
function gatewayError(message, requestId, now) {
  return {
    type: "error",
    request_id: requestId,
    timestamp: now / 1e3,
    error: { code: "INTERNAL_ERROR", message: String(message.message), details: message }
  };
}

// dist/backoff.js
var Backoff = class {
  first;
  most;
  #tries = 0;
  /** Milliseconds: the first span, and the longest. */
  constructor(first, most) {
    this.first = first;
    this.most = most;
  }
  /** A random part, `chance` (0-1), of a span that doubles with each call. */
  next(chance) {
    const span = Math.min(this.first * 2 ** this.#tries, this.most);
    this.#tries += 1;
    return span * chance;
  }
  /** Begin anew. */
  reset() {
    this.#tries = 0;
  }
};

// dist/wire.js
var FRAME_BYTES = 32 * 1024;
var MESSAGE_BYTES = 128 * 1024;
var sendsFragments = ({ WebSocket }) => WebSocket.prototype.send.length > 1;
var Wire = class {
  platform;
  silence;
  events;
  /** The id of each message that was sent here and not yet answered, with that of the request it is about. */
  waiting = /* @__PURE__ */ new Map();
  openedAt = Infinity;
  /** When it is to be replaced; one that is replaced already: closed. */
  retireAt = Infinity;
  heardAt = -Infinity;
  #socket;
  #answerBy = Infinity;
  #doubtedUntil = Infinity;
  #error;
  /** `silence`: milliseconds without any word, while one is due, after which the socket counts as dead. */
  constructor(platform2, url, token, silence, events) {
    this.platform = platform2;
    this.silence = silence;
    this.events = events;
    const socket = new platform2.WebSocket(url, ["streamer", token]);
    this.#socket = socket;
    socket.onopen = () => {
      this.openedAt = this.heardAt = platform2.now();
      events.open(this);
    };
    socket.onmessage = ({ data }) => {
      this.heardAt = platform2.now();
      this.#answerBy = this.heardAt + silence;
      this.#doubtedUntil = Infinity;
      events.message(this, data);
    };
    socket.onerror = (event) => {
      this.#error = event?.message;
    };
    socket.onclose = ({ code, reason }) => {
      const told = this.openedAt === Infinity && this.#error?.match(/\b[45]\d\d\b/);
      this.#end(this.#error || `${code} ${reason}`.trim(), told ? Number(told[0]) : void 0);
    };
  }
  /** When it counts as dead, unless there is a word before: only where one is due. */
  get deadAt() {
    return this.waiting.size ? Math.min(this.#answerBy, this.#doubtedUntil) : Infinity;
  }
  /** Give what is due only so many milliseconds to come. */
  doubt(milliseconds) {
    this.#doubtedUntil = Math.min(this.#doubtedUntil, this.platform.now() + milliseconds);
  }
  /** Send a message about a request, whose answer is waited for. */
  send(messageId, requestId, text) {
    if (!this.waiting.size)
      this.#answerBy = this.platform.now() + this.silence;
    this.waiting.set(messageId, requestId);
    const bytes = text.length * 3 > FRAME_BYTES ? new TextEncoder().encode(text) : void 0;
    if (!bytes || bytes.length <= FRAME_BYTES)
      return this.#socket?.send(text);
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
      const fin = at + FRAME_BYTES >= bytes.length;
      const part = bytes.subarray(at, at + FRAME_BYTES);
      this.#socket?.send(part, { binary: false, fin });
    }
  }
  /** Wait no longer for what was asked about a request. */
  forget(requestId) {
    for (const [messageId, about] of this.waiting)
      if (about === requestId)
        this.waiting.delete(messageId);
  }
  /** Be rid of it, now: a dead socket's own end may take minutes to come. */
  drop(reason) {
    const socket = this.#socket;
    this.#end(reason);
    socket?.close();
  }
  #end(reason, status) {
    const socket = this.#socket;
    if (!socket)
      return;
    this.#socket = void 0;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {
    };
    this.events.end(this, reason, status);
  }
};

// dist/line.js
var WAKE_GAP = 1e3;
var HEARD_LATELY = 1e4;
var Line = class {
  settings;
  platform;
  hooks;
  state = { status: "idle" };
  current;
  #retired = /* @__PURE__ */ new Set();
  #opening;
  #backoff;
  #attempt = 0;
  // the number of the one that counts
  #attemptedAt = -Infinity;
  #connectBy = Infinity;
  #denials = 0;
  #wanted = false;
  constructor(settings, platform2, hooks) {
    this.settings = settings;
    this.platform = platform2;
    this.hooks = hooks;
    this.#backoff = new Backoff(settings.firstWait, settings.longestWait);
  }
  /** All connections. */
  get wires() {
    return [...this.#retired, ...this.current ? [this.current] : []];
  }
  /** When there is something to tend to. */
  get nextAt() {
    const { state, current } = this;
    return Math.min(this.#connectBy, "retryAt" in state && state.retryAt ? state.retryAt : Infinity, current && this.#wanted && !this.#connecting ? current.retireAt : Infinity, ...this.wires.map((wire) => wire.deadAt), ...[...this.#retired].map((wire) => wire.retireAt));
  }
  /** Do what is due. Where no connection is `wanted`, none is made: a quiet client costs nothing. */
  tend(wanted) {
    const now = this.platform.now();
    this.#wanted = wanted;
    if (now >= this.#connectBy)
      this.#giveUp();
    for (const wire of this.wires)
      if (now >= wire.deadAt)
        wire.drop("nothing was heard for too long");
    this.#release(now);
    const { state } = this;
    if (!wanted) {
      if (!this.current && !this.#connecting && "retryAt" in state)
        this.#set({ status: "idle" });
    } else if (state.status === "idle" || "retryAt" in state && now >= state.retryAt) {
      void this.#connect();
    } else if (this.current && now >= this.current.retireAt && !this.#connecting) {
      void this.#connect();
    }
  }
  /** Try at once: something has happened that may have mended, or ended, the connection. */
  wake() {
    const now = this.platform.now();
    if (this.current) {
      if (!this.#wanted || now - this.current.heardAt < HEARD_LATELY)
        return;
      this.current.doubt(this.settings.probe);
      this.hooks.doubted();
    } else if ("reason" in this.state && this.#wanted) {
      const { retryAt = Infinity } = this.state;
      this.#set({ ...this.state, retryAt: Math.min(retryAt, Math.max(now, this.#attemptedAt + WAKE_GAP)) });
    }
  }
  /** Try at once, also where the endpoint refused us for good: there is a new token to be had. */
  reconnect() {
    this.#denials = 0;
    if (!this.current && !this.#connecting && this.state.status !== "closed")
      void this.#connect();
  }
  close() {
    this.#attempt += 1;
    this.#connectBy = Infinity;
    this.#set({ status: "closed" });
    for (const wire of [...this.wires, ...this.#opening ? [this.#opening] : []])
      wire.drop("closed");
  }
  get #connecting() {
    return this.#connectBy < Infinity;
  }
  #set(state) {
    if (this.state.status === "closed")
      return;
    this.state = state;
    this.hooks.changed();
  }
  async #connect() {
    const { platform: platform2, settings } = this;
    const attempt = this.#attempt += 1;
    this.#attemptedAt = platform2.now();
    this.#connectBy = this.#attemptedAt + settings.handshake;
    if (!this.current)
      this.#set({ status: "connecting" });
    const counts = () => attempt === this.#attempt;
    let failing = "there is no token";
    try {
      const { token } = settings;
      const fresh = await (typeof token === "string" ? token : token());
      if (!counts())
        return;
      failing = "no socket can be made";
      this.#opening = new Wire(platform2, settings.url, fresh, settings.silence, {
        open: (wire) => this.#opened(wire),
        message: (wire, data) => this.hooks.message(wire, data),
        end: (wire, reason, status) => this.#ended(wire, reason, status)
      });
    } catch (error) {
      const { status } = Object(error);
      if (counts())
        this.#failed(`${failing}: ${error}`, typeof status === "number" ? status : 0);
    }
  }
  #giveUp() {
    const opening = this.#opening;
    if (opening)
      return opening.drop("no answer in time");
    this.#attempt += 1;
    this.#failed("no token in time", 0);
  }
  #opened(wire) {
    const { current, settings } = this;
    this.#opening = void 0;
    this.#connectBy = Infinity;
    this.#denials = 0;
    wire.retireAt = wire.openedAt + settings.life;
    this.current = wire;
    if (current) {
      current.retireAt = wire.openedAt + settings.silence;
      this.#retired.add(current);
    }
    this.#set({ status: "open" });
    this.hooks.connected(current !== void 0);
  }
  #ended(wire, reason, status) {
    if (wire === this.#opening) {
      this.#opening = void 0;
      return this.#failed(reason, status);
    }
    this.#retired.delete(wire);
    const unanswered = new Set(wire.waiting.values());
    if (wire === this.current) {
      this.current = void 0;
      if (this.platform.now() - wire.openedAt >= this.settings.stable)
        this.#backoff.reset();
      if (this.#connecting)
        this.#set({ status: "connecting" });
      else
        this.#wait(`the connection closed (${reason})`);
    }
    this.hooks.unanswered(unanswered);
  }
  /** `status`: of the refusal; 0 where there was none, undefined where the platform does not tell. */
  #failed(reason, status) {
    const attempt = this.#attempt;
    this.#connectBy = Infinity;
    if (this.current) {
      this.current.retireAt = this.platform.now() + this.settings.longestWait;
    } else if (status === 401 || status === 403) {
      this.#denied(reason, status);
    } else if (status !== void 0 || this.state.status === "closed") {
      this.#denials = 0;
      this.#wait(reason);
    } else {
      this.#connectBy = this.platform.now() + this.settings.handshake;
      void this.platform.answers(this.settings.url).then((answers) => {
        if (attempt !== this.#attempt || this.current)
          return;
        this.#connectBy = Infinity;
        if (answers)
          this.#denied(reason);
        else
          this.#failed(reason, 0);
      });
    }
  }
  /** One fresh try; then `refused`: for good where we know it, otherwise with the backoff's waits. */
  #denied(reason, status) {
    this.#denials += 1;
    if (status !== void 0 && this.#denials === 1)
      return void this.#connect();
    if (this.#denials === 1)
      return this.#wait(reason);
    if (status === void 0)
      return this.#set({ status: "refused", retryAt: this.#retryAt(), reason });
    this.#set({ status: "refused", reason });
    this.hooks.refused(reason, status);
  }
  #wait(reason) {
    if (!this.#wanted)
      return this.#set({ status: "idle" });
    const status = this.platform.online() ? "waiting" : "offline";
    this.#set({ status, retryAt: this.#retryAt(), reason });
  }
  #retryAt() {
    return this.platform.now() + this.#backoff.next(this.platform.random());
  }
  /** Close what has been replaced and is not needed any more. */
  #release(now) {
    for (const old of this.#retired) {
      if (now >= old.retireAt || !(this.current?.waiting.size || old.waiting.size))
        old.drop("replaced");
    }
  }
};

// dist/session.js
var LONGEST_TIMER = 15e3;
var LATE = 5e3;
var Session = class {
  platform;
  tap;
  line;
  #open = /* @__PURE__ */ new Map();
  #stopTimer = () => {
  };
  #stopWaking;
  #turning = false;
  constructor(settings, platform2, tap, changed) {
    this.platform = platform2;
    this.tap = tap;
    this.line = new Line(settings, platform2, {
      message: (wire, data) => this.#receive(wire, data),
      connected: (moved) => this.#connected(moved),
      refused: (reason, status) => this.#refused(new ConnectionRefused(reason, status)),
      unanswered: (requestIds) => this.#askAgain(requestIds),
      doubted: () => this.#probe(),
      changed: () => (this.#soon(), changed())
    });
    this.#stopWaking = platform2.onWake(() => this.line.wake());
  }
  /** Open a request. */
  follow(followed) {
    this.#open.set(followed.inbox.requestId, followed);
    if (this.line.state.status === "refused")
      this.line.reconnect();
    this.#soon();
  }
  /** Follow a request no longer. */
  forget(followed) {
    const { requestId } = followed.inbox;
    if (this.#open.get(requestId) !== followed)
      return;
    this.#open.delete(requestId);
    for (const wire of this.line.wires)
      wire.forget(requestId);
    this.#soon();
  }
  close() {
    this.#stopTimer();
    this.#stopWaking();
    const open = [...this.#open.values()];
    this.#open.clear();
    this.line.close();
    for (const each of open)
      each.fail(new ClientClosed("the client was closed with the request open"));
  }
  /** Take a turn once what is under way is done. */
  #soon() {
    if (this.#turning)
      return;
    this.#turning = true;
    queueMicrotask(() => {
      this.#turning = false;
      this.#turn();
    });
  }
  #turn() {
    const { line } = this;
    this.#stopTimer();
    if (line.state.status === "closed")
      return;
    line.tend(this.#open.size > 0);
    if (line.current)
      this.#ask(line.current);
    const deadlines = line.current ? [...this.#open.values()].map((each) => each.inbox.deadline) : [];
    const now = this.platform.now();
    const next = Math.min(line.nextAt, ...deadlines, this.#open.size ? now + LONGEST_TIMER : Infinity);
    if (next === Infinity)
      return;
    this.#stopTimer = this.platform.after(Math.max(next - now, 0), () => {
      if (this.platform.now() - next > LATE && !this.platform.hidden())
        line.wake();
      this.#turn();
    });
  }
  #ask(wire) {
    const now = this.platform.now();
    for (const { inbox, text } of [...this.#open.values()]) {
      if (inbox.deadline > now)
        continue;
      wire.forget(inbox.requestId);
      const seq = inbox.ask(now);
      if (seq === void 0) {
        this.#send(wire, inbox.requestId, inbox.requestId, text);
      } else {
        const payload = { request_id: inbox.requestId, seq };
        const id = `resume-${newId()}`;
        this.#send(wire, id, inbox.requestId, JSON.stringify({ action: "resume", id, payload }));
      }
    }
  }
  #send(wire, messageId, requestId, text) {
    this.tap?.("out", JSON.parse(text));
    wire.send(messageId, requestId, text);
  }
  #receive(wire, data) {
    let message = data;
    try {
      message = JSON.parse(String(data));
    } catch {
    }
    this.tap?.("in", message);
    const messageId = addressee(message, wire.waiting);
    if (messageId === void 0)
      return;
    const requestId = wire.waiting.get(messageId) ?? messageId;
    const answers = wire.waiting.delete(messageId);
    const followed = this.#open.get(requestId);
    if (!followed)
      return this.#soon();
    const { inbox } = followed;
    const now = this.platform.now();
    const frame = isFrame(message) ? message : gatewayError(message, messageId, now);
    const due = messageId === inbox.requestId ? inbox.receive(frame, now) : inbox.resumed(frame, now);
    if (inbox.done)
      this.forget(followed);
    else if (answers && wire !== this.line.current)
      inbox.askAtOnce();
    if (due.length)
      followed.due(due);
    this.#soon();
  }
  #connected(moved) {
    for (const { inbox } of this.#open.values())
      if (!moved || inbox.isJob)
        inbox.askAtOnce();
    this.#soon();
  }
  /** What was never accepted fails; a job goes on, and is followed again once there is a token. */
  #refused(error) {
    for (const each of [...this.#open.values()]) {
      if (each.inbox.heard)
        continue;
      this.forget(each);
      each.fail(error);
    }
  }
  #askAgain(requestIds) {
    for (const requestId of requestIds)
      this.#open.get(requestId)?.inbox.askAtOnce();
    this.#soon();
  }
  #probe() {
    [...this.#open.values()].find(({ inbox }) => inbox.isJob)?.inbox.askAtOnce();
    this.#soon();
  }
};

// dist/client.js
var SETTINGS = {
  firstWait: 1e3,
  longestWait: 3e4,
  stable: 1e4,
  life: 110 * 6e4,
  handshake: 3e4,
  silence: 3e4,
  probe: 5e3,
  patience: 2e3
};
var Streamer = class {
  #session;
  #settings;
  #open = /* @__PURE__ */ new Map();
  #listeners = new Listeners();
  #cursors;
  constructor(options) {
    const platform2 = options.platform ?? platform(options.WebSocket);
    if (!platform2.WebSocket)
      throw new TypeError("there is no WebSocket here: give one, as that of the package ws");
    this.#settings = { ...SETTINGS, ...options };
    this.#cursors = options.cursors;
    const taps = new Listeners();
    if (options.tap)
      taps.add(options.tap);
    const tap = options.tap && ((...message) => taps.tell(...message));
    this.#session = new Session(this.#settings, platform2, tap, () => this.#listeners.tell());
  }
  /** The connection's state; it says nothing of any job's. */
  get connection() {
    return this.#session.line.state;
  }
  /** Call when `connection` has changed; returns what takes it back. */
  subscribe = (listener) => this.#listeners.add(listener);
  /**
   * Run an action. With the id of a job that is open here already, and the same payload, it is that job.
   *
   * Throws RequestTooLarge before anything is sent, and ClientClosed.
   */
  run(action, ...[payload, options]) {
    const { id = newId(), metadata, signal } = options ?? {};
    const text = JSON.stringify({ action, id, payload, metadata });
    const most = sendsFragments(this.#session.platform) ? MESSAGE_BYTES : FRAME_BYTES;
    const size = text.length * 3 > most ? new TextEncoder().encode(text).length : 0;
    if (size > MESSAGE_BYTES)
      throw new RequestTooLarge(size, MESSAGE_BYTES, "no endpoint takes more");
    if (size > most)
      throw new RequestTooLarge(size, most, "this platform sends no message in several frames");
    return this.#follow(id, text, void 0, signal);
  }
  /** Run an action and return its result. */
  request(action, ...given) {
    return this.run(action, ...given).result;
  }
  /**
   * Follow a job by its id alone: another device's, or one of before a reload, also after its end. Of a job that
   * is open here already it is that job, and the options count for nothing.
   */
  attach(id, { after = -1, signal } = {}) {
    return this.#follow(id, "", after, signal);
  }
  /** The job of this id that is open here: not ended, and listened to. */
  job(id) {
    return this.#open.get(id)?.job;
  }
  /** Follow again every job that had not ended when the page was left, from the frame that it showed last. */
  recover() {
    return [...this.#cursors?.all() ?? []].map(([id, seq]) => this.attach(id, { after: seq - 1 }));
  }
  /** End a job with what it has; "finished first" where it had come to another end before. */
  async cancel(id) {
    try {
      await this.#ask("cancel", { request_id: id });
    } catch (error) {
      if (!(error instanceof RequestFailed && error.code === "CONFLICT"))
        throw error;
      const { status } = await this.status(id);
      return status === "CANCELLED" ? "cancelled" : "finished first";
    }
    return "cancelled";
  }
  /** What is known of a job. */
  status(id) {
    return this.#ask("status", { request_id: id });
  }
  /** The tenant's jobs, newest first. */
  async *jobs() {
    let cursor = null;
    do {
      const page = await this.#ask("list", { limit: 100, cursor });
      yield* page.jobs;
      ({ cursor } = page);
    } while (cursor !== null);
  }
  /** Try to connect at once, also where the endpoint refused us: after signing in again, say. */
  reconnect() {
    this.#session.line.reconnect();
  }
  /** Close the connection. Jobs go on; what is open here rejects with ClientClosed. */
  close() {
    this.#session.close();
  }
  #ask(action, payload) {
    return this.request(action, payload);
  }
  #follow(id, text, after, signal) {
    if (this.connection.status === "closed")
      throw new ClientClosed("the client is closed");
    const open = this.#open.get(id);
    if (open) {
      if (text && open.followed.text && text !== open.followed.text) {
        throw new TypeError(`the request ${id} is open with another payload`);
      }
      return open.job;
    }
    const { patience, silence } = this.#settings;
    const owner = { cancel: (each) => this.cancel(each), forget: () => this.#session.forget(followed) };
    const job = new Job(id, owner, signal);
    const followed = {
      text,
      inbox: new Inbox(id, patience, silence, after),
      due: (frames) => {
        job.take(frames);
        this.#remember(job);
      },
      fail: (error) => job.fail(error)
    };
    this.#open.set(id, { job, followed });
    const forget = () => this.#open.delete(id);
    job.result.then(forget, forget);
    this.#session.follow(followed);
    return job;
  }
  #remember({ id, ended, state }) {
    if (ended)
      this.#cursors?.delete(id);
    else if (state.seq >= 0)
      this.#cursors?.set(id, state.seq);
  }
};

// dist/cursors.js
function storedCursors(prefix = "stepstreamer:", storage = localStorage) {
  const attempt = (work) => {
    try {
      return work();
    } catch {
      return void 0;
    }
  };
  return {
    all: () => attempt(() => Object.keys(storage))?.filter((key) => key.startsWith(prefix)).map((key) => [key.slice(prefix.length), Number(storage.getItem(key))]).filter(([, seq]) => Number.isInteger(seq)) ?? [],
    set: (requestId, seq) => attempt(() => storage.setItem(prefix + requestId, String(seq))),
    delete: (requestId) => attempt(() => storage.removeItem(prefix + requestId))
  };
}
export {
  ClientClosed,
  ConnectionRefused,
  Job,
  RequestFailed,
  RequestTooLarge,
  Streamer,
  StreamerError,
  storedCursors
};
