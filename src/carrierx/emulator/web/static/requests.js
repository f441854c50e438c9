// The log of every request to the API, newest first.

import * as api from "./api.js";
import { announce, copyButton, h, icon, spoken } from "./dom.js";
import { deliveryText, exactTime, plural } from "./format.js";

export class RequestLog {
  #element = document.getElementById("thread");
  #rows = new Map();  // number -> { look, row }
  #list; #none; #more; #filter;
  #hooks;
  #asked = 0;  // only the response to the latest request is shown

  constructor(hooks) {
    this.#hooks = hooks;  // onRequest, about
  }

  isOpen = false;

  async open() {
    this.isOpen = true;
    this.#rows.clear();
    this.#build();
    await this.refresh();
  }

  close() {
    this.isOpen = false;
    this.#rows.clear();
  }

  focus() {
    this.#filter.focus({ preventScroll: true });
  }

  /** Read the newest requests again. Older ones that are shown already stay. */
  async refresh() {
    if (!this.isOpen) return;
    this.#asked += 1;
    const mine = this.#asked;
    const { items, more } = await api.requests({ problems: this.#filter.checked });
    if (!this.isOpen || mine !== this.#asked) return;
    const known = this.#newest;
    // After a gap or a reset, the older rows would not fit.
    if (items.length === 0 || items.at(-1).number > known + 1 || items[0].number < known) this.#rows.clear();
    if (this.#rows.size === 0) this.#more.hidden = !more;
    const fresh = known === 0 ? [] : items.filter((item) => item.number > known);
    this.#put(items);
    if (fresh.length) announce(fresh.length === 1 ? summaryOf(fresh[0]) : `${fresh.length} new requests`);
  }

  get #newest() { return Math.max(0, ...this.#rows.keys()); }

  #build() {
    this.#list = h("ol", { class: "requests", "aria-label": "Requests, newest first" });
    this.#none = h("div", { class: "nothing", hidden: true });
    this.#more = h("button", { type: "button", class: "more", hidden: true, onclick: () => this.#showOlder() }, "Show older requests");
    this.#filter = h("input", { type: "checkbox", id: "problems-only", onchange: () => this.#filtered() });
    this.#element.replaceChildren(
      h("header", { class: "thread-head" },
        h("a", { class: "round", href: "#", "aria-label": "Back to conversations" }, icon("back")),
        h("div", { class: "grow" }, h("h2", {}, "Requests"), h("p", { class: "sub" }, "All requests to the API")),
        h("label", { class: "check" }, this.#filter, "Problems only")),
      h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Log of requests" },
        h("div", { class: "column" }, this.#list, this.#none, this.#more)));
  }

  #filtered() {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.refresh().catch((error) => this.#say(h("p", {}, `The requests can't be read: ${error.message}.`)));
  }

  async #showOlder() {
    this.#more.disabled = true;
    try {
      const before = Math.min(...this.#rows.keys());
      const { items, more } = await api.requests({ problems: this.#filter.checked, before });
      this.#put(items);
      this.#more.hidden = !more;
    } catch (error) {
      announce(`Older requests can't be read: ${error.message}.`);
    } finally {
      this.#more.disabled = false;
    }
  }

  #put(items) {
    for (const item of items) {
      const look = JSON.stringify(item);
      if (this.#rows.get(item.number)?.look !== look) this.#rows.set(item.number, { look, row: rowOf(item, this.#hooks) });
    }
    const rows = [...this.#rows].sort(([a], [b]) => b - a).map(([, { row }]) => row);
    const had = this.#list.contains(document.activeElement) ? document.activeElement : null;
    if (rows.some((row, index) => this.#list.children[index] !== row) || rows.length !== this.#list.children.length) {
      this.#list.replaceChildren(...rows);
      had?.focus({ preventScroll: true });
    }
    if (rows.length) this.#none.hidden = true;
    else this.#say(...(this.#filter.checked ? [h("p", {}, "No request had a problem.")] : nothingArrived(this.#hooks.about())));
  }

  #say(...content) {
    this.#none.hidden = false;
    this.#none.replaceChildren(...content);
  }
}

function summaryOf({ method, path, status, delivery }) {
  const what = deliveryText(delivery);
  return `${method} ${shortPath(path)}, ${what && delivery !== "delayed" ? what : `answered ${status}`}`;
}

const shortPath = (path) => path.replace(/^\/core\/v2(?=\/)/, "");

function rowOf(item, hooks) {
  const { number, at, method, path, status, delivery, fault, problem } = item;
  const what = deliveryText(delivery);
  const bad = status >= 400 || (what !== null && delivery !== "delayed");
  const why = [fault ? `Fault: ${fault.text}` : null, problem].filter(Boolean).join(" · ");
  return h("li", {},
    h("button", { type: "button", class: `request${bad ? " bad" : what ? " odd" : ""}`, "aria-haspopup": "dialog", "data-number": number, onclick: () => hooks.onRequest(number) },
      h("span", { class: "call" }, h("span", { class: "method" }, method), " ", h("span", { class: "path" }, shortPath(path))),
      h("time", { datetime: at }, exactTime(new Date(at))),
      h("span", { class: "result" }, bad || what ? icon("warning") : null, bad ? spoken("Problem: ") : null,
        what ? `${what} (${status})` : String(status)),
      why ? h("span", { class: "why" }, why) : null));
}

/** Return what to check if no request has come in. */
export function nothingArrived({ base_path: basePath, token }) {
  const baseUrl = `${location.origin}${basePath}`;
  return [
    h("h3", {}, "No request has arrived yet"),
    h("p", {}, "If your application sends and nothing shows here, its requests go somewhere else. Check these settings:"),
    h("ul", {},
      h("li", {}, "Base URL: ", h("code", {}, baseUrl), copyButton(() => baseUrl, "the base URL"),
        h("p", { class: "hint" }, "In a container, localhost is the container itself: use the emulator's host name.")),
      h("li", {}, "Token: ", token ? h("code", {}, token) : "the one that you set", token ? copyButton(() => token, "the token") : null,
        h("p", { class: "hint" }, "A request with a wrong token does show here, with the status 401.")),
      h("li", {}, "The application uses these settings: restart it after you change them.")),
  ];
}

/** Return the line for new users that says which requests have arrived. */
export function arrivals({ requests, problems }) {
  if (!requests) return ["Nothing shows up? ", h("a", { href: "#requests" }, "See what to check"), "."];
  return [
    `${plural(requests, "request")} arrived${problems ? `, ${problems} with a problem` : ""}, but no text was accepted. `,
    h("a", { href: "#requests" }, "See the requests"), ".",
  ];
}
