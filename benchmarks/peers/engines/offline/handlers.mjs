// serverless-offline: a chain of three invocations, which tell the client's connection by `@connections`.
//
// There is no store with it, so nobody knows later who follows a job: `resume` is answered by nothing.
import { setTimeout as sleep } from "node:timers/promises";

const STAGES = 3;
const UPDATES = 20;
const OK = { statusCode: 200 };

async function post(url, body, headers = {}) {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body), headers });
  await answer.arrayBuffer(); // or its connection is used no more
}

const tell = (connection, frame) => post(`${process.env.SOCKETS}/@connections/${connection}`, frame);

const invoke = (event) =>
  post(`${process.env.FUNCTIONS}/2015-03-31/functions/peers-dev-stage/invocations`, event, {
    "X-Amz-Invocation-Type": "Event",
  });

export const connect = async () => OK;

export async function message(event) {
  const { action, id: job, payload } = JSON.parse(event.body);
  if (action === "load") {
    const { connectionId: connection } = event.requestContext;
    await tell(connection, { type: "acknowledgment", request_id: job });
    await invoke({ connection, job, stage: 0, pace: payload?.pace ?? 0 });
  }
  return OK;
}

export async function stage({ connection, job, stage, pace }) {
  for (let done = 1; done <= UPDATES; done++) {
    if (pace) await sleep(pace * 1000);
    await tell(connection, { type: "progress", request_id: job, number: UPDATES * stage + done });
  }
  if (stage + 1 < STAGES) await invoke({ connection, job, stage: stage + 1, pace });
  else await tell(connection, { type: "complete", request_id: job });
}
