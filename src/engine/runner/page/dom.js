// What a person sees: which elements are displayed, what text they show, what role and name they have.
// The role and name rules are the subset of HTML-AAM and accname that admin consoles need; at a commit the
// runner compares the name with the browser's own computation (WebDriver "Get Computed Label").
//   roles: the explicit role attribute (first known word), else the table IMPLICIT and the few cases below it
//   names: aria-labelledby, aria-label, <label>, alt, value of buttons, content (for the roles in FROM_CONTENT),
//          title, placeholder. Not here: CSS-generated text, owned elements, embedded controls.
// Open shadow roots and frames of the same origin are part of what is displayed; nodes of a frame are of another realm,
// so nothing here asks for `instanceof`.

const IMPLICIT = {
  BUTTON: "button", SELECT: "combobox", TEXTAREA: "textbox", TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup",
  TR: "row", TD: "cell", TH: "columnheader", UL: "list", OL: "list", LI: "listitem", NAV: "navigation", MAIN: "main",
  ASIDE: "complementary", DIALOG: "dialog", OPTION: "option", PROGRESS: "progressbar", IMG: "img", FORM: "form",
  FIELDSET: "group", DETAILS: "group", SUMMARY: "button", OUTPUT: "status", ARTICLE: "article",
  H1: "heading", H2: "heading", H3: "heading", H4: "heading", H5: "heading", H6: "heading", HR: "separator",
};
const INPUT_ROLES = {
  button: "button", submit: "button", reset: "button", image: "button", checkbox: "checkbox", radio: "radio",
  range: "slider", number: "spinbutton", search: "searchbox", hidden: null, file: null, color: null,
};
const FROM_CONTENT = new Set(["button", "link", "tab", "menuitem", "menuitemradio", "menuitemcheckbox", "option", "heading",
  "checkbox", "radio", "switch", "cell", "columnheader", "rowheader", "row", "treeitem", "tooltip", "gridcell"]);
const CONTROLS = new Set(["textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "switch", "spinbutton", "slider"]);

function roleOf(element) {
  const said = element.getAttribute("role");
  if (said) {
    const first = said.trim().split(/\s+/)[0].toLowerCase();
    if (first && first !== "presentation" && first !== "none") return first;
    if (first) return null;
  }
  const tag = element.tagName.toUpperCase();
  if (tag === "A" || tag === "AREA") return element.hasAttribute("href") ? "link" : null;
  if (tag === "INPUT") {
    const type = (element.getAttribute("type") || "text").toLowerCase();
    return type in INPUT_ROLES ? INPUT_ROLES[type] : "textbox";
  }
  if (tag === "SELECT" && (element.multiple || element.size > 1)) return "listbox";
  if (element.isContentEditable && element.getAttribute("contenteditable") !== null) return "textbox";
  return IMPLICIT[tag] || null;
}

// Zero-width characters and soft hyphens break long words for the eye's sake only. Before the @ of an address they are kept:
// there they may make it somebody else's.
const UNSEEN = /[\u00ad\u200b\u2060\ufeff]/;
const everyUnseen = new RegExp(UNSEEN.source, "g");
function unbroken(word) {
  const at = word.lastIndexOf("@");
  return word.slice(0, Math.max(at, 0)) + word.slice(Math.max(at, 0)).replace(everyUnseen, "");
}
const collapse = (text) => (UNSEEN.test(text) ? text.replace(/(?:\S|\ufeff)+/g, unbroken) : text).replace(/\s+/g, " ").trim();

// What one look at the page has found out; forgotten before the next look. A page of a thousand rows is asked for the
// same texts over and over, and every text costs a style computation.
let looked = newLook();
function newLook() {
  return { elements: new Map(), texts: new Map(), shown: new Map(), names: new Map(), displayed: new Map(), headers: new Map(), candidates: new Map(), rows: null, has_shadows: false, since: performance.now() };
}
function forgetLook() {
  changes.takeRecords();
  has_changed = false;
  looked = newLook();
}

// A look of its own within an event: one that is under way is left as it was.
function lookingAnew(work) {
  const kept = looked;
  looked = newLook();
  try {
    return work();
  } finally {
    looked = kept;
  }
}

// Whether another look would find the same, as far as the browser tells: nothing in the document has changed since,
// nothing is loading or in motion. What no observer sees (a popover, a hovered style) comes with the next full look.
let has_changed = false;
let wake = () => {};
const changes = new MutationObserver(() => {
  has_changed = true;
  wake();
});
function isAsBefore() {
  if (changes.takeRecords().length) has_changed = true;
  return !has_changed && !looked.has_shadows && document.readyState === "complete" && document.getAnimations().length === 0;
}
const watchChanges = () => changes.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });

const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
const LONGEST_LOOK = 100; // milliseconds for which one look may serve

// Waits until another look is worth its time: a look costs more than a frame, and the page needs the same processor.
async function worthALook(end) {
  do await frame();
  while (isAsBefore() && performance.now() < Math.min(end, looked.since + LONGEST_LOOK));
}

// Waits for the page's next change, if one comes soon. A page that replaces its nodes over and over leaves them in place
// for longest right after it has done so.
const nextChange = () => new Promise((done) => {
  const timer = setTimeout(over, 150);
  wake = over;
  function over() {
    clearTimeout(timer);
    wake = () => {};
    done();
  }
});

const isElement = (node) => Boolean(node) && node.nodeType === Node.ELEMENT_NODE;
const isFrame = (node) => node.tagName === "IFRAME" || node.tagName === "FRAME";

// The document in a frame; null where it is of another origin, and cannot be looked into.
const documentIn = (frame) => frame.contentDocument;
const viewOf = (element) => element.ownerDocument.defaultView || window;

// The frame that a document, or the document of an element, is in; null for the page itself.
const frameOf = (node) => {
  const owner = node.ownerDocument || node;
  return owner === document ? null : owner.defaultView?.frameElement ?? null;
};

// One step outwards, out of shadow roots and frames as well.
const parentOf = (node) => node.parentNode || node.host || (node.nodeType === Node.DOCUMENT_NODE ? frameOf(node) : null);

function isInside(node, outer) {
  if (!looked.has_shadows) return outer.contains(node);
  for (let at = node; at; at = parentOf(at)) if (at === outer) return true;
  return false;
}

// The page and all documents in it.
const documentsNow = () => [document, ...everything(document).filter(isFrame).map(documentIn).filter(Boolean)];

// Lists of the DOM by index: their iterators cost ten times as much from where this script runs.
function listed(list) {
  const found = [];
  for (let index = 0, length = list.length; index < length; index++) found.push(list[index]);
  return found;
}

// Computed styles are live: one for each element will do.
const styles = new WeakMap();
function styleOf(element) {
  let style = styles.get(element);
  if (!style) styles.set(element, (style = viewOf(element).getComputedStyle(element)));
  return style;
}

function remembered(kind, key, compute) {
  const known = looked[kind].get(key);
  if (known !== undefined) return known;
  const value = compute(key);
  looked[kind].set(key, value);
  return value;
}

const isDisplayed = (element) => remembered("displayed", element, (element) => {
  const frame = frameOf(element);
  if (frame && !isDisplayed(frame)) return false;
  if (!element.isConnected || !element.checkVisibility({ visibilityProperty: true })) return hasContents(element);
  const box = element.getBoundingClientRect();
  if (box.width > 0 && box.height > 0) return true;
  return listed(element.children).some(isDisplayed); // an empty box whose children stick out
});

// Not all of it is there yet, or it waits for its style sheets and shows nothing.
const isArriving = (whole) => whole.readyState === "loading" || !whole.body || !isDisplayed(whole.body);

// An element with `display: contents` has no box of its own.
function hasContents(element) {
  if (!element.isConnected || styleOf(element).display !== "contents") return false;
  return listed(element.children).some(isDisplayed);
}

// The displayed text under a node, spaces collapsed, as written (before CSS changes its case). Boxes that are not
// inline are set apart by a space, so that a name and the address under it do not become one word.
const textOf = (node) => remembered("shown", node, (node) => collapse(rawText(node)));
const SILENT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "OPTION"]);

function rawText(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType === Node.ELEMENT_NODE) return remembered("texts", node, elementText);
  if (node.nodeType === Node.DOCUMENT_NODE || node.nodeType === Node.DOCUMENT_FRAGMENT_NODE) return childrenOf(node).map(rawText).join("");
  return "";
}

function elementText(element) {
  const tag = element.tagName.toUpperCase();
  if (SILENT.has(tag)) return "";
  if (tag === "BR") return " ";
  const style = styleOf(element);
  const display = style.display;
  if (display === "none") return "";
  if (style.visibility !== "visible") return listed(element.children).map(rawText).join(""); // a visible child of an invisible parent shows
  const text = childrenOf(element).map(rawText).join("");
  return display !== "inline" && display !== "contents" ? ` ${text} ` : text;
}

// Children as they are displayed: a shadow root instead of its host's own, what is assigned instead of a slot's own, and
// what a frame shows.
function childrenOf(node) {
  const tag = node.tagName;
  if (tag === "SLOT") {
    const assigned = node.assignedNodes({ flatten: true });
    if (assigned.length) return listed(assigned);
  }
  if (tag === "IFRAME" || tag === "FRAME") {
    looked.has_shadows = true;
    return [documentIn(node)?.body].filter(Boolean);
  }
  const children = [];
  const shadow = node.shadowRoot;
  if (shadow) looked.has_shadows = true;
  for (let child = (shadow || node).firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

function byIds(element, attribute) {
  const root = element.getRootNode();
  const ids = (element.getAttribute(attribute) || "").split(/\s+/).filter(Boolean);
  return ids.map((id) => root.getElementById ? root.getElementById(id) : null).filter(Boolean);
}

// Every text that labels a control by itself; a name of several labels is also their join.
function labelsOf(element) {
  const labels = [];
  const tied = byIds(element, "aria-labelledby").map(contentName).filter(Boolean);
  if (tied.length) labels.push(tied.join(" "), ...tied);
  if (element.getAttribute("aria-label")) labels.push(collapse(element.getAttribute("aria-label")));
  for (const label of listed(element.labels || [])) labels.push(textWithout(label, element));
  if (labels.length) return labels.filter(Boolean);
  const near = nearestText(element);
  return near ? [near] : [];
}

// The text before the only control of its box: what a person reads as the label where nothing ties the two.
function nearestText(element) {
  let box = element.parentElement;
  for (let level = 0; box && level < 4; level++, box = box.parentElement) {
    let controls = 0;
    for (const other of listed(box.querySelectorAll("input, select, textarea, [role], [contenteditable]"))) {
      if (CONTROLS.has(roleOf(other)) && isDisplayed(other) && !element.contains(other)) controls++;
    }
    if (controls > 1) return "";
    const text = textWithout(box, element);
    if (text) return text;
  }
  return "";
}

function textWithout(box, element) {
  const parts = [];
  (function walk(node) {
    if (node === element) return;
    if (node.nodeType === Node.ELEMENT_NODE && node.contains(element)) {
      parts.push(" ");
      for (const child of childrenOf(node)) walk(child);
      parts.push(" ");
    } else parts.push(rawText(node));
  })(box);
  return collapse(parts.join(""));
}

const nameOf = (element) => remembered("names", element, accessibleName);

function accessibleName(element) {
  const tied = byIds(element, "aria-labelledby").map(contentName).filter(Boolean);
  if (tied.length) return tied.join(" ");
  const said = element.getAttribute("aria-label");
  if (said && said.trim()) return collapse(said);
  const tag = element.tagName.toUpperCase();
  if (tag === "IMG") return collapse(element.getAttribute("alt") || element.getAttribute("title") || "");
  if (tag === "INPUT" && ["button", "submit", "reset"].includes(element.type)) {
    return collapse(element.value || (element.type === "button" ? "" : element.type));
  }
  const labels = listed(element.labels || []).map((label) => textWithout(label, element)).filter(Boolean);
  if (labels.length) return labels.join(" ");
  if (FROM_CONTENT.has(roleOf(element))) {
    const content = contentName(element);
    if (content) return content;
  }
  return collapse(element.getAttribute("title") || element.getAttribute("placeholder") || "");
}

// Name from content: displayed text, with the aria-label of parts that have one, without what is hidden from readers.
function contentName(element) {
  const parts = [];
  (function walk(node) {
    if (node.nodeType === Node.TEXT_NODE) return void parts.push(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (node !== element) {
      if (node.getAttribute("aria-hidden") === "true") return;
      const said = node.getAttribute("aria-label");
      if (said) return void parts.push(" ", said, " ");
      if (node.tagName === "BR") return void parts.push(" ");
      if (node.tagName === "IMG") return void parts.push(" ", node.getAttribute("alt") || "", " ");
    }
    const style = styleOf(node);
    const display = style.display;
    if (display === "none" || style.visibility !== "visible") return;
    const apart = display !== "inline" && display !== "contents";
    if (apart) parts.push(" ");
    for (const child of childrenOf(node)) walk(child);
    if (apart) parts.push(" ");
  })(element);
  return collapse(parts.join(""));
}

// Lower case of ASCII only: full case folding makes other letters (the Kelvin sign) into an address that is not theirs.
const lower = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

// The sign that takes a chip away again stands behind its address, at the end or before the next one. Anywhere else it
// could be part of an address, of a domain even, and is left there.
const REMOVE_SIGNS = "×✕✖✗✘⨯⨉╳❌⊗🗙";
const BEHIND_DOMAIN = new RegExp(`(@[^@\\s${REMOVE_SIGNS}]+)[${REMOVE_SIGNS}]+(?=\\s|$|[\\p{L}\\p{N}][^\\s@,;:<>()[\\]"/|]*@)`, "gu");
const tokensOf = (text) => text.replace(BEHIND_DOMAIN, "$1 ").split(/[\s<>()[\],;:"\\“”„«»]+/);

// The whole addresses in a text, as it is safe to read them when one is looked for: what stands beside an address and
// may belong to one makes it another (`a@x.com` is in neither `a@x.com.au` nor `x/a@x.com`).
function addressesIn(text) {
  return tokensOf(text).map(bare).filter((token) => /^[^@]+@[^@]+$/.test(token)).map(lower);
}

function bare(token) {
  const plain = token.replace(/[.!?…]+$/, "");
  const quoted = /^['’‘`](.*)['’‘`]$/.exec(plain);
  return (quoted ? quoted[1] : plain).replace(/['’]s$/, "");
}

// Every address a text may hold, as it is safe to read them when none but one's own is allowed: parts of a token count,
// and a token of several @ that is no single address counts as a whole. One's own is told first: it may hold what else
// would part two.
function anyAddressesIn(text, own) {
  const found = [];
  for (const token of tokensOf(text)) {
    if (own.includes(lower(bare(token)))) continue;
    for (const part of token.split(/[|/]+/)) {
      const plain = part.replace(/^[.'’‘`!?{}…*]+/, "").replace(/[.'’‘`!?{}…*]+$/, "").replace(/['’]s$/, "");
      if (/[^@]@[^@]/.test(plain)) found.push(lower(plain));
    }
  }
  return found;
}
