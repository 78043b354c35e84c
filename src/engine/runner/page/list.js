// One page of a list in one round trip: rows, total, and whether there is a next page, all of the same moment.

// Waits until the list can be believed (F6): it is there, not busy, the same in two looks or untouched for a frame, and not what was there
// before the move that led here (`before`), unless the document itself is new.
//
// Without a total nothing tells a last page from one whose pager comes late: such a list has to stay as it is for longer.
const STILL_WITHOUT_TOTAL = 1000; // milliseconds
async function readList(request, end) {
  const still = request.list.total ? 0 : STILL_WITHOUT_TOTAL;
  let since = performance.now();
  let last = null;
  let previous = null;
  for (;;) {
    forgetLook();
    const interrupt = interruptNow(request);
    if (interrupt) return interrupt;
    const now = listNow(request);
    const whole = now.ok ? JSON.stringify([now.rows, now.total, now.next, now.is_empty]) : null;
    const fresh = now.ok && (request.before === null || now.signature !== request.before);
    const believable = fresh && (now.rows.length > 0 || now.is_empty);
    if (whole !== previous) since = performance.now();
    const is_still = performance.now() - since >= still;
    if (believable && whole === previous && is_still) return { ...now, fresh: true };
    const lost = lostClick(request, fresh);
    if (lost) return lost;
    previous = whole;
    last = now;
    if (performance.now() >= end) return last.ok ? { ...last, fresh: false } : last;
    await frame();
    // What a control holds may change unseen.
    if (believable && still === 0 && !now.has_controls && isAsBefore()) return { ...now, fresh: true };
    if (!believable || still) await worthALook(end);
  }
}

function listNow(request) {
  const { list } = request;
  const at = rootsOf(request, list.at);
  if (!at.roots.length) return { ok: false, why: "missing", of: at.of || list.at, counts: at.counts };
  if (list.busy && severalOf(request, list.busy).length) return { ok: false, why: "busy" };
  const kinds = new Map(); // row element -> areas that match it
  for (const area of list.rows) {
    const within = request.map.areas[area].within;
    const scopes = within ? rootsOf(request, within).roots : [document];
    for (const row of rowsOf(request, area, scopes)) kinds.set(row, [...(kinds.get(row) || []), area]);
  }
  const rows = [];
  const strangers = [];
  const rowElements = [...kinds.keys()];
  for (const [row, areas] of kinds) {
    if (areas.length > 1) strangers.push(sketch(row));
    rows.push({ area: areas[0], cells: cellsOf(request, areas[0], row) });
  }
  // What stands among the rows, is built like one and holds an address, and is none to the map.
  const tags = new Set(rowElements.map((row) => row.tagName));
  for (const parent of new Set(rowElements.map((row) => row.parentElement).filter(Boolean))) {
    for (const sibling of listed(parent.children)) {
      if (!kinds.has(sibling) && tags.has(sibling.tagName) && isDisplayed(sibling) && textOf(sibling).includes("@")) strangers.push(sketch(sibling));
    }
  }
  const total = list.total ? resolve(request, list.total) : null;
  return {
    ok: true,
    rows,
    has_controls: rowElements.some((row) => row.querySelector("input, select, textarea")),
    strangers: [...new Set(strangers)].slice(0, 5),
    total: total && total.element ? finish(elementOf(request, list.total), rawValue(total.element, "text")) : null,
    next: list.next ? nextNow(request, list.next) : "none",
    is_empty: Boolean(list.empty && severalOf(request, list.empty).length),
    signature: rows.map((row) => row.cells[list.key] || "").sort().join("\n"),
  };
}

function cellsOf(request, area, row) {
  const cells = {};
  for (const [name, spec] of Object.entries(request.map.areas[area].elements)) {
    if (request.list.columns.includes(name)) cells[name] = readElement(request, spec, [row]);
  }
  return cells;
}

const elementOf = (request, target) => {
  const [area, element] = target.split(".");
  return element ? request.map.areas[area].elements[element] : {};
};

function nextNow(request, target) {
  const next = resolve(request, target);
  if (!next.element) return next.why === "ambiguous" ? "ambiguous" : "absent";
  return isEnabled(next.element) ? "enabled" : "disabled";
}
