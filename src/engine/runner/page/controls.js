// What a control holds, and how it is made to hold something: fields of one value or several, rows of cells, and lists of
// options of which one or several are chosen.

function kindOf(request, element) {
  const tag = element.tagName.toUpperCase();
  const role = roleOf(element);
  const spec = elementOf(request, request.target);
  if (tag === "SELECT") return "select";
  if (spec.opens || spec.options) return "combobox";
  if (role === "listbox" || role === "radiogroup") return role;
  if (tag === "INPUT" && ["checkbox", "radio", "file"].includes(element.type)) return element.type;
  if (role === "combobox" || element.getAttribute("aria-haspopup") === "listbox") return "combobox";
  if (tag === "INPUT" || tag === "TEXTAREA" || element.isContentEditable) return "text";
  return role || tag.toLowerCase();
}

// A control of no size is clicked by its label, as people do.
function byLabel(found) {
  const { element } = found;
  const label = element && labelInstead(element);
  return label ? { ...found, element: label } : found;
}

const hasSize = (element) => isDisplayed(element) && element.offsetWidth > 1 && element.offsetHeight > 1;
const labelInstead = (element) => (hasSize(element) ? null : listed(element.labels || []).find(isDisplayed));

// What a control holds, in every form in which a person would read it.
function controlTexts(element) {
  const tag = element.tagName.toUpperCase();
  if (tag === "INPUT" && (element.type === "checkbox" || element.type === "radio")) return [String(element.checked)];
  if (tag === "INPUT" || tag === "TEXTAREA") return [element.value];
  if (tag !== "SELECT" && element.getAttribute("aria-checked")) return [element.getAttribute("aria-checked")];
  const chosen = chosenIn(element);
  return chosen.length || tag === "SELECT" ? chosen : [textOf(element)];
}

// The labels of the options of a control that are chosen.
function chosenIn(element) {
  if (element.tagName === "SELECT") return listed(element.selectedOptions).map((option) => collapse(option.textContent));
  return outermost(listed(element.querySelectorAll(OPTION_SELECTOR))).filter((option) => isOn(option) === true).map(nameOf);
}

// Whether a target holds what was put into it: `values` in a field of several, a `set` of options, or one of the texts
// of `accept`. `texts`: what it does hold.
function heldNow(request, held) {
  if (held.values) return valuesNow(request, held);
  const found = resolve(request, held.target);
  if (held.set) {
    const options = found.element ? optionsOf(request, held, found) : [];
    const { turn, to, ...now } = setNow(held, found, options);
    if (options.length || !held.accept) return now;
  }
  const texts = textsOf(request, held, found);
  const is = (spec, text) => ("exactly" in spec ? text === exactText(spec.exactly, found.element) : matches(spec, text));
  return { ...plain(found), texts, fits: texts.some((text) => held.accept.some((spec) => is(spec, text))) };
}

function textsOf(request, held, found) {
  if (found.cells) return [found.cells.map((cell) => cell.value).join("")];
  if (held.is_proof) return [valueOf(request, held.target)].filter((value) => value !== null);
  return found.element ? controlTexts(found.element) : [];
}

// Of what is no form control, the text is read as it is displayed.
const exactText = (text, element) => ("value" in element ? text : collapse(text));

// What a page made of something that was typed, and does not take back for so long, stays.
const LASTING = 700; // milliseconds

// Waits until a control holds what it should, in two looks; `secret` keeps what it holds in the page.
async function holds(request, end) {
  const { guard } = state();
  const why = guard && guard.status === "typing" ? disarm().why : null;
  let before = false;
  let wrong = null; // what it holds that nobody asked for
  let since = 0;
  for (;;) {
    forgetLook();
    const now = heldNow(request, request);
    const other = why || now.others?.length ? JSON.stringify([why, now.texts]) : null;
    if (other !== wrong) since = performance.now();
    wrong = other;
    const shown = request.secret ? [] : now.texts;
    // The last of the cells may lead on by itself.
    const has_left = request.may_leave && now.why === "missing" && !why;
    const fits = has_left || now.fits;
    if (fits && before) return { ok: true, holds: shown };
    before = fits;
    const isLasting = wrong !== null && performance.now() - since > LASTING;
    if (isLasting || performance.now() >= end) {
      const { texts, fits: _, ...rest } = now;
      return { ok: false, ...rest, why: now.why || "differs", of: request.target, objection: why, holds: shown };
    }
    await frame();
    await frame();
  }
}

// Fields

// Selects what stands in a field, so that it is replaced; where its chips stand among it, goes to their end.
function focusAndSelect(request, { element, cells }) {
  element.focus();
  if (element.select) return element.select();
  const selection = element.ownerDocument.getSelection();
  selection.selectAllChildren(element);
  if (request.values && chipsOf(request, request.target).some((chip) => isInside(chip, element))) selection.collapseToEnd();
}

// A row of inputs for one character each: the first candidate that finds any.
function cellsIn(request, spec, scopes) {
  for (const [served, candidate] of spec.find.entries()) {
    if ("missing" in candidate) continue;
    const cells = [...new Set(scopes.flatMap((scope) => candidatesIn(request, scope, candidate)))];
    if (!cells.length) continue;
    // Typing begins in the first that is to be filled; what stood in the others is in the way of it.
    const filled = request.clear ? cells.findLast((cell) => cell.value) : null;
    return { element: filled || cells[0], cells, is_clear: cells.every((cell) => !cell.value), counts: [cells.length], served };
  }
  return { why: "missing", counts: [0] };
}

// What a field of several values holds: `texts` as they are shown, which of those wanted are `missing`, and what there is
// that is none of them (`others`).
function valuesNow(request, { target, values }) {
  const { chips, sep } = elementOf(request, target);
  const found = resolve(request, target);
  const shown = chips ? chipsOf(request, target) : [];
  if (!found.element && !shown.length) return { ...plain(found), texts: [], fits: false };
  const texts = chips ? shown.map(textOf) : fieldText(found.element, sep).split(sep).map((part) => part.trim()).filter(Boolean);
  const meant = (text) => values.find((value) => (chips ? isChipOf(text, value) : text === value));
  const missing = values.filter((value) => !texts.some((text) => meant(text) === value));
  const others = texts.filter((text, at) => meant(text) === undefined || texts.findIndex((other) => meant(other) === meant(text)) !== at);
  // What was typed and not taken would go along with it.
  const rest = chips && found.element ? restOf(found.element, shown) : "";
  return { texts: rest ? [...texts, rest] : texts, missing, others, fits: !missing.length && !others.length && !rest };
}

// Lines of an editor are blocks, which its displayed text sets apart by a space only.
const fieldText = (element, sep) => ("value" in element ? element.value : sep === "\n" ? element.innerText : textOf(element));

// The chips of a field, which are displayed anywhere in its area.
function chipsOf(request, target) {
  const { roots } = rootsOf(request, areaOf({ target }));
  const found = elementOf(request, target).chips.flatMap((candidate) => roots.flatMap((root) => candidatesIn(request, root, candidate)));
  return [...new Set(found)];
}

const REMOVES = new RegExp(`^[\\s${REMOVE_SIGNS}]+|[\\s${REMOVE_SIGNS}]+$`, "gu");

// A chip is of an address if it mentions this one and no other; of anything else if that is all it says.
function isChipOf(text, value) {
  const said = text.replace(REMOVES, "");
  if (!value.includes("@")) return collapse(said).toLowerCase() === collapse(value).toLowerCase();
  const addresses = new Set([...addressesIn(said), ...anyAddressesIn(said, [lower(value)])]);
  return addresses.size === 1 && addresses.has(lower(value));
}

// What stands in the field beside its chips.
function restOf(element, chips) {
  if ("value" in element) return element.value.trim();
  const parts = [];
  (function walk(node) {
    if (chips.includes(node)) return;
    if (chips.some((chip) => isInside(chip, node))) childrenOf(node).forEach(walk);
    else parts.push(rawText(node));
  })(element);
  return collapse(parts.join(" "));
}

// Options

const OPTIONS = new Set(["option", "radio", "checkbox", "switch", "menuitemcheckbox", "menuitemradio"]);
const OPTION_SELECTOR = `input[type=checkbox], input[type=radio], ${[...OPTIONS].map((role) => `[role=${role}]`).join(", ")}`;
const LISTS = new Set(["listbox", "menu"]);

function isOn(option) {
  if (option.tagName === "OPTION") return option.selected;
  if (option.tagName === "INPUT") return option.checked;
  const said = option.getAttribute("aria-checked") ?? option.getAttribute("aria-selected");
  if (said !== null) return said === "true";
  const box = option.querySelector("input[type=checkbox]");
  return box && box.checked;
}

// An option may hold a box of its own, which means the same.
const outermost = (options) => options.filter((option) => !options.some((other) => other !== option && other.contains(option)));

// The control to choose in; of a native select at once the option, so that choosing is two requests there as well.
function findChoice(request) {
  const control = resolve(request, request.target);
  if (!control.element || control.element.tagName !== "SELECT") return control;
  if (control.element.multiple) return takesSeveral(request);
  const accepted = (text) => request.choose.some((spec) => matches(spec, text));
  const option = oneOption(request, listed(control.element.options), accepted, (option) => option.textContent, control.root);
  return { ...option, control: control.element };
}

// Choosing one would leave the others chosen as well.
const takesSeveral = (request) => ({ why: "several_taken", of: request.target, final: true });

// An option of the control `target` with one of the accepted words; of an ARIA control only once its list is open.
function findOption(request) {
  const control = resolve(request, request.target);
  if (!control.element) return control;
  const accepted = (text) => request.option.some((spec) => matches(spec, text));
  const { element } = control;
  const named = namedOptions(request, request.target);
  if (named) return oneOption(request, named, accepted, optionText, control.root);
  const lists = [...tiedLists(element), ...(["listbox", "radiogroup"].includes(roleOf(element)) ? [element] : [])];
  const scopes = lists.length ? lists : everything(document).filter((other) => roleOf(other) === "listbox" && isDisplayed(other));
  const options = scopes.flatMap((scope) => everything(scope)).filter((other) => ["option", "radio"].includes(roleOf(other)) && isDisplayed(other));
  const found = oneOption(request, [...new Set(options)], accepted, nameOf, control.root);
  if (found.element && scopes.some((scope) => scope.getAttribute("aria-multiselectable") === "true" && isInside(found.element, scope))) return takesSeveral(request);
  return found;
}

const tiedLists = (element) => [...byIds(element, "aria-controls"), ...byIds(element, "aria-owns")].filter(isDisplayed);
const optionText = (option) => nameOf(option) || textOf(option);

// The options that the map itself says how to find, wherever the page shows them; null where it says nothing.
function namedOptions(request, target) {
  const { options } = elementOf(request, target);
  if (!options) return null;
  return options.reduce((found, candidate) => (found.length ? found : candidatesIn(request, document, candidate)), []);
}

// Whether a control has its options in a list that it opens.
function isOpener(request, element) {
  const { opens, options } = elementOf(request, request.target);
  return Boolean(opens || options) || ["combobox", "button", "textbox", "searchbox"].includes(roleOf(element)) || element.hasAttribute("aria-haspopup");
}

// What is clicked to open the list of a control: itself, unless the map names something else.
function openerOf(request, control) {
  const { opens } = elementOf(request, request.target);
  if (!opens || !control.element) return control;
  const opener = vote(request, opens, [control.root]);
  return opener.element ? { ...opener, root: control.root } : { ...opener, of: request.target, root: control.root };
}

function oneOption(request, options, accepted, textOfOption, root) {
  const fitting = options.filter((option) => accepted(textOfOption(option)));
  const offered = options.map((option) => collapse(textOfOption(option))).slice(0, 20);
  if (fitting.length !== 1) return { why: fitting.length ? "ambiguous" : "missing", of: request.target, counts: [fitting.length], offered };
  return { element: fitting[0], counts: [1], served: 0, disabled: isOff(fitting[0]), offered, root, is_option: true };
}

const isOff = (option) => option.disabled || option.getAttribute("aria-disabled") === "true";

// The options of a control of which several are chosen; none while its list is closed. A list that is not tied to its
// control is its own only if it opened when that was clicked: `opened`.
function optionsOf(request, { target, opened }, { element }) {
  const named = namedOptions(request, target);
  if (named) return named;
  if (element.tagName === "SELECT") return listed(element.options);
  const isOption = (option) => OPTIONS.has(roleOf(option)) && (isDisplayed(option) || labelInstead(option));
  const optionsIn = (lists) => outermost([...new Set(lists.flatMap((list) => everything(list).filter(isOption)))]);
  const own = optionsIn([element, ...tiedLists(element)]);
  if (own.length || !opened) return own;
  const { lists_before = [] } = state();
  return optionsIn(listsNow().filter((list) => !lists_before.includes(list)));
}

const listsNow = () => everything(document).filter((list) => LISTS.has(roleOf(list)) && isDisplayed(list));

// How the chosen options compare to those wanted: the next one to be clicked, if any. What is wanted comes first, for
// some consoles want one at all times.
function setNow({ target, set }, found, options) {
  const offered = options.map(optionText).map(collapse).slice(0, 20);
  if (!options.length) return { ...plain(found), why: found.why || "missing", of: found.of || target, counts: [0], texts: [], fits: false };
  const texts = options.filter((option) => isOn(option) === true).map(optionText);
  if (options.every((option) => isOn(option) === null)) return { why: "untold", of: target, texts, fits: false, final: true };
  const wanted = [];
  for (const accept of set) {
    const fitting = options.filter((option) => accept.some((spec) => matches(spec, optionText(option))));
    if (fitting.length !== 1) return { why: fitting.length ? "ambiguous" : "missing", of: target, counts: [fitting.length], several: fitting.slice(0, 5).map(sketch), offered, texts, fits: false };
    wanted.push(fitting[0]);
  }
  const isRight = (option) => (isOn(option) === true) === wanted.includes(option);
  const turn = wanted.find((option) => !isRight(option)) || options.find((option) => !isRight(option)) || null;
  return { texts, turn, to: wanted.includes(turn), offered, fits: turn === null };
}

// What is to be clicked next so that a control comes to hold a set: what opens it, or an option.
function findTurn(request) {
  const control = resolve(request, request.target);
  if (!control.element) return control;
  const options = optionsOf(request, request, control);
  if (!options.length && !request.opened && isOpener(request, control.element)) return { ...openerOf(request, control), is_closed: true };
  const { turn, to, texts, fits, ...state } = setNow(request, control, options);
  if (state.why) return { ...state, root: control.root };
  if (fits) return { ...control, is_complete: true };
  const native = control.element.tagName === "SELECT" ? { control: control.element } : {};
  return { ...native, element: labelInstead(turn) || turn, counts: [1], served: 0, disabled: isOff(turn), offered: state.offered, root: control.root, turn: { text: collapse(optionText(turn)), to } };
}

// Waits until an option is as it should be after it was clicked, or its list has closed. It is not clicked again unless
// the click provably reached nobody: the page may only be slow.
async function turned(request, end) {
  let closed = 0;
  for (;;) {
    forgetLook();
    const control = resolve(request, request.target);
    const options = control.element ? optionsOf(request, request, control) : [];
    const [option, ...others] = options.filter((option) => collapse(optionText(option)) === request.turn.text);
    if (option && !others.length && (isOn(option) === true) === request.turn.to) return { ok: true };
    closed = control.element && !options.length ? closed + 1 : 0;
    if (closed > 2) return { ok: true, is_closed: true };
    if (lostClick({ ...request, surely: true }, false)) return { ok: true };
    if (performance.now() >= end) return { ok: false, why: "differs", of: request.target, holds: options.filter((option) => isOn(option) === true).map(optionText) };
    await frame();
    await frame();
  }
}

// Waits until the list of a control is closed.
async function closed(request, end) {
  for (;;) {
    forgetLook();
    const control = resolve(request, request.target);
    if (request.focus && control.element) openerOf(request, control).element?.focus();
    request.focus = false;
    if (control.element && !optionsOf(request, request, control).length) return { ok: true, holds: controlTexts(control.element) };
    if (performance.now() >= end) return { ok: false, why: control.why || "still_there", of: request.target, holds: control.element ? controlTexts(control.element) : [] };
    await worthALook(end);
  }
}
