// One page of a list in one round trip: rows, total, and whether there is a next page, all of the same moment.

// Waits until the list can be believed (F6): it is there, not busy, the same in two looks or untouched for a frame, and not what was there
// before the move that led here (`before`), unless the document itself is new. Of a document that is still on its way the rest may
// be missing: the next rows, or the link to the next page.
//
// Where the console has answered what fills the list (`is_answered`), the keys may be those of before, and a search may
// show nobody and not say so. But so it is too as long as the page has not drawn the answer: what shows then, or that
// there is nobody, has to stay so for a while.
const STILL_NOT_DRAWN = 1000; // milliseconds

// Without a total nothing tells a last page from one whose pager comes late: such a list has to stay as it is for longer.
const STILL_WITHOUT_TOTAL = 1000; // milliseconds
async function readList(request, end) {
  const usual = request.list.total || request.list.count || request.is_glance ? 0 : STILL_WITHOUT_TOTAL;
  let since = performance.now();
  let last = null;
  let previous = null;
  for (;;) {
    forgetLook();
    const interrupt = interruptNow(request);
    if (interrupt) return interrupt;
    const now = listNow(request);
    const whole = now.ok ? JSON.stringify([now.rows, now.total, now.next, now.is_empty]) : null;
    const is_other = now.ok && (request.before === null || now.signature !== request.before);
    // An answer tells nothing of rows that stayed, but where a search may bring the same ones again: another tab's rows are
    // never this one's.
    const fresh = now.ok && (is_other || (request.is_answered && (request.is_search || now.rows.length === 0)));
    const says = now.ok && (now.rows.length > 0 || now.is_empty || numberIn(now.count) === 0);
    const believable = fresh && !now.is_arriving && (says || (request.is_answered && request.is_search));
    const is_drawn = is_other && says && (now.rows.length > 0 || !request.is_answered);
    const still = is_drawn ? usual : STILL_NOT_DRAWN;
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
  // A list that is scrolled uses its nodes again: only where they stand tells their order.
  const top = ([row]) => row.getBoundingClientRect().top;
  const inOrder = list.scroll ? [...kinds].sort((one, other) => top(one) - top(other)) : kinds;
  for (const [row, areas] of inOrder) {
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
  return {
    ok: true,
    rows,
    is_arriving: at.roots.some((root) => isArriving(root.ownerDocument || root)),
    has_controls: rowElements.some((row) => row.querySelector("input, select, textarea")),
    strangers: [...new Set(strangers)].slice(0, 5),
    total: list.total ? valueOf(request, list.total) : null,
    next: list.next ? nextNow(request, list.next) : "none",
    count: list.count ? valueOf(request, list.count) : null,
    tabs: list.tabs ? severalOf(request, list.tabs).length : null,
    is_empty: Boolean(list.empty && severalOf(request, list.empty).length),
    signature: signatureOf(request, rows),
    reach: list.scroll ? Math.max(...rowElements.map((row) => row.getBoundingClientRect().bottom)) : undefined,
  };
}

// What tells one state of the list from another: the keys of all its rows, of whatever part.
function signatureOf(request, rows) {
  const { list } = request;
  const isWhole = list.all.every((area) => list.rows.includes(area));
  return (isWhole ? rows.map((row) => row.cells[list.key] || "") : keysOfAll(request)).map(lower).sort().join("\n");
}

function keysOfAll(request) {
  const keys = new Map(); // row element -> its key, if any kind of row finds it
  for (const area of request.list.all) {
    const { within } = request.map.areas[area];
    const scopes = within ? rootsOf(request, within).roots : [document];
    for (const row of rowsOf(request, area, scopes)) keys.set(row, keys.get(row) || keyOf(request, area, row, request.list.key) || "");
  }
  return [...keys.values()];
}

function numberIn(text) {
  const digits = (text || "").replace(/\D/g, "");
  return digits ? Number(digits) : null;
}

function cellsOf(request, area, row) {
  const cells = {};
  for (const [name, spec] of Object.entries(request.map.areas[area].elements)) {
    if (request.list.columns.includes(name)) cells[name] = readElement(request, spec, [row]);
  }
  return cells;
}

function nextNow(request, target) {
  const next = resolve(request, target);
  if (!next.element) return next.why === "ambiguous" ? "ambiguous" : "absent";
  return isEnabled(next.element) ? "enabled" : "disabled";
}

// A list that is scrolled shows only the rows in view. It is read window by window: the rows of the next one that were
// in the last are told by their order and all their cells, so that rows without a key are not lost either.
const UNCHANGED_AT_END = 1000; // milliseconds
const WITHOUT_KEY = 1000; // how long a row may be only the promise of one
const LATE = 500; // how long a page may take to show other rows once it was scrolled
const MOST_ROWS = 400; // in one answer

async function scrollList(request, end) {
  const box = scrolledBox(request);
  if (!box) return { ok: false, why: "missing", of: request.list.scroll };
  if (request.from_top && box.scrollTop > 0) {
    box.scrollTop = 0;
    await frame();
    await frame();
  }
  const taken = [];
  let last = null; // what was in view before scrolling on
  let tail = request.tail;
  let gap = false;
  let news = performance.now();
  const answer = (more) => ({ ok: true, rows: taken, tail, gap, at_end: false, ...more });
  for (;;) {
    const now = await restingWindow(request, end, last);
    if (!now.ok) return now;
    const sought = request.seek.length > 0 && now.rows.some((row) => request.seek.includes(lower(row.cells[request.list.key] || "")));
    if (sought) return { ok: true, rows: now.rows, tail, gap };
    const texts = now.rows.map((row) => JSON.stringify(row.cells));
    const known = overlap(tail, texts);
    if (known === null) gap = true;
    const added = now.rows.slice(known || 0);
    if (added.length) {
      taken.push(...added);
      news = performance.now();
    }
    if (known === null || added.length) tail = texts;
    const total = numberIn(now.total);
    const is_whole = total !== null && request.counted + taken.length >= total;
    const is_bottom = box.scrollTop + box.clientHeight >= box.scrollHeight - 2;
    if (is_bottom && (is_whole || performance.now() - news > UNCHANGED_AT_END) && !(now.rows.length === 0 && !now.is_empty && total !== 0)) return answer({ at_end: true });
    if (taken.length >= MOST_ROWS || performance.now() >= end - 500) return answer();
    last = is_bottom ? null : JSON.stringify(now.rows);
    // As far as the last row that is drawn: what a list draws ahead of its view need not be waited for again.
    const ahead = now.reach === undefined ? 0 : Math.floor(now.reach - bottomOf(box));
    if (!is_bottom) box.scrollTop += Math.max(1, Math.floor(box.clientHeight * 0.75), ahead);
    await frame();
    await frame();
  }
}

// Where the view of a box ends, in the window.
const bottomOf = (box) => (box === box.ownerDocument.scrollingElement ? box.ownerDocument.defaultView.innerHeight : box.getBoundingClientRect().top + box.clientTop + box.clientHeight);

// What scrolls the element: itself, or what it is in; the page at last.
function scrolledBox(request) {
  let { element } = resolve(request, request.list.scroll);
  if (!element) return null;
  for (; element && element !== document.body && element !== document.documentElement; element = element.parentElement) {
    if (element.scrollHeight > element.clientHeight && /auto|scroll|overlay/.test(getComputedStyle(element).overflowY)) return element;
  }
  return document.scrollingElement;
}

// The window once it is the same in two looks, another one than before, and no row is only the promise of one.
async function restingWindow(request, end, last) {
  const start = performance.now();
  let before = null;
  for (;;) {
    forgetLook();
    const interrupt = performance.now() - interrupts_looked_for > LONGEST_BLIND && interruptNow(request);
    if (interrupt) return interrupt;
    const now = listNow(request);
    const text = now.ok ? JSON.stringify(now.rows) : null;
    const is_promise = now.ok && performance.now() - start < WITHOUT_KEY && (!now.rows.length || now.rows.some((row) => !row.cells[request.list.key]));
    const is_late = text === last && performance.now() - start < LATE;
    if (now.ok && text === before && !now.is_arriving && !is_promise && !is_late) return now;
    before = text;
    if (performance.now() >= end) return now;
    await frame();
  }
}

// How many of the new texts are known: the longest stretch with which they go on from the old ones, or lie within them.
// Null: they have nothing in common.
function overlap(old, texts) {
  if (!old.length || !texts.length) return 0;
  for (let from = 0; from < old.length; from++) {
    const length = Math.min(old.length - from, texts.length);
    let at = 0;
    while (at < length && old[from + at] === texts[at]) at++;
    if (at === length) return length;
  }
  return null;
}
