// The panel of the emulator's time: hold it, step it, let it run.

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
    try {
      tellClock(await api.clock(change));
      announce(said);
      onTurned();
    } catch (error) {
      problem.textContent = error.message;
    }
  };
  held.addEventListener("click", () => {
    const hold = held.getAttribute("aria-checked") !== "true";
    turn({ held: hold }, hold ? "Time is held." : "Time runs.");
  });
  dialog.replaceChildren(
    sheetHead(dialog, "clock-title", "Time", "Messages become sent and delivered as the emulator's time passes."),
    h("div", { class: "sheet-body" },
      face,
      h("div", { class: "switch-row" }, h("label", { for: "clock-held" }, "Hold the time"), held),
      h("p", { class: "hint" }, "While it is held, every message stays as it is until you step."),
      h("section", {}, h("h3", {}, "Step on by"),
        h("div", { class: "steps" }, STEPS.map(([seconds, text]) =>
          h("button", { type: "button", class: "plain", "aria-label": `Step on by ${text}`, onclick: () => turn({ step: seconds }, `${text} later.`) }, text)))),
      problem));
  tellClock(controls);
  dialog.showModal();
}

/** Show the time that the emulator has told, if the panel is open. */
export function tellClock(controls) {
  if (!face || !controls) return;
  const moment = new Date(controls.now);
  const text = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  if (face.textContent !== text) face.textContent = text;
  held.setAttribute("aria-checked", String(controls.held));
}
