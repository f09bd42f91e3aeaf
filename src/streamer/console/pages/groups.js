// The fields that have other fields within: objects, and choices among kinds.

import { el, mark, prose, say } from "./dom.js";
import { field } from "./fields.js";
import { fit, hint, isObject, named, resolved } from "./schemas.js";
import { uploader } from "./upload.js";

let count = 0;

/** A frame around fields, with its name; the outermost needs none. */
export function frame(about, schema, ...children) {
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

/** Nothing is chosen to begin with: a kind may have itself within. */
export function unionField(schema, about, context) {
  const { defs } = context;
  const choices = schema.anyOf;
  const kind = el("select", { "aria-label": `Kind of ${about.label}`, on: { change: () => take(kind.value) } },
    el("option", { value: "" }, about.required ? "choose" : "nothing"),
    choices.map((each, number) => el("option", { value: number }, named(each, defs))));
  const place = el("div");
  const around = frame(about, schema, kind, place);
  let inner = null;

  function take(number) {
    kind.value = String(number);
    inner = number === "" ? null : field(choices[number], { label: about.label, required: true, bare: true }, context);
    place.replaceChildren(...(inner ? [inner.node] : []));
  }

  return {
    node: around.node,
    value: () => inner?.value(),
    fill(value) {
      if (value === undefined || value === null) return take("");
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
