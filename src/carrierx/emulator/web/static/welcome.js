// The page for new users: how to send a first message.

import { copyButton, h } from "./dom.js";

export function welcome({ base_path: basePath, token }, onReceive) {
  const baseUrl = `${location.origin}${basePath}`;
  const shownToken = token ?? "YOUR_TOKEN";
  const shell = `CARRIERX_TOKEN=${shownToken} \\\nCARRIERX_BASE_URL=${baseUrl} \\\ncarrierx send --from 15162065575 --to 15162065574 "Hello"`;
  const python = `from carrierx import CarrierXClient\n\nclient = CarrierXClient(\n    "${shownToken}",\n    base_url="${baseUrl}",\n)\nclient.messages.send(\n    from_="15162065575", to="15162065574", message="Hello"\n)`;
  return h("div", { class: "welcome" },
    h("div", { class: "welcome-art", "aria-hidden": "true" }, h("span", {}), h("span", {}), h("span", {})),
    h("h2", {}, "No texts yet"),
    h("p", { class: "lead" }, "Send one to this emulator, and it appears here as soon as it is accepted. It stays on this machine: nobody gets a real text."),
    snippet("From a terminal", shell),
    snippet("From Python", python),
    h("p", { class: "or" }, "Or text your application from a phone: ",
      h("button", { type: "button", class: "link", onclick: onReceive }, "receive a text"), "."),
    h("p", { class: "or", id: "arrivals" }));
}

function snippet(title, text) {
  return h("section", { class: "snippet" },
    h("div", { class: "section-head" }, h("h3", {}, title), copyButton(() => text, title.toLowerCase())),
    h("pre", { tabindex: "0", role: "region", "aria-label": title }, h("code", {}, text)));
}
