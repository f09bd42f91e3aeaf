// What the three views show: the run as its history tells it, or as the client had it at a frame.

import { now } from "./format.js";
import { pieces } from "./line.js";
import { told } from "./told.js";

/** Return `{frames, job, cost, machine, states, percentage, message, status, started, ended, now, at}`, or null: nothing so far. */
export function scene(values, frame) {
  const [job, machine, execution] = ["job", "machine", "execution"].map((name) => values.get(name));
  if (!job || job.missing || !execution) return null;
  const frames = pieces(values, "frames");
  const shared = { frames, job, execution, cost: values.get("cost"), machine: machine ?? { nodes: [], lines: [], stages: [] } };
  const last = frames.at(-1)?.[0] ?? 0;
  if (frame !== null && frame <= last) {
    return { ...shared, ...told(frames.slice(0, frame + 1), shared.machine.stages), at: frame };
  }
  const states = {};
  for (const [name, value] of values) {
    if (name.startsWith("state/")) states[name.slice(6)] = withMapRun(value, values.get(`map_run/${name.slice(6)}`));
  }
  const latest = told(frames, []);
  return {
    ...shared, states, at: null, status: job.status, percentage: latest.percentage, message: latest.message,
    stage: latest.stage, started: execution.started ?? job.accepted,
    ended: execution.ended ?? job.ended, now: execution.ended ?? job.ended ?? now(),
  };
}

/** A distributed Map's items are executions of their own; its counts come from the Map's run. */
function withMapRun(state, run) {
  return run ? { ...state, counts: run.counts, length: run.total } : state;
}

/** How long a state took, or takes so far. */
export function lengthOf(state, until) {
  if (state.entered === null || state.entered === undefined) return null;
  return (state.ended ?? until) - state.entered;
}
