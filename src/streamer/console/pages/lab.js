// What outlives the page "Try it": the clients, the network between, and the jobs that were begun.

import { order } from "./orders.js";
import { unkindNetwork } from "./network.js";
import { Streamer } from "./stepstreamer.js";

export const network = unkindNetwork();
/** The jobs that are shown, the newest first; see trial.js. */
export const trials = [];
/** Called when one of the jobs has changed; the page that is shown puts itself here. */
export const watchers = new Set();
let session = null; // {ws_url, token}
const clients = new Map();

/** Read where to connect to, and what there is to run. */
export async function begin() {
  session = await read("/api/try");
  return read("/api/try/actions");
}

/** The client of a user, who is made for the asking: this is a developer's own machine. */
export function clientOf({ tenant, user, permissions }) {
  const key = new URLSearchParams({ tenant, user, permissions }).toString();
  if (!clients.has(key)) {
    const token = async () => (await read(`/api/try/token?${key}`)).token;
    clients.set(key, new Streamer({ url: session.ws_url, token, WebSocket: network.WebSocket }));
  }
  return clients.get(key);
}

/** Have all clients try at once. */
export function reconnect() {
  for (const client of clients.values()) if (client.connection.status !== "idle") client.reconnect();
}

/** Kill the worker that has a job in hand; return what is to be said. */
export async function kill(tenant, id) {
  const killed = await order(session.token, "kill", { tenant, id });
  return killed.length ? `Killed in mid work: ${killed.join(", ")}.` : "No worker has it in hand at this moment.";
}

async function read(path) {
  const answer = await fetch(path);
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error);
  return value;
}
