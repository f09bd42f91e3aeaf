/** Several tabs share a socket, whoever of them closes, crashes or freezes (point 10). */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../src/index.js";
import { seen, upTo } from "./support/following.js";
import { dice } from "./support/schedule.js";
import { Browser, type Page } from "./support/tabs.js";
import { settle } from "./support/world.js";

/** Two tabs with a job each; the first leads. */
async function two(options = {}) {
  const browser = new Browser();
  const pages = [browser.open(options), browser.open(options)] as const;
  const jobs: Job[] = [];
  const numbers: ReturnType<typeof seen>[] = [];
  for (const [at, page] of pages.entries()) {
    const job = page.client.run("report", {}, { id: `job-${at}` });
    jobs.push(job);
    numbers.push(seen(job));
    await settle();
  }
  const [a, b] = pages;
  assert.ok(a.leads && !b.leads);
  return { ...browser, browser, a, b, jobs, numbers, say: sayer(browser) };
}

const sayer = (browser: Browser) => async () => {
  for (const id of browser.endpoint.jobs.keys()) if (!browser.endpoint.ended(id)) browser.endpoint.say(id);
  await settle();
};

test("one socket, opened with the leader's token; each tab gets its own frames and no other's", async () => {
  const heard: unknown[] = [];
  const browser = new Browser();
  const a = browser.open({ tap: (way, message) => way === "in" && heard.push((message as any).request_id) });
  const b = browser.open();
  const job = a.client.run("report", {}, { id: "mine" });
  await settle();
  const other = b.client.run("report", {}, { id: "theirs" });
  assert.deepEqual(await b.client.request("echo", 1), { echo: 1 });
  browser.endpoint.complete("mine");
  browser.endpoint.complete("theirs");
  assert.deepEqual([await job.result, await other.result], [{ of: "mine" }, { of: "theirs" }]);
  assert.deepEqual(heard, ["mine", "mine"]);
  assert.deepEqual([browser.world.sockets.length, a.tokens.length, b.tokens.length], [1, 1, 0]);
  assert.equal(browser.world.last.protocols[1], a.tokens[0]);
});

test("one job in two tabs: both have every frame", async () => {
  const { a, b, endpoint, say, numbers } = await two();
  const again = b.client.attach("job-0");
  const found = seen(again);
  await say();
  endpoint.complete("job-0");
  await again.result;
  assert.deepEqual([numbers[0], found], [upTo(2), upTo(2)]);
  assert.equal(a.sockets.length, 1);
});

test("a leader that crashes is followed by the next; no frame is lost or doubled", async () => {
  const { a, b, world, endpoint, say, jobs, numbers } = await two();
  await say();
  a.crash();
  await say();
  await world.pass(1000);
  await say();
  endpoint.complete("job-1");
  assert.deepEqual([await jobs[1]!.result, numbers[1]], [{ of: "job-1" }, upTo(4)]);
  assert.deepEqual([world.sockets.length, world.open.length, b.leads, b.tokens.length], [2, 1, true, 1]);
});

test("a page that is put away gives way at once, and comes again as one who follows", async () => {
  for (const event of ["pagehide", "freeze"]) {
    const { a, b, world, endpoint, say, jobs, numbers } = await two();
    a.dispatchEvent(new Event(event));
    a.freeze();
    await world.pass(1000);
    assert.deepEqual([b.leads, b.client.connection.status], [true, "open"]);
    await say();
    a.thaw();
    await world.pass(2000);
    await say();
    for (const id of ["job-0", "job-1"]) endpoint.complete(id);
    await settle();
    await Promise.all(jobs.map((job) => job.result));
    assert.deepEqual([numbers, world.open.length], [[upTo(3), upTo(3)], 1]);
  }
});

test("a leader that is frozen without a word is robbed, and finds itself a follower when it thaws", async () => {
  const { a, b, world, endpoint, say, jobs, numbers } = await two();
  a.freeze();
  await say();
  await world.pass(70_000); // silence, a question without an answer, a call that nobody hears
  assert.deepEqual([b.leads, b.client.connection.status], [true, "open"]);
  await say();
  a.thaw();
  await world.pass(5000);
  for (const id of ["job-0", "job-1"]) endpoint.complete(id);
  await world.pass(5000);
  await Promise.all(jobs.map((job) => job.result));
  assert.deepEqual([numbers, world.open.length, a.leads], [[upTo(3), upTo(3)], 1, false]);
});

test("a socket that died is replaced for all, also for a tab that waits for nothing", async () => {
  const { b, world, endpoint, jobs } = await two();
  endpoint.complete("job-1");
  await jobs[1]!.result;
  world.last.mute = true;
  endpoint.complete("job-0");
  await world.pass(65_000);
  assert.deepEqual(await jobs[0]!.result, { of: "job-0" });
  assert.deepEqual(await b.client.request("echo", 2), { echo: 2 });
  assert.deepEqual([world.sockets.length, world.open.length], [2, 1]);
});

test("replaced before two hours for all tabs at once", async () => {
  const { world, endpoint, say, jobs, numbers } = await two();
  for (let minute = 0; minute < 250; minute += 1) {
    await world.pass(60_000);
    await say();
    assert.ok(world.open.length <= 2);
  }
  for (const id of ["job-0", "job-1"]) endpoint.complete(id);
  await world.pass(3000);
  await Promise.all(jobs.map((job) => job.result));
  assert.deepEqual([numbers, world.sockets.length, world.open.length], [[upTo(251), upTo(251)], 3, 1]);
});

test("an error that names nobody is the one's who waits, and nobody's where two do", async () => {
  const { a, b, world, endpoint } = await two();
  endpoint.answers = false;
  const ours = b.client.request("echo", 1);
  await settle();
  world.last.receive({ message: "Internal server error", connectionId: "c", requestId: "r" });
  await assert.rejects(ours, { code: "INTERNAL_ERROR" });
  const both = [a.client.run("echo", 1, { id: "x" }), b.client.run("echo", 2, { id: "y" })];
  await settle();
  world.last.receive({ message: "Internal server error", connectionId: "c", requestId: "r" });
  await settle();
  assert.deepEqual(both.map((job) => job.ended), [false, false]);
});

test("refused, without a token, and waiting: as without other tabs", async () => {
  const browser = new Browser();
  browser.world.reachable = true;
  const refused = browser.open({ token: () => Promise.reject(Object.assign(new Error("signed out"), { status: 401 })) });
  await assert.rejects(refused.client.request("echo", 1), { name: "ConnectionRefused" });
  const away = new Browser();
  away.world.reachable = true;
  const without = away.open({ token: () => Promise.reject(new TypeError("Failed to fetch")) });
  without.client.run("report");
  await away.world.pass(10_000);
  const { connection } = without.client;
  assert.ok(connection.status === "waiting" && connection.reason.includes("there is no token: TypeError"));
});

test("without Web Locks, a BroadcastChannel or the leave to use them: a socket a tab", async () => {
  const denied = { request: () => Promise.reject(new DOMException("sandboxed", "SecurityError")) };
  for (const sharing of [{ locks: undefined }, { BroadcastChannel: undefined }, { locks: denied }]) {
    const nodes = { locks: globalThis.navigator?.locks, BroadcastChannel: globalThis.BroadcastChannel };
    Object.defineProperty(globalThis.navigator, "locks", { value: undefined, configurable: true });
    Object.assign(globalThis, { BroadcastChannel: undefined });
    const browser = new Browser();
    const pages = [browser.open({}, sharing), browser.open({}, sharing)];
    Object.defineProperty(globalThis.navigator, "locks", { value: nodes.locks, configurable: true });
    Object.assign(globalThis, { BroadcastChannel: nodes.BroadcastChannel });
    for (const page of pages) assert.deepEqual(await page.client.request("echo", 1), { echo: 1 });
    assert.deepEqual(pages.map(({ sockets, tokens }) => [sockets.length, tokens.length]), [[1, 1], [1, 1]]);
  }
});

test("a leader whose client is closed leads no more, and leaves nothing behind", async () => {
  const { a, b, world, endpoint, jobs, browser } = await two();
  a.client.close();
  await assert.rejects(jobs[0]!.result, { name: "ClientClosed" });
  await world.pass(1000);
  endpoint.complete("job-1");
  assert.deepEqual(await jobs[1]!.result, { of: "job-1" });
  assert.deepEqual([b.leads, world.open.length, a.client.connection.status], [true, 1, "closed"]);
  b.client.close();
  await settle();
  assert.deepEqual([world.open.length, world.timers, browser.channels.size, browser.holder], [0, 0, 0, undefined]);
});

test("whatever becomes of three tabs, every frame is shown once and in order", async (context) => {
  const first = process.env.SEED ? Number(process.env.SEED) : Math.floor(Math.random() * 2 ** 31);
  const count = process.env.SEED ? 1 : 300;
  for (let seed = first; seed < first + count; seed += 1) {
    await schedule(seed).catch((cause) => {
      throw new Error(`seed ${seed}: replay it with SEED=${seed}`, { cause });
    });
  }
  context.diagnostic(`${count} schedules from seed ${first}`);
});

async function schedule(seed: number): Promise<void> {
  const chance = dice(seed);
  const below = (most: number) => Math.floor(chance() * most);
  const browser = new Browser();
  const { world, endpoint } = browser;
  world.random = chance;
  endpoint.copies = () => (chance() < 0.2 ? 0 : chance() < 0.2 ? 2 : 1);
  const tabs = [0, 1, 2].map((at) => {
    const page = browser.open();
    const job = page.client.run("report", {}, { id: `job-${at}` });
    return { page, job, numbers: seen(job) };
  });
  const alive = new Set<Page>(tabs.map(({ page }) => page));
  const any = () => [...alive][below(alive.size)]!;
  const say = sayer(browser);
  const steps: (() => unknown)[] = [
    say,
    say,
    () => world.pass(below(3000)),
    () => world.pass(below(70_000)),
    () => world.open.at(-1)?.cut(),
    () => world.open.forEach((socket) => (socket.mute = true)),
    () => world.wake(),
    () => any().freeze(),
    () => any().thaw(),
    () => any().dispatchEvent(new Event("pagehide")),
    () => chance() < 0.2 && alive.size > 1 && [any()].forEach((page) => (alive.delete(page), page.crash())),
  ];
  for (let left = 10 + below(40); left > 0; left -= 1) {
    await steps[below(steps.length)]!();
    await settle();
  }
  endpoint.copies = () => 1;
  for (const page of alive) page.thaw();
  const there = tabs.filter(({ page }) => alive.has(page));
  for (let round = 0; round < 40 && there.some(({ job }) => !job.ended); round += 1) {
    await world.pass(31_000);
    for (const id of endpoint.jobs.keys()) if (!endpoint.ended(id)) endpoint.complete(id);
  }
  for (const { job, numbers } of there) {
    assert.equal(job.state.status, "completed", JSON.stringify(browser.pages.map(({ client }) => client.connection)));
    assert.deepEqual(numbers, upTo(endpoint.jobs.get(job.id)!.log.length - 1));
  }
  await world.pass(120_000);
  assert.ok(world.open.filter((socket) => !socket.mute).length <= 1, `sockets: ${JSON.stringify(browser.pages.map(({ sockets, leads }) => [leads, ...sockets.map(({ state, mute }) => state + mute)]))}`);
}
