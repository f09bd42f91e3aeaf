// What may be done to the job: buttons for what fits its status, and what came of the last one.

import { act } from "./acting.js";
import { write } from "./address.js";
import { ask } from "./asking.js";
import { el, show } from "./dom.js";
import { place } from "./place.js";

export function actionsBar(first) {
  const api = `/api/jobs/${encodeURIComponent(first.tenant)}/${encodeURIComponent(first.id)}`;
  const [buttons, said] = [el("div", { class: "buttons" }), el("p", { role: "status", class: "said" })];
  const node = el("div", { class: "actions", role: "group", "aria-label": "Actions", hidden: true }, buttons, said);
  place.then(({ acting }) => (node.hidden = !acting));

  async function run(asked) {
    said.replaceChildren();
    const done = await act(api, asked);
    said.replaceChildren(done.text, done.job ? el("a", { href: write({ page: "job", tenant: first.tenant, id: done.job }) }, done.job) : "");
  }

  const cancel = () => ask({
    title: `Cancel ${first.id}?`, about: "It ends now, with what it has. Its clients are told that an operator did it.",
    verb: "Cancel the job", act: () => run({ do: "cancel" }),
  });
  const decide = (decision, verb) => ask({
    title: `${verb} ${first.id}?`, about: "You decide in its approvers' place; the decision says that an operator did.",
    verb, field: { label: "Comment, for the decision", value: "", rows: 3 }, act: (comment) => run({ do: decision, comment }),
  });
  const redrive = () => ask({
    title: `Redrive ${first.id}?`, about: "Its execution goes on at the state that failed, in the same job and with the same followers.",
    verb: "Redrive the job", act: () => run({ do: "redrive" }),
  });

  async function again() {
    const answer = await fetch(`${api}/payload`);
    const value = answer.ok ? JSON.stringify(await answer.json(), null, 2) : "";
    ask({
      title: `Run ${first.action} again`, about: `As a new job of ${first.tenant}, whose user is the operator.${answer.ok ? "" : " The payload cannot be read any more."}`,
      verb: "Run it", field: { label: "Payload, in JSON", value, rows: 14 },
      act: (text) => run({ do: "run", payload: parsed(text) }),
    });
  }

  return {
    node,
    draw({ job }) {
      first = { ...first, action: job.action };
      const running = job.status === "RUNNING";
      show(buttons, JSON.stringify([running, job.approvers, job.redrive]), () => [
        running && job.approvers && button("Approve", () => decide("approve", "Approve")),
        running && job.approvers && button("Reject", () => decide("reject", "Reject")),
        running && button("Cancel", cancel),
        !running && job.redrive === "" && button("Redrive", redrive),
        button("Run again", again),
        job.redrive && el("span", { class: "note" }, `No redrive: ${job.redrive}`),
      ]);
    },
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`That is no JSON. ${error.message}`);
  }
}

const button = (text, click) => el("button", { type: "button", "data-key": text, on: { click } }, text);
