// The complete page: it keeps track of what is open, and polls for changes twice a second.

import * as api from "./api.js";
import { showClock, tellClock } from "./clock.js";
import { connectDetails, refreshDetails, showMessage, showRequest } from "./details.js";
import { announce, h, icon, setText } from "./dom.js";
import { refreshFaults, showFaults, tellAway } from "./faults.js";
import { plural } from "./format.js";
import { ConversationList, keyOf } from "./list.js";
import { showReceive } from "./receive.js";
import { RequestLog, arrivals } from "./requests.js";
import { Thread } from "./thread.js";
import { welcome } from "./welcome.js";

const EVERY = 500;  // milliseconds between a response and the next request
const EVERY_HIDDEN = 5000;
const EVERY_LOST = 1500;
const SEARCH_PAUSE = 150;  // milliseconds after the last key
const MAX_WATCHED = 200;
const PAIR = /^\d{3,15}\/\d{3,15}$/;

const app = document.getElementById("app");
const main = document.getElementById("thread");
const connection = document.getElementById("connection");
const search = document.getElementById("search");
const status = document.getElementById("status");
const wide = matchMedia("(min-width: 760px)");
const list = new ConversationList({ onMore: () => showOlder().catch(() => wake()) });
const thread = new Thread({ onDetails: (sid) => showMessage(sid, about.token), onSent: () => wake() });
const log = new RequestLog({ onRequest: (number) => showRequest(number, about.token), about: () => about });

let place = { kind: "none" };  // what the address names: none, conversation, requests, unknown
let openKey = "";  // the open conversation
let sequence = 0;
let instance = "";
let about = { base_path: "/core/v2", token: null };
let controls = null;
let problemsSeen = 0;
let asked = 0;  // number of searches: only the result of the latest one is shown
let isPlaceBehind = false;  // the emulator did not respond when a place was opened: open it again
let isListBehind = false;  // the same for a search
let opensByItself = false;  // if so, the focus doesn't move
let wake = () => {};

const pairOf = (key) => {
  const [ours, theirs] = key.split("/");
  return { ours, theirs };
};

function placeOf(hash) {
  let name = hash.replace(/^#/, "");
  try {
    name = decodeURIComponent(name);
  } catch {
    return { kind: "unknown" };
  }
  if (name === "") return { kind: "none" };
  if (name === "requests") return { kind: "requests" };
  return PAIR.test(name) ? { kind: "conversation", key: name } : { kind: "unknown" };
}

const searched = () => ({ q: search.value.trim(), status: status.value });
const isSearching = () => Boolean(search.value.trim() || status.value);

/** Return the searched text, if it isn't a number: the conversation marks the messages that contain it. */
const wantedText = () => (/^[\d\s+().-]*$/.test(search.value) ? "" : search.value.trim());

async function readLists() {
  if (!await readList({ follow: true })) return;
  if (sequence === 0 && openKey) {  // another emulator, or a reset: there are no messages yet
    history.replaceState(null, "", location.pathname);
    place = { kind: "none" };
    openKey = "";
    thread.close();
    app.dataset.state = "loading";
    show();
  } else if (place.kind !== "none") {
    await openPlace({ focus: false });
  }
}

/** Read the conversations. Only with `follow`, what is new from then on is asked for. */
async function readList({ follow = false } = {}) {
  asked += 1;
  const mine = asked;
  isListBehind = true;
  const page = await api.conversations(searched());
  if (mine !== asked) return false;
  isListBehind = false;
  if (follow) ({ sequence, instance } = page);
  const unread = list.clear();
  for (const item of page.items) list.put(item, { unread: unread.has(keyOf(item)) });
  show({ more: page.more });
  return true;
}

async function showOlder() {
  const page = await api.conversations({ before: list.oldest, ...searched() });
  for (const item of page.items) list.put(item);
  show({ more: page.more });
}

function show({ more } = {}) {
  const isNew = sequence === 0 && place.kind === "none";
  if (isNew && app.dataset.state !== "empty") main.replaceChildren(welcome(about, openReceive));
  if (!isNew && app.dataset.state === "empty" && place.kind === "none") main.replaceChildren();
  app.dataset.state = isNew ? "empty" : "ready";
  app.dataset.view = place.kind !== "none" || isNew ? "thread" : "list";
  if (!isNew && place.kind === "none" && wide.matches && list.size && !isSearching()) {
    opensByItself = true;
    location.replace(`#${keyOf(list.all.reduce((a, b) => (b.latest.sequence > a.latest.sequence ? b : a)))}`);
  } else if (!isNew && place.kind === "none" && !main.children.length) {
    main.replaceChildren(h("p", { class: "pick" }, "Choose a conversation."));
  }
  list.show(openKey, { more, searching: isSearching() });
  const requests = document.getElementById("open-requests");
  if (place.kind === "requests") requests.setAttribute("aria-current", "page");
  else requests.removeAttribute("aria-current");
  document.title = `${list.unread ? `(${list.unread}) ` : ""}Inbox – CarrierX emulator`;
  showArrivals();
}

/** Open what the address names. */
async function openPlace({ focus = true } = {}) {
  const left = openKey;
  const leftRequests = place.kind === "requests";
  place = placeOf(location.hash);
  openKey = place.key ?? "";
  if (place.kind !== "conversation") thread.close();
  if (place.kind === "none") {
    main.replaceChildren();
    app.dataset.state = "loading";
  }
  if (place.kind !== "requests") log.close();
  if (openKey) list.read(openKey);
  show();
  if (place.kind === "unknown") main.replaceChildren(unknownPlace());
  isPlaceBehind = true;
  if (place.kind === "requests") await (log.isOpen ? log.refresh() : log.open());
  if (place.kind === "conversation") await thread.open(pairOf(openKey), wantedText());
  isPlaceBehind = false;
  if (!focus) return;
  if (place.kind === "none" && leftRequests) document.getElementById("open-requests").focus();
  else if (place.kind === "none") document.querySelector(`a[href="#${left}"]`)?.focus();
  else if (place.kind === "conversation" && wide.matches) thread.focus();
  else main.focus({ preventScroll: true });
}

function unknownPlace() {
  announce("This link leads to nothing.");
  return h("div", { class: "nothing alone" },
    h("h2", {}, "This link leads to nothing"),
    h("p", {}, "The inbox has no page with the address ", h("code", {}, location.hash.slice(0, 80)), "."),
    h("p", {}, "A conversation's address is its two numbers, such as ", h("code", {}, "#15162065575/15162065574"), "."),
    h("p", {}, h("a", { class: "plain", href: "#" }, icon("back"), "All conversations")));
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
  if (isListBehind) await readList();
  if (isPlaceBehind) await openPlace({ focus: false });
  for (const seen of news.moved) {
    thread.move(seen);
    list.move(seen);
  }
  if (news.moved.length) refreshDetails(news.moved.map((seen) => seen.message_sid));
  const here = [];
  for (const seen of news.items) {
    const { sms } = seen;
    const outward = sms.direction === "outbound";
    const pair = { ours: outward ? sms.from : sms.to, theirs: outward ? sms.to : sms.from };
    const key = keyOf(pair);
    if (key === openKey) here.push(seen);
    if (!isSearching()) list.put({ ...pair, count: 0, latest: seen }, { unread: key !== openKey });
  }
  if (here.length && thread.pair) thread.add(here);
  if (isSearching() && (news.items.length || news.moved.length)) await readList();
  else if (news.items.length || news.moved.length) show();
  await showControls(news.controls);
}

async function showControls(told) {
  const before = controls;
  controls = told;
  const faults = document.getElementById("open-faults");
  const time = document.getElementById("open-clock");
  const requests = document.getElementById("open-requests");
  const active = told.faults - told.used_up;
  const usedUp = told.faults > 0 && active === 0;
  faults.classList.toggle("on", active > 0);
  setText(faults, usedUp ? "Faults: used up" : active ? `Faults: ${active}` : "Faults");
  time.classList.toggle("on", told.held);
  setText(time, told.held ? "Clock held" : "Clock");
  tellClock(told);
  if (place.kind === "requests" || told.problems < problemsSeen) problemsSeen = told.problems;
  const fresh = told.problems - problemsSeen;
  requests.classList.toggle("on", fresh > 0);
  setText(requests, fresh ? `Requests: ${fresh} ⚠` : "Requests");
  if (fresh) requests.setAttribute("aria-label", `Requests: ${plural(fresh, "new problem")}`);
  else requests.removeAttribute("aria-label");
  showArrivals();
  // Also on the first poll: the panels may be open already.
  if (before?.requests !== told.requests || before.problems !== told.problems) await log.refresh();
  if (before?.faults !== told.faults || before.used_up !== told.used_up || before.hits !== told.hits || connection.dataset.state === "lost") await refreshFaults();
}

function showArrivals() {
  const line = document.getElementById("arrivals");
  if (!line || !controls) return;
  const look = `${controls.requests} ${controls.problems}`;
  if (line.dataset.look === look) return;
  line.dataset.look = look;
  line.replaceChildren(...arrivals(controls));
}

async function poll() {
  for (;;) {
    let pause = document.hidden ? EVERY_HIDDEN : EVERY;
    try {
      await (instance ? readChanges() : readLists());
      setConnection("live", "Live");
    } catch (error) {
      pause = EVERY_LOST;
      const refused = error instanceof api.RefusedError;
      setConnection("lost", refused ? error.message : "The emulator does not respond");
      if (!refused) {
        tellAway(error);
        tellClock(null);
      }
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

function openReceive() {
  showReceive(openKey ? pairOf(openKey) : {}, (pair) => {
    location.hash = keyOf(pair);
    wake();
  });
}

function searchSoon() {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      thread.find(wantedText());
      readList().catch(() => {});  // the next poll shows that the emulator does not respond
    }, SEARCH_PAUSE);
  };
}

async function start() {
  connectDetails({ onRetried: (sid) => { thread.watch(sid); wake(); } });
  document.getElementById("open-receive").addEventListener("click", openReceive);
  document.getElementById("open-faults").addEventListener("click", () => showFaults(() => wake()));
  document.getElementById("open-clock").addEventListener("click", () => {
    showClock(connection.dataset.state === "lost" ? null : controls, () => wake());
  });
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  search.addEventListener("input", searchSoon());
  status.addEventListener("change", searchSoon());
  addEventListener("hashchange", () => {
    openPlace({ focus: !opensByItself }).catch(() => wake());  // the next poll shows the problem
    opensByItself = false;
  });
  document.addEventListener("visibilitychange", () => wake());
  about = await api.about().catch(() => about);
  place = placeOf(location.hash);
  openKey = place.key ?? "";
  await poll();
}

start();
