// A job as its client knew it when it had the frames up to one of them: nothing but frames is looked at.

/** Return `{states, percentage, message, now, started, ended, status}` after the frames `[seq, time, bytes, frame, updates it replaced]`. */
export function told(rows, stages) {
  const told = { states: {}, percentage: 0, message: "", stage: "", status: "RUNNING", started: null, ended: null, now: 0 };
  for (const [, time, , frame] of rows) {
    told.now = Math.max(told.now, time);
    told.started ??= time;
    if (frame.type === "progress") progress(told, time, frame);
    else if (frame.type === "complete") complete(told, time, frame);
    else if (frame.type === "error") fail(told, time, frame);
  }
  for (const stage of stages) told.states[stage.name] ??= { status: "idle", attempts: 0, bars: [], entered: null, ended: null };
  return told;
}

function progress(told, time, frame) {
  told.percentage = frame.percentage;
  told.message = frame.message;
  if (!frame.stage) return; // the job was followed before it had begun
  if (told.status !== "RUNNING") Object.assign(told, { status: "RUNNING", ended: null }); // redriven
  if (told.stage !== frame.stage) {
    close(told.states[told.stage], time, "succeeded");
    told.stage = frame.stage;
  }
  const state = (told.states[frame.stage] ??= { status: "running", attempts: 0, bars: [], entered: time, ended: null });
  if (frame.attempt > state.attempts || !isOpen(state)) {
    close(state, time, "failed");
    state.bars.push(["running", time, null, frame.attempt, "running"]);
    state.attempts = Math.max(frame.attempt, 1);
  }
  state.status = "running";
  state.ended = null;
  if (frame.metadata?.waiting_for) {
    close(state, time, "running");
    state.bars.push(["asking", time, null, frame.attempt, "waiting"]);
    state.status = "waiting";
    state.ended = null;
  }
}

function complete(told, time, frame) {
  close(told.states[told.stage], time, "succeeded");
  Object.assign(told, { status: "COMPLETED", ended: time, success: frame.success });
}

function fail(told, time, frame) {
  const status = { CANCELLED: "aborted", TIMEOUT: "timed_out" }[frame.error.code] ?? "failed";
  const stage = frame.partial?.stage ?? told.stage;
  close(told.states[stage], time, status);
  const job = frame.error.code === "CANCELLED" ? "CANCELLED" : "FAILED";
  Object.assign(told, { status: job, ended: time, error: frame.error, message: frame.error.message });
}

const isOpen = (state) => state.bars.at(-1)?.[2] === null;

function close(state, time, status) {
  if (!state) return;
  if (isOpen(state)) {
    state.bars.at(-1)[2] = time;
    state.bars.at(-1)[4] = status;
  }
  state.status = status;
  state.ended = time;
}
