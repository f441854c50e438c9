// The details of a message: the request, the response, and the current SMS object.

import * as api from "./api.js";
import { copyButton, h, sheetHead } from "./dom.js";

const dialog = document.getElementById("raw");

export async function showRaw(sms) {
  fill(sms, h("p", { class: "quiet" }, "Loading …"));
  dialog.showModal();
  try {
    const details = await api.raw(sms.message_sid);
    fill(sms, ...sections(sms, details));
  } catch (error) {
    fill(sms, h("p", { class: "problem", role: "alert" }, error.message));
  }
}

function fill(sms, ...content) {
  const title = sms.direction === "inbound" ? "Received text" : "Sent text";
  dialog.replaceChildren(sheetHead(dialog, "raw-title", title, sms.message_sid), h("div", { class: "sheet-body" }, ...content));
}

function sections(sms, { message, request, response, callbacks = [] }) {
  const parts = [];
  if (request) {
    parts.push(section("Request", `${request.line}\n${lines(request.headers)}\n\n${pretty(request.body)}`));
    parts.push(section("Response", `${response.line}\n${lines(response.headers)}\n\n${pretty(response.body)}`));
  } else {
    const why = sms.direction === "inbound"
      ? "There is no request, because the text came from the phone."
      : "The request is no longer available. The emulator keeps only the latest 1000, and only while it runs.";
    parts.push(h("section", {}, h("h3", {}, "Request"), h("p", { class: "quiet" }, why)));
  }
  parts.push(section("Current SMS object", JSON.stringify(message, null, 2)));
  for (const callback of callbacks) parts.push(section(`Callback: ${callback.status}`, callbackText(callback)));
  return parts;
}

function section(title, text) {
  return h("section", {},
    h("div", { class: "section-head" }, h("h3", {}, title), copyButton(() => text, title)),
    h("pre", { tabindex: "0", role: "region", "aria-label": title }, h("code", {}, text)));
}

function callbackText({ url, attempts, due, taken, body }) {
  const tried = attempts.map(({ at, status_code: status, problem }) => `${at}  ${status ?? problem}`);
  const next = taken ? "accepted" : due ? `next attempt at ${due}` : "given up";
  return `POST ${url}\n${[...tried, next].join("\n")}\n\n${JSON.stringify(body, null, 2)}`;
}

const lines = (headers) => headers.map(([name, value]) => `${name}: ${value}`).join("\n");

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
