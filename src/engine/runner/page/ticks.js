// The rows that are ticked on the page: just those of the people a commit is about, and nobody else's (F16).

// Why they are not, or null.
function wrongTicks(request, { areas, element, column, people }) {
  const ticked = areas.flatMap((area) => {
    const { within, elements } = request.map.areas[area];
    const rows = rowsOf(request, area, within ? rootsOf(request, within).roots : [document]);
    const isTicked = (row) => readElement(request, { ...elements[element], read: "checked", match: null }, [row]) === "true";
    return rows.filter(isTicked).map((row) => keyOf(request, area, row, column) || "");
  });
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
