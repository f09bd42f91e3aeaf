// The top of a job's page: what it is, how it stands, how far it is, and what went wrong.

import { el, mark, say, show } from "./dom.js";
import { length, moment, percent } from "./format.js";
import { ofJob, sign } from "./statuses.js";

export function heading() {
  const [title, badge] = [el("h1"), el("span", { class: "badge" })];
  const [bar, far] = [el("progress", { max: 100, value: 0, "aria-label": "Progress" }), el("span", { class: "far" })];
  const facts = el("dl", { class: "facts" });
  const trouble = el("div", { class: "trouble" });
  const node = el("div", { class: "heading" },
    el("p", { class: "crumb" }, el("a", { href: "/" }, "Jobs"), " / "),
    el("div", { class: "title" }, title, badge),
    el("div", { class: "progress" }, bar, far), facts, trouble);

  return {
    node,
    draw(now) {
      const { job } = now;
      const { colour, name } = ofJob(now.at === null ? job : { ...now, approvers: null });
      say(title, job.id);
      mark(badge, { class: `badge ${colour}` });
      say(badge, `${sign(colour)} ${name}`);
      mark(bar, { value: now.percentage, class: colour });
      say(far, [percent(now.percentage), now.stage, now.message !== now.stage && now.message].filter(Boolean).join(" · "));
      const took = length((now.ended ?? now.now) - job.accepted);
      const lines = { Action: job.action, Tenant: job.tenant, User: job.user, Accepted: moment(job.accepted), Took: took };
      if (job.redrives) lines.Redriven = `${job.redrives} ×`;
      show(facts, JSON.stringify(lines), () =>
        Object.entries(lines).filter(([, text]) => text).map(([term, text]) => el("div", {}, el("dt", {}, term), el("dd", {}, text))));
      const error = now.at === null ? job.error : now.error;
      const notes = notesOf(now);
      show(trouble, JSON.stringify([error, notes]), () => [
        error && el("p", { class: "error" }, el("strong", {}, error.code), ` ${error.message}`, error.details?.by && ` By ${error.details.by}.`),
        ...notes.map((note) => el("p", { class: "note" }, note)),
      ]);
    },
  };
}

function notesOf({ job, execution, at }) {
  const notes = [];
  if (at === null && job.approvers) notes.push(`Waits for a decision of ${job.approvers.join(", ") || "anybody"}: streamer request approve '{"request_id": "${job.id}", "decision": "approve"}'`);
  if (!execution.complete) notes.push(`Reading older events of the history: ${execution.events.toLocaleString("en")} so far.`);
  if (!execution.events && job.status !== "RUNNING") notes.push("Step Functions has no history of this job.");
  return notes;
}
