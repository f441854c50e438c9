// The export of a conversation as a file.

import * as api from "./api.js";

const COLUMNS = [
  "message_sid", "date_created", "direction", "from", "to", "group_recipients", "type", "status",
  "message", "media_urls", "message_segments", "price",
];

/** Return every message of a conversation, oldest first. */
async function everyMessage(pair) {
  const found = [];
  let before;
  for (;;) {
    const page = await api.messages(pair, before);
    found.unshift(...page.items.map((seen) => seen.sms));
    if (!page.more) return found;
    before = page.items[0].sequence;
  }
}

function csvCell(value) {
  if (value === null || value === undefined) return "";
  const text = Array.isArray(value) ? value.join(" ") : String(value);
  // A spreadsheet takes a text that starts like this for a formula, and texts come from anybody.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const asCsv = (messages) => {
  const rows = [COLUMNS, ...messages.map((sms) => COLUMNS.map((name) => sms[name]))];
  return `\ufeff${rows.map((row) => row.map(csvCell).join(",")).join("\r\n")}\r\n`;
};

/** Save a conversation as a file of the kind "json" or "csv". */
export async function saveConversation(pair, kind) {
  const messages = await everyMessage(pair);
  const content = kind === "csv" ? asCsv(messages) : `${JSON.stringify(messages, null, 2)}\n`;
  const url = URL.createObjectURL(new Blob([content], { type: kind === "csv" ? "text/csv" : "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `conversation-${pair.ours}-${pair.theirs}.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return messages.length;
}
