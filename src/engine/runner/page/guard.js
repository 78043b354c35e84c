// The guard of a click. Between finding an element and the browser's click on it the page may move rows, reuse
// their nodes for other people or replace them. So the click is armed: at the moment the browser delivers it, before
// the page sees it, everything is looked up again, and an event that would act on anything else is swallowed.

const STATE = Symbol.for("seatwright");
function state() {
  if (!window[STATE]) {
    Object.defineProperty(window, STATE, { value: { guard: null, mark: new Map() }, enumerable: false });
  }
  return window[STATE];
}

const WATCHED = ["pointerdown", "mousedown", "pointerup", "mouseup", "click", "keydown", "keypress", "keyup"];

function arm(request) {
  disarm();
  const guard = { id: request.arm, status: "armed", why: null, at: null, mutated: false, key: Boolean(request.key) };
  const observer = new MutationObserver(() => (guard.mutated = true));
  const first = guard.key ? "keydown" : "pointerdown";
  const last = guard.key ? "keydown" : "click";
  const listener = (event) => {
    if (!event.isTrusted || event.type.startsWith("key") !== guard.key) return;
    const swallow = (why) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (why) guard.why = why;
    };
    if (guard.status === "swallowed" || guard.status === "late") return swallow();
    if (guard.status === "armed") {
      if (event.type !== first) return swallow();
      const why = objection(request, event);
      if (why) {
        guard.status = "swallowed";
        return swallow(why);
      }
      guard.status = "passed";
      guard.at = performance.now();
      for (const shown of documents) observer.observe(shown, { childList: true, subtree: true, attributes: true, characterData: true });
    }
    if (event.type === last && guard.status === "passed") {
      // What the press itself changed (a menu that opened, a button that now reads "Saving") is not an objection
      // unless the click is in a row or makes a change real.
      const why = !guard.key && (request.commit || request.row) ? objection(request, event) : null;
      guard.status = why ? "late" : "clicked";
      if (why) swallow(why);
    }
  };
  const documents = documentsNow();
  const unwatch = listenIn(documents, WATCHED, listener);
  guard.end = () => {
    observer.disconnect();
    unwatch();
    // What came in a frame since then heard no guard: nobody can tell whether the event reached it.
    const is_known = ["armed", "swallowed"].includes(guard.status) && documentsNow().every((shown) => documents.includes(shown));
    if (["armed", "swallowed"].includes(guard.status) && !is_known) guard.status = "unknown";
  };
  state().guard = guard;
  if (request.commit) state().mark = markNow(request);
  else if (request.row && areaOf(request) === request.row.area) state().opened = { by: request.target, place: placeOf(request, listedRows(request)) };
}

// Events within a frame come to no window but its own.
function listenIn(documents, types, listener) {
  const views = documents.map((shown) => shown.defaultView).filter(Boolean);
  for (const view of views) for (const type of types) view.addEventListener(type, listener, { capture: true });
  return () => views.forEach((view) => types.forEach((type) => view.removeEventListener(type, listener, { capture: true })));
}

function listedRows(request) {
  const { within } = request.map.areas[request.row.area];
  return rowsOf(request, request.row.area, within ? rootsOf(request, within).roots : [document]);
}

// Where the person's row stands in its list.
function placeOf(request, rows) {
  const own = rows.filter((row) => request.row.keys.includes(keyOf(request, request.row.area, row, request.row.column)));
  return own.length === 1 ? rows.indexOf(own[0]) : -1;
}

// A page may keep "the menu of row 3": a menu that names nobody belongs to the person only while their row stands where it
// stood when the menu was opened from it, or the page itself says that it is theirs, of all rows, that is expanded.
function isStillOpenedFrom(request, opened, rows, place) {
  if (!opened) return false;
  if (opened.place === place) return true;
  const [, elementName] = opened.by.split(".");
  if (!elementName) return false;
  const { find } = request.map.areas[request.row.area].elements[elementName];
  const isExpanded = (row) => vote(request, find, [row]).element?.getAttribute("aria-expanded") === "true";
  return rows.every((row, at) => isExpanded(row) === (at === place));
}

function objectionToMenu(request, found, text) {
  if (!request.row || request.row.keys.some((key) => addressesIn(text).includes(key))) return null;
  const row = request.row.area;
  if (areaOf(request) === row || request.map.areas[areaOf(request)].within === row) return null;
  if ((request.mentions || []).length) return null; // held against the text above
  const rows = listedRows(request);
  const place = placeOf(request, rows);
  if (place < 0) return `"${areaOf(request)}" names nobody, and the row it was opened from is gone`;
  return isStillOpenedFrom(request, state().opened, rows, place) ? null : `"${areaOf(request)}" names nobody, and the row it was opened from has moved`;
}

// Whose page it was proved to be, it has to be still: for all that is clicked there, and for what commits in a dialog over it.
// A dialog that names the person speaks for itself.
function objectionToPage(request) {
  const [area] = request.page.split(".");
  const isNamed = request.commit && (request.mentions || []).length > 0;
  if (areaOf(request) !== area && (!request.commit || isNamed)) return null;
  const value = valueOf(request, request.page);
  if (value !== null && request.row.keys.includes(lower(value))) return null;
  // A question on a page of its own: what was proved there tells whose it is.
  if (value === null && areaOf(request) !== area && isToldByProof(request)) return null;
  return `"${area}" ${value === null ? "no longer says whose it is" : `is somebody else's now: ${value}`}`;
}

// The guard of what is typed: from the first key that would go anywhere but into the field, all are swallowed. A page
// may move the focus at any time, and a password must not end up in the field beside it.
function armTyping(request, { element, cells }) {
  disarm();
  const guard = { status: "typing", why: null, mutated: false };
  let fields = cells || [element];
  const listener = (event) => {
    const path = event.composedPath();
    // An Enter that only ends a value sends nothing: neither the form, nor the button that stands for it.
    if (event.type === "submit" || event.type === "click") {
      if (!request.values || (event.type === "click" && !event.isTrusted)) return;
      guard.why ||= `what ends a value would have ${event.type === "submit" ? "sent the form" : "clicked"}: ${sketch(path[0])}`;
    }
    if (!event.isTrusted && event.type !== "submit") return;
    if (!guard.why && !fields.some((field) => field.isConnected && path.includes(field))) {
      const found = lookingAnew(() => find(request));
      const now = found.element ? found.cells || [found.element] : [];
      if (now.some((field) => path.includes(field))) fields = now;
      else guard.why = `a key would have gone to ${sketch(isElement(path[0]) ? path[0] : document.body)}`;
    }
    if (!guard.why) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  // Letting go of a key types nothing, and the key itself may have moved the focus.
  guard.end = listenIn(documentsNow(), ["keydown", "keypress", "submit", "click"], listener);
  state().guard = guard;
}

// `of`: only the guard of that click can tell of it.
function disarm(of) {
  const { guard } = state();
  if (!guard || (of && guard.id !== of)) return { status: "none" };
  state().guard = null;
  guard.end();
  return { status: guard.status, why: guard.why, mutated: guard.mutated };
}

// Why this event must not reach the page, or null.
const objection = (request, event) => lookingAnew(() => objectionNow(request, event));

function objectionNow(request, event) {
  const found = find(request);
  if (!found.element) return `the element is ${found.why} now`;
  if (found.disagree && request.commit) return "candidates match different elements now";
  const path = event.composedPath();
  if (!path.includes(found.element)) return `the event hit ${sketch(isElement(path[0]) ? path[0] : document.body)}`;
  return objectionTo(request, found, path[0]);
}

// The objections that hold before the click and at its moment alike: person, what was typed, the never-list.
function objectionTo(request, found, hit) {
  const bounded = found.root && found.root.nodeType === Node.ELEMENT_NODE;
  const text = bounded ? textOf(found.root) : "";
  const addresses = addressesIn(text);
  for (const wanted of request.mentions || []) {
    if (!mentions(text, addresses, wanted)) return `"${areaOf(request)}" does not mention ${wanted}`;
  }
  const page = request.page && objectionToPage(request);
  if (page) return page;
  if (request.commit) {
    const menu = request.page ? null : objectionToMenu(request, found, text);
    if (menu) return menu;
    // An address that is the person's own name is nobody else's, where the person is named by address as well: in what is
    // mentioned, or by the page that was just held to be theirs.
    const isTheirs = request.page && request.page.split(".")[0] === areaOf(request);
    const isNamed = isTheirs || (request.mentions || []).some((wanted) => wanted.includes("@"));
    const named = isNamed ? request.also || [] : [];
    const stranger = anyAddressesIn(text, request.own).find((address) => !request.own.includes(address) && !named.includes(address));
    if (stranger && bounded) return `"${areaOf(request)}" mentions somebody else: ${stranger}`;
  }
  const held = objectionToHeld(request);
  if (held) return held;
  return forbidden(request, [found.element, isElement(hit) ? hit : null]);
}

const areaOf = (request) => request.target.split(".")[0];

function mentions(text, addresses, wanted) {
  if (wanted.includes("@")) return addresses.includes(lower(wanted));
  const words = (string) => ` ${string.toLowerCase().replace(/[^\p{L}\p{N}'’-]+/gu, " ").trim()} `;
  return words(text).includes(words(wanted));
}

// The never-list: names and visible texts of the target and of what the click hits, and listed elements (F22, F29).
function forbidden(request, elements) {
  for (const element of elements) {
    if (!element) continue;
    for (const never of request.map.never) {
      if (never.at) {
        const listed = resolve(request, never.at);
        if (listed.element && isInside(element, listed.element)) return `"${never.at}" is on the never-list`;
      } else if (matches(never.name, nameOf(element)) || matches(never.name, textOf(element))) {
        return `${sketch(element)} is on the never-list`;
      }
    }
  }
  return null;
}

// The messages on the page now, one unit each (a toast, not the region that stacks them): what changes after it is new (F7).
function markNow(request) {
  const mark = new Map();
  for (const target of messageTargets(request)) {
    for (const element of severalOf(request, target)) {
      for (const part of [element, ...unitsOf(element)]) mark.set(part, textOf(part));
    }
  }
  return mark;
}

const unitsOf = (element) => (element.children.length > 1 ? listed(element.children) : [element]);

const messageTargets = (request) => new Set([...request.map.messages.map((message) => message.at), ...(request.announced || [])]);

// All displayed elements a target may mean; messages pile up.
function severalOf(request, target) {
  const [name, elementName] = target.split(".");
  const { roots } = rootsOf(request, name, true);
  if (!elementName) return roots.filter((root) => root.nodeType === Node.ELEMENT_NODE);
  return request.map.areas[name].elements[elementName].find.flatMap((candidate) => roots.flatMap((root) => candidatesIn(request, root, candidate)));
}

// The first message of the map that is new on the page: its index and text.
function newMessage(request) {
  const { mark } = state();
  for (let index = 0; index < request.map.messages.length; index++) {
    const message = request.map.messages[index];
    for (const element of severalOf(request, message.at)) {
      for (const unit of unitsOf(element)) {
        const text = textOf(unit);
        if (text && mark.get(unit) !== text && (!message.text || matches(message.text, text))) return { index, text: text.slice(0, 300) };
      }
    }
  }
  return null;
}
