// The payload of an action: a form made from its JSON Schema, or the JSON itself; one is filled from the other.

import { el, mark } from "./dom.js";
import { field } from "./fields.js";

const ROOT = "$.payload";

/** Return `{node, value(), faults(list)}`. `value` throws a SyntaxError where the JSON is none. */
export function payloadForm(action, upload) {
  const context = { defs: action.payload.$defs ?? {}, upload };
  const root = field(action.payload, { label: "payload", required: true, bare: true }, context);
  root.fill(action.examples[0]);
  const text = el("textarea", { id: "raw", class: "mono", rows: 14, spellcheck: "false" });
  const raw = el("div", { hidden: true }, el("label", { for: "raw" }, "The payload, as JSON"), text);
  const list = el("div", { class: "faults", role: "alert" });
  const ways = ["Form", "JSON"].map((name) =>
    el("button", { type: "button", "aria-pressed": String(name === "Form"), on: { click: () => turn(name === "JSON") } }, name));
  const node = el("div", { class: "payload" }, el("div", { class: "ways", role: "group", "aria-label": "The payload as" }, ways), list, root.node, raw);

  function turn(toRaw) {
    if (toRaw === !raw.hidden) return;
    try {
      if (toRaw) text.value = JSON.stringify(root.value() ?? null, null, 2);
      else root.fill(JSON.parse(text.value));
    } catch (error) {
      return faults([{ path: ROOT, message: error.message }]);
    }
    raw.hidden = !toRaw;
    root.node.hidden = toRaw;
    ways.forEach((way, number) => mark(way, { "aria-pressed": String(Boolean(number) === toRaw) }));
    faults([]);
  }

  /** Show what is wrong, each at its field, or at the nearest one around it. */
  function faults(found) {
    const places = [...root.places(ROOT)];
    for (const [, shell] of places) shell.fault("");
    const told = new Map();
    const lines = found.map(({ path, message }) => {
      const [at, shell] = raw.hidden ? nearest(places, path) : [path, { focus: () => text.focus() }];
      const rest = path.slice(at.length).replace(/^\./, "");
      if (raw.hidden) told.set(shell, [...(told.get(shell) ?? []), rest ? `${rest}: ${message}` : message]);
      return el("li", {}, el("button", { type: "button", class: "link", on: { click: () => shell.focus() } }, path), ` ${message}`);
    });
    for (const [shell, messages] of told) shell.fault(messages.join(" "));
    list.replaceChildren(...(lines.length ? [el("p", {}, "The payload is not valid."), el("ul", {}, lines)] : []));
    if (lines.length) (told.keys().next().value ?? { focus: () => text.focus() }).focus();
  }

  return {
    node,
    value: () => (raw.hidden ? root.value() : JSON.parse(text.value)),
    faults,
  };
}

/** The place whose path is the longest beginning of `path`. */
function nearest(places, path) {
  const around = places.filter(([at]) => path === at || path.startsWith(`${at}.`) || path.startsWith(`${at}[`));
  return around.reduce((best, each) => (each[0].length >= best[0].length ? each : best), places[0]);
}
