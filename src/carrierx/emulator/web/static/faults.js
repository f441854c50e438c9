// The panel for faults: a list of active faults, and a form to turn on another one.

import * as api from "./api.js";
import { announce, complain, field, h, sheetHead } from "./dom.js";
import { phoneNumber, plural } from "./format.js";
import { digitsOf } from "./receive.js";

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

/** Open the panel. `onChanged` is called after a fault was turned on or off. */
export async function showFaults(onChanged) {
  list = h("div", { class: "rules" });
  dialog.replaceChildren(
    sheetHead(dialog, "faults-title", "Faults", "Make the emulator fail, and see how your application handles it."),
    h("div", { class: "sheet-body" }, h("section", {}, h("h3", { id: "faults-on" }, "Turned on"), list), form(onChanged)));
  dialog.showModal();
  await refreshFaults();
}

/** Refresh the active faults, if the panel is open. */
export async function refreshFaults() {
  if (!dialog.open) return;
  try {
    await show(api.faults);
  } catch (error) {
    tellAway(error);
  }
}

/** Say in the panel, if it is open, that the list can't be read. */
export function tellAway(error) {
  if (!dialog.open || !list || list.dataset.state === "away") return;
  list.dataset.state = "away";
  list.replaceChildren(h("p", { class: "problem", role: "alert" }, `The faults can't be read: ${error.message}.`));
}

async function show(ask) {
  asked += 1;
  const mine = asked;
  const told = await ask();
  if (mine === asked) fill(told.items);
}

function fill(rules) {
  const had = list.contains(document.activeElement) ? document.activeElement.dataset.rule : undefined;
  const looks = JSON.stringify(rules);
  if (list.dataset.state === looks) return;
  list.dataset.state = looks;
  const live = rules.filter((rule) => !isUsedUp(rule)).length;
  list.replaceChildren(
    rules.length && !live ? h("p", { class: "quiet" }, "All are used up. The emulator works normally again.") : "",
    rules.length
      ? h("ul", { class: "cards", "aria-labelledby": "faults-on" }, rules.map(card))
      : h("p", { class: "quiet" }, "None. The emulator works normally."),
    rules.length > 1
      ? h("button", { type: "button", class: "plain", onclick: () => off(api.clearFaults) }, "Turn all off") : "");
  if (had === undefined) return;
  const buttons = [...list.querySelectorAll("button")];
  (buttons.find((button) => button.dataset.rule === had) ?? buttons[0] ?? document.getElementById("fault-kind"))?.focus();
}

async function off(remove) {
  try {
    await remove();
    announce("Turned off.");
  } catch (error) {
    if (!(error instanceof api.RefusedError)) return tellAway(error);  // refused: already off, for example in another window
  }
  await refreshFaults();
}

const isUsedUp = (rule) => rule.used_up ?? (rule.times !== undefined && rule.hits >= rule.times);

function card(rule) {
  const usedUp = isUsedUp(rule);
  const hits = rule.hits ? `affected ${plural(rule.hits, "request")}` : "affected no request yet";
  return h("li", { class: `card${usedUp ? " used-up" : ""}` },
    h("div", {},
      h("p", { class: "what" }, whatItDoes(rule)),
      h("p", { class: "hint" }, `${whatItAffects(rule)} · ${hits}${usedUp ? ", used up" : ""}`)),
    h("button", {
      type: "button", class: "plain", "data-rule": rule.id, "aria-label": `${usedUp ? "Remove" : "Turn off"}: ${whatItDoes(rule)}`,
      onclick: () => off(() => api.removeFault(rule.id)),
    }, usedUp ? "Remove" : "Turn off"));
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
  if (rule.number) parts.push(`from or to ${phoneNumber(digitsOf(rule.number))}`);
  if (rule.times !== undefined) parts.push(rule.times === 1 ? "once" : plural(rule.times, "time"));
  if (rule.probability !== undefined) parts.push(`${Math.round(rule.probability * 100)}% at random`);
  return parts.join(", ");
}

function select(id, choices) {
  return h("select", { id }, Object.entries(choices).map(([value, text]) => h("option", { value }, text[0])));
}

function form(onChanged) {
  const kind = select("fault-kind", KINDS);
  const status = h("input", { id: "fault-status", inputmode: "numeric", autocomplete: "off", value: "503" });
  const retryAfter = h("input", { id: "fault-retry-after", inputmode: "numeric", autocomplete: "off", placeholder: "none" });
  const seconds = h("input", { id: "fault-seconds", inputmode: "decimal", autocomplete: "off", value: "2" });
  const where = select("fault-where", WHERE);
  const often = select("fault-often", OFTEN);
  const number = h("input", { id: "fault-number", inputmode: "tel", autocomplete: "off", placeholder: "any" });
  const problem = h("p", { class: "problem", role: "alert" });
  const ofAnswer = h("div", { class: "fields" }, field("Status", status), field("Retry-After, in seconds", retryAfter));
  const ofDelay = field("Seconds", seconds, "From 0 to 3600, such as 2 or 0.5.");
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
    field("Only from or to this number", number, "Include the country code, for example 15162065574. Empty means any number."),
    problem,
    h("button", { type: "submit", class: "primary" }, "Turn on"));
  for (const control of [status, retryAfter, seconds, number]) {
    control.addEventListener("input", () => { control.removeAttribute("aria-invalid"); problem.textContent = ""; });
  }
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    const rule = { kind: kind.value, ...WHERE[where.value][1], ...OFTEN[often.value][1] };
    if (kind.value === "answer") {
      rule.status = wholeOf(status.value);
      if (!(rule.status >= 200 && rule.status <= 599)) return complain(problem, "The status must be a whole number from 200 to 599, such as 503.", status);
      if (retryAfter.value.trim()) {
        rule.retry_after = wholeOf(retryAfter.value);
        if (Number.isNaN(rule.retry_after)) return complain(problem, "Retry-After must be a whole number of seconds, such as 2, or empty.", retryAfter);
      }
    }
    if (kind.value === "delay") {
      rule.seconds = /^\d*[.,]?\d+$/.test(seconds.value.trim()) ? Number(seconds.value.trim().replace(",", ".")) : NaN;
      if (!(rule.seconds <= 3600)) return complain(problem, "The delay must be a number of seconds from 0 to 3600, such as 2 or 0.5.", seconds);
    }
    if (number.value.trim()) {
      const digits = digitsOf(number.value);
      if (!/^\+?[\d\s().-]+$/.test(number.value.trim()) || digits.length < 3 || digits.length > 15) {
        return complain(problem, "The number must have 3 to 15 digits, with the country code, such as 15162065574.", number);
      }
      rule.number = digits;
    }
    try {
      await api.addFault(rule);
      announce("Turned on.");
      onChanged();
      await refreshFaults();
    } catch (error) {
      problem.textContent = `Not turned on: ${error.message}.`;
    }
  });
  return element;
}

const wholeOf = (text) => (/^\d+$/.test(text.trim()) ? Number(text.trim()) : NaN);
