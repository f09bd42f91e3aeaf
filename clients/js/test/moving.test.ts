/** Replaced before API Gateway's two hours: new socket, resume, then the old one goes (point 4). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { scene, seen, upTo } from "./support/following.js";
import { settle } from "./support/world.js";

const LIFE = 110 * 60_000;

test("a10 it moves to a second socket, without a frame lost or doubled", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  const numbers = seen(job);
  endpoint.copies = () => 2;
  for (let minute = 0; minute < 250; minute += 1) {
    await world.pass(60_000);
    endpoint.say("job");
    assert.ok(world.open.length <= 2);
    assert.equal(client.connection.status, "open");
  }
  endpoint.complete("job");
  await job.result;
  assert.deepEqual(numbers, upTo(251));
  assert.deepEqual([world.sockets.length, world.open.length], [3, 1]);
});

test("what was asked on the old connection is answered there, and then it goes", async () => {
  const { client, endpoint, world } = scene();
  client.run("report", {}, { id: "job" });
  await world.pass(LIFE - 1000);
  endpoint.answers = false;
  const late = client.run("echo", "late", { id: "late" });
  await settle();
  endpoint.answers = true;
  const old = world.last;
  await world.pass(1000);
  assert.equal(world.sockets.length, 2);
  assert.equal(old.state, "open");
  endpoint.answer(old, endpoint.asked("echo")[0]!);
  assert.deepEqual(await late.result, { echo: "late" });
  await settle();
  assert.deepEqual([old.state, endpoint.asked("echo").length], ["closed", 1]);
});

test("a job that was accepted on the old connection is followed on the new one", async () => {
  const { client, endpoint, world } = scene();
  client.run("report", {}, { id: "job" });
  await world.pass(LIFE - 1000);
  endpoint.answers = false;
  const late = client.run("report", {}, { id: "late" });
  await settle();
  endpoint.answers = true;
  const old = world.last;
  await world.pass(1000);
  endpoint.answer(old, endpoint.asked("report")[1]!);
  await settle();
  assert.equal(old.state, "closed");
  endpoint.complete("late");
  assert.deepEqual(await late.result, { of: "late" });
});

test("what the old connection takes with it is asked again", async () => {
  const { client, endpoint, world } = scene();
  client.run("report", {}, { id: "job" });
  await world.pass(LIFE - 1000);
  endpoint.answers = false;
  const late = client.run("echo", "late");
  await settle();
  endpoint.answers = true;
  const old = world.last;
  await world.pass(1000);
  old.cut();
  assert.deepEqual(await late.result, { echo: "late" });
  assert.equal(endpoint.asked("echo").length, 2);
});

test("a successor that cannot be had leaves the connection in use", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  await settle();
  world.onConnect = (socket) => queueMicrotask(() => socket.refuse());
  await world.pass(LIFE + 300_000);
  assert.deepEqual([client.connection.status, world.open.length], ["open", 1]);
  assert.ok(world.sockets.length < 15);
  endpoint.complete("job");
  await job.result;
});

test("where the old one dies before the new one is there, nothing is lost", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  const numbers = seen(job);
  await settle();
  world.onConnect = () => {}; // the handshake hangs
  await world.pass(LIFE);
  world.sockets[0]!.cut();
  endpoint.say("job");
  assert.equal(client.connection.status, "connecting");
  world.last.accept();
  await settle();
  endpoint.complete("job");
  await job.result;
  assert.deepEqual([numbers, world.sockets.length], [upTo(2), 2]);
});
