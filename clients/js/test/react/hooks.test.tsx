/** The hooks under React 19's StrictMode, which mounts twice (point 9, row 74). */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { JSDOM } from "jsdom";
import { act, StrictMode, Suspense, use, useEffect, useState, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { useConnection, useJob, useRun } from "../../src/react/index.js";
import type { Job, Streamer } from "../../src/index.js";
import { scene } from "../support/following.js";
import { settle } from "../support/world.js";

const { window } = new JSDOM("<main></main>");
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });

const roots: Root[] = [];
const text = () => window.document.querySelector("main")!.textContent;

async function show(node: ReactNode): Promise<Root> {
  const root = createRoot(window.document.querySelector("main")!);
  roots.push(root);
  await act(async () => {
    root.render(<StrictMode>{node}</StrictMode>);
    await settle();
  });
  return root;
}

afterEach(() => act(() => roots.splice(0).forEach((root) => root.unmount())));

function Follow({ client, id }: { client: Streamer; id: string | null }) {
  const job = useJob<{ of: string }>(client, id);
  return <p>{job ? `${job.status} ${job.progress?.percentage ?? "-"} ${job.result?.of ?? ""}`.trim() : "none"}</p>;
}

test("a74 a job under StrictMode: one socket, one job", async () => {
  const { client, endpoint, world } = scene();
  endpoint.begin("job");
  endpoint.say("job");
  await show(<Follow client={client} id="job" />);
  assert.equal(text(), "running 1");
  assert.equal(endpoint.asked("resume").length, 1);
  await act(async () => endpoint.say("job"));
  assert.equal(text(), "running 2");
  await act(async () => endpoint.complete("job"));
  assert.equal(text(), "completed 2 job");
  assert.deepEqual([world.sockets.length, endpoint.received.length], [1, 1]);
});

test("no id is no job, another id another job, and what nobody looks at is let go", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { client, endpoint } = scene();
  for (const id of ["a", "b"]) endpoint.begin(id);
  let setId!: (id: string | null) => void;
  function Choose() {
    const [id, set] = useState<string | null>(null);
    setId = set;
    return <Follow client={client} id={id} />;
  }
  await show(<Choose />);
  assert.deepEqual([text(), endpoint.received.length], ["none", 0]);
  const choose = (id: string | null) => act(async () => (setId(id), await settle()));
  await choose("a");
  await act(async () => endpoint.say("a"));
  await choose("b");
  assert.equal(text(), "running -");
  await choose("a"); // before it was let go
  assert.equal(text(), "running 1");
  await choose(null);
  assert.equal(text(), "none");
  context.mock.timers.tick(1000);
  assert.equal(endpoint.asked("resume").length, 2);
  await choose("a");
  assert.equal(endpoint.asked("resume").length, 3);
  assert.equal(endpoint.asked("cancel").length, 0);
});

test("a job that somebody else waits for is not stopped when no component looks at it any more", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { client, endpoint } = scene();
  const job = client.run("report", {}, { id: "job" });
  const root = await show(<Follow client={client} id="job" />);
  assert.equal(text(), "running -");
  await act(async () => root.render(<p>gone</p>));
  context.mock.timers.tick(1000);
  endpoint.complete("job");
  assert.deepEqual(await job.result, { of: "job" });
  assert.equal(endpoint.received.length, 1);
});

test("a74 a job that is started in an effect, which StrictMode runs twice, is started once", async () => {
  const { client, endpoint, world } = scene();
  const started = new Set<Job<unknown>>();
  function Start() {
    const { start, job } = useRun(client, "report");
    useEffect(() => void started.add(start({ n: 1 })), [start]);
    return <p>{job ? `${job.status} ${job.progress?.percentage ?? "-"}` : "none"}</p>;
  }
  await show(<Start />);
  assert.deepEqual([text(), started.size, world.sockets.length], ["running -", 1, 1]);
  assert.deepEqual(endpoint.received.map((each) => each.action), ["report"]);
  const [{ id }] = [...started] as [Job<unknown>];
  await act(async () => endpoint.say(id));
  assert.equal(text(), "running 1");
});

test("two starts with different payloads are two jobs, and the last is shown", async () => {
  const { client, endpoint } = scene();
  let start!: (payload: unknown) => Job<unknown>;
  function Start() {
    const run = useRun(client, "report");
    start = run.start;
    return <p>{run.job?.id ?? "none"}</p>;
  }
  await show(<Start />);
  assert.equal(text(), "none");
  const ids: string[] = [];
  await act(async () => {
    ids.push(start({ n: 1 }).id, start({ n: 2 }).id, start({ n: 2 }).id);
    await settle();
  });
  assert.equal(endpoint.asked("report").length, 2);
  assert.equal(ids[1], ids[2]);
  assert.equal(text(), ids[1]);
});

test("a component that suspends on a job's promise shows its result", async () => {
  const { client, endpoint } = scene();
  endpoint.begin("job");
  const promises = new Set<unknown>();
  function Wait() {
    const job = useJob<{ of: string }>(client, "job");
    if (!job) return <p>none</p>;
    promises.add(job.promise);
    return <p>{`done ${use(job.promise).of}`}</p>;
  }
  await show(
    <Suspense fallback="waiting">
      <Wait />
    </Suspense>,
  );
  assert.match(text()!, /waiting/);
  await act(async () => {
    endpoint.say("job");
    endpoint.complete("job");
    await settle();
  });
  assert.match(text()!, /done job$/);
  assert.deepEqual([promises.size, endpoint.asked("resume").length], [1, 1]);
});

test("a74 the connection's state is a component's, too: it changes, and no job ends by it", async () => {
  const { client, endpoint, world } = scene();
  endpoint.begin("job");
  function Both() {
    const { status } = useConnection(client);
    const job = useJob(client, "job");
    return <p>{`${status} ${job?.status}`}</p>;
  }
  await show(<Both />);
  assert.equal(text(), "open running");
  world.onConnect = (socket) => queueMicrotask(() => socket.refuse());
  await act(async () => (world.last.cut(), await settle()));
  assert.equal(text(), "waiting running");
  world.onConnect = (socket) => queueMicrotask(() => socket.accept());
  await act(async () => world.pass(2000));
  assert.equal(text(), "open running");
});

test("on the server side nothing is connected", async () => {
  const { client, world } = scene();
  assert.equal(renderToString(<Follow client={client} id="job" />), "<p>none</p>");
  await world.pass(1000);
  assert.equal(world.sockets.length, 0);
});
