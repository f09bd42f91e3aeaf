/**
 * `node jobs.js URL TOKEN_FILE ID ACTION PAYLOAD COUNT`: run an action so often at once, and print a line of JSON for
 * each frame as it is given out, each job's end, and each state of the connection. Ends when all jobs have.
 */

import { readFile } from "node:fs/promises";
import WS from "ws";
import { RequestFailed, Streamer, type SocketClass } from "../../src/index.js";

const [url, tokenFile, id, action, payload, count] = process.argv.slice(2) as [string, string, string, string, string, string];
const print = (said: unknown) => console.log(JSON.stringify(said));
const client = new Streamer({
  url,
  token: async () => (await readFile(tokenFile, "utf8")).trim(),
  firstWait: 50,
  longestWait: 500,
  patience: 300,
  silence: 3000,
  life: 3000,
  // The platform's own, or that of the package `ws`, which sends messages over 32 KB.
  ...(process.env.WS && { WebSocket: WS as unknown as SocketClass }),
});
client.subscribe(() => print({ connection: client.connection.status }));
const jobs = [...Array(Number(count)).keys()].map((number) => {
  const job = client.run(action, JSON.parse(payload), { id: `${id}-${number}` });
  job.subscribe((frame) => frame && print({ job: job.id, frame }));
  return job.result.then(
    (result) => print({ job: job.id, result }),
    (error) => print({ job: job.id, failed: error instanceof RequestFailed ? error.code : String(error) }),
  );
});
await Promise.all(jobs);
print({ echo: await client.request("echo", "still here") });
client.close();
