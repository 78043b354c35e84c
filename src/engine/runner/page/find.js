// From a name of the map ("row.menu") to exactly one displayed element. All candidates of an element are
// resolved at once; each that matches exactly one displayed element has a vote (D5.2).

const matches = (spec, text) => fits(spec, collapse(text));

// The same for a text that is collapsed already.
const fits = (spec, text) => ("is" in spec ? text.toLowerCase() === collapse(spec.is).toLowerCase() : pattern(spec).test(text));
const patterns = new WeakMap();
function pattern(spec) {
  let known = patterns.get(spec);
  if (!known) patterns.set(spec, (known = new RegExp(spec.re, spec.flags || "")));
  return known;
}
const contains = (spec, text) => ("is" in spec ? text.toLowerCase().includes(spec.is.toLowerCase()) : matches(spec, text));

// All elements under a scope, open shadow roots and frames of the same origin included.
const everything = (scope) => remembered("elements", scope, (scope) => {
  const found = [];
  (function walk(root) {
    const has_frames = root.querySelector("iframe, frame") !== null; // asked once: most pages have none
    for (const element of listed(root.querySelectorAll("*"))) {
      found.push(element);
      const shadow = element.shadowRoot || (has_frames && isFrame(element) && documentIn(element));
      if (!shadow) continue;
      looked.has_shadows = true;
      walk(shadow);
    }
  })(isFrame(scope) && documentIn(scope) ? documentIn(scope) : scope);
  if (scope.shadowRoot) found.push(...listed(scope.shadowRoot.querySelectorAll("*")));
  return found;
});

// The elements in `scope` for which every key of the candidate holds.
function candidatesIn(request, scope, candidate, hiddenToo) {
  const known = remembered("candidates", scope, () => ({ displayed: new Map(), all: new Map() }))[hiddenToo ? "all" : "displayed"];
  let found = known.get(candidate);
  if (!found) known.set(candidate, (found = candidatesNow(request, scope, candidate, hiddenToo)));
  return found;
}

function candidatesNow(request, scope, candidate, hiddenToo) {
  let pool;
  if (candidate.column) {
    const cell = cellOf(scope, candidate.column);
    if (!cell) return [];
    const { column, ...rest } = candidate;
    return Object.keys(rest).length ? candidatesIn(request, cell, rest, hiddenToo) : [cell];
  }
  if (candidate.within) {
    const outer = candidate.within.area ? rootsOf(request, candidate.within.area).roots : candidatesIn(request, scope, candidate.within.candidate);
    const { within, ...rest } = candidate;
    return outer.flatMap((root) => candidatesIn(request, root, rest, hiddenToo));
  }
  if (candidate.css) pool = everything(scope).filter((element) => element.matches(candidate.css));
  else if (candidate.xpath) pool = byXPath(scope, candidate.xpath);
  else pool = everything(scope);
  const attribute = (name) => (candidate[name] ? [(element) => element.hasAttribute(name) && matches(candidate[name], element.getAttribute(name))] : []);
  const tests = [
    ...(candidate.role ? [(element) => roleOf(element) === candidate.role || (candidate.role === "textbox" && roleOf(element) === "searchbox")] : []),
    ...attribute("placeholder"), ...attribute("title"), ...attribute("alt"),
    ...(candidate.test_id ? [(element) => matches(candidate.test_id, element.getAttribute(request.map.test_attribute) ?? "\u0000")] : []),
    ...(candidate.label ? [(element) => CONTROLS.has(roleOf(element)) || element.type === "file"] : []),
    ...(hiddenToo ? [] : [isDisplayed]),
    ...(candidate.name ? [(element) => fits(candidate.name, nameOf(element))] : []),
    ...(candidate.label ? [(element) => labelsOf(element).some((label) => fits(candidate.label, label))] : []),
    ...(candidate.text ? [(element) => fits(candidate.text, textOf(element))] : []),
    ...(candidate.has ? [(element) => contains(candidate.has, textOf(element))] : []),
  ];
  const found = pool.filter((element) => tests.every((test) => test(element)));
  if (!candidate.text) return found;
  return outsideRows(request, scope, found.filter((element) => !found.some((inner) => inner !== element && isInside(inner, element))));
}

// What the page says about itself is not said by the names of people: a text is looked for in their rows only where the
// scope is a row.
function outsideRows(request, scope, elements) {
  if (!elements.length) return elements;
  const rows = rowsOfPeople(request);
  const isIn = (node) => {
    for (let at = node; at; at = parentOf(at)) if (rows.has(at)) return true;
    return false;
  };
  return isIn(scope) ? elements : elements.filter((element) => !isIn(element));
}

function rowsOfPeople(request) {
  if (looked.rows) return looked.rows;
  looked.rows = new Set(); // as long as the rows themselves are looked for
  const rows = request.map.rows.flatMap((area) => {
    const { within } = request.map.areas[area];
    return rowsOf(request, area, within ? rootsOf(request, within).roots : [document]);
  });
  looked.rows = new Set(rows);
  looked.candidates = new Map(); // what was found meanwhile was looked for in rows as well
  return looked.rows;
}

function byXPath(scope, path) {
  const result = (scope.ownerDocument || scope).evaluate(path, scope, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
  return Array.from({ length: result.snapshotLength }, (_, i) => result.snapshotItem(i)).filter((node) => node.nodeType === Node.ELEMENT_NODE);
}

// The cell of a row under the header with this text; sort marks do not belong to the text.
function cellOf(row, header) {
  const table = row.closest("table, [role=table], [role=grid], [role=treegrid]");
  if (!table) return null;
  const fitting = headersOf(table).filter((head) => matches(header, head.text));
  if (fitting.length !== 1) return null; // two headers with this text: no column can be told
  const index = fitting[0].at;
  let at = 0;
  for (const cell of listed(row.querySelectorAll(":scope > td, :scope > th, :scope > [role=cell], :scope > [role=gridcell], :scope > [role=rowheader]"))) {
    const span = cell.colSpan || 1;
    if (index >= at && index < at + span) return cell;
    at += span;
  }
  return null;
}

const headersOf = (table) => remembered("headers", table, (table) => {
  const first = table.querySelector("thead tr, [role=row]") || table.querySelector("tr") || table;
  let at = 0;
  return listed(first.querySelectorAll("th, [role=columnheader]")).map((head) => {
    const text = textOf(head).replace(/[\u2190-\u21ff\u25b2-\u25bf\u2b06\u2b07]/g, "");
    const header = { text, at };
    at += head.colSpan || 1;
    return header;
  });
});

// All candidates at once. `element` is the first that serves; `counts` are the votes.
function vote(request, find, scopes, hiddenToo) {
  const found = find.map((candidate) => ("missing" in candidate ? [] : [...new Set(scopes.flatMap((scope) => candidatesIn(request, scope, candidate, hiddenToo)))]));
  const counts = found.map((elements) => elements.length);
  const served = counts.indexOf(1);
  if (served < 0) {
    const many = found.find((elements) => elements.length > 1);
    return many ? { why: "ambiguous", counts, several: many.slice(0, 5).map(sketch) } : { why: "missing", counts };
  }
  const [element] = found[served];
  // A candidate that means several is at odds with it as well if it is none of them.
  return { element, counts, served, disagree: found.some((elements) => elements.length && !elements.includes(element)) };
}

// The displayed roots of an area: the document, one element, or (rows, messages) several.
function rootsOf(request, name, several) {
  const area = request.map.areas[name];
  const outer = area.within ? rootsOf(request, area.within) : { roots: [document] };
  if (!outer.roots.length) return { ...outer, of: outer.of || area.within };
  let roots = outer.roots;
  let verdict = {};
  if (area.root) {
    if (request.row && request.row.area === name) {
      const rows = rowsOf(request, name, outer.roots).filter((row) => request.row.keys.includes(keyOf(request, name, row, request.row.column)));
      if (rows.length !== 1) return { roots: [], why: rows.length ? "ambiguous" : "missing", counts: [rows.length], several: rows.slice(0, 5).map(sketch), of: name };
      roots = rows;
    } else if (several) {
      roots = [...new Set(area.root.find.flatMap((candidate) => outer.roots.flatMap((scope) => candidatesIn(request, scope, candidate))))];
    } else {
      verdict = vote(request, area.root.find, outer.roots);
      if (!verdict.element) return { roots: [], ...verdict, of: name };
      roots = [verdict.element];
    }
    // An empty live region is not there; nor is a dialog that is only a backdrop yet.
    roots = roots.filter((root) => textOf(root) || (isFrame(root) && documentIn(root) || root).querySelector("input, button, select, textarea"));
    if (!roots.length) return { roots, why: "missing", counts: [0], of: name };
  }
  if (area.ready) {
    const ready = vote(request, area.elements[area.ready].find, roots);
    if (!ready.element) return { roots: [], ...ready, of: `${name}.${area.ready}` };
  }
  return { roots, counts: verdict.counts, served: verdict.served, disagree: verdict.disagree };
}

const rowsOf = (request, name, scopes) => request.map.areas[name].root.find.reduce(
  (rows, candidate) => (rows.length ? rows : scopes.flatMap((scope) => candidatesIn(request, scope, candidate))), []);

function keyOf(request, area, row, column) {
  const value = readElement(request, request.map.areas[area].elements[column], [row]);
  return value === null ? null : lower(value);
}

// "area.element" or "area" to exactly one element.
function resolve(request, target) {
  const [name, elementName] = target.split(".");
  const area = request.map.areas[name];
  const { roots, ...verdict } = rootsOf(request, name);
  if (!roots.length) return { ...verdict, why: verdict.why || "missing" };
  if (!elementName) return { element: roots[0], counts: verdict.counts || [1], served: verdict.served || 0, disagree: verdict.disagree, root: roots[0] };
  const spec = area.elements[elementName];
  if (spec.cells) return { ...cellsIn(request, spec, roots), of: target, root: roots[0] };
  const found = vote(request, spec.find, roots, spec.read === "checked" || isFileInput(spec));
  return found.element
    ? { ...found, disagree: found.disagree || verdict.disagree, root: roots[0] }
    : { ...found, of: target, root: roots[0], nearby: nearby(spec.find, roots, request) };
}

const isFileInput = (spec) => spec.find.some((candidate) => /type=["']?file/.test(candidate.css || ""));

// What else of the same kind is displayed there: the first question of whoever mends a map.
function nearby(find, scopes, request) {
  const roles = new Set(find.map((candidate) => candidate.role).filter(Boolean));
  if (!roles.size) return [];
  const names = scopes.flatMap((scope) => everything(scope)).filter((element) => roles.has(roleOf(element)) && isDisplayed(element)).map(nameOf);
  return [...new Set(names.filter(Boolean))].slice(0, 12);
}

const sketch = (element) => `<${element.tagName.toLowerCase()}> ${JSON.stringify((nameOf(element) || textOf(element)).slice(0, 60))}`;

const elementOf = (request, target) => {
  const [area, element] = target.split(".");
  return element ? request.map.areas[area].elements[element] : {};
};

// The value of "area.element", or null where there is none.
function valueOf(request, target) {
  const { element } = resolve(request, target);
  const spec = elementOf(request, target);
  return element ? finish(spec, rawValue(element, spec.read || "text")) : null;
}

// The value of an element after its reading keys, or null where it is absent.
function readElement(request, spec, scopes) {
  const { element } = vote(request, spec.find, scopes, spec.read === "checked");
  if (spec.read === "count") return String(scopes.flatMap((scope) => spec.find.flatMap((candidate) => candidatesIn(request, scope, candidate))).length);
  return finish(spec, element ? rawValue(element, spec.read) : null);
}

function finish(spec, raw) {
  let value = raw === null ? null : collapse(raw);
  if (value !== null && spec.match) {
    const found = pattern(spec.match).exec(value);
    value = found ? found[1] : null;
  }
  if (value !== null && (value === "" || (spec.blank || []).some((blank) => blank.toLowerCase() === value.toLowerCase()))) value = null;
  return value === null && spec.absent !== undefined && spec.absent !== null ? spec.absent : value;
}

function rawValue(element, read) {
  if (read === "value" || (read === "text" && ["INPUT", "TEXTAREA"].includes(element.tagName))) return element.value ?? "";
  if (read === "options" || (read === "text" && element.tagName === "SELECT")) return chosenIn(element).join(", ");
  if (read === "checked") return String(element.checked ?? element.getAttribute("aria-checked") === "true");
  if (read && read.startsWith("attr:")) return element.getAttribute(read.slice(5));
  return textOf(element);
}
