// The list of conversations, latest first, each with its latest message.

import { h, icon, spoken } from "./dom.js";
import { deliveryText, phoneNumber, preview, shortTime, statusIcon, statusText } from "./format.js";

export const keyOf = ({ ours, theirs }) => `${ours}/${theirs}`;

export class ConversationList {
  #element = document.getElementById("conversations");
  #more = document.getElementById("more-conversations");
  #none = document.getElementById("none-found");
  #items = new Map();  // key -> { conversation, unread, row }

  constructor({ onMore }) {
    this.#more.addEventListener("click", onMore);
    this.#element.addEventListener("keydown", (event) => this.#step(event));
  }

  get size() { return this.#items.size; }

  get all() { return [...this.#items.values()].map((item) => item.conversation); }

  /** The smallest sequence number in the list. Older conversations have smaller ones. */
  get oldest() { return Math.min(...this.all.map((conversation) => conversation.latest.sequence)); }

  get unread() { return [...this.#items.values()].filter((item) => item.unread).length; }

  has(key) { return this.#items.has(key); }

  clear() {
    const unread = new Set([...this.#items].filter(([, item]) => item.unread).map(([key]) => key));
    this.#items.clear();
    return unread;
  }

  /** Add a conversation, or replace its latest message with a newer one. */
  put(conversation, { unread = false } = {}) {
    const key = keyOf(conversation);
    const known = this.#items.get(key);
    if (known && known.conversation.latest.sequence > conversation.latest.sequence) return;
    this.#items.set(key, { conversation, unread: unread || (known?.unread ?? false), row: known?.row });
  }

  /** Update a message whose status has changed. */
  move(seen) {
    for (const item of this.#items.values()) {
      const { latest } = item.conversation;
      if (latest.message_sid === seen.message_sid) Object.assign(latest, seen, { sequence: latest.sequence });
    }
  }

  read(key) {
    const item = this.#items.get(key);
    if (item) item.unread = false;
  }

  show(openKey, { more, searching } = {}) {
    const focused = document.activeElement;
    const sorted = [...this.#items.values()].sort((a, b) => b.conversation.latest.sequence - a.conversation.latest.sequence);
    for (const item of sorted) {
      item.row ??= h("li", {}, h("a", { class: "conversation", href: `#${keyOf(item.conversation)}` }));
      fill(item.row.firstChild, item, openKey);
    }
    const rows = sorted.map((item) => item.row);
    if (rows.length !== this.#element.children.length || rows.some((row, index) => this.#element.children[index] !== row)) {
      this.#element.replaceChildren(...rows);
      if (this.#element.contains(focused)) focused.focus({ preventScroll: true });
    }
    if (more !== undefined) this.#more.hidden = !more;
    this.#none.hidden = !(searching && rows.length === 0);
  }

  #step(event) {
    const links = [...this.#element.querySelectorAll("a")];
    const here = links.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: links.length - 1 }[event.key];
    if (here < 0 || to === undefined) return;
    event.preventDefault();
    links[Math.max(0, Math.min(to, links.length - 1))].focus();
  }
}

function fill(link, { conversation, unread }, openKey) {
  const { ours, theirs, latest } = conversation;
  const { sms } = latest;
  const isOpen = keyOf(conversation) === openKey;
  const look = JSON.stringify([sms.message_sid, sms.status, latest.delivery, unread, isOpen]);
  if (link.dataset.look === look) return;
  link.dataset.look = look;
  if (isOpen) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  link.classList.toggle("unread", unread);
  const moment = new Date(sms.date_created);
  link.replaceChildren(
    avatar(theirs),
    h("span", { class: "who" }, phoneNumber(theirs), unread ? spoken(", new message") : null),
    h("time", { datetime: sms.date_created }, shortTime(moment)),
    h("span", { class: "last" },
      h("span", { class: `tick ${statusIcon(sms.status)}` }, icon(statusIcon(sms.status)), spoken(`${statusText(sms.status)}: `)),
      deliveryText(latest.delivery) ? h("span", { class: "odd" }, icon("warning"), spoken(`${deliveryText(latest.delivery)}: `)) : null,
      h("span", { class: "text" }, preview(latest))),
    h("span", { class: "with" }, `with your ${phoneNumber(ours)}`),
  );
}

/** Create a disc with the last digits of a number, always in the same color. */
export function avatar(number) {
  const hue = [...number].reduce((sum, digit) => sum * 7 + Number(digit), 0) % 6;
  return h("span", { class: `avatar hue-${hue}`, "aria-hidden": "true" }, number.slice(-2));
}
