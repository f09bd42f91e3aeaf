/** Sizes, signals, cancelling, attaching, cursors (points 6, 7 and 10). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestTooLarge, storedCursors, Streamer } from "../src/index.js";
import { scene, seen, upTo } from "./support/following.js";
import { FakeSocket, settle } from "./support/world.js";

test("a request that was not answered is sent again under its id", async () => {
  const { client, endpoint, world } = scene();
  endpoint.answers = false;
  const job = client.run("report", { n: 1 });
  await settle();
  world.last.cut();
  endpoint.answers = true;
  await world.pass(1000);
  const sent = endpoint.asked("report");
  assert.equal(sent.length, 2);
  assert.deepEqual(sent[0], sent[1]);
  assert.match(sent[0]!.id, /^[0-9a-f]{32}$/);
  assert.equal(job.state.status, "running");
});

test("what is too large is refused before anything is sent, with its size", async () => {
  const { client, world } = scene();
  assert.deepEqual(await client.request("echo", "ä".repeat(16_000)), { echo: "ä".repeat(16_000) });
  const error = thrown(() => client.run("echo", "ä".repeat(16_400)));
  assert.ok(error instanceof RequestTooLarge);
  assert.equal(error.limit, 32 * 1024);
  assert.ok(error.size > 32_800 && error.size < 32_900, String(error.size));
  assert.match(error.message, /this platform/);
  const sent = world.last.sent.length;
  await world.pass(1000);
  assert.equal(world.last.sent.length, sent);
});

test("where the platform sends messages in several frames, 128 KB are possible", async () => {
  const parts: [Uint8Array, { binary: boolean; fin: boolean }][] = [];
  const { client, world } = scene();
  const send = function (this: FakeSocket, data: string | Uint8Array, options?: { binary: boolean; fin: boolean }) {
    if (typeof data !== "string") parts.push([data, options!]);
    else FakeSocket.prototype.send.call(this, data);
  };
  Object.defineProperty(world.WebSocket.prototype, "send", { value: send, configurable: true });
  client.run("echo", "€".repeat(40_000));
  await settle();
  assert.deepEqual(parts.map(([part]) => part.length).slice(0, 3), [32_768, 32_768, 32_768]);
  assert.deepEqual(parts.map(([, { binary, fin }]) => [binary, fin]), [
    [false, false],
    [false, false],
    [false, false],
    [false, true],
  ]);
  const whole = Buffer.concat(parts.map(([part]) => part)).toString();
  assert.equal(JSON.parse(whole).payload.length, 40_000);
  const error = thrown(() => client.run("echo", "x".repeat(130_000)));
  assert.ok(error === undefined);
  assert.ok(thrown(() => client.run("echo", "x".repeat(131_072))) instanceof RequestTooLarge);
});

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("a signal stops listening; it does not cancel", async () => {
  const { client, endpoint } = scene();
  const stopping = new AbortController();
  const job = client.run("report", {}, { id: "job", signal: stopping.signal });
  const shown: number[] = [];
  const reading = (async () => {
    for await (const each of job) shown.push(each.seq);
  })();
  await settle();
  endpoint.say("job");
  await settle();
  stopping.abort(new Error("enough"));
  await assert.rejects(job.result, /enough/);
  await reading;
  endpoint.say("job");
  assert.deepEqual([shown, job.state.status], [[1], "running"]);
  assert.equal(endpoint.asked("cancel").length, 0);
  assert.ok(!endpoint.ended("job"));
  const again = client.attach("job", { after: job.state.seq });
  await settle();
  endpoint.complete("job");
  assert.deepEqual(await again.result, { of: "job" });
  await assert.rejects(client.run("echo", 1, { signal: AbortSignal.abort(new Error("before")) }).result, /before/);
});

test("cancel is a message, works after a resume, and says what became of the job", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  await settle();
  world.last.cut();
  await world.pass(1000);
  assert.equal(await job.cancel(), "cancelled");
  await assert.rejects(job.result, { code: "CANCELLED" });
  assert.equal(job.state.status, "cancelled");
  endpoint.begin("done");
  endpoint.complete("done");
  assert.equal(await client.cancel("done"), "finished first");
  await assert.rejects(client.cancel("nothing"), { code: "NOT_FOUND" });
});

test("a cancellation whose answer was lost found the job cancelled", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  await settle();
  endpoint.answers = false;
  const cancelling = job.cancel();
  await settle();
  endpoint.fail("job", "CANCELLED");
  world.last.cut();
  endpoint.answers = true;
  const other = client.run("report", {}, { id: "other" });
  await world.pass(3000);
  assert.equal(await cancelling, "cancelled");
  other.stop();
});

test("a73 a job is attached to by its id, from its cursor on, while it runs and after its end", async () => {
  const { client, endpoint } = scene();
  endpoint.begin("job");
  for (let n = 0; n < 4; n += 1) endpoint.say("job");
  const running = client.attach("job", { after: 2 });
  const numbers = seen(running);
  await settle();
  assert.equal(client.attach("job"), running);
  endpoint.complete("job");
  assert.deepEqual([await running.result, numbers], [{ of: "job" }, [3, 4, 5]]);
  for (const after of [-1, 3, 5]) {
    const ended = client.attach("job", { after });
    const found = seen(ended);
    assert.deepEqual(await ended.result, { of: "job" });
    assert.deepEqual(found, after === 5 ? [5] : upTo(5).slice(after + 1));
  }
  await assert.rejects(client.attach("nothing").result, { code: "NOT_FOUND" });
});

test("a48 two devices both have every frame; of a job that is not the tenant's there is none", async () => {
  const { client, endpoint, world } = scene();
  const other = new Streamer({ url: "wss://host/live", token: "a.b.c", platform: world });
  const phone = client.run("report", {}, { id: "job" });
  const found = [seen(phone)];
  await settle();
  const tablet = other.attach("job");
  found.push(seen(tablet));
  await settle();
  endpoint.say("job");
  endpoint.complete("job");
  assert.deepEqual(await Promise.all([phone.result, tablet.result]), [{ of: "job" }, { of: "job" }]);
  assert.deepEqual([found, world.open.length], [[upTo(2), upTo(2)], 2]);
  await assert.rejects(other.attach("another tenant's").result, { code: "NOT_FOUND" });
});

test("the same id and payload is the same job here, another payload is refused", async () => {
  const { client, endpoint } = scene();
  const job = client.run("report", { n: 1 }, { id: "job" });
  assert.equal(client.run("report", { n: 1 }, { id: "job" }), job);
  assert.throws(() => client.run("report", { n: 2 }, { id: "job" }), /another payload/);
  await settle();
  assert.equal(endpoint.asked("report").length, 1);
});

test("a73 a page that is loaded again finds its jobs from where it was", async () => {
  const storage = new Storage();
  const cursors = storedCursors("jobs:", storage as unknown as globalThis.Storage);
  const { client, endpoint, world } = scene({ cursors });
  for (const id of ["one", "two"]) client.run("report", {}, { id });
  await settle();
  endpoint.say("one");
  endpoint.say("one");
  endpoint.complete("two");
  await client.request("echo", 1);
  assert.deepEqual({ ...storage }, { "jobs:one": "2" });
  client.close(); // the page goes
  endpoint.say("one");
  const next = new Streamer({ url: "wss://host/live", token: "a.b.c", platform: world, cursors });
  const [found, ...others] = next.recover();
  const numbers = seen(found!);
  await settle();
  assert.deepEqual([found!.id, others, numbers], ["one", [], [2, 3]]);
  endpoint.complete("one");
  await found!.result;
  assert.deepEqual({ ...storage }, {});
});

test("storage that is full or forbidden keeps nothing, and breaks nothing", async () => {
  const broken = new Proxy({} as globalThis.Storage, {
    get() {
      throw new DOMException("no", "QuotaExceededError");
    },
    ownKeys() {
      throw new DOMException("no", "SecurityError");
    },
  });
  const { client, endpoint } = scene({ cursors: storedCursors("jobs:", broken) });
  assert.deepEqual(client.recover(), []);
  const job = client.run("report", {}, { id: "job" });
  await settle();
  endpoint.complete("job");
  assert.deepEqual(await job.result, { of: "job" });
});

/** As a browser's: keys are properties. */
class Storage {
  [key: string]: unknown;
  getItem(key: string): unknown {
    return this[key] ?? null;
  }
  setItem(key: string, value: string): void {
    this[key] = value;
  }
  removeItem(key: string): void {
    delete this[key];
  }
}
