// The form to receive a text from any phone, with pictures and in a group.

import * as api from "./api.js";
import { complain, field, h, sheetHead } from "./dom.js";

const dialog = document.getElementById("receive");

/** Return the digits of a number as people write it. */
export const digitsOf = (text) => text.replace(/[^\d]/g, "");

const isNumber = (text) => /^\+?[\d\s().-]+$/.test(text.trim()) && /^\d{3,15}$/.test(digitsOf(text));

const linesOf = (text) => text.split(/[\n,;]+/).map((line) => line.trim()).filter(Boolean);

/** Open the form. `onReceived` gets the two numbers after the message has come in. */
export function showReceive({ ours = "15162065575", theirs = "15162065574" }, onReceived) {
  const from = h("input", { id: "receive-from", inputmode: "tel", autocomplete: "off", required: true, value: theirs });
  const to = h("input", { id: "receive-to", inputmode: "tel", autocomplete: "off", required: true, value: ours });
  const text = h("textarea", { id: "receive-text", rows: "3", maxlength: "1600" });
  const media = h("textarea", { id: "receive-media", rows: "2", spellcheck: "false", autocomplete: "off" });
  const group = h("textarea", { id: "receive-group", rows: "2", spellcheck: "false", autocomplete: "off" });
  const problem = h("p", { class: "problem", role: "alert" });
  const more = h("details", { class: "extra" }, h("summary", {}, "Pictures and groups (MMS)"),
    field("URLs of pictures or other media", media, "One per line, such as https://example.com/photo.jpg"),
    field("Other numbers in the group", group, "One per line. The phone and your number needn't be repeated."));
  const form = h("form", { class: "sheet-body", novalidate: true },
    field("From the phone", from, "Include the country code, for example 15162065574."),
    field("To your number", to, "One of your numbers, or any other number."),
    field("Text", text), more, problem,
    h("button", { type: "submit", class: "primary" }, "Receive text"));
  for (const control of [from, to, text, media, group]) {
    control.addEventListener("input", () => { control.removeAttribute("aria-invalid"); problem.textContent = ""; });
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const urls = media.value.split(/\s+/).filter(Boolean);
    const numbers = linesOf(group.value);
    const wrong = [from, to].find((control) => !isNumber(control.value));
    if (wrong) return complain(problem, "Enter a number of 3 to 15 digits, with the country code.", wrong);
    const badUrl = urls.find((url) => !/^https?:\/\/[^/]/i.test(url));
    if (badUrl) return complain(problem, "Each URL must be complete and start with https: or http:.", media);
    if (!numbers.every(isNumber)) return complain(problem, "Each number of the group must have 3 to 15 digits.", group);
    if (!text.value.trim() && !urls.length) return complain(problem, "Enter a text, or the URL of a picture.", text);
    const pair = { ours: digitsOf(to.value), theirs: digitsOf(from.value) };
    try {
      await api.receive({
        from: pair.theirs,
        to: pair.ours,
        ...(text.value.trim() ? { message: text.value } : {}),
        ...(urls.length ? { media_urls: urls } : {}),
        ...(numbers.length ? { group_recipients: [...new Set([pair.ours, ...numbers.map(digitsOf)])] } : {}),
      });
      dialog.close();
      onReceived(pair);
    } catch (error) {
      problem.textContent = `Not received: ${error.message}.`;
    }
  });
  dialog.replaceChildren(
    sheetHead(dialog, "receive-title", "Receive a text", "A phone texts one of your numbers, and your application gets a callback."), form);
  dialog.showModal();
  text.focus();
}
