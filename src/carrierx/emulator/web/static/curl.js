// Commands for a terminal that do again what was done.

const DROPPED = new Set(["host", "content-length", "connection", "accept-encoding", "transfer-encoding", "user-agent", "accept", "traceparent"]);

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const tokenText = (token) => (token === null ? '"Authorization: Bearer $CARRIERX_TOKEN"' : quoted(`Authorization: Bearer ${token}`));

/** Return the command that makes a request again. Credentials are never shown, so it uses the demo token or a variable. */
export function curlOf(request, token) {
  const [method, target] = request.line.split(" ");
  const headers = request.headers.filter(([name]) => !DROPPED.has(name.toLowerCase()));
  const parts = [`curl -X ${method} ${quoted(location.origin + target)}`];
  for (const [name, value] of headers) {
    if (name.toLowerCase() === "authorization") parts.push(`-H ${tokenText(token)}`);
    else parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  }
  if (request.body) parts.push(`--data-raw ${quoted(request.body)}`);
  return parts.join(" \\\n  ");
}

/** Return the command that lets a message come in again. */
export function receiveCurlOf(sms) {
  const content = {
    from: sms.from ?? sms.from_did,
    to: sms.to ?? sms.to_did,
    message: sms.message ?? undefined,
    media_urls: sms.media_urls?.length ? sms.media_urls : undefined,
    group_recipients: sms.group_recipients?.length ? sms.group_recipients : undefined,
  };
  return [
    `curl -X POST ${quoted(`${location.origin}/control/receive`)}`,
    "-H 'Content-Type: application/json'",
    `--data-raw ${quoted(JSON.stringify(content))}`,
  ].join(" \\\n  ");
}
