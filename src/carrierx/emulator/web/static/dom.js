// Helpers to create elements. Text is always a text node, so the text of a message is never parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  queued: ["M8 14.5a6.5 6.5 0 1 0 0-13 6.500 6.500 0 0 0 0 13z", "M8 4.500V8l2.500 1.500"],
  sent: ["M3 8.500 6.500 12 13 4.500"],
  delivered: ["M1 8.500 4.500 12 11 4.500", "M8.500 11l1 1L15.500 4.500"],
  failed: ["M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13z", "M8 4.800v3.700", "M8 11.200v.1"],
  received: ["M8 2.500v9", "M4 8l4 4 4-4"],
  back: ["M10 3 5 8l5 5"],
  close: ["M3.500 3.500l9 9", "M12.500 3.500l-9 9"],
  send: ["M8 13V3", "M3.500 7.500 8 3l4.500 4.500"],
  warning: ["M8 2 15 14H1z", "M8 6.500v3.500", "M8 12v.1"],
};

/** Create an element with properties (such as `class`, `data-*`, `aria-*` and `on…` handlers) and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Create an icon. Screen readers ignore it, so always put a text next to it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const shape of ICONS[name] ?? ICONS.received) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", shape);
    svg.append(path);
  }
  return svg;
}

/** Create a text only for screen readers. */
export const spoken = (text) => h("span", { class: "sr" }, text);

/** Create a button that copies what `text()` returns. */
export function copyButton(text, what, label = "Copy") {
  const button = h("button", { type: "button", class: "copy", "aria-label": label === "Copy" ? `Copy ${what}` : `${label}: ${what}` }, label);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select and copy";  // no clipboard, for example over plain HTTP
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
  return button;
}

/** Create the header of a dialog: its title, and a button that closes it. */
export function sheetHead(dialog, titleId, title, text) {
  return h("header", { class: "sheet-head" },
    h("div", {}, h("h2", { id: titleId }, title), text ? h("p", {}, text) : null),
    h("button", { type: "button", class: "round", "aria-label": "Close", onclick: () => dialog.close() }, icon("close")));
}

/** Create a section with a title, a text to read, a button that copies it, and perhaps another button. */
export function textSection(title, text, { label = "Copy", button = null } = {}) {
  return h("section", {},
    h("div", { class: "section-head" }, h("h3", {}, title), h("div", { class: "copies" }, button, copyButton(() => text, title, label))),
    h("pre", { tabindex: "0", role: "region", "aria-label": title }, h("code", {}, text)));
}

/** Set the text of an element, and touch nothing if it has this text already. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Say what is wrong with a control, and move the focus to it. */
export function complain(problem, text, control) {
  problem.textContent = text;
  control?.setAttribute("aria-invalid", "true");
  control?.focus();
}

/** Create a field: a label, a control, and an optional hint. */
export function field(label, control, hint) {
  const hintId = `${control.id}-hint`;
  if (hint) control.setAttribute("aria-describedby", hintId);
  return h("div", { class: "field" },
    h("label", { for: control.id }, label), control, hint ? h("p", { class: "hint", id: hintId }, hint) : null);
}

/** Announce something to screen readers that is otherwise only visible. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}
