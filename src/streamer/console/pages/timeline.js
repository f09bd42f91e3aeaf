// States and their attempts as bars over time.

import { axis } from "./axis.js";
import { el, show } from "./dom.js";
import { clock, length } from "./format.js";
import { sign, word } from "./statuses.js";

const PHASES = { waiting: "waiting", starting: "starting", running: "running, then as it ended", asking: "waiting for an answer", backing_off: "backing off" };

export function timelineView(place, select) {
  const rows = el("div", { class: "rows" });
  const scale = el("div", { class: "scale", "aria-hidden": "true" });
  const legend = el("ul", { class: "legend", "aria-label": "What the bars are" }, Object.entries(PHASES).map(([phase, text]) => el("li", {}, el("span", { class: `bar in-${phase}` }), text)));
  place.append(el("div", { class: "timeline" }, scale, rows, legend));

  return {
    draw(now, address) {
      const names = ordered(now);
      const until = Math.max(now.now, now.started);
      const time = axis(names.flatMap((name) => now.states[name].bars), now.started, until);
      const key = JSON.stringify([names.map((name) => now.states[name].bars), until, address.state, address.attempt]);
      show(rows, key, () => names.map((name) => row(name, now.states[name], time, until, address, select)));
      show(scale, JSON.stringify([now.started, until, time.gaps]), () => marks(time, now.started, until));
    },
  };
}

/** The states that were reached, in the order in which that was. */
function ordered({ states }) {
  const reached = Object.keys(states).filter((name) => states[name].bars?.length);
  return reached.sort((a, b) => states[a].bars[0][1] - states[b].bars[0][1]);
}

function row(name, state, time, until, address, select) {
  const latest = state.attempts;
  const bars = state.bars.map(([phase, from, to, attempt, status]) => {
    const [left, right] = [time.at(from), time.at(to ?? until)];
    const told = `${phase === "running" ? phase : PHASES[phase]}${latest > 1 ? `, attempt ${attempt}` : ""}: ${length((to ?? until) - from)}${phase === "running" && to ? `, ${word(status)}` : ""}`;
    const past = attempt < latest && state.visits !== undefined && state.visits < 2 ? " past" : "";
    const bar = el("span", { class: `bar in-${phase} ${status}${past}`, title: told }, phase === "asking" && el("span", {}, length((to ?? until) - from)));
    bar.style.left = `min(${left * 100}%, 100% - 3px)`;
    bar.style.width = `${(right - left) * 100}%`;
    if (right - left > 0.02) bar.addEventListener("click", () => select({ state: name, attempt: state.visits > 1 ? null : attempt }));
    return [bar, told];
  });
  const spoken = bars.length > 12 ? `${bars.length} stretches` : bars.map(([, text]) => text).join("; ");
  const chosen = name === address.state;
  return el("div", { class: `row${chosen ? " chosen" : ""}`, "data-state": name },
    el("button", { type: "button", "data-key": name, "aria-pressed": String(chosen), on: { click: () => select({ state: name, attempt: null, item: null }) } },
      el("span", { class: `sign ${state.status}`, title: word(state.status) }, sign(state.status)), el("span", { class: "name" }, name)),
    el("div", { class: "track", role: "img", "aria-label": `${name}: ${spoken}` }, bars.map(([bar]) => bar)));
}

/** A few moments on the scale, and where hours were left out. */
function marks(time, started, until) {
  const ticks = [];
  for (const [part, at] of [[0, started], [1, until]]) ticks.push(tick(part, part ? `+${length(at - started)}` : clock(at)));
  for (const gap of time.gaps) {
    const middle = (time.at(gap.from) + time.at(gap.to)) / 2;
    const side = middle > 0.85 ? " last" : middle < 0.15 ? " first" : "";
    const label = el("span", { class: `gap${side}`, title: `${length(gap.seconds)}, drawn short` }, `⋯ ${length(gap.seconds)} ⋯`);
    label.style.left = `${(side === " last" ? 1 : side ? 0 : middle) * 100}%`;
    ticks.push(label);
  }
  return ticks;
}

function tick(part, text) {
  const label = el("span", { class: part ? "tick last" : "tick" }, text);
  label.style.left = `${part * 100}%`;
  return label;
}
