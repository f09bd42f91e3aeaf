// One field of a form for each piece of a JSON Schema. A field is
// `{node, value(), fill(value), places(path)}`: undefined is no value, and `places` yields `[path, shell]`,
// where a shell says what is wrong there, and takes the focus.

import { el, say } from "./dom.js";
import { objectField, unionField } from "./groups.js";
import { LEAVES } from "./leaves.js";
import { listField, mapField } from "./row_fields.js";
import { kindOf, resolved } from "./schemas.js";

const GROUPS = { object: objectField, map: mapField, list: listField, union: unionField };
/** What is filled in first. */
export const FIRST = "input, select, textarea, button:not(.quiet)";

/** Return the field for a schema. `about`: `{label, required, bare, remove}`; a bare one has no frame of its own. */
export function field(given, about, context) {
  const schema = resolved(given, context.defs);
  const kind = kindOf(schema);
  if (LEAVES[kind]) return LEAVES[kind](schema, about);
  if (kind === "union" || about.required || about.bare) return GROUPS[kind](schema, about, context);
  return optional(schema, about, context);
}

/** What may be left out, and is made when it is wanted: so schemas may refer to themselves. `adder` adds it. */
function optional(schema, about, context) {
  let inner = null;
  const said = el("p", { class: "fault", hidden: true });
  const adder = el("button", { type: "button", class: "add", on: { click: add } }, `Add ${about.label}`);
  const node = el("div", { hidden: true });
  const around = {
    fault(text) {
      say(said, text);
      said.hidden = !text;
      if (!inner) node.hidden = !text;
    },
    focus: () => adder.focus(),
  };
  close();

  function add() {
    open();
    inner.node.querySelector(FIRST)?.focus();
  }

  function open() {
    inner = GROUPS[kindOf(schema)](schema, { ...about, remove: () => (close(), adder.focus()) }, context);
    show(inner.node);
  }

  function close() {
    inner = null;
    show(said);
  }

  function show(what) {
    node.replaceChildren(what);
    node.hidden = !inner && said.hidden;
    adder.hidden = inner !== null;
  }

  return {
    node,
    adder,
    value: () => inner?.value(),
    fill(value) {
      if (value === undefined || value === null) {
        close();
      } else {
        if (!inner) open();
        inner.fill(value);
      }
    },
    places: (path) => (inner ? inner.places(path) : [[path, around]]),
  };
}
