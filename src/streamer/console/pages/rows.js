// A list of any length of which only what is seen is drawn: rows of one height, moved through with the keys.

import { el, mark, show } from "./dom.js";

const BEYOND = 6;

/** `cells(row)` returns a row's elements; `chosen(index)` is called when one is picked. */
export function rowList({ label, height, cells, chosen, id }) {
  const inner = el("div", { class: "inner" });
  const node = el("div", { class: "rowlist", role: "listbox", tabindex: 0, "aria-label": label, id, on: { scroll: draw, keydown: key } }, inner);
  const seen = new Map();
  let [rows, at] = [[], null];
  new ResizeObserver(draw).observe(node);

  function draw() {
    const first = Math.max(0, Math.floor(node.scrollTop / height) - BEYOND);
    const last = Math.min(rows.length, Math.ceil((node.scrollTop + node.clientHeight) / height) + BEYOND);
    for (const [index, row] of seen) if (index < first || index >= last) seen.delete(index) && row.remove();
    for (let index = first; index < last; index += 1) {
      const row = seen.get(index) ?? make(index);
      show(row, JSON.stringify(rows[index]), () => cells(rows[index], rows[index - 1]));
      mark(row, { "aria-selected": String(index === at), "aria-setsize": rows.length });
    }
    mark(node, { "aria-activedescendant": seen.has(at) ? `${id}-${at}` : null });
  }

  function make(index) {
    const row = el("div", { role: "option", id: `${id}-${index}`, "aria-posinset": index + 1, on: { click: () => chosen(index) } });
    row.style.transform = `translateY(${index * height}px)`;
    seen.set(index, row);
    inner.append(row);
    return row;
  }

  function key(event) {
    const page = Math.max(1, Math.floor(node.clientHeight / height) - 1);
    const to = { ArrowDown: (at ?? -1) + 1, ArrowUp: (at ?? 1) - 1, PageDown: (at ?? 0) + page, PageUp: (at ?? 0) - page, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined || !rows.length) return;
    event.preventDefault();
    chosen(Math.min(Math.max(to, 0), rows.length - 1));
  }

  return {
    node,
    /** Show these rows, the one at `index` chosen; it is scrolled to when it is another than before. */
    set(all, index) {
      const end = node.scrollTop + node.clientHeight >= inner.offsetHeight - height && index === null;
      const moved = index !== at;
      [rows, at] = [all, index];
      inner.style.height = `${rows.length * height}px`;
      if (moved && at !== null) reveal();
      else if (end) node.scrollTop = inner.offsetHeight;
      draw();
    },
  };

  function reveal() {
    const [top, bottom] = [at * height, (at + 1) * height];
    if (top < node.scrollTop) node.scrollTop = top;
    else if (bottom > node.scrollTop + node.clientHeight) node.scrollTop = bottom - node.clientHeight;
  }
}
