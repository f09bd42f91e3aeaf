/** An endpoint whose jobs have a log, as the real one's; what they say and what arrives is the test's choice. */

import type { FakeSocket, Fields, World } from "./world.js";

interface JobLog {
  id: string;
  action: string;
  log: Fields[];
  followers: Set<FakeSocket>;
  /** Of what is before only a snapshot is left. */
  keptFrom: number;
}

export class Endpoint {
  jobs = new Map<string, JobLog>();
  /** How often a push arrives. */
  copies: (frame: Fields) => number = () => 1;
  answers = true;
  page = 100;
  received: Fields[] = [];

  constructor(
    readonly world: World,
    readonly accepts = true,
  ) {
    world.onSend = (socket, message) => {
      this.received.push(message);
      if (this.answers) queueMicrotask(() => this.answer(socket, message));
    };
    if (accepts) world.onConnect = (socket) => queueMicrotask(() => socket.accept());
  }

  asked(action: string): Fields[] {
    return this.received.filter((message) => message.action === action);
  }

  answer(socket: FakeSocket, { action, id, payload }: Fields): void {
    const respond = (data: unknown) => socket.receive(frame("response", id, { data }));
    const refuse = (code: string) => socket.receive(frame("error", id, { error: { code, message: "no" } }));
    const about = this.jobs.get(payload?.request_id);
    if (action === "echo") respond({ echo: payload ?? null });
    else if (action === "resume") about ? this.#resume(socket, about, id, payload.seq) : refuse("NOT_FOUND");
    else if (action === "status") about ? respond(snapshot(about)) : refuse("NOT_FOUND");
    else if (action === "cancel") this.#cancel(about, respond, refuse);
    else {
      const job = this.jobs.get(id) ?? this.begin(id, action);
      job.followers.add(socket);
      this.#push(socket, job.log[0]!);
    }
  }

  begin(id: string, action = "report"): JobLog {
    const first = frame("acknowledgment", id, { seq: 0, action, estimate_seconds: 9 });
    const job = { id, action, log: [first], followers: new Set<FakeSocket>(), keptFrom: 0 };
    this.jobs.set(id, job);
    return job;
  }

  /** Let a job say something; without words, its next percent. */
  say(id: string, fields: Fields = {}): void {
    const seq = this.jobs.get(id)!.log.length;
    this.#log(id, "progress", {
      percentage: seq,
      message: `step ${seq}`,
      stage: "query",
      attempt: 1,
      status: "running",
      ...fields,
    });
  }

  complete(id: string, result: unknown = { of: id }): void {
    this.#log(id, "complete", { success: true, result });
  }

  fail(id: string, code = "PROCESSING_FAILED"): void {
    this.#log(id, "error", { error: { code, message: "It did not work." }, partial: { percentage: 1 } });
  }

  ended(id: string): boolean {
    return this.jobs.get(id)!.log.at(-1)!.type !== "progress" && this.jobs.get(id)!.log.length > 1;
  }

  push(id: string, seq: number): void {
    const job = this.jobs.get(id)!;
    for (const socket of job.followers) this.#push(socket, job.log[seq]!);
  }

  #log(id: string, type: string, fields: Fields): void {
    const job = this.jobs.get(id)!;
    job.log.push(frame(type, id, { seq: job.log.length, ...fields }));
    this.push(id, job.log.length - 1);
  }

  #push(socket: FakeSocket, message: Fields): void {
    for (let count = this.copies(message); count > 0; count -= 1) socket.receive(message);
  }

  #resume(socket: FakeSocket, job: JobLog, id: string, seq: number): void {
    const frames = job.log.slice(seq + 1, seq + 1 + this.page);
    let more = seq + 1 + this.page < job.log.length;
    let data: Fields = { recovered: true, frames, more };
    if (seq + 1 < job.keptFrom) {
      more = false;
      data = { recovered: false, snapshot: snapshot(job), more };
    }
    if (!more) job.followers.add(socket);
    socket.receive(frame("response", id, { data }));
  }

  #cancel(job: JobLog | undefined, respond: (data: unknown) => void, refuse: (code: string) => void): void {
    if (!job) return refuse("NOT_FOUND");
    if (this.ended(job.id)) return refuse("CONFLICT");
    this.fail(job.id, "CANCELLED");
    respond({ request_id: job.id, status: "CANCELLED" });
  }
}

export function frame(type: string, requestId: string, fields: Fields): Fields {
  return { type, request_id: requestId, timestamp: 1, ...fields };
}

function snapshot(job: JobLog): Fields {
  const last = job.log.at(-1)!;
  const statuses: Fields = { complete: "COMPLETED", error: last.error?.code === "CANCELLED" ? "CANCELLED" : "FAILED" };
  const status = (job.log.length > 1 && statuses[last.type]) || "RUNNING";
  const { success, result, error, partial } = last;
  const ends = status === "COMPLETED" ? { success, result } : status === "RUNNING" ? {} : { error, partial };
  return { request_id: job.id, action: job.action, status, seq: job.log.length - 1, ended_at: 2, ...ends };
}
