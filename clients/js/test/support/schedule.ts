/** A random schedule of everything that a network, a laptop and a server can do to a client; replayed by its seed. */

import assert from "node:assert/strict";
import { ConnectionRefused } from "../../src/index.js";
import { scene, seen, upTo } from "./following.js";
import { settle, type FakeSocket } from "./world.js";

export interface Counts {
  frames: number;
  cuts: number;
  refusals: number;
  sleeps: number;
  handshakes: number;
}

/** A small generator of chance that is the same everywhere (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Play a schedule; at its end every job has shown every frame once, in order, and nothing is left over. */
export async function play(seed: number): Promise<Counts> {
  const chance = dice(seed);
  const below = (count: number) => Math.floor(chance() * count);
  const { client, endpoint, world, tokens } = scene(below(2) ? {} : { life: 60_000 + below(600_000) });
  const counts: Counts = { frames: 0, cuts: 0, refusals: 0, sleeps: 0, handshakes: 0 };
  const ids = [...Array(1 + below(3)).keys()].map((number) => `job-${number}`);
  const jobs = ids.map((id) => client.run("report", {}, { id }));
  const numbers = jobs.map(seen);
  const iterated = jobs.map(async (job) => {
    let last = -1;
    for await (const { seq } of job) {
      assert.ok(seq > last);
      last = seq;
    }
    return last;
  });

  let refusing = 0;
  let held: [FakeSocket, unknown][] = []; // what is under way
  world.random = chance;
  world.onConnect = (socket) =>
    queueMicrotask(() => {
      if (refusing-- > 0) socket.refuse(chance() < 0.2 ? "Unexpected server response: 401" : undefined);
      else if (chance() < 0.05) socket.state = "connecting"; // and nobody ever answers
      else socket.accept();
    });
  endpoint.copies = (frame) => {
    const fate = chance();
    if (fate < 0.15) return 0;
    if (fate < 0.3) {
      held.push(...world.open.map((socket): [FakeSocket, unknown] => [socket, frame]));
      return 0;
    }
    return fate < 0.45 ? 2 : 1;
  };
  endpoint.page = 1 + below(6);

  const known = (): string[] => ids.filter((id) => endpoint.jobs.has(id) && !endpoint.ended(id));
  const steps: (() => unknown)[] = [
    () => known().forEach((id) => endpoint.say(id, { attempt: 1 })),
    () => known().forEach((id) => chance() < 0.5 && endpoint.say(id)),
    () => held.splice(0).sort(() => chance() - 0.5).forEach(([socket, frame]) => socket.receive(frame)),
    () => world.pass(below(3000)),
    () => world.pass(below(40_000)),
    () => ((counts.cuts += 1), world.open.at(-1)?.cut()),
    () => world.open[below(world.open.length)]?.cut(1001),
    () => ((counts.cuts += 1), world.open.forEach((socket) => (socket.mute = true))),
    () => ((counts.refusals += 1), (refusing = below(4))),
    () => world.wake(),
    () => ((counts.sleeps += 1), world.sleep(below(7_200_000))),
    () => (world.wall -= below(100_000)),
    () => ((world.isHidden = chance() < 0.3), (world.isOnline = chance() < 0.8), (world.reachable = chance() < 0.5)),
    () => client.reconnect(),
    () => ((endpoint.answers = false), settle().then(() => (endpoint.answers = true))),
    () => chance() < 0.2 && known().length && endpoint.complete(known()[0]!),
  ];
  for (let count = 10 + below(60); count > 0; count -= 1) {
    await steps[below(steps.length)]!();
    await settle();
    assert.ok(world.open.length <= 3, `${world.open.length} sockets`);
  }

  // All is well again.
  refusing = 0;
  endpoint.copies = () => 1;
  world.onConnect = (socket) => queueMicrotask(() => socket.accept());
  client.reconnect();
  for (let round = 0; round < 40 && jobs.some((job) => !job.ended); round += 1) {
    await world.pass(31_000);
    for (const id of known()) endpoint.complete(id);
  }
  for (const [at, id] of ids.entries()) {
    assert.ok(jobs[at]!.ended, `${id} has not ended: ${JSON.stringify(client.connection)}`);
    await iterated[at];
    if (jobs[at]!.state.status === "sent") {
      await assert.rejects(jobs[at]!.result, ConnectionRefused); // twice, before anything was heard of it
      continue;
    }
    assert.deepEqual(numbers[at], upTo(endpoint.jobs.get(id)!.log.length - 1));
    counts.frames += numbers[at]!.length;
  }
  await world.pass(120_000);
  assert.ok(world.open.length <= 1);
  client.close();
  assert.equal(world.open.length + world.timers, 0);
  counts.handshakes = world.sockets.length;
  assert.ok(tokens.length >= world.sockets.length);
  return counts;
}
