// The complete page: it keeps track of what is open, and polls for changes twice a second.

import * as api from "./api.js";
import { showClock, tellClock } from "./clock.js";
import { compose } from "./compose.js";
import { h } from "./dom.js";
import { refreshFaults, showFaults } from "./faults.js";
import { ConversationList, keyOf } from "./list.js";
import { showRaw } from "./raw.js";
import { Thread } from "./thread.js";
import { welcome } from "./welcome.js";

const EVERY = 500;  // milliseconds between a response and the next request
const EVERY_HIDDEN = 5000;
const EVERY_LOST = 1500;
const MAX_WATCHED = 200;

const app = document.getElementById("app");
const connection = document.getElementById("connection");
const search = document.getElementById("digits");
const wide = matchMedia("(min-width: 760px)");
const list = new ConversationList({ onMore: () => showOlder() });
const thread = new Thread({ onRaw: showRaw, onSent: () => wake() });

let openKey = "";
let sequence = 0;
let instance = "";
let digits = "";
let about = { base_path: "/core/v2", token: null };
let controls = null;
let opensByItself = false;  // if so, the focus doesn't move
let wake = () => {};

const pairOf = (key) => {
  const [ours, theirs] = key.split("/");
  return { ours, theirs };
};

async function readLists() {
  await readList();
  if (sequence === 0 && openKey) {  // another emulator, which has no messages yet
    openKey = "";
    thread.close();
    history.replaceState(null, "", location.pathname);
    app.dataset.state = "loading";
    show();
  }
  if (openKey) await thread.open(pairOf(openKey));
}

async function readList() {
  const page = await api.conversations({ digits });
  ({ sequence, instance } = page);
  const unread = list.clear();
  for (const item of page.items) list.put(item, { unread: unread.has(keyOf(item)) });
  show({ more: page.more });
}

async function showOlder() {
  const page = await api.conversations({ before: list.oldest, digits });
  for (const item of page.items) list.put(item);
  show({ more: page.more });
}

function show({ more } = {}) {
  const isEmpty = sequence === 0;
  if (isEmpty && app.dataset.state !== "empty") {
    document.getElementById("thread").replaceChildren(welcome(about, openCompose));
  }
  if (!isEmpty && app.dataset.state === "empty" && !openKey) thread.close();
  app.dataset.state = isEmpty ? "empty" : "ready";
  app.dataset.view = openKey || isEmpty ? "thread" : "list";
  if (!isEmpty && !openKey && wide.matches && list.size && !digits) {
    opensByItself = true;
    location.replace(`#${keyOf(list.all.reduce((a, b) => (b.latest.sequence > a.latest.sequence ? b : a)))}`);
  } else if (!isEmpty && !openKey && !thread.pair) {
    document.getElementById("thread").replaceChildren(h("p", { class: "pick" }, "Choose a conversation."));
  }
  list.show(openKey, { more, searching: digits !== "" });
  document.title = `${list.unread ? `(${list.unread}) ` : ""}Inbox – CarrierX emulator`;
}

async function openFromAddress({ focus = true } = {}) {
  const key = decodeURIComponent(location.hash.slice(1));
  if (!/^\d{3,15}\/\d{3,15}$/.test(key)) {
    const left = openKey;
    openKey = "";
    thread.close();
    show();
    if (focus) document.querySelector(`a[href="#${left}"]`)?.focus();
    return;
  }
  openKey = key;
  list.read(key);
  show();
  await thread.open(pairOf(key));
  if (!focus) return;
  if (wide.matches) thread.focus();
  else document.getElementById("thread").focus({ preventScroll: true });
}

/** Return the messages on the page that may still change, each with the mark of its progress. */
function watched() {
  const all = [...thread.shown, ...list.all.map((conversation) => conversation.latest)];
  const moving = all.filter((seen) => seen.moving).slice(0, MAX_WATCHED);
  return Object.fromEntries(moving.map((seen) => [seen.message_sid, seen.mark]));
}

async function readChanges() {
  const news = await api.changes(sequence, watched());
  if (news.instance !== instance || news.sequence < sequence || news.skipped) {
    await readLists();
    return;
  }
  ({ sequence } = news);
  await showControls(news.controls);
  for (const seen of news.moved) {
    thread.move(seen);
    list.move(seen);
  }
  const here = [];
  for (const seen of news.items) {
    const { sms } = seen;
    const outward = sms.direction === "outbound";
    const pair = { ours: outward ? sms.from : sms.to, theirs: outward ? sms.to : sms.from };
    const key = keyOf(pair);
    if (key === openKey) here.push(seen);
    if (digits && !list.has(key) && !`${pair.ours} ${pair.theirs}`.includes(digits)) continue;
    list.put({ ...pair, count: 0, latest: seen }, { unread: key !== openKey });
  }
  if (here.length && thread.pair) thread.add(here);
  if (news.items.length || news.moved.length) show();
}

async function showControls(told) {
  const before = controls;
  controls = told;
  const faults = document.getElementById("open-faults");
  const time = document.getElementById("open-clock");
  faults.classList.toggle("on", told.faults > 0);
  setText(faults, told.faults ? `Faults: ${told.faults}` : "Faults");
  time.classList.toggle("on", told.held);
  setText(time, told.held ? "Clock held" : "Clock");
  tellClock(told);
  // Also on the first poll: the panel may be open already, and its rules may have affected requests.
  if (before?.faults !== told.faults || before.hits !== told.hits) await refreshFaults();
}

const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };

async function follow() {
  for (;;) {
    let pause = document.hidden ? EVERY_HIDDEN : EVERY;
    try {
      await (instance ? readChanges() : readLists());
      setConnection("live", "Live");
    } catch (error) {
      pause = EVERY_LOST;
      setConnection("lost", error instanceof api.RefusedError ? error.message : "The emulator does not respond");
    }
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, pause);
      wake = () => { clearTimeout(timer); resolve(); };
    });
  }
}

function setConnection(state, text) {
  if (connection.dataset.state === state) return;
  connection.dataset.state = state;
  connection.textContent = text;
}

function openCompose() {
  compose(openKey ? pairOf(openKey) : {}, (pair) => {
    location.hash = keyOf(pair);
    wake();
  });
}

async function start() {
  document.getElementById("open-compose").addEventListener("click", openCompose);
  document.getElementById("open-faults").addEventListener("click", showFaults);
  document.getElementById("open-clock").addEventListener("click", () => showClock(controls, () => wake()));
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("thread").focus();
  });
  search.addEventListener("input", () => {
    digits = search.value.replace(/\D/g, "");
    readList().catch(() => {});  // the next poll shows that the emulator does not respond
  });
  addEventListener("hashchange", () => {
    openFromAddress({ focus: !opensByItself }).catch(() => wake());  // the next poll shows the problem
    opensByItself = false;
  });
  document.addEventListener("visibilitychange", () => wake());
  about = await api.about().catch(() => about);
  openKey = /^\d{3,15}\/\d{3,15}$/.test(location.hash.slice(1)) ? location.hash.slice(1) : "";
  await follow();
}

start();
