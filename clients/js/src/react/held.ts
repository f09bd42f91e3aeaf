/** The jobs that components look at: held by their client, so that a component that mounts twice finds its job. */

import type { Job, Streamer } from "../index.js";

/** How long a job is held that nobody looks at: a component may be on its way back. In milliseconds. */
const LINGER = 1000;

interface Held {
  job: Job<any>;
  lookers: number;
}

type Client = Streamer<any>;

const all = new WeakMap<Client, Map<string, Held>>();

/** The job of an id, where somebody holds it. */
export function held<Result>(client: Client, id: string): Job<Result> | undefined {
  return all.get(client)?.get(id)?.job;
}

/** Look at a job, attaching to it where nobody does yet; returns it, and what lets it go. */
export function hold<Result>(client: Client, id: string, started?: Job<Result>): [Job<Result>, () => void] {
  let jobs = all.get(client);
  if (!jobs) all.set(client, (jobs = new Map<string, Held>()));
  const found = jobs.get(id) ?? { job: started ?? client.attach<Result>(id), lookers: 0 };
  jobs.set(id, found);
  found.lookers += 1;
  return [found.job, () => letGo(jobs, id, found)];
}

function letGo(jobs: Map<string, Held>, id: string, found: Held): void {
  found.lookers -= 1;
  setTimeout(() => {
    if (found.lookers || jobs.get(id) !== found) return;
    jobs.delete(id);
    found.job.stop(); // the job itself goes on
  }, LINGER);
}
