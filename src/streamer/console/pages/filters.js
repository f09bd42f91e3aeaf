// The filters above the list of jobs; they are in the address.

import { el } from "./dom.js";

const STATUSES = { "": "any", RUNNING: "running", COMPLETED: "completed", FAILED: "failed", CANCELLED: "cancelled" };
const AGES = { "": "any age", 900: "15 minutes", 3600: "1 hour", 86400: "1 day", 604800: "7 days" };
const TYPED_WAIT = 250;

/** Return `{node, set, offer}`; `changed(wanted)` is called with `{tenant, action, status, id, seconds}`. */
export function filters(changed) {
  const fields = {
    id: el("input", { type: "search", placeholder: "part of an id", autocomplete: "off", spellcheck: "false" }),
    action: el("input", { type: "search", list: "actions", placeholder: "any", autocomplete: "off" }),
    tenant: el("input", { type: "search", list: "tenants", placeholder: "any", autocomplete: "off" }),
    status: choice(STATUSES),
    seconds: choice(AGES),
  };
  const names = { id: "Id", action: "Action", tenant: "Tenant", status: "Status", seconds: "Not older than" };
  const lists = { actions: el("datalist", { id: "actions" }), tenants: el("datalist", { id: "tenants" }) };
  const node = el("form", { class: "filters", role: "search", "aria-label": "Filter the jobs" },
    Object.entries(fields).map(([name, field]) => el("label", {}, el("span", {}, names[name]), field)),
    Object.values(lists));
  let timer = 0;
  const tell = () => changed(Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, f.value.trim()])));
  node.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(tell, TYPED_WAIT);
  });
  node.addEventListener("submit", (event) => event.preventDefault());

  return {
    node,
    set(wanted) {
      for (const [name, field] of Object.entries(fields)) {
        if (document.activeElement !== field && field.value !== wanted[name]) field.value = wanted[name];
      }
    },
    offer(tenants, jobs) {
      fillList(lists.tenants, tenants ?? []);
      fillList(lists.actions, [...new Set(jobs.map((job) => job.action))].sort());
    },
  };
}

function choice(options) {
  // An object puts what looks like a number first.
  const sorted = Object.entries(options).sort(([a], [b]) => (a === "" ? -1 : b === "" ? 1 : Number(a) - Number(b) || 0));
  return el("select", {}, sorted.map(([value, text]) => el("option", { value }, text)));
}

function fillList(list, values) {
  const key = values.join("\n");
  if (list.dataset.shown === key) return;
  list.dataset.shown = key;
  list.replaceChildren(...values.map((value) => el("option", { value })));
}
