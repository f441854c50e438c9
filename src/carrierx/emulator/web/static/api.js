// Requests to the emulator.

export class RefusedError extends Error {}

async function ask(path, options = {}) {
  const response = await fetch(`/inbox/${path}`, { credentials: "same-origin", cache: "no-store", ...options }).catch(() => {
    throw new Error("the emulator does not respond");
  });
  const content = await response.json();
  if (!response.ok) throw new RefusedError(content.message ?? `The emulator responded with ${response.status}.`);
  return content;
}

const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined && value !== ""));

const post = (path, content) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });

export const about = () => ask("about");
export const conversations = ({ before, digits }) => ask(`conversations?${query({ before, digits })}`);
export const messages = ({ ours, theirs }, before) => ask(`messages?${query({ ours, theirs, before })}`);
export const changes = (after, watched) => post("changes", { after, watched });
export const raw = (sid) => ask(`raw?${query({ message_sid: sid })}`);
export const receive = (message) => post("receive", message);
export const faults = () => ask("faults");
export const faultOn = (rule) => post("fault-on", rule);
export const faultOff = (id) => post("fault-off", id === undefined ? {} : { id });
export const clock = (change) => post("clock", change);
