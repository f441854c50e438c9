// Formats of numbers, times, prices and statuses for people.

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

const STATUSES = {
  queued: "Queued", sent: "Sent", delivered: "Delivered", failed: "Failed", undelivered: "Not delivered", received: "Received",
};

const DELIVERIES = {
  lost: "Response lost",
  cut: "Response cut off",
  delayed: "Response delayed",
  garbled: "Response garbled",
  replaced: "Answered by a fault",
};

/** Format a number: `+1 516-206-5574`. Short codes don't change. */
export function phoneNumber(digits) {
  const american = /^1(\d{3})(\d{3})(\d{4})$/.exec(digits);
  if (american) return `+1 ${american[1]}-${american[2]}-${american[3]}`;
  return digits.length > 6 ? `+${digits}` : digits;
}

const sameDay = (one, other) => one.toDateString() === other.toDateString();

export const timeOfDay = (moment) => clockTime.format(moment);

/** Format a time with its seconds, and with its day unless that is today. */
export const exactTime = (moment) =>
  (sameDay(moment, new Date()) ? clockSeconds.format(moment) : `${shortDay.format(moment)}, ${clockSeconds.format(moment)}`);

export const shortTime = (moment) => (sameDay(moment, new Date()) ? timeOfDay(moment) : shortDay.format(moment));

export function dayOf(moment) {
  const now = new Date();
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (sameDay(moment, now)) return "Today";
  return sameDay(moment, yesterday) ? "Yesterday" : longDay.format(moment);
}

export const plural = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

/** Format a price in US dollars, with all its digits and at least two decimals. */
export function price(text) {
  const [whole, decimals = ""] = String(text).split(".");
  return `$${whole}.${decimals.replace(/0+$/, "").padEnd(2, "0")}`;
}

export const statusText = (status) => STATUSES[status] ?? String(status);

export const statusIcon = (status) => (status === "undelivered" ? "failed" : status in STATUSES ? status : "queued");

/** Return what became of an attempt to post a callback. */
export function attemptText({ status_code: status, problem }) {
  if (status !== null && status !== undefined) return `answered ${status}`;
  if (/timeout/i.test(problem)) return "did not answer in time";
  if (/connect/i.test(problem)) return "could not be reached";
  return `failed: ${problem}`;
}

/** Return what became of the callbacks of a message, and when the next try is. */
export function callbackText({ count, taken, given_up: givenUp, due, last }) {
  if (taken === count) return `${plural(count, "callback")} accepted`;
  const failure = last ? `Callback ${attemptText(last)}` : null;
  if (taken + givenUp === count) return failure ? `${failure}, given up` : `${plural(givenUp, "callback")} given up`;
  if (failure) return due ? `${failure}, next try at ${exactTime(new Date(due))}` : failure;
  return `${plural(count - taken - givenUp, "callback")} pending`;
}

/** Return what happened to the response, if your application didn't get it as it was made; null otherwise. */
export const deliveryText = (delivery) => DELIVERIES[delivery] ?? null;

/** Return a message as one line. */
export function preview(seen) {
  const { sms, media } = seen;
  const text = (sms.message ?? "").replace(/\s+/g, " ").trim();
  return media.length ? `${plural(media.length, "attachment")}${text ? `: ${text}` : ""}` : text;
}
