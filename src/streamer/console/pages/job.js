// One job: one selection, and three views of it, a slider over its frames, and a panel at the side.

import { actionsBar } from "./actions.js";
import { go } from "./address.js";
import { el, mark, show } from "./dom.js";
import { framesView } from "./frames.js";
import { graphView } from "./graph.js";
import { heading } from "./heading.js";
import { follow } from "./line.js";
import { panel } from "./panel.js";
import { scene } from "./scene.js";
import { slider } from "./slider.js";
import { timelineView } from "./timeline.js";

const VIEWS = { graph: ["Graph", graphView], timeline: ["Timeline", timelineView], frames: ["Frames", framesView] };
const LIVE_MILLISECONDS = 500;

export function jobPage(main, first) {
  document.title = `${first.id} · Streamer`;
  let [address, values, view, viewName] = [first, new Map(), null, ""];
  const select = (change) => go({ ...address, ...change }, { replace: true });
  const top = heading();
  const bar = actionsBar(first);
  const slide = slider(select);
  const side = panel(first, select);
  const tabs = Object.entries(VIEWS).map(([name, [title]]) =>
    el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "view", on: { click: () => select({ view: name }) } }, title));
  const tablist = el("div", { role: "tablist", "aria-label": "Views", on: { keydown: turn } }, tabs);
  const place = el("div", { id: "view", role: "tabpanel" });
  const missing = el("div", { class: "empty" }, el("h1", {}, first.id), el("p", {}, "Reading…"));
  const whole = el("div", { class: "job", hidden: true }, top.node, bar.node, slide.node,
    el("div", { class: "split" }, el("section", { class: "views", "aria-label": "The run" }, tablist, place), side.node));
  main.append(missing, whole);

  function turn(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = Object.keys(VIEWS);
    const next = (names.indexOf(address.view) + step + names.length) % names.length;
    select({ view: names[next] });
    tabs[next].focus();
  }

  function draw() {
    const now = scene(values, address.frame);
    const gone = values.get("job")?.missing;
    missing.hidden = Boolean(now);
    whole.hidden = !now;
    if (gone) show(missing, "gone", () => [el("h1", {}, "There is no such job"), el("p", {}, "Jobs are kept for seven days. ", el("a", { href: "/" }, "All jobs"))]);
    if (!now) return;
    top.draw(now);
    bar.draw(now);
    slide.draw(now, address);
    if (viewName !== address.view) {
      viewName = address.view;
      place.replaceChildren();
      view = VIEWS[viewName][1](place, select);
      mark(place, { "aria-labelledby": `tab-${viewName}` });
      for (const tab of tabs) {
        const chosen = tab.id === `tab-${viewName}`;
        mark(tab, { "aria-selected": String(chosen), tabindex: chosen ? 0 : -1 });
      }
    }
    view.draw(now, address);
    side.draw(now, address, values);
  }

  const stop = follow(`/api/jobs/${encodeURIComponent(first.tenant)}/${encodeURIComponent(first.id)}/live`, (all) => {
    values = all;
    draw();
  });
  const timer = setInterval(() => {
    if (values.get("job")?.status === "RUNNING" && !document.hidden) draw();
  }, LIVE_MILLISECONDS);
  return {
    moved(to) {
      address = to;
      draw();
    },
    close() {
      stop();
      clearInterval(timer);
    },
  };
}
