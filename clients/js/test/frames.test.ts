/** Order, duplicates, gaps, replay, attempts, and what a slow reader sees (points 5, 8 and 11). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestFailed, type ProgressFrame } from "../src/index.js";
import { scene, seen, upTo } from "./support/following.js";
import { settle } from "./support/world.js";

test("a request is answered, and a job followed to its result", async () => {
  const { client, endpoint } = scene();
  assert.deepEqual(await client.request("echo", { n: 1 }), { echo: { n: 1 } });
  const job = client.run("report", {}, { id: "job" });
  const numbers = seen(job);
  assert.equal(job.state.status, "sent");
  await settle();
  assert.equal(job.state.status, "running");
  endpoint.say("job");
  endpoint.complete("job");
  assert.deepEqual(await job.result, { of: "job" });
  assert.deepEqual([job.state.status, job.state.seq, numbers], ["completed", 2, [0, 1, 2]]);
});

test("a failure rejects with all that the server said, and is in the state", async () => {
  const { client, endpoint } = scene();
  const job = client.run("report", {}, { id: "job" });
  await settle();
  endpoint.fail("job", "TIMEOUT");
  await assert.rejects(job.result, (error) => {
    assert.ok(error instanceof RequestFailed);
    assert.deepEqual([error.code, error.requestId, error.partial?.percentage], ["TIMEOUT", "job", 1]);
    return true;
  });
  assert.equal(job.state.status, "failed");
});

test("duplicates and reorderings do not show, and a missing frame is asked for", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  const numbers = seen(job);
  await settle();
  endpoint.copies = () => 0;
  for (let n = 0; n < 6; n += 1) endpoint.say("job");
  endpoint.copies = () => 2;
  for (const seq of [3, 1, 2, 6, 5]) endpoint.push("job", seq);
  assert.deepEqual(numbers, upTo(3));
  assert.equal(endpoint.asked("resume").length, 0);
  await world.pass(2000);
  assert.deepEqual(endpoint.asked("resume").map((each) => each.payload), [{ request_id: "job", seq: 3 }]);
  assert.deepEqual(numbers, upTo(6));
});

test("a replay comes in pages, and of what is gone the rest is followed", async () => {
  const { client, endpoint, world } = scene();
  const job = client.run("report", {}, { id: "job" });
  const numbers = seen(job);
  await settle();
  world.last.cut();
  for (let n = 0; n < 9; n += 1) endpoint.say("job");
  endpoint.page = 3;
  await world.pass(1000);
  assert.deepEqual(endpoint.asked("resume").map((each) => each.payload.seq), [0, 3, 6]);
  world.last.cut();
  for (let n = 0; n < 9; n += 1) endpoint.say("job");
  endpoint.jobs.get("job")!.keptFrom = 16;
  await world.pass(5000);
  endpoint.say("job");
  assert.deepEqual(numbers, [...upTo(9), 19]);
});

test("what a dead attempt says is superseded by what its successor said", async () => {
  const { client, endpoint } = scene();
  const job = client.run("report", {}, { id: "job" });
  await settle();
  endpoint.say("job", { stage: "query", attempt: 1, percentage: 10 });
  endpoint.say("job", { stage: "query", attempt: 2, percentage: 12, status: "retrying" });
  endpoint.say("job", { stage: "query", attempt: 1, percentage: 25, message: "of the dead" });
  assert.deepEqual([job.state.progress?.attempt, job.state.progress?.percentage, job.state.seq], [2, 12, 3]);
  endpoint.say("job", { stage: "render", attempt: 1, percentage: 60 });
  endpoint.say("job", { stage: "query", attempt: 2, percentage: 61 });
  assert.equal(job.state.progress?.stage, "render");
  const shown: ProgressFrame[] = [];
  endpoint.complete("job");
  for await (const each of job) shown.push(each);
  assert.deepEqual(shown.map((each) => each.seq), [1, 2, 4]);
});

test("a slow reader gets the newest progress, and every stage, attempt and end", async () => {
  const { client, endpoint } = scene();
  const job = client.run("report", {}, { id: "job" });
  await settle();
  const reader = job[Symbol.asyncIterator]();
  endpoint.say("job");
  assert.equal((await reader.next()).value?.seq, 1); // and then it is busy
  for (let n = 0; n < 50; n += 1) endpoint.say("job");
  endpoint.say("job", { attempt: 2, status: "retrying" });
  for (let n = 0; n < 50; n += 1) endpoint.say("job", { attempt: 2 });
  endpoint.say("job", { stage: "render" });
  endpoint.complete("job");
  const rest = [];
  for await (const each of { [Symbol.asyncIterator]: () => reader }) rest.push(each.seq);
  assert.deepEqual(rest, [51, 52, 102, 103]);
});

test("readers are woken as progress comes, each for itself, and end with the job", async () => {
  const { client, endpoint } = scene();
  const job = client.run("report", {}, { id: "job" });
  const readers = [0, 1].map(async () => {
    const got = [];
    for await (const each of job) got.push(each.seq);
    return got;
  });
  await settle();
  for (let n = 0; n < 5; n += 1) {
    endpoint.say("job");
    await settle();
  }
  endpoint.fail("job");
  assert.deepEqual(await Promise.all(readers), [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]);
  await assert.rejects(job.result);
});

test("what a newer protocol says passes through: to the tap as it came, numbered frames in order", async () => {
  const messages: [string, any][] = [];
  const { client, endpoint, world } = scene({ tap: (...each) => messages.push(each) });
  const job = client.run("report", {}, { id: "job" });
  const types: unknown[] = [];
  job.subscribe((frame) => types.push(frame?.type));
  await settle();
  endpoint.jobs.get("job")!.log.push({ type: "hint", request_id: "job", timestamp: 1, seq: 1, colour: "red" });
  endpoint.push("job", 1);
  world.last.receive({ type: "weather", request_id: null, timestamp: 1 });
  world.last.receive("no JSON");
  world.last.receive([1]);
  endpoint.say("job", { mood: "fine" });
  endpoint.complete("job");
  await job.result;
  assert.deepEqual(types, ["acknowledgment", "hint", "progress", "complete"]);
  assert.equal((job.state.progress as { mood?: string }).mood, "fine");
  const inward = messages.filter(([direction]) => direction === "in").map(([, message]) => message);
  assert.equal(inward[1].colour, "red");
  assert.deepEqual(inward.slice(2, 5), [{ type: "weather", request_id: null, timestamp: 1 }, "no JSON", [1]]);
  assert.equal(messages.find(([direction]) => direction === "out")![1].action, "report");
});

test("a listener or a tap that throws disturbs nobody", async (context) => {
  const uncaught: unknown[] = [];
  const later = queueMicrotask; // the test runner would take an uncaught error for its own
  context.mock.method(globalThis, "queueMicrotask", (call: () => void) =>
    later(() => {
      try {
        call();
      } catch (error) {
        uncaught.push(error);
      }
    }),
  );
  let taps = 0;
  const { client, endpoint } = scene({ tap: () => (taps += 1) });
  const job = client.run("report", {}, { id: "job" });
  await settle();
  job.subscribe(() => {
    throw new Error("a listener's own");
  });
  const numbers = seen(job);
  endpoint.complete("job");
  assert.deepEqual([await job.result, numbers], [{ of: "job" }, [1]]);
  await settle();
  assert.deepEqual([String(uncaught[0]), taps], ["Error: a listener's own", 3]);
});

test("API Gateway's own error belongs to the only request that waits", async () => {
  const { client, endpoint, world } = scene();
  endpoint.answers = false;
  const one = client.run("echo", 1);
  await settle();
  world.last.receive({ message: "Internal server error", connectionId: "c", requestId: "x" });
  await assert.rejects(one.result, { code: "INTERNAL_ERROR" });
  const two = [client.run("echo", 1), client.run("echo", 2)];
  await settle();
  world.last.receive({ message: "Internal server error", connectionId: "c", requestId: "x" });
  await settle();
  assert.deepEqual(two.map((each) => each.state.status), ["sent", "sent"]);
});
