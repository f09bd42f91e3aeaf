// Try it: run any action as any page would, over a network and on workers that can be made to fail.

import { go } from "./address.js";
import { el, mark, prose, say } from "./dom.js";
import { length, now } from "./format.js";
import { begin, clientOf, kill, network, reconnect, trials, watchers } from "./lab.js";
import { payloadForm } from "./payload_form.js";
import { trial } from "./trial.js";

const MOST_AT_ONCE = 50;
const LINES = { idle: "not needed now", connecting: "connecting…", open: "open", closed: "closed", offline: "offline", waiting: "lost", refused: "refused" };

export function tryPage(main, first) {
  document.title = "Try it · Streamer";
  let [address, actions, form, shown, watched, unwatch] = [first, [], null, "", null, () => {}];
  const change = (some) => go({ ...address, ...some }, { replace: true });
  const choice = el("select", { id: "action", on: { change: () => change({ action: choice.value }) } });
  const who = Object.fromEntries(["tenant", "user", "permissions"].map((name) =>
    [name, el("input", { type: "text", autocomplete: "off", spellcheck: "false", on: { change: (event) => change({ [name]: event.target.value.trim() }) } })]));
  const times = el("input", { type: "number", min: 1, max: MOST_AT_ONCE, value: 1 });
  const [about, place] = [el("p", { class: "note" }, "Reading the actions…"), el("div")];
  const trouble = el("p", { class: "fault", role: "alert" });
  const labelled = (text, control) => el("label", {}, el("span", {}, text), control);
  const ask = el("form", { class: "ask", "aria-label": "The request", novalidate: true, on: { submit: run } },
    labelled("Action", choice), about, el("div", { class: "who" }, labelled("As tenant", who.tenant), labelled("As user", who.user), labelled("With permissions", who.permissions)),
    place, trouble, el("div", { class: "launch" }, el("button", { type: "submit", class: "primary" }, "Run"), labelled("How many", times)));
  const line = el("p", { class: "connection" });
  const list = el("div", { class: "trials" }, trials.map((each) => each.node));
  const none = el("p", { class: "note" }, "Nothing has been run so far. Choose an action, and run it; begin another while it runs.");
  const clear = el("button", { type: "button", on: { click: forget } }, "Clear what has ended");
  main.append(el("h1", {}, "Try it"),
    el("div", { class: "switches", role: "group", "aria-label": "What goes wrong" },
      switched("Cut the network", () => network.cut, (on) => { network.cut = on; if (!on) reconnect(); }),
      switched("Slow the pushes", () => network.slow, (on) => { network.slow = on; }), line),
    el("div", { class: "lab" }, ask, el("section", { class: "runs", "aria-label": "Jobs" }, el("h2", {}, "Jobs"), none, list, clear)));
  const timer = setInterval(sayLine, 500);
  watchers.add(arrange);
  arrange();
  begin().then((found) => {
    if (!watchers.has(arrange)) return; // another page is shown by now
    actions = found;
    choice.replaceChildren(...actions.map(({ name }) => el("option", { value: name }, name)));
    moved(address);
  }, (error) => (say(about, ""), say(trouble, error.message)));

  const named = (name) => actions.find((each) => each.name === name) ?? actions.find((each) => each.stages.length) ?? actions[0];
  const client = () => clientOf(address);

  function moved(to) {
    address = to;
    if (!actions.length) return;
    const action = named(address.action);
    choice.value = action.name;
    for (const [name, field] of Object.entries(who)) field.value = address[name];
    if (watched !== client()) {
      unwatch();
      watched = client();
      unwatch = watched.subscribe(sayLine);
    }
    sayLine();
    if (shown === action.name) return;
    shown = action.name;
    const takesUploads = actions.some(({ name }) => name === "upload");
    form = payloadForm(action, takesUploads ? { network, client } : null);
    place.replaceChildren(form.node);
    say(trouble, "");
    const runs = { "at once": "Answered at once.", "as a job": "Runs as a job.", "by estimate": "Answered at once or run as a job, by its estimate." };
    const asks = action.permission ? ` It asks for the permission \`${action.permission}\`.` : "";
    about.replaceChildren(...prose(`${action.summary} ${runs[action.runs]}${asks}`));
  }

  function run(event) {
    event.preventDefault();
    const [action, asked, tenant] = [named(address.action), form, address.tenant];
    if (!action) return;
    say(trouble, "");
    asked.faults([]);
    try {
      const payload = asked.value();
      const wanted = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(Number(times.value)) || 1));
      for (let number = 0; number < wanted; number += 1) one(action, asked, payload, tenant);
    } catch (error) { // it is no JSON, or too large
      say(trouble, error.message);
    }
    arrange();
  }

  function one(action, asked, payload, tenant) {
    const job = client().run(action.name, payload);
    const made = trial(job, { action, tenant, kill: () => kill(tenant, job.id), changed });
    trials.unshift(made);
    list.prepend(made.node);
    made.node.scrollIntoView({ block: "nearest" });
    job.result.catch((error) => {
      // What never began is no job: what is wrong is shown where it can be mended.
      if (error.code !== "VALIDATION_ERROR" || job.state.seq >= 0 || asked !== form || !Array.isArray(error.details)) return;
      drop(made);
      asked.faults(error.details);
      arrange();
    });
  }

  function drop(made) {
    trials.splice(trials.indexOf(made), 1);
    made.node.remove();
  }

  function forget() {
    trials.filter((each) => each.ended).forEach(drop);
    arrange();
    choice.focus();
  }

  function arrange() {
    none.hidden = trials.length > 0;
    clear.hidden = !trials.some((each) => each.ended);
  }

  function sayLine() {
    if (!watched) return;
    const { status, retryAt, reason } = watched.connection;
    const left = retryAt ? `; trying again in ${length(Math.max(0, retryAt / 1000 - now()))}` : "";
    mark(line, { class: `connection ${{ open: "succeeded", idle: "idle", connecting: "starting" }[status] ?? "failed"}` });
    say(line, `The connection: ${LINES[status]}${reason ? ` (${reason})` : ""}${left}`);
  }

  return {
    moved,
    close() {
      clearInterval(timer);
      watchers.delete(arrange);
      unwatch();
    },
  };
}

const changed = () => watchers.forEach((tell) => tell());

/** A switch: on or off, by the mouse, by Space or Enter. */
function switched(text, read, set) {
  const node = el("button", { type: "button", role: "switch", "aria-checked": String(read()), on: { click: turn } }, text);
  function turn() {
    set(!read());
    mark(node, { "aria-checked": String(read()) });
  }
  return node;
}
