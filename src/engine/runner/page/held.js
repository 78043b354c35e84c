// What was typed, chosen, ticked and proved before the commit: it has to be so still where the change is made real.

// Why it is not, or null. In a form of several steps, or a drawer that was saved, it went with a later click: whom it
// named has to be named here then, unless the row or something else that was proved still tells.
function objectionToHeld(request) {
  const gone = [];
  let isTold = Boolean(request.row);
  for (const held of request.held || []) {
    const now = held.ticks ? ticksNow(request, held) : held.list ? listStill(request, held) : heldNow(request, held);
    if (held.is_left && now.why === "missing") gone.push(held);
    else if (now.objection) return now.objection;
    else if (!now.fits && held.secret) return `"${held.target}" does not hold what was typed`;
    else if (!now.fits) return `"${held.target}" holds ${now.texts.length > 1 ? JSON.stringify(now.texts) : JSON.stringify(now.texts[0] ?? null)} now`;
    else isTold ||= Boolean(held.people || held.tells);
  }
  const named = (request.mentions || []).map(lower);
  const unnamed = gone.find((held) => held.people && !held.people.every((address) => named.includes(lower(address))));
  return unnamed && !isTold ? `"${unnamed.target}" is gone, and nothing in "${areaOf(request)}" is held against the address` : null;
}

// Something that was proved of the person is on the page, and still says so.
const isToldByProof = (request) => (request.held || []).some((held) => held.is_proof && (held.people || held.tells) && heldNow(request, held).fits);

// A list that was proved shows the same people, and says the same of each.
function listStill(request, { list, shows, target }) {
  const now = listNow({ ...request, list });
  if (!now.ok) return { why: "missing", texts: [], fits: false };
  const rows = now.rows.map(({ cells }) => JSON.stringify([lower(cells[list.key] || ""), cells.error ?? null]));
  const fits = rows.length === shows.length && rows.every((row) => shows.includes(row));
  return { fits, texts: [], objection: fits ? null : `"${target}" shows other people now, or says something else of them` };
}

// The rows that are ticked on the page: just those of the people a commit is about, and nobody else's (F16).
function ticksNow(request, { ticks }) {
  const objection = wrongTicks(request, ticks);
  return { fits: !objection, texts: [], objection };
}

const TICKED = "input:checked, [aria-checked=true], [aria-selected=true]";

// In a row whose box the map does not tell for certain, anything that is ticked counts.
function isTicked(request, spec, row) {
  const { element } = spec ? vote(request, spec.find, [row], true) : {};
  if (element) return rawValue(element, "checked") === "true";
  return row.matches(TICKED) || everything(row).some((inner) => inner.matches(TICKED));
}

function wrongTicks(request, { areas, element, column, people }) {
  const known = new Set();
  const ticked = [];
  for (const area of areas) {
    const { within, elements } = request.map.areas[area];
    for (const row of rowsOf(request, area, within ? rootsOf(request, within).roots : [document])) {
      if (known.has(row)) continue;
      known.add(row);
      if (isTicked(request, elements[element], row)) ticked.push(keyOf(request, area, row, column) || "");
    }
  }
  for (const parent of new Set([...known].map((row) => row.parentElement).filter(Boolean))) {
    const stranger = listed(parent.children).find((row) => !known.has(row) && isDisplayed(row) && isTicked(request, null, row));
    if (stranger) return `${sketch(stranger)} is ticked as well, and no kind of row the map knows`;
  }
  const strange = ticked.find((key) => !people.some((keys) => keys.includes(lower(key))));
  if (strange !== undefined) return strange ? `the row of ${strange} is ticked as well` : "a row of nobody is ticked as well";
  const off = people.find((keys) => ticked.filter((key) => keys.includes(lower(key))).length !== 1);
  return off ? `the row of ${off[0]} is not ticked` : null;
}

// Waits until just these rows are ticked, in two looks.
async function ticked(request, end) {
  let before = null;
  for (;;) {
    forgetLook();
    const why = wrongTicks(request, request.ticks);
    if (why === null && before === true) return { ok: true };
    before = why === null;
    if (performance.now() >= end) return { ok: false, why: "objection", objection: why || "the ticks do not rest" };
    await frame();
    await frame();
  }
}
