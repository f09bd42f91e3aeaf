// The fields that have as many fields as one adds: lists, and objects of any keys.

import { el } from "./dom.js";
import { FIRST, field } from "./fields.js";
import { frame } from "./groups.js";
import { isGroup, isObject } from "./schemas.js";

/** Rows that can be added and removed; `make(onRemove)` returns a row, `{node, …}`. */
function rowsOf(about, schema, what, make) {
  const rows = [];
  const list = el("div", { class: "rows" });
  const add = el("button", { type: "button", class: "add", on: { click: () => begin().node.querySelector(FIRST)?.focus() } }, `Add ${what}`);
  const around = frame(about, schema, list, add);

  function begin() {
    const row = make(() => {
      const at = rows.indexOf(row);
      rows.splice(at, 1);
      row.node.remove();
      (rows[at] ?? rows[at - 1])?.node.querySelector(FIRST)?.focus();
      if (!rows.length) add.focus();
    });
    rows.push(row);
    list.append(row.node);
    return row;
  }

  function clear() {
    rows.splice(0).forEach((row) => row.node.remove());
  }

  return { around, rows, begin, clear };
}

export function listField(schema, about, context) {
  const item = schema.items ?? {};
  const what = singular(about.label);
  const { around, rows, begin, clear } = rowsOf(about, schema, what, (remove) => itemField(item, what, remove, context));
  return {
    node: around.node,
    value: () => rows.map((row) => row.value() ?? null),
    fill(value) {
      clear();
      for (const each of Array.isArray(value) ? value : []) begin().fill(each);
    },
    *places(path) {
      yield [path, around];
      for (const [number, row] of rows.entries()) yield* row.places(`${path}[${number}]`);
    },
  };
}

const singular = (name) => (name.endsWith("s") && name.length > 3 ? name.slice(0, -1) : `${name} item`);

/** A group has its button in its frame, any other field beside it. */
function itemField(schema, what, remove, context) {
  const about = { label: what, required: true, remove };
  const made = field(schema, about, context);
  return isGroup(schema, context.defs) ? made : removable(made, what, remove);
}

function removable(inner, what, remove) {
  const button = el("button", { type: "button", class: "quiet", "aria-label": `Remove ${what}`, on: { click: remove } }, "Remove");
  return { ...inner, node: el("div", { class: "item" }, inner.node, button) };
}

export function mapField(schema, about, context) {
  const values = isObject(schema.additionalProperties) ? schema.additionalProperties : {};
  const { around, rows, begin, clear } = rowsOf(about, schema, "a key", (remove) => {
    const key = el("input", { type: "text", autocomplete: "off", spellcheck: "false", "aria-label": `Key in ${about.label}`, class: "key" });
    const inner = field(values, { label: "value", required: true }, context);
    return { ...removable({ ...inner, node: el("div", { class: "pair" }, key, inner.node) }, "key", remove), key };
  });
  return {
    node: around.node,
    value: () => Object.fromEntries(rows.map((row) => [row.key.value, row.value() ?? null])),
    fill(value) {
      clear();
      for (const [name, each] of Object.entries(isObject(value) ? value : {})) {
        const row = begin();
        row.key.value = name;
        row.fill(each);
      }
    },
    *places(path) {
      yield [path, around];
      for (const row of rows) yield* row.places(`${path}.${row.key.value}`);
    },
  };
}
