// The form for a text from a new phone.

import * as api from "./api.js";
import { field, h, sheetHead } from "./dom.js";

const dialog = document.getElementById("compose");

/** Open the form. `onSent` gets the two numbers after the message has come in. */
export function compose({ ours = "15162065575", theirs = "15162065574" }, onSent) {
  const from = h("input", { id: "compose-from", inputmode: "tel", autocomplete: "off", required: true, value: theirs });
  const to = h("input", { id: "compose-to", inputmode: "tel", autocomplete: "off", required: true, value: ours });
  const text = h("textarea", { id: "compose-text", rows: "3", maxlength: "1600", required: true });
  const problem = h("p", { class: "problem", role: "alert" });
  const form = h("form", { class: "sheet-body", novalidate: true },
    field("From the phone", from, "Include the country code, for example 15162065574."),
    field("To your number", to, "One of your numbers, or any other number."),
    field("Text", text),
    problem,
    h("button", { type: "submit", class: "primary" }, "Send text"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const pair = { ours: to.value.replace(/\D/g, ""), theirs: from.value.replace(/\D/g, "") };
    const isEmpty = { [from.id]: pair.theirs.length < 3, [to.id]: pair.ours.length < 3, [text.id]: !text.value.trim() };
    const missing = [from, to, text].find((control) => isEmpty[control.id]);
    if (missing) {
      problem.textContent = missing === text ? "Enter a text." : "A number must have at least 3 digits.";
      missing.focus();
      return;
    }
    try {
      await api.receive({ from: pair.theirs, to: pair.ours, message: text.value });
      dialog.close();
      onSent(pair);
    } catch (error) {
      problem.textContent = `Could not send the text: ${said(error.message)}`;
    }
  });
  dialog.replaceChildren(
    sheetHead(dialog, "compose-title", "New text from a phone", "One of your numbers receives it, and your application gets a callback."), form);
  dialog.showModal();
  text.focus();
}

const said = (message) => message.replace("from_", "the phone's number").replace(/^to /, "your number ").replace("a message or media_urls", "a text");
