// A small renderer: virtual elements, patched into the page one animation frame after a change of state.
// Elements are reused by key, or by position where there are no keys.

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, props, ...children) {
  props = props || {};
  return { tag, props, key: props.key, children: children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false) };
}

/** Handlers answer to people only; what a script dispatches is not input. */
export function on(handler) {
  return (event) => {
    if (event.isTrusted) handler(event);
    else schedule();
  };
}

// ---- patching ----

function create(node) {
  if (typeof node !== "object") return document.createTextNode(String(node));
  const element = node.tag === "svg" || node.tag === "path" || node.tag === "rect" || node.tag === "circle"
    ? document.createElementNS(SVG, node.tag) : document.createElement(node.tag);
  setProps(element, {}, node.props);
  for (const child of node.children) element.append(create(child));
  if ("value" in node.props) element.value = node.props.value;
  element.__node = node;
  return element;
}

function setProps(element, before, props) {
  for (const name in before) if (!(name in props)) setProp(element, name, before[name], undefined);
  for (const name in props) setProp(element, name, before[name], props[name]);
}

function setProp(element, name, before, value) {
  if (name === "key") return;
  if (name.startsWith("on")) {
    element[name.toLowerCase()] = value || null;
  } else if (name === "value") {
    if (element.value !== value) element.value = value ?? "";
  } else if (name === "disabled") {
    element.disabled = !!value;
  } else if (value === before) {
    return;
  } else if (value === undefined || value === null || value === false) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : value);
  }
}

function same(a, b) {
  return typeof a === "object" && typeof b === "object" && a.tag === b.tag && a.key === b.key;
}

function patch(element, node) {
  const before = element.__node;
  if (typeof node !== "object") {
    if (element.nodeType === Node.TEXT_NODE) {
      if (element.data !== String(node)) element.data = String(node);
      return element;
    }
  } else if (before && same(before, node)) {
    setProps(element, before.props, node.props);
    patchChildren(element, node.children);
    if ("value" in node.props && element.value !== node.props.value) element.value = node.props.value;
    element.__node = node;
    return element;
  }
  const fresh = create(node);
  element.replaceWith(fresh);
  return fresh;
}

function patchChildren(parent, children) {
  const keyed = new Map();
  for (const element of parent.childNodes) {
    if (element.__node && element.__node.key !== undefined) keyed.set(element.__node.key, element);
  }
  let next = parent.firstChild;
  for (const child of children) {
    const known = typeof child === "object" && child.key !== undefined ? keyed.get(child.key) : undefined;
    if (known && same(known.__node, child)) {
      if (known === next) next = next.nextSibling;
      else parent.insertBefore(known, next);
      patch(known, child);
    } else if (next && !(next.__node && next.__node.key !== undefined) && !(typeof child === "object" && child.key !== undefined)) {
      const following = next.nextSibling;
      patch(next, child);
      next = following;
    } else {
      parent.insertBefore(create(child), next);
    }
  }
  while (next) {
    const following = next.nextSibling;
    next.remove();
    next = following;
  }
}

// ---- rendering ----

let draw = () => ({});
let wanted = false;
const hosts = new Map();

/** `view` gives the element of the page and those of the layers over it, by name. */
export function mount(root, view) {
  hosts.set("page", root);
  draw = view;
  schedule();
}

export function schedule() {
  if (wanted) return;
  wanted = true;
  queueMicrotask(() => requestAnimationFrame(render));
}

function render() {
  wanted = false;
  const focused = document.activeElement;
  const caret = focused && focused.tagName === "INPUT" && focused.type !== "email" ? [focused.selectionStart, focused.selectionEnd] : null;
  const layers = draw();
  for (const [name, host] of hosts) {
    if (!(name in layers) || !layers[name]) {
      if (name === "page") continue;
      host.remove();
      hosts.delete(name);
    }
  }
  for (const name in layers) {
    if (!layers[name]) continue;
    if (!hosts.has(name)) {
      const host = document.createElement("div");
      document.body.append(host);
      hosts.set(name, host);
    }
    patchChildren(hosts.get(name), [layers[name]]);
  }
  restoreFocus(focused, caret);
}

/** An element that was replaced hands its focus to its successor. */
function restoreFocus(focused, caret) {
  if (!focused || focused.isConnected || !focused.id) return;
  const successor = document.getElementById(focused.id);
  if (!successor) return;
  successor.focus({ preventScroll: true });
  if (caret && successor.setSelectionRange && successor.type !== "email") successor.setSelectionRange(caret[0], caret[1]);
}

/** Gives an element the focus as soon as it is there. */
export function focusSoon(id) {
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(id)?.focus({ preventScroll: true })));
}

let ids = 0;
export function newId() {
  ids += 1;
  return `cf-${(ids * 7919 + 104729).toString(36)}`;
}

// ---- small shared pieces ----

const ICONS = {
  home: "M3 10.5 12 3l9 7.5V20a1 1 0 0 1-1 1h-5v-6H9v6H4a1 1 0 0 1-1-1z",
  book: "M4 5.5A2.5 2.5 0 0 1 6.5 3H20v15H6.5A2.5 2.5 0 0 0 4 20.5zM4 20.5A2.5 2.5 0 0 0 6.5 21H20v-3",
  chart: "M4 20V10M10 20V4M16 20v-8M21 20H3",
  gear: "M12 15.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM19.4 13.5l1.6 1.2-1.9 3.3-1.9-.8a7.6 7.6 0 0 1-2.2 1.3l-.3 2h-3.8l-.3-2a7.6 7.6 0 0 1-2.2-1.3l-1.9.8L2.6 14.700l1.6-1.200a7.7 7.7 0 0 1 0-3L2.6 9.3 4.5 6l1.9.8a7.6 7.6 0 0 1 2.2-1.300l.3-2h3.800l.3 2a7.6 7.6 0 0 1 2.2 1.300l1.9-.8 1.9 3.3-1.6 1.200a7.7 7.7 0 0 1 0 3z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20.5 20.5 16 16",
  plus: "M12 5v14M5 12h14",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  down: "m6 9 6 6 6-6",
  up: "m6 15 6-6 6 6",
  sort: "m8 9 4-4 4 4M8 15l4 4 4-4",
  left: "m15 6-6 6 6 6",
  right: "m9 6 6 6-6 6",
  check: "m5 12.5 4.5 4.500L19 7.5",
  close: "M6 6l12 12M18 6 6 18",
  alert: "M12 8v5M12 16.500h.01M10.3 3.9 2.4 17.500A2 2 0 0 0 4.1 20.500h15.800a2 2 0 0 0 1.7-3L13.7 3.900a2 2 0 0 0-3.4 0z",
  mail: "M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM3.5 6.5 12 13l8.5-6.5",
  swap: "M7 4 3 8l4 4M3 8h14M17 12l4 4-4 4M21 16H7",
  trash: "M4 7h16M10 11v6M14 11v6M6 7l1 13h10l1-13M9 7V4h6v3",
  ban: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.7 5.700l12.6 12.6",
  menu: "M4 7h16M4 12h16M4 17h16",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.300a3.5 3.5 0 0 1 0 6.400M18 14.500a6.5 6.5 0 0 1 3.5 5.5",
  out: "M9 21H5a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1h4M16 16l4-4-4-4M20 12H9",
  seat: "M6 11V6a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v5M4 11h16v6H4zM6 17v3M18 17v3",
  bolt: "M13 3 5 13.500h6L10.5 21 19 10h-6z",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  upload: "M12 16V4M7 9l5-5 5 5M4 20h16",
  download: "M12 4v12M7 11l5 5 5-5M4 20h16",
  file: "M6 3h8l5 5v13H6zM14 3v5h5M9.500 13h6M9.500 17h6",
  card: "M3 6h18v12H3zM3 10h18",
};

export function icon(name, size = 18) {
  return h("svg", { viewBox: "0 0 24 24", width: size, height: size, class: "i", "aria-hidden": "true" }, h("path", { d: ICONS[name] }));
}

export function button(label, props, iconName) {
  const { kind = "plain", busy, ...rest } = props;
  const content = [busy ? h("span", { class: "spin", "aria-hidden": "true" }) : iconName ? icon(iconName, 16) : null, h("span", null, label)];
  return h("button", { type: "button", class: `b b-${kind}`, "aria-busy": busy ? "true" : null, ...rest, disabled: busy || rest.disabled }, content);
}

const HUES = [258, 205, 172, 24, 340, 48, 290, 140];

export function avatar(name, seed, size = "") {
  const letters = (name || "?").split(/[\s@.]+/).filter(Boolean).map((word) => Array.from(word)[0]);
  const initials = (letters[0] || "?") + (letters.length > 1 ? letters[letters.length - 1] : "");
  let sum = 0;
  for (const character of seed) sum = (sum * 31 + character.codePointAt(0)) >>> 0;
  return h("span", { class: `avatar ${size}`, "data-i": initials.toUpperCase(), style: `--h:${HUES[sum % HUES.length]}`, "aria-hidden": "true" });
}

export function day(iso) {
  return new Date(`${iso}T00:00:00Z`).toLocaleDateString("en-US", { month: "short", day: "numeric", year: "numeric", timeZone: "UTC" });
}
