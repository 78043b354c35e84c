// Workspace Settings > Members: the table and the menu of its rows.

import { UNREACHABLE, openCancel, openChangeRole, openInvite, openRemove } from "./dialogs.js";
import * as dialogs from "./dialogs.js";
import { openImport } from "./import.js";
import * as windows from "./virtual.js";
import { useWording, word } from "./wording.js";
import { avatar, button, day, focusSoon, h, icon, newId, on, schedule } from "./view.js";

const PAGE_SIZE = 25;

let app = null; // { api, toast, session }
let list = null;
let menu = null;
let flags = {};
let searchTimer = 0;
let repaint = 0; // changes when the live table wants fresh elements

export function enter(context) {
  app = context;
  dialogs.setUp(context, { reload: load, replace });
  list = { typed: "", query: "", page: 1, sort: "name", dir: "asc", rows: null, total: 0, from: 0, more: false, window: null, windows: 0, busy: false, exporting: false, failed: false, sequence: 0, drawn: 0 };
  useFlags(app.session().flags);
  load();
}

export function leave() {
  clearTimeout(searchTimer);
  if (list && list.window) windows.forget(list.window);
  list = null;
  menu = null;
  dialogs.leave();
  useFlags({});
}

// ---- data ----

function load() {
  if (!list) return;
  if (flags.virtual) loadWindow();
  else loadPage();
}

async function loadPage() {
  const current = list;
  current.sequence += 1;
  const sequence = current.sequence;
  current.busy = true;
  current.failed = false;
  schedule();
  const query = new URLSearchParams({ q: current.query, page: current.page, sort: current.sort, dir: current.dir });
  const answer = await app.api("GET", `/api/members?${query}`);
  if (list !== current || sequence !== current.sequence) return;
  current.busy = false;
  if (answer.ok) {
    Object.assign(current, { rows: answer.body.rows, total: answer.body.total, from: answer.body.from, more: answer.body.more });
    current.drawn += 1;
    heard(answer.body.flags);
    if (flags.virtual) startOver();
    else if (!current.rows.length && current.page > 1 && current.total > 0 && current.from >= current.total) {
      current.page = Math.ceil(current.total / PAGE_SIZE);
      load();
    }
  } else {
    current.failed = !current.rows;
    if (current.rows) app.toast("error", answer.message || UNREACHABLE);
  }
  schedule();
}

/** The list without pages: its window fetches by itself as one scrolls. */
function loadWindow() {
  const current = list;
  current.failed = false;
  if (!current.window) {
    const { query, sort, dir } = current;
    const ask = (chunk) => app.api("GET", `/api/members?${new URLSearchParams({ q: query, sort, dir, ...chunk })}`);
    const opened = windows.newWindow(ask, (answer) => { if (list === current && current.window === opened) arrived(answer); });
    current.window = opened;
    current.windows += 1;
  }
  windows.refresh(current.window);
  schedule();
}

function arrived(answer) {
  if (answer && answer.ok) {
    Object.assign(list, { rows: answer.body.rows, total: answer.body.total });
    heard(answer.body.flags);
    if (!flags.virtual) startOver();
  } else if (answer) {
    list.failed = list.window.total === null;
    if (!list.failed) app.toast("error", answer.message || UNREACHABLE);
  }
  schedule();
}

/** With another first page, say because of another order. */
function startOver() {
  if (list.window) windows.forget(list.window);
  Object.assign(list, { window: null, page: 1 });
  load();
}

function replace(person) {
  if (list && list.window) windows.replace(list.window, person);
  if (list && list.rows) list.rows = list.rows.map((known) => (known.id === person.id ? person : known));
}

/** The file is fetched first, so that a refusal can be shown, and then handed to the browser to save. */
async function exportAll() {
  const current = list;
  current.exporting = true;
  schedule();
  const answer = await app.api("GET", "/api/members/export");
  current.exporting = false;
  schedule();
  if (!answer.ok) return app.toast("error", answer.message || UNREACHABLE);
  const file = new Blob([answer.text], { type: "text/csv" });
  const saving = document.createElement("a");
  saving.href = URL.createObjectURL(file);
  saving.download = answer.file;
  saving.click();
  setTimeout(() => URL.revokeObjectURL(saving.href), 10_000);
}

function turn(page) {
  list.page = page;
  load();
}

function sortBy(column) {
  list.dir = list.sort === column && list.dir === "asc" ? "desc" : "asc";
  list.sort = column;
  startOver();
}

function typed(value) {
  list.typed = value;
  clearTimeout(searchTimer);
  searchTimer = setTimeout(() => {
    if (!list || list.query === value.trim()) return;
    list.query = value.trim();
    startOver();
  }, 250);
  schedule();
}

// ---- live updates ----

let repaintTimer = 0;
let sortTimer = 0;
let lastRepaint = 0;
let wander = 20260309;

function useFlags(next) {
  flags = next || {};
  useWording(flags.renamed);
  if (flags.live_table && !repaintTimer) repaintLater();
  if (flags.live_sort && !sortTimer) sortLater();
}

/** What an answer of the list says about the flags holds for the whole session. */
function heard(next) {
  app.session().flags = next;
  useFlags(next);
}

/** Counts from the last paint: on a slow machine, too, elements live for some time. */
function repaintLater() {
  repaintTimer = setTimeout(() => {
    if (!flags.live_table) {
      repaintTimer = 0;
      return;
    }
    refresh();
    requestAnimationFrame(() => requestAnimationFrame(repaintLater));
  }, 45 + random(60));
}

function refresh() {
  repaint += 1;
  lastRepaint = performance.now();
  schedule();
}

function hovered() {
  if (flags.live_table && performance.now() - lastRepaint > 30) refresh();
}

function sortLater() {
  sortTimer = setTimeout(() => {
    sortTimer = 0;
    if (!flags.live_sort) return;
    const rows = list && (list.window ? windows.knownRows(list.window) : list.rows);
    for (let moves = 6; rows && rows.length > 1 && moves > 0; moves -= 1) {
      const [a, b] = [random(rows.length), random(rows.length)];
      [rows[a], rows[b]] = [rows[b], rows[a]];
    }
    schedule();
    sortLater();
  }, 100 + random(300));
}

function random(below) {
  wander = (Math.imul(wander, 1664525) + 1013904223) >>> 0;
  return Math.floor((wander / 4294967296) * below);
}

// ---- the page ----

export function page() {
  if (!list) return null;
  const counted = list.rows !== null;
  return h("section", { class: "members", "aria-labelledby": "members-title" },
    h("div", { class: "section-head" },
      h("div", null,
        h("div", { class: "title-row" },
          h("h2", { id: "members-title" }, word("members")),
          counted ? h("span", { class: "pill" }, `${list.total.toLocaleString("en-US")} ${list.total === 1 ? "member" : "members"}`) : null),
        h("p", { class: "muted" }, "Everyone with access. Admins and authors take a seat.")),
      h("div", { class: "head-actions" },
        button("Export CSV", { id: "export", busy: list.exporting, onClick: on(exportAll) }, "download"),
        button("Import", { id: "open-import", onClick: on(() => openImport({ toast: app.toast, reload: load })) }, "upload"),
        button(word("invite"), { kind: "primary", id: "open-invite", onClick: on(openInvite) }, "plus"))),
    h("div", { class: "card flush" },
      h("div", { class: "toolbar" },
        h("div", { class: "search" }, icon("search", 16),
          h("input", { id: "member-search", type: "search", placeholder: "Search members", "aria-label": "Search members", autocomplete: "off", value: list.typed, onInput: on((e) => typed(e.target.value)) }))),
      h("div", { class: `bar ${list.busy ? "on" : ""}` }),
      content(),
      counted && list.rows.length && !list.window ? pager() : null));
}

function content() {
  if (list.failed) {
    return h("div", { class: "empty", key: "failed" }, icon("alert", 28), h("p", null, "We couldn't load your members."), button("Try again", { onClick: on(load) }));
  }
  if (!list.rows) {
    return h("div", { class: "skeletons", key: "skeleton", "aria-hidden": "true" },
      Array.from({ length: 9 }, (_, n) => h("div", { class: "skeleton" }, h("i", { class: "round" }), h("i", { style: `width:${20 + (n * 37) % 14}%` }), h("i", { style: `width:${24 + (n * 53) % 12}%` }), h("i", { class: "short" }), h("i", { class: "short" }))));
  }
  if (list.window ? list.total === 0 : !list.rows.length) {
    return h("div", { class: "empty", key: "empty" }, icon("people", 28),
      h("p", null, list.query ? `No members match “${list.query}”` : "There is nobody here yet"),
      h("p", { class: "muted" }, list.query ? "Try another name or email address." : "Invite people to get started."));
  }
  if (list.window) {
    return h("div", { key: `window-${list.windows}` }, windows.scrollBox(list.window, (rows) => table(rows, "body")));
  }
  // Rows keep their elements from answer to answer only while the table sorts itself.
  return h("div", { class: `table-wrap ${list.busy ? "busy" : ""}`, key: `table-${repaint}` },
    table(list.rows, flags.live_sort ? "body" : `body-${list.drawn}`));
}

const COLUMNS = ["name", "email", "role", "status", "last_active"];

function table(rows, key) {
  return h("table", { key: `table-${repaint}` },
    h("thead", null, h("tr", null,
      COLUMNS.map((column) => {
        const sorted = list.sort === column ? (list.dir === "asc" ? "ascending" : "descending") : null;
        return h("th", { scope: "col", "aria-sort": sorted },
          h("button", { type: "button", class: `sort ${sorted ? "sorted" : ""}`, id: `sort-${column}`, onClick: on(() => sortBy(column)) },
            word(column), icon(sorted ? (list.dir === "asc" ? "up" : "down") : "sort", 13)));
      }),
      h("th", { class: "actions" }, h("span", { class: "sr" }, "Actions")))),
    h("tbody", { key }, rows.map((person, index) => (person ? row(person, index) : loadingRow(index)))));
}

/** Somebody who is in view before the server told who it is. */
function loadingRow(index) {
  return h("tr", { key: flags.live_sort ? undefined : `loading-${index}`, class: "loading" },
    h("td", { class: "who" }, h("div", { class: "person" }, h("i", { class: "ghost round" }), h("span", null, "Loading..."))),
    ["email", "role", "status", "seen"].map((name) => h("td", { class: name }, h("i", { class: "ghost" }))),
    h("td", { class: "actions" }));
}

function row(person, index) {
  const key = flags.live_sort ? undefined : person.id;
  const open = menu && menu.person.id === person.id;
  const trigger = `m-${flags.live_sort ? index : person.id.slice(4)}`;
  return h("tr", { key, onPointerMove: hovered },
    h("td", { class: "who" }, h("div", { class: "person" }, avatar(person.name, person.email), h("bdi", null, person.name),
      person.you ? h("span", { class: "you", role: "img", "aria-label": "You" }) : null)),
    h("td", { class: "email" }, person.email),
    h("td", { class: "role" }, h("span", { class: `badge role-${person.role.toLowerCase()}` }, person.role)),
    h("td", { class: "status" }, h("span", { class: `badge dot status-${person.status.toLowerCase()}` }, person.status)),
    h("td", { class: "seen" }, person.last_active === null ? "-" : person.last_active === "never" ? "Never" : day(person.last_active)),
    h("td", { class: "actions" },
      h("button", { type: "button", class: "icon-button", id: trigger, "aria-label": "More actions", "aria-haspopup": "menu", "aria-expanded": open ? "true" : "false", onClick: on((e) => toggleMenu(e.currentTarget, person)) }, icon("dots")),
      flags.prerender_menus ? h("div", { class: "menu", role: "menu", style: "display:none" }, menuItems(person)) : null));
}

function pager() {
  const first = list.from + 1;
  const last = list.from + list.rows.length;
  return h("div", { class: "pager" },
    h("span", { class: "muted" }, `${first}-${last} of ${list.total.toLocaleString("en-US")}`),
    h("div", { class: "pager-buttons" },
      button("Previous", { id: "page-previous", disabled: list.page <= 1, onClick: on(() => turn(list.page - 1)) }, "left"),
      h("button", { type: "button", class: "b b-plain", id: "page-next", disabled: !list.more, onClick: on(() => turn(list.page + 1)) }, h("span", null, "Next"), icon("right", 16))));
}

// ---- the row's menu ----

function toggleMenu(trigger, person) {
  if (menu && menu.person.id === person.id) return closeMenu(true);
  const box = trigger.getBoundingClientRect();
  const height = 22 + 41 * menuItems(person).length;
  const below = box.bottom + height + 12 < innerHeight;
  menu = { person, trigger: trigger.id, id: newId(), right: Math.max(8, innerWidth - box.right), top: below ? box.bottom + 6 : box.top - height - 6 };
  focusSoon(`${menu.id}-0`);
  schedule();
}

function closeMenu(giveFocusBack) {
  if (!menu) return;
  const { trigger } = menu;
  menu = null;
  if (giveFocusBack) focusSoon(trigger);
  schedule();
}

/** With an id the items can take the focus. */
function menuItems(person, id) {
  const items = [];
  if (!person.you) items.push(["Change role", "swap", openChangeRole]);
  if (person.status !== "Active") items.push(["Resend invitation", "mail", resend], ["Cancel invitation", "ban", openCancel]);
  items.push(["Copy email address", "copy", copyAddress]);
  if (!person.you) items.push([word("remove"), "trash", openRemove]);
  return items.map(([label, iconName, act], index) => [
    act === openRemove ? h("div", { class: "rule", role: "separator" }) : null,
    h("div", { role: "menuitem", tabindex: "-1", id: id ? `${id}-${index}` : null, class: act === openRemove || act === openCancel ? "danger" : "",
      onClick: on(() => { closeMenu(false); act(person); }) }, icon(iconName, 16), h("span", null, label)),
  ]);
}

function menuLayer() {
  if (!menu) return null;
  return h("div", { class: "menu floating", role: "menu", key: `${menu.id}-${repaint}`, style: `top:${menu.top}px;right:${menu.right}px`, onKeyDown: on(menuKeys) }, menuItems(menu.person, menu.id));
}

function menuKeys(event) {
  const items = Array.from(event.currentTarget.querySelectorAll("[role=menuitem]"));
  const at = items.indexOf(document.activeElement);
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (move) {
    event.preventDefault();
    items[(at + move + items.length) % items.length].focus();
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    if (items[at]) items[at].onclick(event);
  } else if (event.key === "Tab") {
    closeMenu(true);
  }
}

async function copyAddress(person) {
  try {
    await navigator.clipboard.writeText(person.email);
    app.toast("success", "Email address copied");
  } catch {
    app.toast("error", "Your browser doesn't allow copying.");
  }
}

async function resend(person) {
  const answer = await app.api("POST", `/api/members/${person.id}/invitation`);
  if (answer.ok) app.toast("success", `Invitation resent to ${person.email}`);
  else app.toast("error", answer.message || UNREACHABLE);
  load();
}

// ---- layers and global events ----

export function layers() {
  return { menu: menuLayer(), ...dialogs.layers(repaint) };
}

export const modal = dialogs.modal;

addEventListener("pointerdown", (event) => {
  if (!event.isTrusted || !menu) return;
  if (!event.target.closest(".floating") && !event.target.closest(`[id="${menu.trigger}"]`)) closeMenu(false);
}, true);

addEventListener("keydown", (event) => {
  if (event.isTrusted && event.key === "Escape" && menu) closeMenu(true);
});

addEventListener("scroll", (event) => {
  if (menu && !(event.target.closest && event.target.closest(".floating"))) closeMenu(false);
}, true);
addEventListener("resize", () => closeMenu(false));
