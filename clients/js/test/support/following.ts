/** A client in a world of the test's, and the numbers of the frames that a job of it was given. */

import { Streamer, type Job, type Options } from "../../src/index.js";
import { Endpoint } from "./jobs.js";
import { World } from "./world.js";

export interface Scene {
  world: World;
  endpoint: Endpoint;
  client: Streamer;
  tokens: string[];
}

export function scene(options: Partial<Options> = {}, accepts = true): Scene {
  const world = new World();
  const endpoint = new Endpoint(world, accepts);
  const tokens: string[] = [];
  const token = () => {
    tokens.push(`a.b.${tokens.length}`);
    return tokens.at(-1)!;
  };
  const client = new Streamer({ url: "wss://host/live", token, platform: world, ...options });
  return { world, endpoint, client, tokens };
}

/** The numbers of a job's frames, as they are given out. */
export function seen(job: Job): (number | undefined)[] {
  const numbers: (number | undefined)[] = [];
  job.subscribe((frame) => {
    if (frame) numbers.push((frame as { seq?: number }).seq);
  });
  return numbers;
}

export const upTo = (last: number): number[] => [...Array(last + 1).keys()];
