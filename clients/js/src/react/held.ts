/** The jobs that components look at: held by their client, so that a component that mounts twice finds its job. */

import type { Job, Streamer } from "../index.js";

/** How long a job is held that nobody looks at: a component may be on its way back. In milliseconds. */
const LINGER = 1000;

interface Held {
  job: Job<any>;
  lookers: number;
  /** Whether it is ours to stop: somebody else may have started it, and wait for it. */
  ours: boolean;
}

type Client = Streamer<any>;

const all = new WeakMap<Client, Map<string, Held>>();

/** The job of an id, where somebody holds it. */
export function held<Result>(client: Client, id: string): Job<Result> | undefined {
  return all.get(client)?.get(id)?.job;
}

/** Look at a job, attaching to it where it is not open yet; returns it, and what lets it go. */
export function hold<Result>(client: Client, id: string): [Job<Result>, () => void] {
  let jobs = all.get(client);
  if (!jobs) all.set(client, (jobs = new Map<string, Held>()));
  const open = client.job(id);
  const found = jobs.get(id) ?? { job: open ?? client.attach<Result>(id), lookers: 0, ours: !open };
  jobs.set(id, found);
  found.lookers += 1;
  return [found.job, () => letGo(jobs, id, found)];
}

function letGo(jobs: Map<string, Held>, id: string, found: Held): void {
  found.lookers -= 1;
  setTimeout(() => {
    if (found.lookers || jobs.get(id) !== found) return;
    jobs.delete(id);
    if (found.ours) found.job.stop(); // the job itself goes on
  }, LINGER);
}
