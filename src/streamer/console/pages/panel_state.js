// A state's part of the panel: its visits and attempts, input, output, error, logs; a Map's items.

import { el, mark, show } from "./dom.js";
import { clock, length, many } from "./format.js";
import { itemsPart } from "./items.js";
import { lengthOf } from "./scene.js";
import { elsewhere, errorPart, eventText, facts, opened, section } from "./parts.js";
import { sign, word } from "./statuses.js";

/** Return what draws it into `place`. */
export function statePart(place, api, select) {
  const [about, inside] = [el("div"), el("div")];
  const items = itemsPart(inside, api, select);
  place.append(about, inside);

  return (now, address, values) => {
    const state = address.state ? now.states[address.state] : null;
    const node = now.machine.nodes.find((each) => each.name === address.state);
    const lasting = state && !state.ended ? Math.floor(now.now) : 0;
    const key = JSON.stringify([address.state, address.attempt, address.item, now.at, state, lasting]);
    show(about, key, () => address.state && (now.at === null ? fromHistory(state, node, address, api, select, now) : fromFrames(state, address)));
    mark(inside, { hidden: !address.state || now.at !== null });
    items(address, values);
  };
}

function fromFrames(state, address) {
  const known = state && state.status !== "idle";
  return section(address.state, [el("p", { class: "note" }, known
    ? `As the client knew it: ${word(state.status)}${state.attempts > 1 ? `, attempt ${state.attempts}` : ""}.`
    : "The client had heard nothing of it.")]);
}

function fromHistory(state, node, address, api, select, now) {
  if (!state) return section(address.state, [node?.comment && el("p", {}, node.comment), el("p", { class: "note" }, "Not reached.")]);
  const within = state.recent.some(({ item }) => item !== null);
  const visit = state.recent.findLast(({ item }) => address.item === null || !within || item === address.item);
  if (!visit) return section(address.state, [node?.comment && el("p", {}, node.comment), el("p", { class: "note" }, `Item ${address.item} is not among the last ${state.recent.length} that were here.`)]);
  const number = Math.min(address.attempt ?? visit.attempts.length, visit.attempts.length);
  const attempt = visit.attempts[number - 1];
  const earlier = state.visits - state.recent.length;
  return section(address.state, [
    node?.comment && el("p", {}, node.comment),
    facts({
      Status: `${sign(visit.status)} ${word(visit.status)}`, Item: visit.item !== null ? String(visit.item) : null,
      Entered: clock(visit.entered, true), Took: length(lengthOf({ entered: visit.entered, ended: visit.exited ?? attempt?.ended }, now.now)),
      Visits: state.visits > 1 ? `${many(state.visits, "visit")}${earlier ? `; the last ${state.recent.length} are here` : ""}` : null,
    }),
    visit.attempts.length > 1 && attempts(visit, number, select),
    attempt && errorPart(attempt.error, attempt.cause),
    eventText("Input", api, visit.input, "input"),
    eventText("Output", api, visit.output, "output"),
    attempt && node?.function && logs(api, node.function, attempt, number),
  ]);
}

function attempts(visit, number, select) {
  return el("ol", { class: "attempts", "aria-label": "Attempts" }, visit.attempts.map((attempt, index) =>
    el("li", {}, el("button", {
      type: "button", "data-key": `attempt ${index + 1}`, "aria-pressed": String(index + 1 === number), on: { click: () => select({ attempt: index + 1 }) },
    }, el("span", { class: `sign ${attempt.status}` }, sign(attempt.status)), ` ${index + 1}: ${word(attempt.status)}`,
    attempt.ended ? `, ${length(attempt.ended - attempt.scheduled)}` : "", attempt.error ? `, ${attempt.error}` : ""))));
}

function logs(api, name, attempt, number) {
  const until = attempt.ended ?? Date.now() / 1000;
  const url = `${api}/logs?function=${encodeURIComponent(name)}&from=${attempt.scheduled}&to=${until}`;
  return opened(`Logs of attempt ${number}`, url, async (answer) => {
    const { lines, link } = await answer.json();
    const text = lines.map((line) => `${clock(line.time, true)} ${line.text.trimEnd()}`).join("\n");
    return [
      lines.length ? el("pre", { class: "json", tabindex: 0 }, text) : el("p", { class: "note" }, "No lines."),
      link && el("p", {}, elsewhere(link, "Its log group in CloudWatch")),
    ];
  });
}
