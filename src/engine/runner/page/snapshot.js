// A snapshot: the nodes of the page, or of some of its areas with what lies around them, as [tag, attributes, children,
// more]. What styles say of being displayed goes with each element, for they themselves are left out, and so are scripts.
// It leaves the page as it is, with people and all: they are told beside it, and taken out before anything is kept.

const LEFT_OUT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "LINK", "META", "BASE", "OBJECT", "EMBED"]);
const PICTURES = new Set(["IMG", "SVG", "CANVAS", "VIDEO", "AUDIO", "PICTURE"]);
const MOST_NODES = 30000;
const UNWANTED = /^(on.*|style|src|srcset|srcdoc|integrity|nonce|action|formaction|ping|data)$/;
const IS_SECRET = /passw|secret|token|otp|csrf|xsrf|one-time|auth-?code|cc-/i;
const USUAL = {
  inline: "SPAN A B I EM STRONG SMALL LABEL CODE ABBR CITE SUB SUP TIME MARK U S KBD BR IFRAME", "inline-block": "BUTTON INPUT SELECT TEXTAREA",
  block: "DIV P H1 H2 H3 H4 H5 H6 UL OL SECTION ARTICLE MAIN NAV HEADER FOOTER ASIDE FORM FIELDSET DIALOG BODY DL DT DD PRE OPTION OPTGROUP HR DETAILS SUMMARY FIGURE",
  table: "TABLE", "table-row": "TR", "table-cell": "TD TH", "table-row-group": "TBODY", "table-header-group": "THEAD", "list-item": "LI",
};
const USUALLY = Object.fromEntries(Object.entries(USUAL).flatMap(([display, tags]) => tags.split(" ").map((tag) => [tag, display])));

function snapshot(request) {
  const roots = request.areas ? request.areas.flatMap((name) => (name in request.map.areas ? rootsOf(request, name).roots : [])).filter(isElement) : null;
  if (roots && !roots.length) return { ok: true };
  const work = { roots, left: MOST_NODES };
  const body = nodeOf(work, roots ? roots[0].ownerDocument.body : document.body);
  return {
    ok: true,
    taken: { title: roots ? "" : document.title, path: location.pathname, language: document.documentElement.lang, body, cut: work.left <= 0, people: [...peopleShown(request), ...(roots ? [] : peopleByAddress())], secrets: secretsHere() },
  };
}

// Everything, or what is in one of the areas, around one, or heads the table that one is in.
function isWanted(work, node) {
  if (!work.roots) return true;
  return work.roots.some((root) => {
    if (root.contains(node) || node.contains(root) || holdsInShadow(node, root)) return true;
    const table = root.closest("table, [role=table], [role=grid], [role=treegrid]");
    return table && table.contains(node) && Boolean(node.closest("thead") || (node.closest("tr, [role=row]") || node).querySelector("th, [role=columnheader]"));
  });
}

function holdsInShadow(node, root) {
  for (let at = root; at; at = parentOf(at)) if (at === node) return true;
  return false;
}

function nodeOf(work, node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data.trim() || node.data === " " ? node.data : "";
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  const tag = node.tagName.toUpperCase();
  if (LEFT_OUT.has(tag) || (tag === "INPUT" && node.type === "hidden") || work.left-- <= 0 || !isWanted(work, node)) return "";
  const isShown = tag === "OPTION" || tag === "OPTGROUP" || isDisplayed(node) || tag === "BODY";
  // What does not show is only of use where it holds what a person sets.
  if (!isShown && !node.matches("input, select") && !node.querySelector("input, select")) return "";
  const children = tag === "TEXTAREA" ? [IS_SECRET.test(node.name) ? "" : node.value] : PICTURES.has(tag) ? [] : listed(node.childNodes).map((child) => nodeOf(work, child)).filter(Boolean);
  const more = {};
  const inner = (root) => listed(root.childNodes).map((child) => nodeOf(work, child)).filter(Boolean);
  if (node.shadowRoot) more.shadow = inner(node.shadowRoot);
  if (isFrame(node) && documentIn(node)?.body) more.frame = inner(documentIn(node).body);
  return [tag.toLowerCase(), attributesOf(node, tag, isShown, children.length === 0 && !node.shadowRoot), children, more];
}

function attributesOf(node, tag, isShown, isEmpty) {
  const attributes = {};
  for (const { name, value } of listed(node.attributes)) {
    const isCode = name === "href" && /^\s*(javascript|data|blob):/i.test(value);
    if (!UNWANTED.test(name.toLowerCase()) && !isCode && !["value", "checked", "selected"].includes(name)) attributes[name.toLowerCase()] = value.slice(0, 2000);
  }
  if (tag === "INPUT" && !["password", "file", "image"].includes(node.type) && !IS_SECRET.test(`${node.name} ${node.id} ${node.autocomplete}`)) attributes.value = node.value;
  if (tag === "OPTION" && node.hasAttribute("value")) attributes.value = node.value;
  if (node.checked && tag === "INPUT") attributes.checked = "";
  if (node.selected && tag === "OPTION") attributes.selected = "";
  const style = styleOf(node);
  const styles = [];
  if (!isShown) styles.push("display:none");
  else if (style.display !== USUALLY[tag]) styles.push(`display:${style.display}`);
  if (isShown && style.visibility !== "visible") styles.push("visibility:hidden");
  // What shows by its style alone has no size without it.
  if (isShown && isEmpty && USUALLY[tag] !== "inline-block" && tag !== "OPTION" && tag !== "BR") {
    const { width, height } = node.getBoundingClientRect();
    styles.push(`width:${Math.round(width)}px`, `height:${Math.round(height)}px`, ...(style.display === "inline" ? ["display:inline-block"] : []));
  }
  if (styles.length) attributes.style = styles.join(";");
  return attributes;
}

// Who is told by rows that the map knows.
function peopleShown(request) {
  const known = (elements, row, name) => (elements[name] ? readElement(request, elements[name], [row]) : null);
  return request.map.rows.flatMap((area) => {
    const { within, elements } = request.map.areas[area];
    const rows = rowsOf(request, area, within ? rootsOf(request, within).roots : [document]);
    return rows.map((row) => ({ email: known(elements, row, "email"), name: known(elements, row, "name") }));
  }).filter(({ email, name }) => email || name);
}

// Who is told where the map no longer knows the rows: each address has a box of its own on the page, and what stands in
// one of the boxes only, and reads like a name, is taken for one.
function peopleByAddress() {
  const boxes = new Map();
  const addresses = (element) => [...new Set(anyAddressesIn(textOf(element), []))];
  for (const leaf of everything(document)) {
    if (!leaf.textContent.includes("@") || listed(leaf.children).some((child) => child.textContent.includes("@")) || SILENT.has(leaf.tagName) || !isDisplayed(leaf)) continue;
    const own = addresses(leaf);
    if (own.length !== 1) continue;
    let box = leaf;
    for (let outer = parentOf(box); outer && outer !== document && outer !== document.body && (!isElement(outer) || addresses(outer).length <= 1); outer = parentOf(outer)) if (isElement(outer)) box = outer;
    boxes.set(box, own[0]);
  }
  if (boxes.size < 2) return [];
  const texts = new Map();
  for (const [box, email] of boxes) {
    const leaves = everything(box).filter((element) => !element.children.length && isDisplayed(element));
    for (const text of new Set([box, ...leaves].map((element) => textOf(element)))) {
      if (text && text.length <= 80 && !text.includes("@") && !/\d/.test(text) && /\p{Lu}|[^\u0000-\u007f]/u.test(text)) texts.set(text, [...(texts.get(text) || []), email]);
    }
  }
  return [...texts].filter(([, emails]) => emails.length === 1).map(([name, [email]]) => ({ email, name }));
}

// What the page itself keeps of a session, and what was typed where passwords are typed.
function secretsHere() {
  const typed = everything(document).filter((element) => element.tagName === "INPUT" && (element.type === "password" || IS_SECRET.test(`${element.name} ${element.id} ${element.autocomplete}`))).map(({ value }) => value);
  const found = [];
  const collect = (value) => {
    if (value && typeof value === "object") return Object.values(value).forEach(collect);
    if (typeof value === "string" && /^[\x21-\x7e]{12,}$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value) && !value.includes("@")) found.push(value);
  };
  const read = (text) => {
    try {
      collect(JSON.parse(text));
    } catch {
      collect(text);
    }
  };
  for (const cookie of document.cookie.split(/;\s*/)) read(cookie.slice(cookie.indexOf("=") + 1));
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      Object.values(window[name]).forEach(read);
    } catch {
      // A page may be forbidden to keep anything.
    }
  }
  return [...typed, ...found].filter((text) => text.length >= 4);
}
