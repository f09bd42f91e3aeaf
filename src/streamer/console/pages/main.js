// Shows the page that the address names.

import { read } from "./address.js";
import { mark, say } from "./dom.js";
import { jobPage } from "./job.js";
import { jobsPage } from "./jobs.js";
import { place } from "./place.js";
import { tryPage } from "./try.js";

const PAGES = { job: jobPage, jobs: jobsPage, try: tryPage };

const main = document.getElementById("page");
const links = document.querySelectorAll("nav a");
let shown = null;

function show() {
  const address = read();
  const key = address.page === "job" ? `${address.tenant}/${address.id}` : address.page;
  if (shown?.key !== key) {
    shown?.page.close();
    main.replaceChildren();
    shown = { key, page: PAGES[address.page](main, address) };
    for (const link of links) mark(link, { "aria-current": link.dataset.page === address.page ? "page" : null });
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
const { local, stack, try: canTry } = await place;
for (const link of links) link.hidden = link.dataset.page === "try" && !canTry;
say(document.getElementById("place"), local ? "on this machine" : `stack ${stack}`);
