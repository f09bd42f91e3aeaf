// A line of time on which the hours in which nothing happens are short.

const [LEAST_GAP, GAP_WEIGHT] = [8, 0.12];
const BUSY = new Set(["running", "starting"]);

/** Return `{at(seconds): 0…1, gaps: [{from, to, seconds}]}` for bars `[phase, from, to, …]` between two times. */
export function axis(bars, started, until) {
  const cuts = new Set([started, until]);
  const busy = [];
  for (const [phase, from, to] of bars) {
    const end = Math.min(to ?? until, until);
    cuts.add(Math.min(from, until)).add(end);
    if (BUSY.has(phase)) busy.push([from, end]);
  }
  const points = [...cuts].filter((at) => at >= started).sort((a, b) => a - b);
  const merged = merge(busy);
  let work = 0;
  for (const [from, to] of merged) work += to - from;
  const segments = [];
  let place = 0;
  for (let number = 1; number < points.length; number += 1) {
    const [from, to] = [points[number - 1], points[number]];
    while (place < merged.length && merged[place][1] <= from) place += 1;
    const idle = !(place < merged.length && merged[place][0] < to);
    segments.push({ from, to, seconds: to - from, gap: idle && to - from > Math.max(LEAST_GAP, work / 2) });
  }
  const shown = segments.filter((each) => !each.gap).reduce((sum, each) => sum + each.seconds, 0) || 1;
  let position = 0;
  for (const each of segments) {
    each.start = position;
    position += each.gap ? shown * GAP_WEIGHT : each.seconds;
    each.end = position;
  }
  const whole = position || 1;
  return { at: (seconds) => find(segments, seconds) / whole, gaps: segments.filter((each) => each.gap) };
}

function find(segments, seconds) {
  let [low, high] = [0, segments.length - 1];
  if (high < 0 || seconds <= segments[0].from) return 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle].to < seconds) low = middle + 1;
    else high = middle;
  }
  const each = segments[low];
  const part = each.seconds ? Math.min((seconds - each.from) / each.seconds, 1) : 1;
  return each.start + part * (each.end - each.start);
}

/** Intervals that touch, made one. */
function merge(intervals) {
  const merged = [];
  for (const [from, to] of intervals.sort((a, b) => a[0] - b[0])) {
    if (merged.length && from <= merged.at(-1)[1]) merged.at(-1)[1] = Math.max(merged.at(-1)[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
