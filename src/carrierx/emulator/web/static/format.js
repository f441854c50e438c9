// Formats of numbers, times, prices and statuses for people.

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

const STATUSES = {
  queued: "Queued", sent: "Sent", delivered: "Delivered", failed: "Failed", undelivered: "Not delivered", received: "Received",
};

/** Format a number: `+1 516-206-5574`. Short codes don't change. */
export function phoneNumber(digits) {
  const american = /^1(\d{3})(\d{3})(\d{4})$/.exec(digits);
  if (american) return `+1 ${american[1]}-${american[2]}-${american[3]}`;
  return digits.length > 6 ? `+${digits}` : digits;
}

const sameDay = (one, other) => one.toDateString() === other.toDateString();

export const timeOfDay = (moment) => clockTime.format(moment);

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

/** Return the number of callbacks for a message, and whether your application accepted them. */
export function callbackText({ count, taken, given_up: givenUp }) {
  if (taken === count) return `${plural(count, "callback")} accepted`;
  if (taken + givenUp === count) return `${plural(givenUp, "callback")} not accepted`;
  return `${plural(count - taken - givenUp, "callback")} pending`;
}

/** Return a message as one line. */
export function preview(seen) {
  const { sms, media } = seen;
  const text = (sms.message ?? "").replace(/\s+/g, " ").trim();
  return media.length ? `${plural(media.length, "attachment")}${text ? `: ${text}` : ""}` : text;
}
