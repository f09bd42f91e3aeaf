// How things stand: a word, a sign that needs no colour, and the colour's name, which is the status itself.

const WORDS = {
  idle: ["not reached", "·"],
  running: ["running", "▸"],
  starting: ["starting", "▹"],
  waiting: ["waiting", "‖"],
  backing_off: ["backing off", "↻"],
  succeeded: ["succeeded", "✓"],
  caught: ["failed, caught", "!"],
  failed: ["failed", "✕"],
  timed_out: ["timed out", "◔"],
  aborted: ["aborted", "⊘"],
};

const JOBS = { RUNNING: "running", COMPLETED: "succeeded", FAILED: "failed", CANCELLED: "aborted" };
const NAMES = { RUNNING: "Running", COMPLETED: "Completed", FAILED: "Failed", CANCELLED: "Cancelled" };

export const word = (status) => (WORDS[status] ?? [status])[0];
export const sign = (status) => (WORDS[status] ?? ["", "?"])[1];

/** The look of a job: its colour and its word. One that waits for a person, or completed in part, is told apart. */
export function ofJob(job) {
  if (job.status === "COMPLETED" && job.success === false) return { colour: "caught", name: "Completed in part" };
  if (job.status === "RUNNING" && job.approvers) return { colour: "waiting", name: "Waiting for a person" };
  if (job.status === "FAILED" && job.error?.code === "TIMEOUT") return { colour: "timed_out", name: "Timed out" };
  return { colour: JOBS[job.status] ?? "idle", name: NAMES[job.status] ?? job.status };
}
