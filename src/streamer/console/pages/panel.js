// The panel at the side: the frame, the state and the job that are looked at.

import { el, show } from "./dom.js";
import { bytes, clock, many } from "./format.js";
import { jobPart } from "./panel_job.js";
import { statePart } from "./panel_state.js";
import { json, section } from "./parts.js";

export function panel(first, select) {
  const [frame, state, job] = [el("div"), el("div"), el("div")];
  const node = el("aside", { class: "panel", "aria-label": "Details" }, frame, state, job);
  const api = `/api/jobs/${encodeURIComponent(first.tenant)}/${encodeURIComponent(first.id)}`;
  const drawState = statePart(state, api, select);

  return {
    node,
    draw(now, address, values) {
      const row = now.at !== null && address.view === "frames" ? now.frames[now.at] : null;
      show(frame, JSON.stringify(row), () => row && framePart(row));
      drawState(now, address, values);
      const { job: about } = now;
      show(job, JSON.stringify([about, now.cost, now.execution, now.at === null, Boolean(address.state || row)]), () =>
        jobPart(now, api, !(address.state || row)));
    },
  };
}

function framePart([seq, time, size, frame]) {
  return section(`Frame ${seq}`, [el("p", { class: "note" }, `${clock(time, true)} · ${bytes(size)} · ${many(Object.keys(frame).length, "field")}`), json(frame)]);
}
