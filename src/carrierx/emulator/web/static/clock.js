// The panel for the emulator's clock: hold it, step it, or let it run.

import * as api from "./api.js";
import { announce, h, sheetHead } from "./dom.js";

const dialog = document.getElementById("clock");
const STEPS = [[1, "1 second"], [10, "10 seconds"], [60, "1 minute"], [3600, "1 hour"]];

let face = null;
let held = null;

export function showClock(controls, onTurned) {
  face = h("p", { class: "clock-face" });
  held = h("button", { type: "button", role: "switch", class: "switch", id: "clock-held" });
  const problem = h("p", { class: "problem", role: "alert" });
  const turn = async (change, said) => {
    problem.textContent = "";
    try {
      tellClock(await api.turnClock(change));
      announce(said);
      onTurned();
    } catch (error) {
      problem.textContent = `The clock is unchanged: ${error.message}.`;
    }
  };
  held.addEventListener("click", () => {
    const hold = held.getAttribute("aria-checked") !== "true";
    turn({ held: hold }, hold ? "The clock is held." : "The clock is running.");
  });
  dialog.replaceChildren(
    sheetHead(dialog, "clock-title", "Clock", "Messages are sent and delivered as the emulator's time passes."),
    h("div", { class: "sheet-body" },
      face,
      h("div", { class: "switch-row" }, h("label", { for: "clock-held" }, "Hold the clock"), held),
      h("p", { class: "hint" }, "While the clock is held, messages don't change until you step it."),
      h("section", {}, h("h3", {}, "Step forward by"),
        h("div", { class: "steps" }, STEPS.map(([seconds, text]) =>
          h("button", { type: "button", class: "plain", "aria-label": `Step forward by ${text}`, onclick: () => turn({ step: seconds }, `${text} later.`) }, text)))),
      problem));
  tellClock(controls);
  dialog.showModal();
}

/** Show the emulator's time, if the panel is open. */
export function tellClock(controls) {
  if (!face) return;
  if (!controls) {
    face.textContent = "The emulator does not respond.";
    return;
  }
  const moment = new Date(controls.now);
  const text = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  if (face.textContent !== text) face.textContent = text;
  held.setAttribute("aria-checked", String(controls.held));
}
