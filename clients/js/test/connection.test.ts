/** What becomes of a connection, and that no job's state follows from it (points 1 to 3). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionRefused, type Streamer } from "../src/index.js";
import { scene, seen, upTo } from "./support/following.js";
import { settle, type World } from "./support/world.js";

/** The statuses of the connection, from now on. */
function statuses(client: Streamer): string[] {
  const found: string[] = [];
  client.subscribe(() => found.push(client.connection.status));
  return found;
}

const status = (client: Streamer): string => client.connection.status;

test("nothing connects before it is needed, and a quiet client does not connect again", async () => {
  const { client, world, tokens } = scene();
  await world.pass(60_000);
  assert.deepEqual([status(client), world.sockets.length, world.timers], ["idle", 0, 0]);
  await client.request("echo", 1);
  world.last.cut();
  await world.pass(600_000);
  assert.deepEqual([status(client), world.sockets.length], ["idle", 1]);
  await client.request("echo", 2);
  assert.deepEqual([world.sockets.length, tokens.length], [2, 2]);
  assert.deepEqual(world.last.protocols, ["streamer", "a.b.1"]);
});

test("a47 only a terminal frame ends a job; a closed socket never does", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  const numbers = seen(job);
  await settle();
  world.onConnect = (socket) => queueMicrotask(() => socket.refuse());
  for (const code of [1000, 1001, 1006, 1011, 4000]) {
    world.last.cut(code);
    await world.pass(120_000);
    assert.equal(job.state.status, "running");
    assert.equal(status(client), "waiting");
  }
  world.onConnect = (socket) => queueMicrotask(() => socket.accept());
  endpoint.say("job");
  endpoint.complete("job");
  await world.pass(30_000);
  assert.deepEqual([await job.result, numbers], [{ of: "job" }, upTo(2)]);
  assert.equal(status(client), "open");
});

test("a wait tells its time and reason, and grows from 1 to 30 s, whole, where chance is 1", async () => {
  const { client, world } = scene({}, false);
  const job = client.run("report");
  const waits: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    await settle();
    world.last.refuse();
    await settle();
    const state = client.connection;
    assert.ok(state.status === "waiting" && state.reason);
    waits.push(state.retryAt - world.now());
    await world.pass(state.retryAt - world.now());
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(job.state.status, "sent");
});

test("the wait is jittered fully, and begins anew only after a stable while", async () => {
  const { client, world } = scene();
  client.run("report", {}, { id: "job" });
  const wait = async () => {
    world.last.cut();
    await settle();
    const state = client.connection;
    assert.ok(state.status === "waiting");
    const found = state.retryAt - world.now();
    await world.pass(found);
    return found;
  };
  await settle();
  world.chance = 0.25;
  assert.deepEqual([await wait(), await wait(), await wait()], [250, 500, 1000]);
  await world.pass(9_000); // an accepted handshake and some words are not enough
  assert.equal(await wait(), 2000);
  await world.pass(10_000);
  assert.equal(await wait(), 250);
});

test("a token is asked for on every attempt, whatever woke it", async () => {
  const { client, endpoint, world, tokens } = scene();
  client.run("report", {}, { id: "job" });
  await settle();
  world.last.cut();
  await world.pass(1000); // the timer
  world.last.cut();
  await world.pass(1500);
  await world.wake(); // online, visible again, out of the cache
  world.last.cut();
  await world.sleep(3_600_000); // noticed by the clock
  await settle();
  assert.deepEqual(world.sockets.map((each) => each.protocols[1]), tokens);
  assert.equal(tokens.length, 4);
  assert.equal(endpoint.asked("report").length, 1);
});

test("a token that cannot be had for a while is no refusal", async () => {
  let tries = 0;
  const token = async () => {
    if ((tries += 1) < 4) throw new TypeError("Failed to fetch");
    return "a.b.c";
  };
  const { client, world } = scene({ token });
  const answer = client.request("echo", 1);
  await settle();
  assert.equal(status(client), "waiting");
  await world.pass(10_000);
  assert.deepEqual(await answer, { echo: 1 });
});

test("a socket that cannot be made is told with its reason, and tried again", async () => {
  const { client, world } = scene();
  world.onConnect = () => {
    throw new SyntaxError("an invalid subprotocol");
  };
  client.run("report");
  await settle();
  const state = client.connection;
  assert.ok(state.status === "waiting");
  assert.match(state.reason, /no socket can be made: SyntaxError: an invalid subprotocol/);
  const none = { ...world, WebSocket: undefined } as unknown as World;
  assert.throws(() => scene({ platform: none }), /give one/);
});

test("a token that never comes, and a handshake that is never answered, are given up", async () => {
  const { client, world } = scene({ token: () => (hang ? new Promise<string>(() => {}) : "a.b.c") }, false);
  let hang = true;
  client.run("report");
  await world.pass(30_000);
  assert.equal(status(client), "waiting");
  hang = false;
  await world.pass(1000);
  assert.equal(status(client), "connecting");
  await world.pass(30_000);
  assert.deepEqual([status(client), world.sockets.length], ["waiting", 1]);
});

test("a74 refused with 401 or 403: one fresh try, then refused, no storm", async () => {
  for (const code of [401, 403]) {
    const { client, endpoint, world, tokens } = scene();
    const job = client.run("report", {}, { id: "job" });
    const numbers = seen(job);
    await settle();
    world.onConnect = (socket) => queueMicrotask(() => socket.refuse(`Unexpected server response: ${code}`));
    world.last.cut();
    const found = statuses(client);
    await world.pass(1000);
    assert.deepEqual(found.slice(-1), ["refused"]);
    await world.pass(3_600_000);
    assert.equal(tokens.length, 3);
    assert.equal(job.state.status, "running"); // the job is well
    await assert.rejects(client.request("echo", 1), (error) => {
      return error instanceof ConnectionRefused && error.status === code;
    });
    await world.pass(60_000);
    assert.equal(tokens.length, 5);
    world.onConnect = (socket) => queueMicrotask(() => socket.accept());
    endpoint.complete("job");
    client.reconnect(); // signed in again
    assert.deepEqual([await job.result, numbers], [{ of: "job" }, [0, 1]]);
  }
});

test("a74 a fresh token that is taken after a refusal does not show", async () => {
  const { client, endpoint, world, tokens } = scene();
  const job = client.run("report", {}, { id: "job" });
  await settle();
  let refusals = 1;
  world.onConnect = (socket) =>
    queueMicrotask(() => (refusals-- > 0 ? socket.refuse("Unexpected server response: 401") : socket.accept()));
  world.last.cut();
  await world.pass(1000);
  endpoint.complete("job");
  assert.deepEqual(await job.result, { of: "job" });
  assert.equal(tokens.length, 3);
});

test("a74 a token source that says 401 is a refusal, too", async () => {
  let tries = 0;
  const token = () => {
    tries += 1;
    throw Object.assign(new Error("signed out"), { status: 401 });
  };
  const { client, world } = scene({ token });
  await assert.rejects(client.request("echo", 1), ConnectionRefused);
  assert.equal(status(client), "refused");
  await world.pass(3_600_000);
  assert.equal(tries, 2);
});

test("a74 where the platform does not say why, an endpoint that answers otherwise refuses us", async () => {
  const { client, world, tokens } = scene({}, false);
  world.reachable = true;
  world.onConnect = (socket) => queueMicrotask(() => socket.refuse());
  const job = client.run("report");
  await settle();
  assert.equal(status(client), "waiting");
  await world.pass(1000);
  assert.equal(status(client), "refused");
  await world.pass(600_000);
  assert.ok(tokens.length < 30, `${tokens.length} attempts in ten minutes`);
  assert.equal(job.state.status, "sent");
  world.reachable = false;
  await world.pass(30_000);
  assert.equal(status(client), "waiting"); // an outage: nobody refuses us
});

test("a74 asleep and awake: tried at once, once, and not by timers that nobody can trust", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  await settle();
  world.onConnect = (socket) => queueMicrotask(() => socket.refuse());
  world.last.cut();
  await world.pass(60_000);
  const before = world.sockets.length;
  world.isHidden = true;
  await world.sleep(50_000); // a hidden tab's timers come late; that is no wake
  assert.equal(world.sockets.length, before + 1);
  world.isHidden = false;
  world.onConnect = (socket) => queueMicrotask(() => socket.accept());
  await world.pass(1500);
  for (let n = 0; n < 50; n += 1) await world.wake();
  assert.deepEqual([status(client), world.open.length], ["open", 1]);
  assert.equal(world.sockets.length, before + 2);
  endpoint.complete("job");
  await job.result;
});

test("a74 fifty wakes in an outage are no storm", async () => {
  const { client, world } = scene({}, false);
  world.onConnect = (socket) => queueMicrotask(() => socket.refuse());
  client.run("report");
  await world.pass(20_000);
  const before = world.sockets.length;
  for (let n = 0; n < 50; n += 1) {
    await world.wake();
    await world.pass(20);
  }
  assert.ok(world.sockets.length <= before + 2, `${world.sockets.length - before} attempts in a second`);
});

test("without a network it says so, and is tried as soon as there is one", async () => {
  const { client, world } = scene({}, false);
  world.isOnline = false;
  world.onConnect = (socket) => queueMicrotask(() => socket.refuse());
  const answer = client.request("echo", 1);
  await world.pass(100_000);
  assert.equal(status(client), "offline");
  world.isOnline = true;
  world.onConnect = (socket) => queueMicrotask(() => socket.accept());
  await world.pass(1500);
  await world.wake();
  assert.deepEqual(await answer, { echo: 1 });
});

test("a socket that died in our sleep is found out by one question, and replaced", async () => {
  const { client, endpoint, world } = scene();
  const jobs = ["a", "b", "c"].map((id) => client.run("report", {}, { id }));
  await settle();
  const before = endpoint.received.length;
  world.last.mute = true;
  await world.sleep(3_600_000);
  for (const id of ["a", "b", "c"]) endpoint.complete(id);
  await world.pass(10_000);
  assert.equal(world.sockets.length, 2);
  assert.deepEqual(await Promise.all(jobs.map((each) => each.result)), [{ of: "a" }, { of: "b" }, { of: "c" }]);
  assert.ok(endpoint.received.length <= before + 3);
});

test("a socket that lives is asked nothing when a tab is looked at again", async () => {
  const { client, endpoint, world } = scene();
  client.run("report", {}, { id: "job" });
  await settle();
  for (let n = 0; n < 20; n += 1) {
    endpoint.say("job");
    await world.wake();
    await world.pass(1000);
  }
  assert.equal(endpoint.received.length, 1);
});

test("a quiet job is asked after, and a socket that does not answer is replaced", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  await world.pass(29_000);
  assert.equal(endpoint.asked("resume").length, 0);
  await world.pass(1000);
  assert.equal(endpoint.asked("resume").length, 1);
  world.last.mute = true;
  endpoint.complete("job");
  await world.pass(62_000);
  assert.deepEqual([await job.result, world.sockets.length], [{ of: "job" }, 2]);
});

test("a clock that is set back stops nothing", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  await settle();
  world.wall -= 86_400_000;
  world.last.cut();
  await world.pass(2000);
  endpoint.complete("job");
  await world.pass(20_000);
  assert.deepEqual(await job.result, { of: "job" });
});

test("a closed client is closed: no timer, no socket, and what was open says so", async () => {
  const { client, world } = scene();
  const job = client.run("report");
  await settle();
  client.close();
  await assert.rejects(job.result, { name: "ClientClosed" });
  assert.throws(() => client.run("echo"), { name: "ClientClosed" });
  await world.pass(60_000);
  await world.wake();
  client.reconnect();
  await settle();
  assert.deepEqual([status(client), world.open.length, world.timers], ["closed", 0, 0]);
  assert.equal(world.sockets.length, 1);
});
