/**
 * React hooks: `useJob` follows a job by its id, `useRun` starts one, `useConnection` tells of the socket.
 *
 * React mounts twice under StrictMode, and whenever it likes: jobs are held by the client, not by a component, so
 * there is one request and one socket however often. On the server side nothing is connected.
 */

import { useCallback, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { ConnectionState, Job, JobState, RunOptions, Streamer } from "../index.js";
import { held, hold } from "./held.js";

/** A job as a component sees it: its state, and what one does with it. */
export type JobView<Result = unknown> = JobState<Result> & {
  readonly id: string;
  /** The job's result, for `use`: the same promise at every rendering. */
  readonly promise: Promise<Result>;
  readonly cancel: () => Promise<"cancelled" | "finished first">;
};

type Client = Streamer<any>;
type Part<Action, Name extends "payload" | "result"> = Action extends { [N in Name]?: infer P } ? P : unknown;

/** Follow a job by its id. Null while there is no id, before the first effect, and on the server side. */
export function useJob<Result = unknown>(client: Client, id: string | null): JobView<Result> | null {
  const subscribe = useCallback(
    (changed: () => void) => {
      if (id === null) return () => {};
      const [job, letGo] = hold<Result>(client, id);
      const leave = job.subscribe(changed);
      return () => {
        leave();
        letGo();
      };
    },
    [client, id],
  );
  const find = () => (id === null ? undefined : held<Result>(client, id));
  const state = useSyncExternalStore(
    subscribe,
    () => find()?.state ?? null,
    () => null,
  );
  return useMemo(() => {
    const job = find();
    return job && state ? { ...state, id: job.id, promise: job.result, cancel: () => job.cancel() } : null;
  }, [client, id, state]);
}

/**
 * Start jobs of an action, and follow the last. To start one again with the same payload before the server has
 * said a word (a double click, an effect that StrictMode runs twice) is to start it once.
 */
export function useRun<Actions extends object, A extends keyof Actions & string>(
  client: Streamer<Actions>,
  action: A,
): {
  readonly start: (
    payload?: Part<Actions[A], "payload">,
    options?: RunOptions,
  ) => Job<Part<Actions[A], "result">>;
  readonly job: JobView<Part<Actions[A], "result">> | null;
} {
  type Result = Part<Actions[A], "result">;
  const [id, setId] = useState<string | null>(null);
  const last = useRef<{ of: unknown; text: string; job: Job<Result> }>(null);
  const start = useCallback(
    (payload?: Part<Actions[A], "payload">, options?: RunOptions): Job<Result> => {
      const text = JSON.stringify([action, payload, options?.id, options?.metadata]);
      const before = last.current;
      if (before?.of === client && before.text === text && before.job.state.status === "sent" && !before.job.ended) {
        return before.job;
      }
      const job = (client as Client).run(action, payload, options) as Job<Result>;
      const [, letGo] = hold<Result>(client, job.id);
      letGo(); // it lingers until the effect of this state holds it
      last.current = { of: client, text, job };
      setId(job.id);
      return job;
    },
    [client, action],
  );
  const job = useJob<Result>(client, id);
  return useMemo(() => ({ start, job }), [start, job]);
}

const IDLE: ConnectionState = { status: "idle" };

/** The connection's state; it says nothing of any job's. */
export function useConnection(client: Client): ConnectionState {
  return useSyncExternalStore(
    client.subscribe,
    () => client.connection,
    () => IDLE,
  );
}
