// What a job made: its links, previews of what they lead to, and the whole as JSON.

import { el } from "./dom.js";
import { many } from "./format.js";
import { json } from "./parts.js";

const MOST_BYTES = 256 * 1024; // of a text
const MOST_ROWS = 100;

/** Return what is shown of a result. */
export function resultPart(result) {
  const links = [...new Set(linksIn(result))];
  return [
    links.map((url) => [el("p", { class: "made" }, el("a", { href: url, target: "_blank", rel: "noreferrer" }, fileName(url))), preview(url)]),
    el("details", { open: !links.length }, el("summary", {}, "Result"), json(result)),
  ];
}

function* linksIn(value) {
  if (typeof value === "string" && /^https?:\/\//.test(value) && URL.canParse(value)) yield value;
  else if (typeof value === "object" && value !== null) for (const each of Object.values(value)) yield* linksIn(each);
}

const fileName = (url) => decodeURIComponent(new URL(url).pathname.split("/").pop() || url);

/** A part that reads the file when it is opened; null for a kind that a page cannot show. */
function preview(url) {
  const kind = fileName(url).split(".").pop().toLowerCase();
  const make = PREVIEWS[kind];
  if (!make) return null;
  const body = el("div");
  const node = el("details", { on: { toggle: load } }, el("summary", {}, `Preview of ${fileName(url)}`), body);
  async function load() {
    if (!node.open || body.childElementCount) return;
    body.replaceChildren(el("p", { class: "note" }, "Reading…"));
    try {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`The link answers ${answer.status}; it may have expired.`);
      body.replaceChildren(...[await make(answer)].flat());
    } catch (error) {
      body.replaceChildren(el("p", { class: "fault" }, error.message));
    }
  }
  return node;
}

const PREVIEWS = {
  /** Of this type alone, whatever it is: so that no markup in it is ever read. */
  async pdf(answer) {
    const src = URL.createObjectURL(new Blob([await answer.arrayBuffer()], { type: "application/pdf" }));
    return el("iframe", { src, title: "The PDF", class: "pdf" });
  },
  async json(answer) {
    const { text, whole } = await beginning(answer);
    return whole ? json(JSON.parse(text)) : el("pre", { class: "json", tabindex: 0 }, text);
  },
  async jsonl(answer) {
    const { text, whole } = await beginning(answer);
    const rows = lines(text, whole).map((line) => JSON.parse(line));
    const names = [...new Set(rows.slice(0, MOST_ROWS).flatMap((row) => Object.keys(row)))];
    return table(names, rows.map((row) => names.map((name) => shown(row[name]))), whole);
  },
  async csv(answer) {
    const { text, whole } = await beginning(answer);
    const [names = [], ...rows] = cells(text);
    return table(names, whole ? rows : rows.slice(0, -1), whole);
  },
};

/** The beginning of a text, as much as is shown. */
async function beginning(answer) {
  const [reader, decoder] = [answer.body.getReader(), new TextDecoder()];
  let [text, read] = ["", 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), whole: true };
    text += decoder.decode(value, { stream: true });
    read += value.length;
    if (read > MOST_BYTES) {
      await reader.cancel();
      return { text, whole: false };
    }
  }
}

function lines(text, whole) {
  const found = text.split("\n");
  return (whole ? found : found.slice(0, -1)).filter(Boolean);
}

const shown = (value) => (value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

/** The rows of a CSV; its quoted cells may hold commas, quotes and ends of lines. */
export function cells(text) {
  const rows = [];
  let row = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (end === "" && quoted === undefined && plain === "" && !row.length) break;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

function table(names, rows, whole) {
  const told = whole ? many(rows.length, "row") : `the first of them, over ${many(rows.length, "row")}`;
  const note = `${rows.length > MOST_ROWS ? `${MOST_ROWS} rows of ` : ""}${told}`;
  return [
    el("div", { class: "sheet", tabindex: 0, role: "region", "aria-label": "Rows" },
      el("table", {}, el("thead", {}, el("tr", {}, names.map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, rows.slice(0, MOST_ROWS).map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell))))))),
    el("p", { class: "note" }, note),
  ];
}
