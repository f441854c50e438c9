// One conversation: its messages as bubbles, and the reply box.

import * as api from "./api.js";
import { announce, h, icon, spoken } from "./dom.js";
import { dayOf, phoneNumber } from "./format.js";
import { avatar } from "./list.js";
import { messageRow, setMeta } from "./message.js";

const NEAR_END = 120;  // pixels: this close to the end, the view scrolls to new messages

export class Thread {
  #element = document.getElementById("thread");
  #rows = new Map();  // message_sid -> { seen, row }
  #hooks;

  constructor(hooks) {
    this.#hooks = hooks;  // onBack, onRaw, onSent
  }

  pair = null;

  /** The shown messages. */
  get shown() { return [...this.#rows.values()].map(({ seen }) => seen); }

  async open(pair) {
    this.pair = pair;
    this.#early = [];
    const page = await api.messages(pair);
    if (this.pair !== pair) return;  // another conversation was opened in the meantime
    this.#rows.clear();
    this.#build(pair);
    this.#put([...page.items, ...this.#early]);
    this.#early = null;
    this.#earlier.hidden = !page.more;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  close() {
    this.pair = null;
    this.#early = null;
    this.#rows.clear();
    this.#element.replaceChildren();
  }

  /** Show new messages. */
  add(items) {
    if (this.#early) {
      this.#early.push(...items);
      return;
    }
    const atEnd = this.#staysAtEnd;
    const fresh = items.filter((seen) => !this.#rows.has(seen.sms.message_sid));
    this.#put(fresh);
    if (!fresh.length) return;
    if (atEnd) this.#scrollToEnd();
    else this.#jump.hidden = false;
    const { sms } = fresh.at(-1);
    announce(`${sms.direction === "inbound" ? "You wrote" : "New message"}: ${sms.message ?? "a picture"}`);
  }

  /** Show that a message's status has changed. */
  move(seen) {
    const known = this.#rows.get(seen.sms.message_sid);
    if (!known) return;
    const before = known.seen.sms.status;
    Object.assign(known.seen, seen, { sequence: known.seen.sequence });
    setMeta(known.row, known.seen, this.#hooks);
    const { status } = seen.sms;
    if (status !== before && (status === "failed" || status === "undelivered")) announce("A message failed.");
  }

  focus() {
    this.#element.querySelector("textarea")?.focus({ preventScroll: true });
  }

  #build({ ours, theirs }) {
    this.#log = h("ol", { class: "log" });
    this.#earlier = h("button", { type: "button", class: "more", onclick: () => this.#showEarlier() }, "Show earlier messages");
    this.#jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.#scrollToEnd() }, "New messages", icon("received"));
    this.#scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Conversation" }, this.#earlier, this.#log);
    this.#staysAtEnd = true;
    this.#scroller.addEventListener("scroll", () => {
      this.#staysAtEnd = this.#isAtEnd();
      if (this.#staysAtEnd) this.#jump.hidden = true;
    });
    this.#grown.disconnect();
    this.#grown.observe(this.#log);
    this.#grown.observe(this.#scroller);
    this.#element.replaceChildren(
      h("header", { class: "thread-head" },
        h("a", { class: "round back", href: "#", "aria-label": "Back to conversations" }, icon("back")),
        avatar(theirs),
        h("div", {},
          h("h2", {}, phoneNumber(theirs)),
          h("p", { class: "sub" }, "with your number ", h("strong", {}, phoneNumber(ours))))),
      this.#scroller,
      h("div", { class: "dock" }, this.#jump, this.#replyForm(ours, theirs)),
    );
  }

  #log; #earlier; #jump; #scroller;
  #staysAtEnd = true;
  // A picture that loads makes the conversation longer. If the end was visible, keep it visible.
  #grown = new ResizeObserver(() => { if (this.#staysAtEnd) this.#scrollToEnd(); });
  #early = null;  // messages that came while the conversation was loading; null once it is open

  #replyForm(ours, theirs) {
    const box = h("textarea", {
      id: "reply", rows: "1", maxlength: "1600", required: true, "aria-describedby": "reply-hint",
      placeholder: "Write as this phone",
    });
    const problem = h("p", { class: "problem", role: "alert" });
    const form = h("form", { class: "reply", novalidate: true },
      h("label", { class: "sr", for: "reply" }, `Reply as ${phoneNumber(theirs)}`),
      h("div", { class: "reply-row" }, box, h("button", { type: "submit", class: "send", "aria-label": "Send reply" }, icon("send"))),
      problem,
      h("p", { class: "hint", id: "reply-hint" },
        `Sends to ${phoneNumber(ours)} as this phone. Press Enter to send, Shift+Enter for a new line.`));
    const fit = () => {
      box.style.height = "auto";
      box.style.height = `${Math.min(box.scrollHeight + 2, 160)}px`;
    };
    box.addEventListener("input", () => { fit(); problem.textContent = ""; });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const message = box.value;
      if (!message.trim()) { box.focus(); return; }
      box.value = "";
      fit();
      try {
        await api.receive({ from: theirs, to: ours, message });
        this.#scrollToEnd();
        this.#hooks.onSent();
      } catch (error) {
        box.value ||= message;
        problem.textContent = `Not sent: ${error.message}`;
      }
    });
    return form;
  }

  /** Insert messages in order. Rows that already exist don't change. */
  #put(items) {
    for (const seen of items) {
      const row = messageRow(seen, this.#hooks);
      this.#rows.set(seen.sms.message_sid, { seen, row });
    }
    const sorted = [...this.#rows.values()].sort((a, b) => a.seen.sequence - b.seen.sequence);
    const children = [];
    let before = null;
    for (const { seen, row } of sorted) {
      const moment = new Date(seen.sms.date_created);
      const newDay = !before || before.moment.toDateString() !== moment.toDateString();
      if (newDay) children.push(h("li", { class: "day" }, dayOf(moment)));
      const follows = !newDay && before.direction === seen.sms.direction && moment - before.moment < 120_000;
      row.classList.toggle("follows", follows);
      children.push(row);
      before = { moment, direction: seen.sms.direction };
    }
    place(this.#log, children);
  }

  async #showEarlier() {
    const pair = this.pair;
    const oldest = Math.min(...this.shown.map((seen) => seen.sequence));
    this.#earlier.disabled = true;
    const page = await api.messages(pair, oldest).finally(() => { this.#earlier.disabled = false; });
    if (this.pair !== pair) return;
    const fromEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    this.#put(page.items);
    this.#earlier.hidden = !page.more;
    this.#scroller.scrollTop = this.#scroller.scrollHeight - fromEnd;
    announce("Showing earlier messages.");
    if (!page.more) this.#scroller.focus({ preventScroll: true });
  }

  #isAtEnd() {
    return this.#scroller && this.#scroller.scrollHeight - this.#scroller.scrollTop - this.#scroller.clientHeight < NEAR_END;
  }

  #scrollToEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#jump.hidden = true;
  }
}

/** Set the children of an element, and don't touch those already in place. */
function place(element, children) {
  const wanted = new Set(children);
  for (const child of [...element.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, index) => {
    if (element.children[index] !== child) element.insertBefore(child, element.children[index] ?? null);
  });
}
