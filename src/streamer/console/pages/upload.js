// A file of the user's, sent by a presigned URL of the action `upload`, with its bar.

import { el, mark, say } from "./dom.js";
import { bytes, percent } from "./format.js";

let count = 0;

/** Return a node to choose a file with; `done(name)` is called when it is there. `way`: `{network, client()}`. */
export function uploader(way, done) {
  const id = `upload-${(count += 1)}`;
  const file = el("input", { type: "file", id });
  const bar = el("progress", { max: 100, value: 0, hidden: true, "aria-label": "Upload" });
  const said = el("p", { class: "hint", role: "status" });
  const again = el("button", { type: "button", hidden: true, on: { click: send } }, "Send it again");
  file.addEventListener("change", send);

  async function send() {
    const chosen = file.files[0];
    if (!chosen) return;
    const name = `${chosen.name}, ${bytes(chosen.size)}`;
    const current = () => file.files[0] === chosen;
    mark(bar, { hidden: false, value: 0, class: "running" });
    mark(again, { hidden: true });
    try {
      const given = await way.client().request("upload", { size: chosen.size });
      while (!(await arrives(given, chosen, name, current))) {
        say(said, `${name}: the network was cut at ${percent(bar.value)}; it is sent again when it is back.`);
        await way.network.up();
      }
      if (!current()) return;
      say(said, `${name}: uploaded.`);
      mark(bar, { class: "succeeded", value: 100 });
      done(given.upload);
    } catch (error) {
      if (!current()) return;
      say(said, `${name}: ${error.message}`);
      mark(bar, { class: "failed" });
      mark(again, { hidden: false });
    }
  }

  /** Send it once; false where the network was cut meanwhile. */
  function arrives({ url, method, headers }, body, name, current) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const leave = way.network.onCut(() => request.abort());
      request.open(method, url);
      request.setRequestHeader("Content-Type", headers["Content-Type"]); // its length the browser tells itself
      request.upload.onprogress = ({ loaded, total }) => {
        if (!current()) return request.abort();
        mark(bar, { value: (100 * loaded) / total });
        say(said, `${name}: ${percent((100 * loaded) / total)}`);
      };
      request.onload = () => (request.status === 200 ? resolve(true) : reject(new Error(`S3 answers ${request.status}.`)));
      request.onerror = () => reject(new Error("It could not be sent."));
      request.onabort = () => (way.network.cut ? resolve(false) : reject(new Error("Another file was chosen.")));
      request.onloadend = leave;
      if (way.network.cut) request.onabort();
      else request.send(body);
    });
  }

  return el("div", { class: "field upload" }, el("label", { for: id }, "or upload a file"), file, bar, said, again);
}
