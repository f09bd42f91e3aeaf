import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerFrame } from "../src/frames.js";
import { Inbox } from "../src/inbox.js";
import { frame } from "./support/jobs.js";

const progress = (seq: number) => frame("progress", "r", { seq, percentage: seq }) as ServerFrame;
const complete = (seq: number) => frame("complete", "r", { seq, success: true, result: 1 }) as ServerFrame;
const error = (code: string) => frame("error", "resume", { error: { code, message: "m" } }) as ServerFrame;
const response = (data: unknown) => frame("response", "resume", { data }) as ServerFrame;
const replay = (frames: ServerFrame[], more = false) => response({ recovered: true, frames, more });
const gone = (status: string, seq: number, more = {}) =>
  response({ recovered: false, snapshot: { status, seq, ended_at: 9, ...more } });
const numbers = (frames: ServerFrame[]) => frames.map((each) => (each as { seq?: number }).seq);

function opened(...seqs: number[]): Inbox {
  const inbox = new Inbox("r", 2, 30);
  assert.equal(inbox.ask(0), undefined);
  for (const seq of seqs) inbox.receive(progress(seq), 0);
  return inbox;
}

test("any order and any duplicates come out in order, once", () => {
  const job = [...Array(6).keys()].map(progress).concat(complete(6));
  for (let round = 0; round < 200; round += 1) {
    const arrivals = [...job, ...job].sort(() => Math.random() - 0.5);
    const inbox = opened();
    assert.deepEqual(arrivals.flatMap((each) => inbox.receive(each, 0)), job);
    assert.ok(inbox.done);
  }
});

test("it asks at once, after a silence, and sooner where a frame is missing", () => {
  const inbox = new Inbox("r", 2, 30);
  assert.ok(inbox.deadline < 0);
  inbox.ask(0);
  assert.equal(inbox.deadline, 30);
  inbox.receive(progress(0), 5);
  assert.equal(inbox.deadline, 35);
  assert.deepEqual(inbox.receive(progress(2), 10), []);
  assert.deepEqual(inbox.receive(progress(3), 11.5), []);
  assert.equal(inbox.deadline, 12); // the oldest gap's
  assert.equal(inbox.ask(12), 0);
  assert.deepEqual(numbers(inbox.resumed(replay([progress(1)]), 13)), [1, 2, 3]);
  assert.equal(inbox.deadline, 43);
});

test("a47 a request that was sent again asks for what it missed", () => {
  const inbox = opened();
  inbox.ask(30);
  assert.deepEqual(numbers(inbox.receive(progress(0), 31)), [0]);
  assert.ok(inbox.deadline < 31);
  assert.equal(inbox.ask(31), 0);
});

test("a page that brings nothing is not asked for again at once", () => {
  const inbox = opened(0);
  assert.deepEqual(numbers(inbox.resumed(replay([progress(1)], true), 1)), [1]);
  assert.ok(inbox.deadline < 1);
  inbox.resumed(replay([progress(1)], true), 1);
  assert.equal(inbox.deadline, 3);
});

test("a47 where frames are gone, the later ones go on", () => {
  const inbox = opened(0, 1, 4, 8);
  assert.deepEqual(numbers(inbox.resumed(gone("RUNNING", 6), 1)), [4]);
  assert.equal(inbox.deadline, 3);
  assert.deepEqual(numbers(inbox.receive(progress(7), 1)), [7, 8]);
  assert.deepEqual(numbers(opened(0, 1, 4).resumed(gone("RUNNING", 1), 1)), [4]);
});

test("a47 what is gone and ended ends as the snapshot says", () => {
  const [end] = opened(0).resumed(gone("COMPLETED", 6, { result: { n: 1 } }), 1);
  assert.deepEqual(end, { ...complete(6), timestamp: 9, result: { n: 1 } });
  const failure = { code: "TIMEOUT", message: "too slow" };
  const inbox = opened(0, 3);
  const last = inbox.resumed(gone("FAILED", 6, { error: failure, partial: { percentage: 1 } }), 1).at(-1);
  assert.deepEqual(last, frame("error", "r", { seq: 6, error: failure, partial: { percentage: 1 }, timestamp: 9 }));
  assert.deepEqual(inbox.receive(progress(7), 1), []);
});

test("a resume that fails for now is repeated, a job that is unknown is sent again or fails", () => {
  for (const code of ["INTERNAL_ERROR", "RATE_LIMITED"]) {
    const inbox = opened(0);
    assert.deepEqual(inbox.resumed(error(code), 5), []);
    assert.deepEqual([inbox.deadline, inbox.done], [7, false]);
  }
  const inbox = opened(3); // overtook the acknowledgment
  assert.equal(inbox.ask(1), -1);
  assert.deepEqual(inbox.resumed(error("NOT_FOUND"), 1), []);
  assert.equal(inbox.ask(1), undefined);
  inbox.receive(progress(0), 1);
  const [end] = inbox.resumed(error("NOT_FOUND"), 2);
  assert.deepEqual([end?.type, end?.request_id, inbox.done], ["error", "r", true]);
});

test("an error about a repetition of its request does not end a job", () => {
  const inbox = opened(0);
  assert.deepEqual(inbox.receive(error("RATE_LIMITED"), 0), []);
  assert.ok(!inbox.done);
});

test("an attached job goes on after its cursor, and ends whatever the cursor is", () => {
  const job = [...Array(4).keys()].map(progress).concat(complete(4));
  for (const after of [-1, 0, 2, 3, 4]) {
    const inbox = new Inbox("r", 2, 30, after);
    const seq = inbox.ask(0)!;
    const due = inbox.resumed(replay(job.slice(seq + 1)), 1);
    assert.deepEqual(due, after === 4 ? [job[4]] : job.slice(after + 1));
    assert.ok(inbox.done);
  }
  const unknown = new Inbox("r", 2, 30, 0);
  assert.equal(unknown.resumed(error("NOT_FOUND"), 1).length, 1);
  const wrong = new Inbox("r", 2, 30, 50);
  assert.deepEqual(wrong.resumed(replay([]), 1), []);
  assert.equal(wrong.ask(1), -1); // it was another job's
});
