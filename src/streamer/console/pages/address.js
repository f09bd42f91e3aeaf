// The page's address says all that one looks at, so that it can be sent to somebody else.

const VIEWS = ["graph", "timeline", "frames"];
const TRIED = { action: "", tenant: "demo", user: "you", permissions: "" };
const FILTERS = ["tenant", "action", "status", "id", "seconds"];

/** Read an address: `{page: "jobs", …filters}`, `{page: "try", action, tenant, user, permissions}` or `{page: "job", tenant, id, view, state, attempt, item, frame}`. */
export function read(url = location) {
  const query = new URLSearchParams(url.search);
  const job = /^\/job\/([^/]+)\/([^/]+)$/.exec(url.pathname);
  if (url.pathname === "/try") {
    return { page: "try", ...Object.fromEntries(Object.entries(TRIED).map(([name, usual]) => [name, query.get(name) || usual])) };
  }
  if (!job) {
    return { page: "jobs", ...Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""])) };
  }
  return {
    page: "job",
    tenant: decodeURIComponent(job[1]),
    id: decodeURIComponent(job[2]),
    view: VIEWS.includes(query.get("view")) ? query.get("view") : "graph",
    state: query.get("state") ?? "",
    attempt: number(query.get("attempt")),
    item: number(query.get("item")),
    frame: number(query.get("frame")),
  };
}

function number(text) {
  return /^\d{1,9}$/.test(text ?? "") ? Number(text) : null;
}

/** Return an address as text. */
export function write(address) {
  const { page, tenant, id, ...rest } = address;
  const path = page === "job" ? `/job/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}` : page === "try" ? "/try" : "/";
  const all = page === "job" ? rest : { tenant, id, ...rest };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(all)) {
    if (value !== "" && value !== null && value !== undefined && !(name === "view" && value === "graph")) {
      query.set(name, value);
    }
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** Show another address; a small change of the same page is no step for "back". */
export function go(address, { replace = false } = {}) {
  const text = write(address);
  if (text === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", text);
  dispatchEvent(new PopStateEvent("popstate"));
}
