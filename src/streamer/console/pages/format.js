// Times, lengths and sizes, as people read them.

/** Seconds as "85 ms", "4.2 s", "3 min 12 s", "2 h 5 min", "3 d 4 h". */
export function length(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds < 0) return "0 s";
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const [days, hours] = [Math.floor(whole / 86400), Math.floor((whole % 86400) / 3600)];
  const [minutes, rest] = [Math.floor((whole % 3600) / 60), whole % 60];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
}

const pad = (number, size = 2) => String(number).padStart(size, "0");

/** A moment as 14:03:22, with milliseconds where they matter. */
export function clock(seconds, fine = false) {
  if (!seconds) return "–";
  const at = new Date(seconds * 1000);
  const text = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return fine ? `${text}.${pad(at.getMilliseconds(), 3)}` : text;
}

/** A moment with its day, unless that is today. */
export function moment(seconds) {
  if (!seconds) return "–";
  const at = new Date(seconds * 1000);
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return at.toDateString() === new Date().toDateString() ? clock(seconds) : `${day} ${clock(seconds)}`;
}

export function bytes(size) {
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${(size / 1000).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

const CENTS = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumSignificantDigits: 2 });

/** Dollars, however few: $0.00018. */
export const dollars = (value) => (value === null ? "–" : CENTS.format(value));

/** From so many dollars to so many. */
export const range = (least, most) =>
  dollars(least) === dollars(most) ? dollars(least) : `${dollars(least)} – ${dollars(most)}`;

export const percent = (value) => `${Math.floor(value ?? 0)}%`;

export const now = () => Date.now() / 1000;

/** A count with its noun. */
export const many = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
