// The list without pages: one scroll box in which only the rows in view exist, fetched in chunks as one scrolls.

import { h, on } from "./view.js";

const CHUNK = 100;
const SPARE = 6; // rows drawn above and below the ones in view
const AGAIN_MS = 1000;
const narrow = matchMedia("(max-width: 620px)");

/** `ask` gets the members of an address's query, `changed` is told of each chunk that came or did not come. */
export function newWindow(ask, changed) {
  return { ask, changed, chunks: new Map(), total: null, top: 0, height: 660, age: 0 };
}

/** From now on everything known is stale; it stays in sight until something newer has come. */
export function refresh(view) {
  view.age += 1;
  want(view);
}

/** Nothing that is under way matters any more. */
export function forget(view) {
  view.age += 1;
}

/** Asks for the chunks in view that are not there, or stale, and not under way. */
function want(view) {
  const { first, last } = inView(view);
  for (let number = Math.floor(first / CHUNK); number <= Math.floor(Math.max(first, last - 1) / CHUNK); number += 1) {
    const chunk = view.chunks.get(number);
    if (!chunk || chunk.age !== view.age) fetchChunk(view, number);
  }
}

async function fetchChunk(view, number) {
  const { age } = view;
  const before = view.chunks.get(number);
  view.chunks.set(number, { age, rows: before ? before.rows : null });
  const answer = await view.ask({ page: number + 1, size: CHUNK });
  if (view.age !== age) return;
  if (answer.ok) {
    view.chunks.set(number, { age, rows: answer.body.rows });
    view.total = answer.body.total;
    for (const [known, chunk] of view.chunks) if (chunk.age !== age) view.chunks.delete(known);
  } else {
    view.chunks.delete(number);
    if (view.total !== null) setTimeout(() => { if (view.age === age) want(view); }, AGAIN_MS);
  }
  view.changed(answer);
  if (answer.ok) want(view);
}

/** The people that are known and in view, to be put in another order or replaced. */
export function knownRows(view) {
  const chunk = view.chunks.get(Math.floor(inView(view).first / CHUNK));
  return (chunk && chunk.rows) || [];
}

export function replace(view, person) {
  for (const chunk of view.chunks.values()) {
    if (chunk.rows) chunk.rows = chunk.rows.map((known) => (known.id === person.id ? person : known));
  }
}

function sizes() {
  return narrow.matches ? { row: 106, head: 0 } : { row: 54, head: 42 };
}

function inView(view) {
  const { row } = sizes();
  const total = view.total ?? 1;
  const first = Math.min(Math.max(0, Math.floor(view.top / row) - SPARE), Math.max(0, total - 1));
  return { first, last: Math.min(total, Math.ceil((view.top + view.height) / row) + SPARE) };
}

/** The scroll box; `table` draws a table of these rows, where null stands for one that is on its way. */
export function scrollBox(view, table) {
  const { first, last } = inView(view);
  const { row, head } = sizes();
  const rows = [];
  for (let index = first; index < last; index += 1) {
    const chunk = view.chunks.get(Math.floor(index / CHUNK));
    if (!chunk || !chunk.rows) rows.push(null);
    else if (chunk.rows[index % CHUNK]) rows.push(chunk.rows[index % CHUNK]);
  }
  return h("div", { class: "table-wrap virtual", onScroll: on((event) => scrolled(view, event.currentTarget)) },
    h("div", { class: "spacer", style: `height:${head + row * (view.total ?? 0)}px` },
      h("div", { style: `padding-top:${first * row}px` }, table(rows))));
}

function scrolled(view, box) {
  view.top = box.scrollTop;
  view.height = box.clientHeight;
  want(view);
  view.changed(null);
}
