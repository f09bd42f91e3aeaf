// One job that was begun here: its stages' bars as they fill, and what it made.

import { write } from "./address.js";
import { el, mark, say, show } from "./dom.js";
import { many, percent } from "./format.js";
import { errorPart, json } from "./parts.js";
import { resultPart } from "./result.js";
import { ofJob, sign } from "./statuses.js";

const STATUSES = { sent: "RUNNING", running: "RUNNING", completed: "COMPLETED", failed: "FAILED", cancelled: "CANCELLED" };

/** Return `{node, job, ended}`. `kill()` kills the worker that has the job in hand, and returns what is said of it. */
export function trial(job, { action, tenant, kill, changed }) {
  const to = write({ page: "job", tenant, id: job.id });
  const [title, badge] = [el("h3"), el("span", { class: "badge" })];
  const [bar, far] = [el("progress", { max: 100, value: 0, "aria-label": `Progress of ${job.id}` }), el("span", { class: "far" })];
  const stages = new Map(action.stages.map((stage) => [stage.name, stageLine(stage, job.id)]));
  const list = el("ol", { class: "stages" }, [...stages.values()].map((stage) => stage.node));
  const [message, count, said] = [el("p", { class: "note" }), el("p", { class: "note" }), el("p", { class: "note", role: "status" })];
  const act = (text, work) => el("button", { type: "button", on: { click: () => told(work) } }, text);
  const acts = el("div", { class: "acts" }, act("Kill its worker", kill), act("Cancel", async () => `Asked: ${await job.cancel()}.`));
  const made = el("div", { class: "result" });
  const node = el("article", { class: "trial", "aria-label": `${action.name} ${job.id}` },
    el("div", { class: "title" }, title, badge), el("div", { class: "progress" }, bar, far), list, message, count, acts, said, made);
  let [seen, stage, timer] = [0, "", 0];
  let heard = false; // by a number: it is a job
  say(title, action.name);

  async function told(work) {
    try {
      say(said, await work());
    } catch (error) {
      say(said, error.message);
    }
  }

  function hear(frame) {
    if (frame && "seq" in frame) {
      seen += 1;
      heard = true;
    }
    if (frame?.type === "progress" && frame === job.state.progress) { // not what a dead attempt still said
      if (!stages.has(frame.stage)) {
        stages.set(frame.stage, stageLine({ name: frame.stage, from: 0, to: 100 }, job.id));
        list.append(stages.get(frame.stage).node);
      }
      if (stage && stage !== frame.stage) stages.get(stage).end("succeeded");
      stage = frame.stage;
      stages.get(stage).take(frame);
    }
    timer ||= setTimeout(draw);
  }

  function draw() {
    timer = 0;
    const { state } = job;
    const look = ofJob({ status: STATUSES[state.status], success: state.success, error: state.error });
    const percentage = state.status === "completed" ? 100 : (state.progress?.percentage ?? 0);
    if (heard) show(title, "linked", () => [`${action.name} `, el("a", { href: to }, job.id)]);
    mark(badge, { class: `badge ${look.colour}` });
    say(badge, `${sign(look.colour)} ${state.status === "sent" ? "Sent" : look.name}`);
    mark(bar, { value: percentage, class: look.colour });
    say(far, percent(percentage));
    say(message, state.progress && !job.ended ? state.progress.message : "");
    const missing = state.seq + 1 - seen;
    say(count, heard ? `${many(seen, "frame")}, ${missing ? `${missing} missing` : "none missing"}` : "");
    acts.hidden = job.ended || !heard;
    if (job.ended && stage) stages.get(stage).end(state.status === "completed" ? "succeeded" : look.colour);
    if (job.ended) show(made, "ended", () => end(state));
    changed();
  }

  function end({ error, result }) {
    if (!error) return resultPart(result);
    return [
      errorPart(error.code, error.message.replace(`${error.code}: `, "")),
      error.details !== undefined && json(error.details),
      error.partial && el("details", {}, el("summary", {}, "What it leaves"), json(error.partial)),
    ];
  }

  job.subscribe(hear);
  job.result.catch(() => {}); // it is in the state
  draw();
  return {
    node,
    job,
    get ended() {
      return job.ended;
    },
  };
}

/** A stage: its own bar, which attempt it is, and whether that is a retry. */
function stageLine({ name, from, to }, id) {
  const [mark_, bar, note] = [el("span", { class: "sign idle", "aria-hidden": "true" }, "·"), el("progress", { max: 100, value: 0, "aria-label": `${name}, of ${id}` }), el("span", { class: "attempt" })];
  const node = el("li", {}, mark_, el("span", { class: "name" }, name), bar, note);
  let attempt = 1;

  function look(colour) {
    mark(bar, { class: colour });
    mark(mark_, { class: `sign ${colour}` });
    say(mark_, sign(colour));
  }

  return {
    node,
    take(frame) {
      attempt = frame.attempt;
      const part = to > from ? (100 * (frame.percentage - from)) / (to - from) : 0;
      mark(bar, { value: Math.max(0, Math.min(100, part)) });
      const retrying = frame.status === "retrying";
      look(retrying ? "backing_off" : "running");
      say(note, attempt > 1 || retrying ? `attempt ${attempt}${retrying ? ", retrying" : ""}` : "");
    },
    end(colour) {
      if (colour === "succeeded") mark(bar, { value: 100 });
      look(colour);
      if (attempt > 1) say(note, `attempt ${attempt}`);
    },
  };
}
