// The very frames that every follower of the job was sent, as its log has them.

import { el, show } from "./dom.js";
import { bytes, clock, length, many } from "./format.js";
import { rowList } from "./rows.js";

const TITLES = ["seq", "time", "after", "bytes", "type", "what it says"];

export function framesView(place, select) {
  const list = rowList({
    label: "Frames", height: 30, id: "frames", cells,
    chosen: (index) => select({ frame: frames[index][0] }),
  });
  const about = el("p", { class: "note" });
  let frames = [];
  place.append(el("div", { class: "frames" }, el("div", { class: "titles", "aria-hidden": "true" }, TITLES.map((text) => el("span", {}, text))), list.node, about));

  return {
    draw(now, address) {
      frames = now.frames;
      list.set(frames, address.frame !== null && address.frame < frames.length ? address.frame : null);
      const size = frames.reduce((sum, row) => sum + row[2], 0);
      const merged = frames.reduce((sum, row) => sum + row[4], 0);
      const span = (frames.at(-1)?.[1] ?? 0) - (frames[0]?.[1] ?? 0);
      show(about, `${frames.length}/${size}`, () => `${many(frames.length, "frame")}, ${bytes(size)}, ${length(span)}. ${merged ? `${many(merged, "update")} made place for a later one. ` : ""}The log has every frame; it does not say which pushes arrived.`);
    },
  };
}

function cells([seq, time, size, frame, merged], before) {
  const since = before ? time - before[1] : 0;
  return [
    el("span", {}, String(seq)), el("span", {}, clock(time, true)), el("span", {}, before ? `+${length(since)}` : ""), el("span", {}, bytes(size)),
    el("span", { class: `type ${frame.type}` }, frame.status === "retrying" ? "retrying" : frame.type), el("span", { class: "said" }, said(frame) + (merged ? ` (in place of ${merged} more)` : "")),
  ];
}

function said(frame) {
  if (frame.type === "progress") {
    const attempt = frame.attempt > 1 ? ` (attempt ${frame.attempt})` : "";
    const message = frame.message === frame.stage ? "" : `: ${frame.message}`;
    return `${Number(frame.percentage.toFixed(1))}% ${frame.stage}${attempt}${message}`;
  }
  if (frame.type === "error") return `${frame.error.code}: ${frame.error.message}`;
  if (frame.type === "acknowledgment") return `${frame.action}, about ${frame.estimate_seconds} s`;
  return JSON.stringify(frame.result);
}
