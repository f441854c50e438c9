// Elements made by hand. A text is always a text node: nothing that a message says is ever read as markup.

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
};

/** Make an element: properties first (`class`, `data-*`, `aria-*` and `on…` handlers among them), then children. */
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

/** Make one of our icons; it says nothing to a screen reader, so a text has to stand beside it. */
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

/** Make a text that only screen readers get. */
export const spoken = (text) => h("span", { class: "sr" }, text);

/** Make a button that copies what `text()` returns, and says so. */
export function copyButton(text, what) {
  const button = h("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select and copy";  // no clipboard here: the page may be open over plain HTTP
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  return button;
}

/** Make the head of a dialog: its title, and a button that closes it. */
export function sheetHead(dialog, titleId, title, text) {
  return h("header", { class: "sheet-head" },
    h("div", {}, h("h2", { id: titleId }, title), text ? h("p", {}, text) : null),
    h("button", { type: "button", class: "round", "aria-label": "Close", onclick: () => dialog.close() }, icon("close")));
}

/** Make a field: a label, a control, and a hint that belongs to it. */
export function field(label, control, hint) {
  const hintId = `${control.id}-hint`;
  if (hint) control.setAttribute("aria-describedby", hintId);
  return h("div", { class: "field" },
    h("label", { for: control.id }, label), control, hint ? h("p", { class: "hint", id: hintId }, hint) : null);
}

/** Tell screen readers something that others see. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}
