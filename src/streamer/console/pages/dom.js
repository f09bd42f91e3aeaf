// Elements, made without markup: what comes from a job is only ever text.

const SVG = "http://www.w3.org/2000/svg";

/** Return an element. `props`: attributes, `on` for listeners, `class`; null and false leave one out. */
export function el(name, props = {}, ...children) {
  return fill(document.createElement(name), props, children);
}

/** Return an SVG element. */
export function svg(name, props = {}, ...children) {
  return fill(document.createElementNS(SVG, name), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A sentence of a docstring: what it has between backticks is code. */
export function prose(text) {
  return text.split("`").map((part, number) => (number % 2 ? el("code", {}, part) : part));
}

/** Give a node this text, if it has another. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Set or take away attributes, where they differ. */
export function mark(node, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : value);
  }
}

/** Replace what is in a node, unless `key` says that it would be the same; keeps the focus by `data-key`. */
export function show(node, key, make) {
  if (node.dataset.shown === key) return false;
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  node.dataset.shown = key;
  node.replaceChildren(...[make()].flat(Infinity).filter(Boolean));
  if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  return true;
}
