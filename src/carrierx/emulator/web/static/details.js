// The panel for one message, or for one request: what happened first, JSON last.

import * as api from "./api.js";
import { announce, copyButton, h, icon, sheetHead, textSection } from "./dom.js";
import { curlOf, receiveCurlOf } from "./curl.js";
import { attemptText, deliveryText, exactTime, phoneNumber, price, statusIcon, statusText } from "./format.js";

const dialog = document.getElementById("details");
const LOST_REQUEST = "The request is no longer available. The emulator keeps only the latest 1000, and only while it runs.";

const UNKNOWN_TO_YOU = "The message was accepted, but your application may not know it.";
const RETRY_LOOKS = 40;  // how often to look whether a callback was posted
const RETRY_PAUSE = 250;

let hooks = { onRetried: () => {} };
let shown = null;  // what is open: { kind, id, look, token }

/** Set what to call after a callback was posted again: `onRetried(sid)`. */
export function connectDetails(given) {
  hooks = given;
}

/** Open the details of a message. */
export const showMessage = (sid, token) => open({ kind: "message", id: sid, token });

/** Open the details of a request. */
export const showRequest = (number, token) => open({ kind: "request", id: number, token });

/** Show again what is open, if it is one of these messages: its status or a callback has changed. */
export function refreshDetails(sids) {
  if (dialog.open && shown?.kind === "message" && sids.includes(shown.id)) fill(shown).catch(() => {});
}

async function open(wanted) {
  shown = wanted;
  head(wanted.kind === "message" ? "Message" : `Request ${wanted.id}`, "");
  dialog.lastChild.replaceChildren(h("p", { class: "quiet loading" }, "Loading …"));
  if (dialog.open) dialog.querySelector(".sheet-head button").focus();  // what had the focus is gone
  else dialog.showModal();
  try {
    await fill(wanted);
  } catch (error) {
    dialog.lastChild.replaceChildren(h("p", { class: "problem", role: "alert" }, `Nothing to show: ${error.message}.`));
  }
}

function head(title, text) {
  const body = dialog.querySelector(".sheet-body") ?? h("div", { class: "sheet-body" });
  const hadFocus = dialog.querySelector(".sheet-head")?.contains(document.activeElement);
  dialog.replaceChildren(sheetHead(dialog, "details-title", title, text), body);
  if (hadFocus) dialog.querySelector(".sheet-head button").focus();
}

async function fill(wanted) {
  const told = await (wanted.kind === "message" ? api.message(wanted.id) : api.request(wanted.id));
  const look = JSON.stringify(told);
  if (shown !== wanted || wanted.look === look) return;
  const [title, text, sections] = wanted.kind === "message" ? messageView(told, wanted.token) : requestView(told, wanted.token);
  const isFirst = wanted.look === undefined;
  wanted.look = look;
  if (isFirst) head(title, text);
  const body = dialog.lastChild;
  const top = isFirst ? 0 : body.scrollTop;
  const focused = body.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  body.replaceChildren(...sections.filter(Boolean));
  body.scrollTop = top;
  if (focused) [...body.querySelectorAll("[aria-label]")].find((each) => each.getAttribute("aria-label") === focused)?.focus();
}

function messageView({ message, timeline, failure, delivery, callbacks, request, raw }, token) {
  const inbound = message.direction === "inbound";
  const lost = deliveryText(delivery);
  const sections = [
    h("section", {}, h("h3", {}, "Status"), timelineList(timeline), 
      failure ? h("p", { class: "failure" }, icon("warning"), `${failure[0].toUpperCase()}${failure.slice(1)}.`) : null,
      lost ? h("p", { class: "failure" }, icon("warning"), delivery === "delayed" ? lost : `${lost}. ${UNKNOWN_TO_YOU}`) : null),
    callbacks.length
      ? h("section", {}, h("h3", {}, callbacks.length === 1 ? "Callback" : "Callbacks"), h("div", { class: "callbacks" }, callbacks.map(callbackCard)))
      : null,
    h("section", {}, h("h3", {}, "As it is now"), facts(message)),
    request === null || request === undefined ? null : h("section", {},
      h("button", { type: "button", class: "plain", onclick: () => showRequest(request, token) }, `Show request ${request} of the log`)),
    textSection("SMS object", JSON.stringify(message, null, 2), {
      label: "Copy as JSON",
      button: inbound ? copyButton(() => receiveCurlOf(message), "the message", "Copy as curl") : null,
    }),
  ];
  if (raw?.request) {
    sections.push(requestSection(raw.request, token));
    sections.push(raw.response ? textSection("Response", written(raw.response)) : null);
  } else {
    sections.push(h("section", {}, h("h3", {}, "Request"),
      h("p", { class: "quiet" }, inbound ? "There is no request, because the text came from the phone." : LOST_REQUEST)));
  }
  return [inbound ? "Received text" : "Sent text", message.message_sid, sections];
}

const timelineList = (timeline) => h("ol", { class: "timeline" }, timeline.map(({ status, at }) =>
  h("li", { class: `tick ${statusIcon(status)}` }, icon(statusIcon(status)), h("span", { class: "what" }, statusText(status)),
    at ? h("time", { datetime: at, title: at }, exactTime(new Date(at))) : null)));

function facts(message) {
  const from = message.from ?? message.from_did;
  const to = message.to ?? message.to_did;
  const pairs = [
    ["From", phoneNumber(from)],
    ["To", phoneNumber(to)],
    ["Group", (message.group_recipients ?? []).map(phoneNumber).join(", ")],
    ["Text", message.message],
    ["Media", (message.media_urls ?? []).join("\n")],
    ["Type", message.type === "mms" ? "MMS" : "SMS"],
    ["Segments", message.message_segments],
    ["Price", message.price === null ? "none yet" : price(message.price)],
    ["Created", exactTime(new Date(message.date_created))],
    ["Changed", message.date_status_changed ? exactTime(new Date(message.date_status_changed)) : ""],
    ["User data", message.user_data],
  ].filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, String(value)))));
}

function callbackCard(callback) {
  const { number, status, url, state, due, attempts, body } = callback;
  const last = attempts.at(-1);
  const next = { accepted: "accepted", given_up: "given up" }[state] ?? (due ? `next try at ${exactTime(new Date(due))}` : "due");
  const line = last && state !== "accepted" ? `${attemptText(last)}, ${next}` : next;
  const problem = h("p", { class: "problem", role: "alert" });
  const label = `Retry now: the callback for ${statusText(status)}`;
  return h("article", { class: `callback ${state}` },
    h("div", { class: "callback-head" },
      h("div", {},
        h("p", { class: "what" }, `${statusText(status)}: ${line}`),
        h("p", { class: "url" }, `POST ${url}`)),
      state === "accepted" ? null : h("button", { type: "button", class: "plain", "aria-label": label, onclick: (event) => retry(number, event.currentTarget, problem) }, "Retry now")),
    problem,
    attempts.length
      ? h("table", {},
        h("caption", { class: "sr" }, `Attempts to post the callback for ${statusText(status)}`),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Try"), h("th", { scope: "col" }, "Time"), h("th", { scope: "col" }, "Result"))),
        h("tbody", {}, attempts.map((attempt, index) => h("tr", {},
          h("td", {}, String(index + 1)),
          h("td", {}, h("time", { datetime: attempt.at, title: attempt.at }, exactTime(new Date(attempt.at)))),
          h("td", {}, attemptText(attempt))))))
      : h("p", { class: "hint" }, "No attempt yet."),
    h("details", {}, h("summary", {}, "Body"),
      h("pre", { tabindex: "0", role: "region", "aria-label": `Body of the callback for ${statusText(status)}` },
        h("code", {}, JSON.stringify(body, null, 2)))));
}

async function retry(number, button, problem) {
  const wanted = shown;
  const attemptsOf = (told) => told.callbacks.find((callback) => callback.number === number)?.attempts ?? [];
  button.disabled = true;
  button.textContent = "Posting …";
  try {
    const before = attemptsOf(await api.message(wanted.id)).length;
    await api.retryCallback(number);
    for (let look = 0; look < RETRY_LOOKS && shown === wanted && dialog.open; look += 1) {
      const attempts = attemptsOf(await api.message(wanted.id));
      if (attempts.length > before) {
        announce(`Callback ${attemptText(attempts.at(-1))}.`);
        hooks.onRetried(wanted.id);
        wanted.look = "";
        await fill(wanted);
        return;
      }
      await new Promise((resolve) => { setTimeout(resolve, RETRY_PAUSE); });
    }
    problem.textContent = "Not posted yet. If the clock is held, step it forward.";
  } catch (error) {
    problem.textContent = `Not posted: ${error.message}.`;
  }
  button.disabled = false;
  button.textContent = "Retry now";
}

function requestView(told, token) {
  const { number, at, method, path, status, delivery, fault, problem, message_sid: sid, request, response, made } = told;
  const what = deliveryText(delivery);
  const sections = [
    h("section", {}, h("h3", {}, "What happened"),
      h("dl", { class: "facts" },
        fact("Time", exactTime(new Date(at))),
        fact("Status", String(status)),
        fact("Response", what ?? "Sent completely"),
        fault ? fact("Fault", fault.text) : null,
        problem ? fact("Problem", problem) : null),
      what && sid && delivery !== "delayed"
        ? h("p", { class: "failure" }, icon("warning"), UNKNOWN_TO_YOU) : null),
    sid ? h("section", {}, h("button", { type: "button", class: "plain", onclick: () => showMessage(sid, token) }, "Show the message")) : null,
    requestSection(request, token),
    response
      ? textSection(delivery === "cut" ? "Response, the part that was sent" : "Response", written(response))
      : h("section", {}, h("h3", {}, "Response"), h("p", { class: "quiet" }, "No part of the response was sent.")),
    made ? textSection("Response that the emulator made", written(made)) : null,
  ];
  return [`Request ${number}`, `${method} ${path}`, sections];
}

const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, value));

const requestSection = (request, token) =>
  textSection("Request", written(request), { button: copyButton(() => curlOf(request, token), "the request", "Copy as curl") });

const written = ({ line, headers, body }) =>
  `${line}\n${headers.map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${pretty(body)}`;

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
