// What the pages do beyond what a browser does with them: they work without it.

// Times are written by the server in the visitor's zone, which the browser tells by a cookie. On the first visit they are rewritten here, in the
// same form, so that nothing moves.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && document.documentElement.dataset.zone !== zone) {
  document.cookie = `pollwright-zone=${encodeURIComponent(zone)}; path=/console; max-age=31536000; samesite=strict`;
  const form = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  for (const time of document.querySelectorAll("time[datetime]")) time.textContent = form.format(new Date(time.dateTime));
}

for (const element of document.querySelectorAll("button[data-copy], #generate, input[type=range][hidden]")) element.hidden = false;

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("button[data-copy]");
  if (copy) {
    const text = document.getElementById(copy.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Select and copy it by hand";
    }
    setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  }
  const fill = event.target.closest("button[data-fill]");
  if (fill) {
    const field = document.getElementById(fill.dataset.fill);
    const random = crypto.getRandomValues(new Uint8Array(24));
    field.type = "text"; // it has to be copied to the receiver
    field.value = btoa(String.fromCharCode(...random)).replaceAll("+", "-").replaceAll("/", "_");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest("details.menu[open], details.drawer[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});

const form = document.getElementById("instance");
if (form) {
  for (const slider of form.querySelectorAll("input[type=range]")) {
    const box = document.getElementById(slider.dataset.of);
    slider.addEventListener("input", () => { box.value = slider.value; });
    box.addEventListener("input", () => { if (Number(box.value) >= 1) slider.value = box.value; });
  }
  preview(form);
}

// preview keeps the request beside a form, and what is said beside its fields, as the form is filled in. A field that nobody has been in is not
// called wrong yet.
function preview(form) {
  const seen = new Set();
  let wait, asking;
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body, signal: asking.signal });
      if (answer.ok) show(await answer.json());
    } catch { /* the next change asks again */ }
  };
  const show = (now) => {
    write("curl", now.curl);
    write("json", now.body);
    if (!document.getElementById("raw-shown").checked) document.getElementById("f-raw").value = now.raw;
    for (const id of seen) complain(id, (now.errors[id] ?? []).join(" "));
    for (const [id, output] of Object.entries(now.outputs)) {
      write(id, output.text);
      document.getElementById(id)?.classList.toggle("bad", output.bad);
    }
  };
  const write = (id, text) => {
    const place = document.getElementById(id);
    if (place && place.textContent !== text) place.textContent = text;
  };
  const complain = (id, faults) => {
    const field = document.getElementById(id);
    let place = document.getElementById(id + "-error");
    if (!place && faults) {
      place = document.createElement("p");
      place.className = "error";
      place.id = id + "-error";
      field.closest(".field").append(place);
      field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${place.id}`.trim());
    }
    if (!place) return;
    write(place.id, faults);
    field.closest(".field").classList.toggle("wrong", faults !== "");
    if (faults) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
  };
  form.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(ask, 250); });
  form.addEventListener("focusout", (event) => {
    if (!event.target.id || !event.target.closest(".field") || !event.target.matches("input, select, textarea")) return;
    seen.add(event.target.id);
    clearTimeout(wait);
    wait = setTimeout(ask, 250);
  });
}

if (document.body.hasAttribute("data-live") && typeof EventSource === "function") live();

// live shows what changes on the page: the server answers with the page's content when it differs from what was seen. Parts that somebody is
// typing in stay as they are, and one that is being pressed waits until it is let go; what is open stays open, and the focus stays where it is.
function live() {
  const address = new URL(location.href);
  address.searchParams.delete("done");
  address.searchParams.set("live", "1");
  address.searchParams.set("seen", document.body.dataset.seen);
  let events;
  const open = () => {
    events = new EventSource(address);
    events.onmessage = (event) => {
      address.searchParams.set("seen", event.lastEventId);
      update(event.data);
    };
  };
  const close = () => { events?.close(); events = undefined; };
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else if (!events) open(); });
  addEventListener("pagehide", close);
  if (!document.hidden) open();
}

// A click is the press and the letting go of one element: were it replaced between the two, the click would be lost. pressed is what a button or the
// space bar holds down, and late is what came for its part meanwhile.
let pressed, late;
const press = (element) => { pressed = element; };
const letGo = () => setTimeout(() => { // behind the click
  pressed = undefined;
  const html = late;
  late = undefined;
  if (html !== undefined) update(html);
});
addEventListener("pointerdown", (event) => press(event.target), true);
for (const end of ["pointerup", "pointercancel", "dragend"]) addEventListener(end, letGo, true);
addEventListener("blur", letGo); // of the window
addEventListener("keydown", (event) => { if (event.key === " ") press(event.target); }, true);
addEventListener("keyup", (event) => { if (event.key === " ") letGo(); }, true);

// held reports whether a part has to stay as it is, and keeps what is to be shown of it for later.
function held(part, html) {
  if (pressed?.isConnected && part.contains(pressed)) {
    late = html;
    return true;
  }
  return typing(part);
}

function update(html) {
  const next = new DOMParser().parseFromString(html, "text/html");
  const page = document.getElementById("page");
  const parts = [...page.children].filter((part) => part.id && next.getElementById(part.id));
  const same = parts.length > 0 && [...next.body.children].filter((part) => part.id).every((part) => document.getElementById(part.id));
  if (!same) {
    if (!held(page, html)) replace(page, next.body);
    return;
  }
  for (const part of parts) {
    const fresh = next.getElementById(part.id);
    if (part.innerHTML !== fresh.innerHTML && !held(part, html)) replace(part, fresh);
  }
}

// typing reports whether somebody is filling in a field of a part, or has.
function typing(part) {
  const fields = [...part.querySelectorAll("input:not([type=checkbox], [type=hidden]), textarea, select")];
  const changed = (field) => field.options ? [...field.options].some((option, i) => option.selected !== (option.defaultSelected || !field.querySelector("[selected]") && i === 0)) : field.value !== field.defaultValue;
  return fields.some((field) => field === document.activeElement || changed(field));
}

function replace(part, fresh) {
  const focus = part.contains(document.activeElement) ? document.activeElement : null;
  const path = focus && pathTo(part, focus);
  const was = new Map([...part.querySelectorAll("details[id]")].map((details) => [details.id, details.open]));
  const chosen = new Set([...part.querySelectorAll("input[type=checkbox][id]:checked")].map((box) => box.id));
  part.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  for (const details of part.querySelectorAll("details[id]")) if (was.has(details.id)) details.open = was.get(details.id);
  for (const box of part.querySelectorAll("input[type=checkbox][id]")) if (chosen.has(box.id)) box.checked = true;
  for (const button of part.querySelectorAll("button[data-copy]")) button.hidden = false;
  if (focus) (again(part, focus) ?? at(part, path))?.focus({ preventScroll: true });
}

// again finds in a part what had the focus, by what it is: rows that came before it have moved it.
function again(part, focus) {
  if (focus.id) return document.getElementById(focus.id);
  if (focus.matches("summary") && focus.parentElement.id) return document.getElementById(focus.parentElement.id)?.querySelector("summary");
  const same = (name, all) => [...all].find((element) => element.getAttribute(name) === focus.getAttribute(name));
  if (focus.matches("a[href]")) return same("href", part.querySelectorAll("a[href]"));
  const action = focus.form?.getAttribute("action");
  return action && [...part.querySelectorAll("form")].find((form) => form.getAttribute("action") === action)?.querySelector("button");
}

function pathTo(part, element) {
  const path = [];
  for (let at = element; at !== part; at = at.parentElement) path.unshift([...at.parentElement.children].indexOf(at));
  return path;
}

function at(part, path) {
  let found = part;
  for (const i of path) found = found?.children[i];
  return found;
}
