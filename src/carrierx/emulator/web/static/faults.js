// The panel for faults: a list of active faults, and a form to turn on another one.

import * as api from "./api.js";
import { announce, field, h, sheetHead } from "./dom.js";
import { phoneNumber, plural } from "./format.js";

const dialog = document.getElementById("faults");

const KINDS = {
  lose_answer: ["Lose the response", "The message is accepted, but the response is lost."],
  answer: ["Return another response", "The request is not processed, so the message is not accepted."],
  delay: ["Delay the response", "The message is accepted immediately."],
  truncate_answer: ["Cut off the response", "The message is accepted, but only half of the response arrives."],
  garble_answer: ["Return garbage", "The message is accepted, but the response is unreadable."],
};
const WHERE = {
  sends: ["Sends only", { path: "/sms/messages", method: "POST" }],
  all: ["Every request", {}],
};
const OFTEN = {
  once: ["Once", { times: 1 }],
  always: ["Every time", {}],
  half: ["At random, half of the time", { probability: 0.5 }],
};

let list = null;
let asked = 0;  // number of requests: only the response to the latest one is shown, in whatever order they arrive

export async function showFaults() {
  list = h("div", { class: "rules" });
  dialog.replaceChildren(
    sheetHead(dialog, "faults-title", "Faults", "Make the emulator fail, and see how your application handles it."),
    h("div", { class: "sheet-body" }, h("section", {}, h("h3", { id: "faults-on" }, "Active"), list), form()));
  dialog.showModal();
  await refreshFaults();
}

/** Refresh the active faults, if the panel is open. */
export async function refreshFaults() {
  if (dialog.open) await show(api.faults);
}

async function show(ask) {
  asked += 1;
  const mine = asked;
  const told = await ask();
  if (mine === asked) fill(told);
}

function fill({ rules }) {
  const had = list.contains(document.activeElement);
  list.replaceChildren(
    rules.length
      ? h("ul", { class: "cards", "aria-labelledby": "faults-on" }, rules.map(card))
      : h("p", { class: "quiet" }, "None. The emulator works normally."),
    rules.length > 1
      ? h("button", { type: "button", class: "plain", onclick: () => off(undefined) }, "Turn all off") : "");
  if (had) (list.querySelector("button") ?? document.getElementById("fault-kind"))?.focus();
}

async function off(id) {
  try {
    await show(() => api.faultOff(id));
  } catch {
    await refreshFaults();  // it was already turned off, for example in another window
  }
  announce("Turned off.");
}

function card(rule) {
  const isUsedUp = rule.times !== undefined && rule.hits >= rule.times;
  return h("li", { class: "card" },
    h("div", {},
      h("p", { class: "what" }, whatItDoes(rule)),
      h("p", { class: "hint" }, `${whatItAffects(rule)} · affected ${plural(rule.hits, "request")}${isUsedUp ? ", used up" : ""}`)),
    h("button", { type: "button", class: "plain", "aria-label": `Turn off: ${whatItDoes(rule)}`, onclick: () => off(rule.id) }, "Turn off"));
}

function whatItDoes(rule) {
  if (rule.kind === "answer") {
    return `Returns ${rule.status}${rule.retry_after === undefined ? "" : `, Retry-After ${rule.retry_after}`}`;
  }
  if (rule.kind === "delay") return `Delays the response by ${plural(rule.seconds, "second")}`;
  return { lose_answer: "Loses the response", truncate_answer: "Cuts off the response", garble_answer: "Returns garbage" }[rule.kind] ?? rule.kind;
}

function whatItAffects(rule) {
  const requests = [rule.method, rule.path].filter(Boolean).join(" ") || "every request";
  const parts = [requests === "POST /sms/messages" ? "sends" : requests];
  if (rule.number) parts.push(`from or to ${phoneNumber(rule.number)}`);
  if (rule.times !== undefined) parts.push(rule.times === 1 ? "once" : plural(rule.times, "time"));
  if (rule.probability !== undefined) parts.push(`${Math.round(rule.probability * 100)} % at random`);
  return parts.join(", ");
}

function select(id, choices) {
  return h("select", { id }, Object.entries(choices).map(([value, text]) => h("option", { value }, text[0])));
}

function form() {
  const kind = select("fault-kind", KINDS);
  const status = h("input", { id: "fault-status", type: "number", min: "200", max: "599", value: "503" });
  const retryAfter = h("input", { id: "fault-retry-after", type: "number", min: "0", placeholder: "none" });
  const seconds = h("input", { id: "fault-seconds", type: "number", min: "0", max: "3600", step: "any", value: "2" });
  const where = select("fault-where", WHERE);
  const often = select("fault-often", OFTEN);
  const number = h("input", { id: "fault-number", inputmode: "tel", autocomplete: "off", placeholder: "any" });
  const problem = h("p", { class: "problem", role: "alert" });
  const ofAnswer = h("div", { class: "fields" }, field("Status", status), field("Retry-After, in seconds", retryAfter));
  const ofDelay = field("Seconds", seconds);
  const what = field("What happens", kind, " ");
  const adapt = () => {
    what.querySelector(".hint").textContent = KINDS[kind.value][1];
    ofAnswer.hidden = kind.value !== "answer";
    ofDelay.hidden = kind.value !== "delay";
  };
  kind.addEventListener("change", adapt);
  adapt();

  const element = h("form", { class: "card-form", novalidate: true, "aria-labelledby": "fault-new" },
    h("h3", { id: "fault-new" }, "Turn on another fault"),
    what, ofAnswer, ofDelay,
    h("div", { class: "fields" }, field("Which requests", where), field("How often", often)),
    field("Only from or to this number", number),
    problem,
    h("button", { type: "submit", class: "primary" }, "Turn on"));
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    const rule = { kind: kind.value, ...WHERE[where.value][1], ...OFTEN[often.value][1] };
    if (kind.value === "answer") rule.status = Number(status.value);
    if (kind.value === "answer" && retryAfter.value !== "") rule.retry_after = Number(retryAfter.value);
    if (kind.value === "delay") rule.seconds = Number(seconds.value);
    if (number.value.trim()) rule.number = number.value.trim();
    try {
      await show(() => api.faultOn(rule));
      announce("Turned on.");
    } catch (error) {
      problem.textContent = error.message;
    }
  });
  return element;
}
