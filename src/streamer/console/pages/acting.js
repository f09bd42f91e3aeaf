// Asks the console to do something to a job. What came of it is a frame, as a client would have got it.

import { place } from "./place.js";

/** Do `{do, …}` to the job of an API path; return `{text, job?}`. Throws an Error that says why it was not done. */
export async function act(api, asked) {
  const { acting } = await place;
  const frame = await ask(api, JSON.stringify({ token: acting, ...asked }));
  if (frame.type === "error") throw new Error(refusal(frame.error));
  if (frame.type === "acknowledgment") return { text: "It runs as ", job: frame.request_id };
  return { text: DONE[asked.do](frame.data) };
}

const DONE = {
  cancel: () => "Cancelled.",
  approve: () => "Approved: the job goes on.",
  reject: () => "Rejected: the job goes on.",
  redrive: () => "Redriven: it goes on where it failed.",
  run: (data) => `Answered at once: ${JSON.stringify(data)}`,
};

function ask(api, text) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${location.host}${api}/act`);
    socket.addEventListener("open", () => socket.send(text));
    socket.addEventListener("message", (event) => resolve(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => reject(new Error(event.reason || "The console gave no answer: look whether it was done.")));
  });
}

function refusal({ code, message, details }) {
  const faults = Array.isArray(details) ? details.map((fault) => `${fault.path} ${fault.message}`) : [];
  const by = details?.by ? `${details.decision ?? "done"} by ${details.by}` : "";
  return [`${code}: ${message}`, ...faults, by].filter(Boolean).join("\n");
}
