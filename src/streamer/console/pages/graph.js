// The state machine as a picture; where the boxes and lines stand is worked out on the server.

import { el, mark, say, show, svg } from "./dom.js";
import { length, many } from "./format.js";
import { lengthOf } from "./scene.js";
import { sign, word } from "./statuses.js";

const MARGIN = 12;
const LETTERS = 21; // of a name, in a box's line

export function graphView(place, select) {
  const scroll = el("div", { class: "graph", tabindex: 0, role: "region", "aria-label": "State machine" });
  place.append(scroll);
  let boxes = new Map();
  let lines = [];
  let [under, over] = [null, null]; // where the run went stands over where it did not

  function build({ machine }) {
    boxes = new Map(machine.nodes.map((node) => [node.name, box(node, select)]));
    lines = machine.lines.map((line) => [line, way(line)]);
    [under, over] = [svg("g"), svg("g")];
    const [width, height] = [machine.width + 2 * MARGIN, machine.height + 2 * MARGIN];
    return svg("svg", { width, height, viewBox: `${-MARGIN} ${-MARGIN} ${width} ${height}`, role: "group", "aria-label": "States" },
      svg("defs", {}, ["plain", "taken", "caught"].map(arrow)),
      ...machine.nodes.filter((node) => node.height > 62).map((node) => boxes.get(node.name).group),
      under, over,
      ...machine.nodes.filter((node) => node.height <= 62).map((node) => boxes.get(node.name).group));
  }

  return {
    draw(now, address) {
      show(scroll, JSON.stringify(now.machine), () => (now.machine.nodes.length ? build(now) : el("p", { class: "note" }, "The state machine is not there any more.")));
      for (const [name, each] of boxes) each.draw(now.states[name], now, name === address.state);
      for (const [line, path] of lines) {
        const taken = isTaken(line, now);
        const [place, end] = taken ? [over, line.kind === "catch" ? "caught" : "taken"] : [under, "plain"];
        if (path.parentNode !== place) place.append(path);
        mark(path, { class: `line ${line.kind}${taken ? " taken" : ""}`, "marker-end": `url(#${end})` });
      }
    },
  };
}

function box(node, select) {
  const name = svg("text", { x: 34, y: 25, class: "name" }, shorten(node.name, Math.floor((node.width / 212) * LETTERS)));
  const [mark1, facts] = [svg("text", { x: 18, y: 26, class: "sign", "text-anchor": "middle" }), svg("text", { x: 34, y: 45, class: "about" })];
  const choose = () => select({ state: node.name, attempt: null, item: null });
  const group = svg("g", {
    class: "state", role: "button", tabindex: 0, transform: `translate(${node.x} ${node.y})`, "data-state": node.name,
    on: { click: choose, keydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), choose()) },
  }, svg("title", {}, [node.name, node.comment].filter(Boolean).join(": ")),
  svg("rect", { width: node.width, height: node.height, rx: 8 }), mark1, name, facts);
  return {
    group,
    draw(state, now, chosen) {
      const status = state?.status ?? "idle";
      const about = state && status !== "idle" ? told(state, now) : now.states[node.inside]?.map_run ? "in executions of its own" : node.kind;
      mark(group, { class: `state ${status}${chosen ? " chosen" : ""}`, "aria-label": `${node.name}, ${word(status)}, ${about}`, "aria-pressed": String(chosen) });
      say(mark1, sign(status));
      say(facts, about);
    },
  };
}

/** What stands in a box's second line. */
function told(state, now) {
  const parts = [length(lengthOf(state, now.now))];
  if (state.attempts > 1) parts.push(`attempt ${state.attempts}`);
  if (state.counts && Object.keys(state.counts).length) {
    const counts = Object.entries(state.counts).map(([status, count]) => `${count.toLocaleString("en")} ${sign(status)}`);
    return [...counts, parts[0]].join(" · ");
  }
  if (state.visits > 1) parts.push(many(state.visits, "visit"));
  return parts.join(" · ");
}

function shorten(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function way(line) {
  const path = line.points.map(([x, y], number) => `${number ? "L" : "M"}${x} ${y}`).join("");
  return svg("path", { d: path, class: "line", "data-line": `${line.source}→${line.target}` }, svg("title", {}, [`${line.source} → ${line.target}`, line.label].filter(Boolean).join(": ")));
}

/** Whether the run went this way. A client is told of no ways: both ends were reached, and the first ended as the way wants. */
function isTaken({ source, target, kind }, { at, execution, states }) {
  if (at === null) return execution.ways.some(([from, to, caught]) => from === source && to === target && caught === (kind === "catch"));
  const [from, to] = [states[source], states[target]];
  if (!from || !to || to.status === "idle" || from.status === "idle") return false;
  return kind === "catch" ? from.status === "caught" : from.status === "succeeded" || (from.counts?.succeeded ?? 0) > 0;
}

function arrow(id) {
  return svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" }, svg("path", { d: "M0 0L8 4L0 8z" }));
}
