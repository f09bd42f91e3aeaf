// The fields that have fields: objects, objects of any keys, lists, and choices among kinds.

import { el, mark, prose, say } from "./dom.js";
import { field } from "./fields.js";
import { fit, hint, isGroup, isObject, named, resolved } from "./schemas.js";
import { uploader } from "./upload.js";

let count = 0;

/** A frame around fields, with its name; the outermost needs none. */
function frame(about, schema, ...children) {
  const id = `group-${(count += 1)}`;
  const said = el("p", { class: "fault", id, hidden: true, tabindex: -1 });
  const told = hint(schema);
  const remove = about.remove && el("button", { type: "button", class: "quiet", "aria-label": `Remove ${about.label}`, on: { click: about.remove } }, "Remove");
  const below = told && el("p", { class: "hint" }, prose(told));
  const node = about.bare
    ? el("div", { class: "group" }, said, children)
    : el("fieldset", { class: "group", "aria-describedby": id }, el("legend", {}, about.label, about.required && el("span", { class: "must", "aria-hidden": "true" }, " *")), remove, below, said, children);
  return {
    node,
    fault(text) {
      say(said, text);
      mark(said, { hidden: !text });
    },
    focus: () => said.focus(),
  };
}

export function objectField(schema, about, context) {
  let extra = {}; // what the form does not know, the router shall say
  const must = new Set(schema.required);
  const fields = Object.entries(schema.properties).map(([name, each]) => [name, field(each, { label: name, required: must.has(name) }, context)]);
  const upload = context.upload && "upload" in schema.properties && uploader(context.upload, (name) => fill({ upload: name }));
  const around = frame(about, schema, fields.map(([, each]) => each.node),
    el("div", { class: "adders" }, fields.map(([, each]) => each.adder)), upload);

  function fill(value) {
    const given = isObject(value) ? value : {};
    extra = Object.fromEntries(Object.entries(given).filter(([name]) => !(name in schema.properties)));
    for (const [name, each] of fields) each.fill(name in given ? given[name] : schema.properties[name].default);
  }

  return {
    node: around.node,
    value() {
      const values = fields.map(([name, each]) => [name, each.value()]).filter(([, value]) => value !== undefined);
      return { ...Object.fromEntries(values), ...extra };
    },
    fill,
    *places(path) {
      yield [path, around];
      for (const [name, each] of fields) yield* each.places(`${path}.${name}`);
    },
  };
}

/** Rows that can be added and removed; `make(onRemove)` returns a row, `{node, …}`. */
function rowsOf(about, schema, what, make) {
  const rows = [];
  const list = el("div", { class: "rows" });
  const add = el("button", { type: "button", class: "add", on: { click: () => begin().node.querySelector("input, select, textarea, button:not(.quiet)")?.focus() } }, `Add ${what}`);
  const around = frame(about, schema, list, add);

  function begin() {
    const row = make(() => {
      const at = rows.indexOf(row);
      rows.splice(at, 1);
      row.node.remove();
      (rows[at] ?? rows[at - 1])?.node.querySelector("input, select, textarea, button:not(.quiet)")?.focus();
      if (!rows.length) add.focus();
    }, rows.length);
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
  const { around, rows, begin, clear } = rowsOf(about, schema, what, (remove) =>
    itemField(item, what, remove, context));
  for (let number = 0; number < Math.min(schema.minItems ?? 0, 3); number += 1) begin();
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

export function unionField(schema, about, context) {
  const { defs } = context;
  const choices = schema.anyOf;
  const kind = el("select", { "aria-label": `Kind of ${about.label}`, on: { change: () => take(kind.value) } },
    !about.required && el("option", { value: "" }, "nothing"),
    choices.map((each, number) => el("option", { value: number }, named(each, defs))));
  const place = el("div");
  const around = frame(about, schema, kind, place);
  let inner = null;

  function take(number) {
    kind.value = String(number);
    inner = number === "" ? null : field(choices[number], { label: about.label, required: true, bare: true }, context);
    place.replaceChildren(...(inner ? [inner.node] : []));
  }
  take(about.required ? 0 : "");

  return {
    node: around.node,
    value: () => inner?.value(),
    fill(value) {
      if (value === undefined || (value === null && !about.required)) return take(about.required ? 0 : "");
      const fits = choices.map((each) => fit(each, value, defs));
      take(fits.indexOf(Math.max(...fits)));
      inner.fill(value);
    },
    /** The router names the kind that it tried in the path, by its model or by what tells it from others. */
    *places(path) {
      yield [path, around];
      if (!inner) return;
      yield* inner.places(path);
      for (const tag of tags(resolved(choices[Number(kind.value)], defs))) yield* inner.places(`${path}.${tag}`);
    },
  };
}

function tags(schema) {
  const told = Object.values(schema.properties ?? {}).map((each) => each.const).filter((each) => typeof each === "string");
  return [schema.title, ...told].filter(Boolean);
}
