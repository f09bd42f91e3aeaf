// Shows the page that the address names.

import { read } from "./address.js";
import { say } from "./dom.js";
import { jobPage } from "./job.js";
import { jobsPage } from "./jobs.js";
import { place } from "./place.js";

const main = document.getElementById("page");
let shown = null;

function show() {
  const address = read();
  const key = address.page === "job" ? `${address.tenant}/${address.id}` : "jobs";
  if (shown?.key !== key) {
    shown?.page.close();
    main.replaceChildren();
    shown = { key, page: (address.page === "job" ? jobPage : jobsPage)(main, address) };
    scrollTo(0, 0);
  }
  shown.page.moved(address);
}

addEventListener("popstate", show);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.origin !== location.origin || link.hasAttribute("download") || link.hash || link.target) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  dispatchEvent(new PopStateEvent("popstate"));
  main.focus({ preventScroll: true });
});

show();
const { local, stack } = await place;
say(document.getElementById("place"), local ? "on this machine" : `stack ${stack}`);
