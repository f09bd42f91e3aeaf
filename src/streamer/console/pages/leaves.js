// The fields of a form that are one control each: texts, numbers, choices, and what may be anything.

import { el, mark, prose, say } from "./dom.js";
import { hint } from "./schemas.js";

const NUMBER = /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/;
let count = 0;

/** A label, a control, what is known of it, and room for what is wrong with it. */
function shell(about, control, schema) {
  const id = `field-${(count += 1)}`;
  const told = hint(schema);
  const said = el("p", { class: "fault", id: `${id}-fault`, hidden: true });
  const below = told && el("p", { class: "hint", id: `${id}-hint` }, prose(told));
  mark(control, { id, "aria-describedby": `${told ? `${id}-hint ` : ""}${id}-fault`, "aria-required": about.required ? "true" : null });
  const label = el("label", { for: id }, about.label, about.required && el("span", { class: "must", "aria-hidden": "true" }, " *"));
  return {
    node: el("div", { class: control.type === "checkbox" ? "field tick" : "field" }, label, control, below, said),
    fault(text) {
      say(said, text);
      mark(said, { hidden: !text });
      mark(control, { "aria-invalid": text ? "true" : null });
    },
    focus: () => control.focus(),
  };
}

/** A field of a control: `read` and `write` are between the control and the value. */
function leaf(schema, about, control, read, write) {
  const around = shell(about, control, schema);
  if (schema.default !== undefined && schema.default !== null) write(schema.default);
  return {
    node: around.node,
    value: read,
    fill: write,
    places: (path) => [[path, around]],
  };
}

function textField(schema, about) {
  const control = el("input", { type: schema.format === "date" ? "date" : "text", autocomplete: "off", spellcheck: "false" });
  return leaf(schema, about, control, () => control.value || undefined, (value) => (control.value = value ?? ""));
}

function numberField(schema, about) {
  const control = el("input", { type: "text", inputmode: schema.type === "integer" ? "numeric" : "decimal", autocomplete: "off" });
  const read = () => {
    const text = control.value.trim();
    return text === "" ? undefined : NUMBER.test(text) ? Number(text) : text; // what is no number, the router says
  };
  return leaf(schema, about, control, read, (value) => (control.value = value ?? ""));
}

function booleanField(schema, about) {
  if (!about.required && typeof schema.default !== "boolean") return choiceField({ ...schema, enum: [true, false] }, about);
  const control = el("input", { type: "checkbox" });
  const read = () => (about.required || control.checked !== schema.default ? control.checked : undefined);
  return leaf(schema, about, control, read, (value) => (control.checked = value ?? schema.default ?? false));
}

function choiceField(schema, about) {
  const open = about.required && schema.default === undefined;
  const options = schema.enum.map((each, number) => el("option", { value: number }, typeof each === "string" ? each : JSON.stringify(each)));
  const control = el("select", {}, (!about.required || open) && el("option", { value: "" }, open ? "choose" : "–"), options);
  const read = () => (control.value === "" ? undefined : schema.enum[Number(control.value)]);
  const write = (value) => {
    const found = schema.enum.indexOf(value);
    control.value = found < 0 ? "" : String(found);
  };
  return leaf(schema, about, control, read, write);
}

function fixedField(schema, about) {
  const control = el("input", { type: "text", readonly: true, value: JSON.stringify(schema.const) });
  return leaf(schema, about, control, () => schema.const, () => {});
}

function anythingField(schema, about) {
  const control = el("textarea", { rows: 3, spellcheck: "false", class: "mono" });
  const read = () => (control.value.trim() === "" ? undefined : parsed(control.value));
  return leaf(schema, { ...about, label: `${about.label} (JSON)` }, control, read, (value) => {
    control.value = value === undefined ? "" : JSON.stringify(value, null, 2);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a text is a value too
  }
}

/** The fields that have none within, by their kind; `anything` is JSON. */
export const LEAVES = { string: textField, number: numberField, boolean: booleanField, choice: choiceField, fixed: fixedField, anything: anythingField };
