// Restate: a workflow that calls three stages, one after the other, each an invocation of its own.
//
// `restate_services.mjs PORT_FILE [LINES_PORT]`. Updates are published to Restate's own pubsub, which keeps them;
// with LINES_PORT they go by, as lines to that port, and are kept nowhere.
import { renameSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { createPubsubObject, createPubsubPublisher } from "@restatedev/pubsub";
import * as restate from "@restatedev/restate-sdk";

const STAGES = 3;
const UPDATES = 20;
const [file, linesPort] = process.argv.slice(2);
let lines;
const publish = createPubsubPublisher("progress");

const say = (job, number) => {
  lines ??= connect(Number(linesPort), "127.0.0.1").setNoDelay();
  lines.write(`${JSON.stringify([job, number])}\n`);
};

// Once it has run it is not run again: what it said is gone by.
const inPassing = (ctx, job, stage, pace) =>
  ctx.run("report", async () => {
    for (let done = 1; done <= UPDATES; done++) {
      if (pace) await sleep(pace * 1000);
      say(job, UPDATES * stage + done);
    }
  });

const durably = async (ctx, job, stage, pace) => {
  for (let done = 1; done <= UPDATES; done++) {
    if (pace) await ctx.sleep(pace * 1000);
    publish(ctx, job, UPDATES * stage + done);
  }
};

const stages = restate.service({
  name: "stages",
  handlers: { report: (ctx, { job, stage, pace }) => (linesPort ? inPassing : durably)(ctx, job, stage, pace) },
});

const load = restate.workflow({
  name: "load",
  handlers: {
    run: async (ctx, pace) => {
      for (let stage = 0; stage < STAGES; stage++) {
        await ctx.serviceClient(stages).report({ job: ctx.key, stage, pace });
      }
      if (linesPort) await ctx.run("end", () => say(ctx.key, null));
      else publish(ctx, ctx.key, null);
    },
  },
});

const progress = createPubsubObject("progress", { pullTimeout: { minutes: 10 } });
const port = await restate.serve({ services: [load, stages, progress], port: 0 });
writeFileSync(`${file}.draft`, String(port));
renameSync(`${file}.draft`, file);
