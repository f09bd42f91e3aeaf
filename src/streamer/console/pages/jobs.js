// The list of jobs: newest first, live, a page at a time.

import { go, write } from "./address.js";
import { el, mark, say, show } from "./dom.js";
import { filters } from "./filters.js";
import { length, moment, now, percent, range } from "./format.js";
import { follow } from "./line.js";
import { ofJob, sign } from "./statuses.js";

const TOOK = 6; // of the columns
const EXAMPLE = `streamer request echo_async '{"hello": "world"}'`;

export function jobsPage(main, first) {
  document.title = "Jobs · Streamer";
  const form = filters((wanted) => go({ page: "jobs", ...wanted }, { replace: true }));
  const body = el("tbody");
  const head = ["Job", "Action", "Tenant", "Status", "Progress", "Accepted", "Took", "Forecast"];
  const table = el("table", { class: "jobs", hidden: true },
    el("caption", { class: "unseen" }, "Jobs, the newest first"),
    el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))), body);
  const empty = el("div", { class: "empty" }, el("p", {}, "Reading…"));
  const more = el("button", { type: "button", class: "more", hidden: true, on: { click: older } }, "Older jobs");
  const count = el("p", { class: "unseen", role: "status" });
  main.append(el("h1", {}, "Jobs"), form.node, table, empty, more, count);

  const rows = new Map();
  let [address, stop, live, past, cursor, turn] = [first, null, [], [], "", 0];
  const timer = setInterval(() => !document.hidden && live.forEach(time), 1000);

  function moved(to) {
    const changed = stop === null || write(to) !== write(address);
    address = to;
    form.set(to);
    if (!changed) return;
    stop?.();
    [live, past, cursor] = [[], [], ""];
    turn += 1;
    rows.clear();
    body.replaceChildren();
    stop = follow(`/api/jobs/live?${query()}`, (values) => {
      if (!values.has("order")) return;
      live = values.get("order").map((name) => values.get(name)).filter(Boolean);
      if (!past.length) cursor = values.get("cursor");
      form.offer(values.get("tenants"), live);
      arrange();
    });
  }

  const query = () => write({ ...address, page: "jobs" }).split("?")[1] ?? "";

  async function older() {
    const [asked, mine] = [`/api/jobs?${query()}&cursor=${encodeURIComponent(cursor)}`, turn];
    const page = await (await fetch(asked)).json();
    if (mine !== turn || page.error) return;
    past.push(...page.jobs);
    cursor = page.cursor;
    arrange();
  }

  function arrange() {
    const seen = new Set();
    const jobs = [...live, ...past].filter((job) => {
      const key = `${job.tenant}/${job.id}`;
      return !seen.has(key) && seen.add(key);
    });
    jobs.forEach((job, place) => {
      const row = draw(job);
      if (body.children[place] !== row) body.insertBefore(row, body.children[place] ?? null);
    });
    for (const [key, row] of rows) if (!seen.has(key)) rows.delete(key) && row.remove();
    table.hidden = !jobs.length;
    more.hidden = !cursor;
    empty.hidden = jobs.length > 0;
    say(count, `${jobs.length} jobs`);
    show(empty, query(), () => (query() ? nothingFound() : nothingYet()));
  }

  function draw(job) {
    const key = `${job.tenant}/${job.id}`;
    const row = rows.get(key) ?? newRow(job);
    if (row.job === job) return row; // only what has changed comes as a new object
    row.job = job;
    rows.set(key, row);
    const { colour, name } = ofJob(job);
    const [, , , status, progress, accepted, , forecast] = row.children;
    mark(status.firstChild, { class: `badge ${colour}` });
    say(status.firstChild, `${sign(colour)} ${name}`);
    mark(progress.firstChild, { value: job.percentage ?? 0, class: colour });
    const retried = job.retries ? ` · ${job.retries} ${job.retries === 1 ? "retry" : "retries"}` : "";
    say(progress.lastChild, `${percent(job.percentage)}${job.stage && !job.ended ? ` ${job.stage}` : ""}${retried}`);
    say(accepted, moment(job.accepted));
    say(forecast, range(...(job.forecast ?? [null, null])));
    time(job);
    return row;
  }

  function time(job) {
    const row = rows.get(`${job.tenant}/${job.id}`);
    if (row) say(row.children[TOOK], length((job.ended ?? now()) - job.accepted));
  }

  return { moved, close: () => (stop?.(), clearInterval(timer)) };
}

function newRow(job) {
  const to = write({ page: "job", tenant: job.tenant, id: job.id });
  const cell = (label, ...children) => el("td", { "data-label": label }, ...children);
  return el("tr", {},
    el("th", { scope: "row" }, el("a", { href: to }, job.id)),
    cell("Action", job.action), cell("Tenant", job.tenant), cell("Status", el("span", { class: "badge" })),
    cell("Progress", el("progress", { max: 100, value: 0, "aria-label": `Progress of ${job.id}` }), el("span")),
    cell("Accepted"), cell("Took"), cell("Forecast"));
}

function nothingYet() {
  return [el("h2", {}, "No jobs so far"), el("p", {}, "Start one, and it appears here:"),
    el("pre", {}, el("code", {}, EXAMPLE)), el("p", {}, "streamer actions lists what there is.")];
}

function nothingFound() {
  return [el("h2", {}, "No job is like that"), el("p", {}, "Take a filter away: ", el("a", { href: "/" }, "all jobs"))];
}
