// A dialog that asks before something is done, and stays open while it is not.

import { el, say } from "./dom.js";

let count = 0;

/**
 * Show a dialog: `{title, about, verb, field?: {label, value, rows}}`. `act(text)` is called with what the field
 * has; while it throws, the dialog stays and says why.
 */
export function ask({ title, about, verb, field, act }) {
  const id = `asking-${(count += 1)}`;
  const trouble = el("p", { class: "error said", role: "alert" });
  const text = field && el("textarea", { id: `${id}-field`, rows: field.rows, spellcheck: "false", class: field.rows > 4 ? "mono" : null });
  const go = el("button", { type: "button", class: "go", on: { click: done } }, verb);
  const leave = el("button", { type: "button", on: { click: () => node.close() } }, "Leave it");
  const node = el("dialog", { class: "asking", "aria-labelledby": id, on: { close: () => node.remove() } },
    el("h2", { id }, title), el("p", {}, about),
    text && el("label", { for: text.id }, field.label), text, trouble, el("div", { class: "verbs" }, go, leave));
  if (text) text.value = field.value;

  async function done() {
    say(trouble, "");
    go.disabled = true;
    try {
      await act(text?.value ?? "");
      node.close();
    } catch (error) {
      say(trouble, error.message);
    }
    go.disabled = false;
  }

  document.body.append(node);
  node.showModal();
  (text ?? leave).focus();
}
