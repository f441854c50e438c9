// One message: a bubble with its status below.

import { h, icon, spoken } from "./dom.js";
import { callbackText, deliveryText, phoneNumber, plural, price, statusIcon, statusText, timeOfDay } from "./format.js";

/** Create the row of a message. */
export function messageRow(seen, hooks) {
  const { sms, media } = seen;
  const isReply = sms.direction === "inbound";
  const row = h("li", { class: `message ${isReply ? "inbound" : "outbound"}`, "data-sid": sms.message_sid },
    spoken(isReply ? "From the phone: " : "From your application: "),
    h("div", { class: "bubble" },
      sms.group_recipients.length ? group(sms) : null,
      media.map(attachment),
      sms.message ? h("p", { class: "text", dir: "auto" }, sms.message) : null),
    h("div", { class: "meta" }));
  setMeta(row, seen, hooks);
  return row;
}

/** Show the status of a message below its bubble. */
export function setMeta(row, seen, hooks) {
  const { sms, callbacks } = seen;
  const lost = deliveryText(seen.delivery);
  row.classList.toggle("not-whole", lost !== null);
  const moment = new Date(sms.date_created);
  const time = timeOfDay(moment);
  const parts = [
    h("span", { class: `status tick ${statusIcon(sms.status)}` }, icon(statusIcon(sms.status)), statusText(sms.status)),
    lost ? h("span", { class: "delivery" }, icon("warning"), lost) : null,
    h("time", { datetime: sms.date_created }, time),
    h("span", {}, sms.type === "mms" ? "MMS" : plural(sms.message_segments, "segment")),
    sms.price === null ? null : h("span", {}, price(sms.price)),
    callbacks.count ? h("span", { class: callbacks.given_up || callbacks.last ? "lost" : null }, callbackText(callbacks)) : null,
    h("button", {
      type: "button", class: "details", "aria-label": `Details of the message at ${time}`, "aria-haspopup": "dialog",
      onclick: () => hooks.onDetails(seen.message_sid),
    }, "Details"),
  ];
  const meta = row.querySelector(".meta");
  const hadFocus = meta.contains(document.activeElement);
  meta.replaceChildren(...parts.filter(Boolean));
  if (hadFocus) meta.querySelector("button").focus({ preventScroll: true });
}

function group(sms) {
  const others = sms.group_recipients.map(phoneNumber).join(", ");
  return h("p", { class: "group" }, h("strong", {}, `Group of ${sms.group_recipients.length}: `), others);
}

/** Show an attachment that this emulator stores. Of any other, show only the URL: the page loads nothing from outside. */
function attachment({ url, here, name, mime_type: kind }) {
  if (here && kind.startsWith("image/")) {
    const image = h("img", { src: here, alt: `Picture: ${name}` });
    const link = h("a", { class: "picture", href: here, target: "_blank", rel: "noreferrer" }, image);
    image.addEventListener("error", () => {
      link.className = "file";
      link.replaceChildren(h("span", { class: "kind" }, "Picture that can't be shown"), name);
    });
    return link;
  }
  if (here) {
    return h("a", { class: "file", href: here, target: "_blank", rel: "noreferrer" }, h("span", { class: "kind" }, kind), name);
  }
  return h("div", { class: "file elsewhere" },
    h("span", { class: "kind" }, "External attachment, not loaded"), h("span", { class: "url" }, url));
}
