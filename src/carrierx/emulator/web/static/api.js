// Requests to the control API, the same that tests in any language use.

/** The emulator answered, and refused. */
export class RefusedError extends Error {}

export const AWAY = "the emulator does not respond";

async function ask(path, options = {}) {
  const response = await fetch(`/control/${path}`, { credentials: "same-origin", cache: "no-store", ...options }).catch(() => {
    throw new Error(AWAY);
  });
  const content = await response.json().catch(() => ({}));
  if (!response.ok) throw new RefusedError(content.message ?? `the emulator answered ${response.status}`);
  return content;
}

const query = (values) => {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "" && value !== false);
  return new URLSearchParams(given);
};

const post = (path, content) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });

const remove = (path) => ask(path, { method: "DELETE" });

export const about = () => ask("about");
export const conversations = ({ before, q, status }) => ask(`conversations?${query({ before, q, status })}`);
export const messages = ({ ours, theirs }, before) => ask(`conversations/messages?${query({ ours, theirs, before })}`);
export const changes = (after, watched) => post("changes", { after, watched });
export const message = (sid) => ask(`messages/${encodeURIComponent(sid)}`);
export const receive = (received) => post("receive", received);
export const faults = () => ask("faults");
export const addFault = (rule) => post("faults", rule);
export const removeFault = (id) => remove(`faults/${encodeURIComponent(id)}`);
export const clearFaults = () => remove("faults");
export const turnClock = (change) => post("clock", change);
export const retryCallback = (number) => post(`callbacks/${number}/retry`, {});
export const requests = ({ problems, before, limit } = {}) => ask(`requests?${query({ problems, before, limit })}`);
export const request = (number) => ask(`requests/${number}`);
