/** What a user's editor knows: these lines compile, and those that are marked do not. */

import { test } from "node:test";
import type { Actions } from "../examples/actions.js";
import { Streamer, type Job } from "../src/index.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_ extends true>(): void => {};

async function compiles(client: Streamer<Actions>, untyped: Streamer): Promise<void> {
  const report = client.run("generate_report", { start_date: "2013-01-01", end_date: "2013-01-31", format: "pdf" });
  is<Same<Awaited<typeof report.result>["format"], "pdf" | "csv" | "xlsx">>();
  is<Same<Awaited<typeof report.result>["records"], number>>();
  for await (const { percentage } of report) is<Same<typeof percentage, number>>();
  client.run("echo");
  client.run("health", {}, { id: "one" });
  client.run("process_data", {
    source: { upload: "0" },
    format: "csv",
    pipeline: [{ filter: "x > 1" }, { sort: [{ by: "x" }] }],
    output: { format: "csv" },
  });
  const decided = (await client.request("approve_report", { report: { ...period, format: "csv" }, approvers: [] })).decision;
  is<Same<typeof decided.decision, "approve" | "reject">>();
  // @ts-expect-error there is no such action
  client.run("generate_reports", {});
  // @ts-expect-error the payload is missing
  client.run("generate_report");
  // @ts-expect-error there is no such format
  client.run("generate_report", { ...period, format: "doc" });
  // @ts-expect-error there is no such field
  client.run("generate_report", { ...period, format: "pdf", colour: "red" });
  is<Same<ReturnType<typeof untyped.run>, Job<unknown>>>();
  untyped.run("anything", { at: "all" });
}

const period = { start_date: "2013-01-01", end_date: "2013-01-31" };

test("the types of a project's own actions reach its calls", () => void compiles);
