// Pieces of the panel: sections, values as JSON, texts that are read when they are opened.

import { el } from "./dom.js";

const LONGEST_SHOWN = 200_000;

export const section = (title, children) => el("section", {}, el("h2", {}, title), children);

/** Facts, those that there are. */
export function facts(lines) {
  const known = Object.entries(lines).filter(([, text]) => text !== null && text !== undefined && text !== "");
  return el("dl", { class: "facts" }, known.map(([term, text]) => el("div", {}, el("dt", {}, term), el("dd", {}, text))));
}

/** A link to another site. */
export const elsewhere = (link, text) => el("a", { href: link, target: "_blank", rel: "noreferrer" }, text);

/** A value, indented. */
export function json(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  const cut = text.length > LONGEST_SHOWN;
  return [
    el("pre", { class: "json", tabindex: 0 }, cut ? text.slice(0, LONGEST_SHOWN) : text),
    cut && el("p", { class: "note" }, `The first ${LONGEST_SHOWN.toLocaleString("en")} of ${text.length.toLocaleString("en")} characters.`),
  ];
}

/** Something that is read from `url` when it is opened. `make(answer)` returns what is shown of it. */
export function opened(title, url, make, key = title) {
  const body = el("div");
  const node = el("details", { on: { toggle: load } }, el("summary", { "data-key": key }, title), body);
  async function load() {
    if (!node.open || body.childElementCount) return;
    body.replaceChildren(el("p", { class: "note" }, "Reading…"));
    try {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error((await answer.json()).error);
      body.replaceChildren(...[await make(answer)].flat(Infinity).filter(Boolean));
    } catch (error) {
      body.replaceChildren(el("p", { class: "error" }, error.message));
    }
  }
  return node;
}

/** The input or output of a state, which an event carries; claims in it lead to what waits in S3. */
export function eventText(title, api, event, of) {
  if (!event) return null;
  const url = `${api}/text?event=${event}&of=${of}`;
  return opened(title, url, async (answer) => {
    const text = await answer.text();
    const link = el("a", { href: url, download: `${of}.json`, class: "file" }, "Save");
    if (!text) return el("p", { class: "note" }, "Nothing.");
    try {
      const value = JSON.parse(text);
      return [json(value), claimsIn(value, api), link];
    } catch {
      return [el("pre", { class: "json", tabindex: 0 }, text.slice(0, LONGEST_SHOWN)), link];
    }
  });
}

function claimsIn(value, api) {
  const keys = new Set();
  JSON.stringify(value, (_, each) => {
    if (typeof each?.$claim === "string") keys.add(each.$claim);
    return each;
  });
  return [...keys].map((key) =>
    el("p", {}, el("a", { href: `${api}/claim?key=${encodeURIComponent(key)}`, download: "", class: "file" }, `Save ${key.split("/").pop()}`), " waits in S3"));
}

/** An error as a function or the engine told it: a type, a message, and where there is one, a trace. */
export function errorPart(error, cause) {
  if (!error && !cause) return null;
  let [message, trace] = [cause, ""];
  try {
    const told = JSON.parse(cause);
    message = told.errorMessage ?? cause;
    trace = (told.stackTrace ?? []).join("");
  } catch {
    // It is a sentence.
  }
  return el("div", { class: "error" }, el("strong", {}, error || "Error"), " ", message, trace && el("pre", { tabindex: 0 }, trace));
}
