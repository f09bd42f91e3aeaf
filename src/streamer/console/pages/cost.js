// What a job cost, as it was counted, beside what was forecast for one like it.

import { el } from "./dom.js";
import { dollars, range } from "./format.js";

export function costPart({ lines, notes }) {
  const head = ["Service", "Counted", "Forecast"].map((text) => el("th", { scope: "col" }, text));
  return [
    el("table", { class: "cost" }, el("caption", { class: "unseen" }, "What this job cost, in dollars"),
      el("thead", {}, el("tr", {}, head)), el("tbody", {}, lines.map(line))),
    el("details", {}, el("summary", { "data-key": "How it was counted" }, "How it was counted"), notes.map((note) => el("p", { class: "note" }, note))),
  ];
}

function line([service, what, counted, least, most]) {
  return el("tr", {}, el("th", { scope: "row" }, service, what && el("span", { class: "note" }, what)), el("td", {}, dollars(counted)), el("td", {}, range(least, most)));
}
