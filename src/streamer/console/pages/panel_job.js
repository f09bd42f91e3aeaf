// The job's own part of the panel: what it was given, what it made, where else it is seen.

import { costPart } from "./cost.js";
import { el } from "./dom.js";
import { length, moment } from "./format.js";
import { elsewhere, errorPart, eventText, facts, json, section } from "./parts.js";

export function jobPart({ job, execution, cost, at }, api, whole) {
  if (!whole) return null;
  const given = [facts({ Accepted: moment(job.accepted), Estimate: length(job.estimate) }), eventText("Input", api, 1, "input")];
  if (at !== null) return section("Job", given); // how it ended was not known then
  const cause = execution.cause || job.cause;
  return [
    section("Job", [
      facts({
        Ended: job.ended ? moment(job.ended) : null, Followers: String(job.followers), "Kept until": moment(job.expires),
        Events: execution.events.toLocaleString("en"),
      }),
      given,
      "result" in job && folded("Result", job.result),
      job.partial && folded("What it leaves", job.partial),
      job.decided && folded("Decision", job.decided),
      errorPart(execution.error || job.error?.code, cause),
    ]),
    cost && section("Cost", costPart(cost)),
    section("Elsewhere", [facts({ Execution: el("code", {}, job.execution) }), links(job.links)]),
  ];
}

const folded = (title, value) => el("details", { open: true }, el("summary", { "data-key": title }, title), json(value));

const links = (known) => Object.entries(known).map(([name, link]) => el("p", {}, elsewhere(link, name)));
