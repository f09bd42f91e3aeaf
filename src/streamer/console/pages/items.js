// A Map's items: how many stand how, each of them, however many there are, and what the chosen one was given and made.

import { el, mark, show } from "./dom.js";
import { clock, length, many, now } from "./format.js";
import { pieces } from "./line.js";
import { eventText, facts, section } from "./parts.js";
import { rowList } from "./rows.js";
import { sign, word } from "./statuses.js";

const BAD_FIRST = ["failed", "timed_out", "aborted", "running"];

export function itemsPart(place, api, select) {
  let [rows, name] = [[], ""];
  const counts = el("ul", { class: "counts", "aria-label": "Items by status" });
  const only = el("input", { type: "checkbox", id: "bad", on: { change: () => arrange(null) } });
  const list = rowList({ label: "Items", height: 30, id: "items", cells, chosen: (index) => pick(shown[index]) });
  const whole = el("section", { hidden: true }, el("h2", {}, "Items"), counts, el("label", { class: "check", for: "bad" }, only, " only those that did not succeed"), list.node);
  const chosen = el("div");
  let shown = [];
  place.append(whole, chosen);

  function pick(row) {
    select({ item: row[0], state: name });
  }

  function arrange(item) {
    shown = only.checked ? rows.filter((row) => row[1] !== "succeeded") : rows;
    const index = item === null ? null : shown.findIndex((row) => row[0] === item);
    list.set(shown, index === -1 ? null : index);
  }

  return (address, values) => {
    name = address.state;
    const state = values.get(`state/${name}`);
    const run = values.get(`map_run/${name}`);
    rows = pieces(values, `items/${name}`);
    const known = run?.counts ?? state?.counts ?? {};
    mark(whole, { hidden: state?.kind !== "Map" });
    mark(list.node, { hidden: !rows.length });
    mark(only.parentElement, { hidden: !rows.length });
    show(counts, JSON.stringify(known), () => order(known).map((status) => el("li", {}, el("span", { class: `sign ${status}` }, sign(status)), ` ${many(known[status], "item")} ${word(status)}`)));
    arrange(address.item);
    const row = rows.find(([index]) => index === address.item);
    show(chosen, JSON.stringify([name, row]), () => row && one(row, api));
  };
}

function one([index, status, started, ended, state, attempts, input, output, error], api) {
  return section(`Item ${index}`, [
    facts({
      Status: `${sign(status)} ${word(status)}`, Began: clock(started, true), Took: ended === null ? null : length(ended - started),
      "Last state": state, Attempts: attempts > 1 ? String(attempts) : null, Error: error,
    }),
    eventText("Input of the item", api, input, "input"),
    eventText("Output of the item", api, output, "output"),
  ]);
}

const order = (counts) => Object.keys(counts).sort((a, b) => (BAD_FIRST.indexOf(a) + 9) % 9 - (BAD_FIRST.indexOf(b) + 9) % 9);

function cells([index, status, started, ended, state, attempts, , , error]) {
  const tries = attempts > 1 ? ` · ${attempts} attempts` : "";
  return [
    el("span", {}, String(index)), el("span", { class: `sign ${status}`, title: word(status) }, sign(status)),
    el("span", {}, length((ended ?? now()) - started)), el("span", { class: "said" }, `${error || state}${tries}`),
  ];
}
