// The slider over a job's frames: what its client had when it had this one. At the right end: the run itself.

import { el, mark, say } from "./dom.js";
import { clock, length } from "./format.js";

export function slider(select) {
  const range = el("input", { type: "range", min: 0, step: 1, id: "frame", on: { input: moved } });
  const text = el("output", { for: "frame" });
  const back = el("button", { type: "button", class: "quiet", on: { click: () => select({ frame: null }) } }, "As it is now");
  const node = el("div", { class: "slider" }, el("label", { for: "frame" }, "As the client saw it at frame"), range, text, back);
  let last = 0;

  function moved() {
    const frame = Number(range.value);
    select({ frame: frame > last ? null : frame });
  }

  return {
    node,
    draw(now) {
      last = now.frames.at(-1)?.[0] ?? 0;
      mark(range, { max: last + 1 });
      const value = String(now.at ?? last + 1);
      if (range.value !== value) range.value = value;
      const row = now.at === null ? null : now.frames[now.at];
      const told = row ? `${now.at} of ${last} · ${clock(row[1], true)} · after ${length(row[1] - now.job.accepted)}` : `the run as it is · ${last} frames`;
      say(text, told);
      mark(range, { "aria-valuetext": row ? `frame ${told}` : "the run as it is" });
      mark(back, { hidden: now.at === null });
    },
  };
}
