/** Random schedules (`SCHEDULES` of them, 2,000 otherwise); a failure prints the seed that replays it (`SEED`). */

import { test } from "node:test";
import { play, type Counts } from "./support/schedule.js";

test("a50 whatever the schedule, every frame is shown once and in order", async (context) => {
  const { SEED, SCHEDULES = "2000" } = process.env;
  const first = SEED ? Number(SEED) : Math.floor(Math.random() * 2 ** 31);
  const total: Counts = { frames: 0, cuts: 0, refusals: 0, sleeps: 0, handshakes: 0 };
  const count = SEED ? 1 : Number(SCHEDULES);
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      const counts = await play(seed);
      for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += counts[key];
    } catch (error) {
      throw new Error(`seed ${seed}: replay it with SEED=${seed}`, { cause: error });
    }
  }
  context.diagnostic(`${count} schedules from seed ${first}: ${JSON.stringify(total)}`);
});
