// One conversation: its messages as bubbles, and the reply box.

import * as api from "./api.js";
import { announce, h, icon, spoken } from "./dom.js";
import { saveConversation } from "./export.js";
import { dayOf, phoneNumber, plural } from "./format.js";
import { avatar } from "./list.js";
import { messageRow, setMeta } from "./message.js";

const MAX_SEARCHED_PAGES = 20;  // earlier pages to read for a text that was searched

const NEAR_END = 120;  // pixels: this close to the end, the view scrolls to new messages

export class Thread {
  #element = document.getElementById("thread");
  #rows = new Map();  // message_sid -> { seen, row }
  #hooks;

  constructor(hooks) {
    this.#hooks = hooks;  // onDetails, onSent
    document.addEventListener("pointerdown", (event) => {
      for (const menu of this.#element.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    });
  }

  pair = null;

  /** The shown messages. */
  get shown() { return [...this.#rows.values()].map(({ seen }) => seen); }

  /** Open a conversation at its end, or at the latest message with the text `wanted`. */
  async open(pair, wanted = "") {
    this.pair = pair;
    this.#early = [];
    this.#wanted = wanted;
    const page = await api.messages(pair);
    if (this.pair !== pair) return;  // another conversation was opened in the meantime
    this.#rows.clear();
    this.#build(pair);
    this.#put([...page.items, ...this.#early]);
    this.#early = null;
    this.#earlier.hidden = !page.more;
    this.#scrollToEnd();
    if (wanted) await this.#showFound();
  }

  /** Mark the messages with a text, in the conversation that is open. */
  find(wanted) {
    this.#wanted = wanted;
    for (const { seen, row } of this.#rows.values()) row.classList.toggle("found", this.#isFound(seen));
  }

  close() {
    this.pair = null;
    this.#early = null;
    this.#rows.clear();
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

  /** Ask for the changes of a message again, although it had nothing to wait for. */
  watch(sid) {
    const known = this.#rows.get(sid);
    if (known) known.seen.moving = true;
  }

  focus() {
    this.#element.querySelector("textarea")?.focus({ preventScroll: true });
  }

  #build({ ours, theirs }) {
    this.#log = h("ol", { class: "log" });
    this.#none = h("p", { class: "pick" }, "No messages between these numbers yet.");
    this.#earlier = h("button", { type: "button", class: "more", onclick: () => this.#showEarlier() }, "Show earlier messages");
    this.#jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.#scrollToEnd() }, "New messages", icon("received"));
    this.#scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Conversation" }, this.#earlier, this.#log, this.#none);
    this.#staysAtEnd = true;
    this.#top = 0;
    this.#scroller.addEventListener("scroll", () => {
      // A picture that loads moves the end away, too. Only a person scrolls up.
      if (this.#isAtEnd()) this.#staysAtEnd = true;
      else if (this.#scroller.scrollTop < this.#top) this.#staysAtEnd = false;
      this.#top = this.#scroller.scrollTop;
      if (this.#staysAtEnd) this.#jump.hidden = true;
    });
    this.#grown.disconnect();
    this.#grown.observe(this.#log);
    this.#grown.observe(this.#scroller);
    this.#element.replaceChildren(
      h("header", { class: "thread-head" },
        h("a", { class: "round back", href: "#", "aria-label": "Back to conversations" }, icon("back")),
        avatar(theirs),
        h("div", { class: "grow" },
          h("h2", {}, phoneNumber(theirs)),
          h("p", { class: "sub" }, "with your number ", h("strong", {}, phoneNumber(ours)))),
        this.#exportMenu({ ours, theirs })),
      this.#scroller,
      h("div", { class: "dock" }, this.#jump, this.#replyForm(ours, theirs)),
    );
  }

  #wanted = "";
  #drafts = new Map();  // text of the reply box, for each pair of numbers
  #top = 0;  // where the view was at its last scroll
  #log; #none; #earlier; #jump; #problem; #scroller;
  #staysAtEnd = true;
  // A picture that loads makes the conversation longer. If the end was visible, keep it visible.
  #grown = new ResizeObserver(() => { if (this.#staysAtEnd) this.#scrollToEnd(); });
  #early = null;  // messages that came while the conversation was loading; null once it is open

  #exportMenu(pair) {
    const menu = h("details", { class: "menu" }, h("summary", {}, "Export"));
    const save = async (kind) => {
      menu.open = false;
      menu.firstChild.focus();
      try {
        announce(`Exported ${plural(await saveConversation(pair, kind), "message")}.`);
      } catch (error) {
        this.#problem.textContent = `Not exported: ${error.message}.`;
      }
    };
    menu.append(h("div", {},
      h("button", { type: "button", class: "plain", onclick: () => save("json") }, "As JSON"),
      h("button", { type: "button", class: "plain", onclick: () => save("csv") }, "As CSV")));
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.firstChild.focus();
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
    return menu;
  }

  #replyForm(ours, theirs) {
    const key = `${ours}/${theirs}`;
    const box = h("textarea", {
      id: "reply", rows: "1", maxlength: "1600", required: true, "aria-describedby": "reply-hint",
      placeholder: "Write as this phone",
    });
    const problem = h("p", { class: "problem", role: "alert" });
    this.#problem = problem;
    box.value = this.#drafts.get(key) ?? "";
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
    const keep = () => (box.value ? this.#drafts.set(key, box.value) : this.#drafts.delete(key));
    box.addEventListener("input", () => { fit(); keep(); problem.textContent = ""; });
    if (box.value) requestAnimationFrame(fit);
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
      keep();
      try {
        await api.receive({ from: theirs, to: ours, message });
        this.#scrollToEnd();
        this.#hooks.onSent();
      } catch (error) {
        box.value ||= message;
        fit();
        keep();
        problem.textContent = `Not sent: ${error.message}.`;
      }
    });
    return form;
  }

  /** Insert messages in order. Rows that already exist don't change. */
  #put(items) {
    for (const seen of items) {
      const row = messageRow(seen, this.#hooks);
      row.classList.toggle("found", this.#isFound(seen));
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
    this.#none.hidden = children.length > 0;
  }

  #isFound({ sms }) {
    return this.#wanted !== "" && (sms.message ?? "").toLowerCase().includes(this.#wanted.toLowerCase());
  }

  /** Scroll to the latest message with the text that was searched. Read earlier messages until there is one. */
  async #showFound() {
    const pair = this.pair;
    for (let page = 0; page < MAX_SEARCHED_PAGES && this.pair === pair; page += 1) {
      const found = [...this.#log.querySelectorAll(".found")].at(-1);
      if (found) {
        this.#staysAtEnd = this.#log.lastChild === found;
        found.scrollIntoView({ block: "center" });
        return;
      }
      if (this.#earlier.hidden) return;
      await this.#readEarlier();
    }
  }

  async #showEarlier() {
    try {
      if (!await this.#readEarlier()) return;
    } catch (error) {
      this.#problem.textContent = `Earlier messages can't be read: ${error.message}.`;
      return;
    }
    announce("Showing earlier messages.");
    if (this.#earlier.hidden) this.#scroller.focus({ preventScroll: true });
  }

  async #readEarlier() {
    const pair = this.pair;
    const oldest = Math.min(...this.shown.map((seen) => seen.sequence));
    this.#earlier.disabled = true;
    const page = await api.messages(pair, oldest).finally(() => { this.#earlier.disabled = false; });
    if (this.pair !== pair) return false;
    const fromEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    this.#put(page.items);
    this.#earlier.hidden = !page.more;
    this.#scroller.scrollTop = this.#scroller.scrollHeight - fromEnd;
    return true;
  }

  #isAtEnd() {
    return this.#scroller && this.#scroller.scrollHeight - this.#scroller.scrollTop - this.#scroller.clientHeight < NEAR_END;
  }

  #scrollToEnd() {
    this.#staysAtEnd = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#top = this.#scroller.scrollTop;
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
