/** Drives the client through the scripts of /conformance, in Node and in a browser alike. */

import { RequestFailed, Streamer, type Job } from "../../src/index.js";

type Message = { [key: string]: any };

/** Run scripts until the server has no more. */
export async function drive(control: string): Promise<void> {
  const socket = new WebSocket(control);
  const told: Message[] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => (told.push(JSON.parse(data)), wake());
  const closed = new Promise<undefined>((resolve) => (socket.onclose = () => resolve(undefined)));
  const next = async (): Promise<Message | undefined> => {
    const arrived = new Promise<undefined>((resolve) => (wake = () => resolve(undefined)));
    if (!told.length) await Promise.race([arrived, closed]);
    return told.shift();
  };
  for (let message; (message = await next()); ) {
    await run(message.begin, next, (said) => socket.send(JSON.stringify(said)));
  }
}

async function run(
  { url, settings }: Message,
  next: () => Promise<Message | undefined>,
  tell: (message: Message) => void,
): Promise<void> {
  let tokens = 0;
  const seconds = (value: number | undefined, usual: number) => (value ?? usual) * 1000;
  const client = new Streamer({
    url,
    token: async () => `a.b.${(tokens += 1)}`,
    firstWait: seconds(settings.first_wait, 0.01),
    longestWait: seconds(settings.most_wait, 0.05),
    patience: seconds(settings.patience, 0.05),
    silence: seconds(settings.silence, 30),
    life: seconds(settings.life, 3600),
  });
  let status = "";
  client.subscribe(() => {
    if (client.connection.status === status) return;
    status = client.connection.status;
    if (["open", "waiting", "refused"].includes(status)) tell({ connection: status });
  });
  const jobs = new Map<string, Job>();
  const follow = (job: Job) => {
    jobs.set(job.id, job);
    job.subscribe((frame) => frame && tell({ job: job.id, frame }));
    job.result.then(
      (result) => tell({ job: job.id, ends: { result } }),
      (error) => error instanceof RequestFailed && tell({ job: job.id, ends: { failed: error.code } }),
    );
    void show(job, tell);
  };
  const realNow = Date.now;
  for (let told; (told = await next()) && !told.over; ) {
    if (told.run) follow(client.run(told.run, told.payload, { id: told.id }));
    else if (told.attach) follow(client.attach(told.attach, { after: told.after ?? -1 }));
    else if (told.cancel) void client.cancel(told.cancel).then((said) => tell({ cancelled: said }));
    else if (told.stop) jobs.get(told.stop)?.stop();
    else if (told.reconnect) client.reconnect();
    else if (told.clock) {
      const before = Date.now;
      Date.now = () => before() + told!.clock * 1000;
    }
  }
  Date.now = realNow;
  client.close();
  tell({ over: true });
}

/** Tell what counts; here the reader is as quick as the frames are. */
async function show(job: Job, tell: (message: Message) => void): Promise<void> {
  let shown = -1;
  job.subscribe(() => {
    const seq = job.state.progress?.seq ?? -1;
    if (seq > shown) tell({ job: job.id, shown: (shown = seq) });
  });
}
