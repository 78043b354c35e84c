// Workspace Settings > Members: the table, the row menu and the dialogs.

import { avatar, button, day, focusSoon, h, icon, newId, on, schedule } from "./view.js";

const PAGE_SIZE = 25;
const ROLES = ["Admin", "Author", "Learner"];
const OPENING_MS = 160;
const UNREACHABLE = "We couldn't reach the server. Check your connection and try again.";

let app = null; // { api, toast, session }
let list = null;
let menu = null;
let dialog = null;
let flags = {};
let searchTimer = 0;
let repaint = 0; // changes when the live table wants fresh elements

export function enter(context) {
  app = context;
  list = { typed: "", query: "", page: 1, sort: "name", dir: "asc", rows: null, total: 0, from: 0, more: false, busy: false, failed: false, sequence: 0, drawn: 0 };
  useFlags(app.session().flags);
  load();
}

export function leave() {
  list = null;
  menu = null;
  dialog = null;
  useFlags({});
}

// ---- data ----

async function load() {
  if (!list) return;
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
    useFlags(answer.body.flags || flags);
    if (!current.rows.length && current.page > 1 && current.total > 0 && current.from >= current.total) {
      current.page = Math.ceil(current.total / PAGE_SIZE);
      load();
    }
  } else {
    current.failed = !current.rows;
    if (current.rows) app.toast("error", answer.message || UNREACHABLE);
  }
  schedule();
}

function turn(page) {
  list.page = page;
  load();
}

function sortBy(column) {
  list.dir = list.sort === column && list.dir === "asc" ? "desc" : "asc";
  list.sort = column;
  list.page = 1;
  load();
}

function typed(value) {
  list.typed = value;
  clearTimeout(searchTimer);
  searchTimer = setTimeout(() => {
    if (!list || list.query === value.trim()) return;
    list.query = value.trim();
    list.page = 1;
    load();
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
  if (flags.live_table && !repaintTimer) repaintLater();
  if (flags.live_sort && !sortTimer) sortLater();
}

function repaintLater() {
  repaintTimer = setTimeout(() => {
    repaintTimer = 0;
    if (!flags.live_table) return;
    refresh();
    repaintLater();
  }, 60 + random(60));
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
    const rows = list && list.rows;
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
          h("h2", { id: "members-title" }, "Members"),
          counted ? h("span", { class: "pill" }, `${list.total.toLocaleString("en-US")} ${list.total === 1 ? "member" : "members"}`) : null),
        h("p", { class: "muted" }, "Everyone with access to this workspace. Admins and authors take a seat.")),
      button("Invite Members", { kind: "primary", id: "open-invite", onClick: on(openInvite) }, "plus")),
    h("div", { class: "card flush" },
      h("div", { class: "toolbar" },
        h("div", { class: "search" }, icon("search", 16),
          h("input", { id: "member-search", type: "search", placeholder: "Search members", "aria-label": "Search members", autocomplete: "off", value: list.typed, onInput: on((e) => typed(e.target.value)) }))),
      h("div", { class: `bar ${list.busy ? "on" : ""}` }),
      content(),
      counted && list.rows.length ? pager() : null));
}

function content() {
  if (list.failed) {
    return h("div", { class: "empty", key: "failed" }, icon("alert", 28), h("p", null, "We couldn't load your members."), button("Try again", { onClick: on(load) }));
  }
  if (!list.rows) {
    return h("div", { class: "skeletons", key: "skeleton", "aria-hidden": "true" },
      Array.from({ length: 9 }, (_, n) => h("div", { class: "skeleton" }, h("i", { class: "round" }), h("i", { style: `width:${20 + (n * 37) % 14}%` }), h("i", { style: `width:${24 + (n * 53) % 12}%` }), h("i", { class: "short" }), h("i", { class: "short" }))));
  }
  if (!list.rows.length) {
    return h("div", { class: "empty", key: "empty" }, icon("people", 28),
      h("p", null, list.query ? `No members match “${list.query}”` : "There is nobody here yet"),
      h("p", { class: "muted" }, list.query ? "Try another name or email address." : "Invite people to get started."));
  }
  return table();
}

const COLUMNS = [["Name", "name"], ["Email", "email"], ["Role", "role"], ["Status", "status"], ["Last active", "last_active"]];

function table() {
  // Rows keep their elements from answer to answer only while the table sorts itself.
  const body = flags.live_sort ? "body" : `body-${list.drawn}`;
  return h("div", { class: `table-wrap ${list.busy ? "busy" : ""}`, key: `table-${repaint}` },
    h("table", null,
      h("thead", null, h("tr", null,
        COLUMNS.map(([title, column]) => {
          const sorted = list.sort === column ? (list.dir === "asc" ? "ascending" : "descending") : null;
          return h("th", { scope: "col", "aria-sort": sorted },
            h("button", { type: "button", class: `sort ${sorted ? "sorted" : ""}`, id: `sort-${column}`, onClick: on(() => sortBy(column)) },
              title, icon(sorted ? (list.dir === "asc" ? "up" : "down") : "sort", 13)));
        }),
        h("th", { class: "actions" }, h("span", { class: "sr" }, "Actions")))),
      h("tbody", { key: body }, list.rows.map(row))));
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
  const height = person.status === "Pending" ? 190 : 104;
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

function menuItems(person) {
  const items = [["Change role", "swap", openChangeRole]];
  if (person.status === "Pending") items.push(["Resend invitation", "mail", resend], ["Cancel invitation", "ban", openCancel]);
  if (!person.you) items.push(["Remove member", "trash", openRemove]);
  const current = menu;
  return items.map(([label, iconName, act], index) => [
    act === openRemove ? h("div", { class: "rule", role: "separator" }) : null,
    h("div", { role: "menuitem", tabindex: "-1", id: current ? `${current.id}-${index}` : null, class: act === openRemove || act === openCancel ? "danger" : "",
      onClick: on(() => { closeMenu(false); act(person); }) }, icon(iconName, 16), h("span", null, label)),
  ]);
}

function menuLayer() {
  if (!menu) return null;
  return h("div", { class: "menu floating", role: "menu", key: `${menu.id}-${repaint}`, style: `top:${menu.top}px;right:${menu.right}px`, onKeyDown: on(menuKeys) }, menuItems(menu.person));
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

async function resend(person) {
  const answer = await app.api("POST", `/api/members/${person.id}/invitation`);
  if (answer.ok) app.toast("success", `Invitation resent to ${person.email}`);
  else app.toast("error", answer.message || UNREACHABLE);
  load();
}

// ---- dialogs ----

function open(next) {
  const id = newId();
  const opener = document.activeElement && document.activeElement.id;
  dialog = { id, opener, ready: false, busy: false, error: "", ...next };
  setTimeout(() => {
    if (!dialog || dialog.id !== id) return;
    dialog.ready = true;
    schedule();
  }, OPENING_MS);
  focusSoon(`${id}-${next.focus}`);
  schedule();
}

function close() {
  if (!dialog || dialog.busy) return;
  const { opener } = dialog;
  dialog = null;
  if (opener) focusSoon(opener);
  schedule();
}

/** A click counts once the dialog has arrived. */
function whenReady(act) {
  return on((event) => { if (dialog && dialog.ready && !dialog.busy) act(event); });
}

async function submit(method, path, body) {
  const current = dialog;
  current.busy = true;
  current.error = "";
  schedule();
  const answer = await app.api(method, path, body);
  if (dialog !== current) return null;
  current.busy = false;
  schedule();
  return answer;
}

function openInvite() {
  open({ kind: "invite", focus: "email", email: "", role: "Admin", listbox: null });
}

function openChangeRole(person) {
  open({ kind: "role", focus: "role", person, role: person.role });
}

function openRemove(person) {
  open({ kind: "remove", focus: "cancel", person });
}

function openCancel(person) {
  open({ kind: "cancel", focus: "cancel", person });
}

async function sendInvite() {
  const email = dialog.email.trim();
  const answer = await submit("POST", "/api/members", { email, role: dialog.role });
  if (!answer) return;
  if (!answer.ok) {
    dialog.error = answer.message || UNREACHABLE;
    return;
  }
  close();
  app.toast("success", `Invitation sent to ${email}`);
  load();
}

async function saveRole() {
  const { person, role } = dialog;
  const answer = await submit("PATCH", `/api/members/${person.id}`, { role });
  if (!answer) return;
  if (!answer.ok) {
    app.toast("error", answer.message || UNREACHABLE);
    return;
  }
  close();
  // The row shows the new role at once, as the answer has it.
  if (list && list.rows && answer.body.member) list.rows = list.rows.map((known) => (known.id === person.id ? answer.body.member : known));
  app.toast("success", "Role updated");
}

async function leaveWorkspace(person, path, said) {
  const answer = await submit("DELETE", path);
  if (!answer) return;
  close();
  if (answer.ok) app.toast("success", said);
  else app.toast("error", answer.message || UNREACHABLE);
  load();
}

function frame(role, title, body, footer) {
  const { id, ready } = dialog;
  return h("div", { class: `backdrop ${ready ? "" : "opening"}`, key: `${id}-${repaint}`, onPointerDown: on((e) => { if (e.target === e.currentTarget && dialog.ready && !dialog.listbox && role === "dialog") close(); }) },
    h("div", { class: "dialog", role, "aria-modal": "true", "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-text`, onKeyDown: on(dialogKeys) },
      h("div", { class: "dialog-head" }, h("h2", { id: `${id}-title` }, title),
        role === "dialog" ? h("button", { type: "button", class: "icon-button", id: `${id}-close`, "aria-label": "Close", onClick: whenReady(close) }, icon("close")) : null),
      h("div", { class: "dialog-body" }, body),
      dialog.error ? h("div", { class: "inline-error", role: "alert" }, icon("alert", 16), h("span", null, dialog.error)) : null,
      h("div", { class: "dialog-foot" }, footer)));
}

function dialogKeys(event) {
  if (event.key !== "Tab") return;
  const all = event.currentTarget.querySelectorAll("button:not(:disabled), input, select");
  const [first, last] = [all[0], all[all.length - 1]];
  if (event.shiftKey && document.activeElement === first) { event.preventDefault(); last.focus(); }
  else if (!event.shiftKey && document.activeElement === last) { event.preventDefault(); first.focus(); }
}

function dialogLayer() {
  if (!dialog) return null;
  return { invite: inviteDialog, role: roleDialog, remove: removeDialog, cancel: cancelDialog }[dialog.kind]();
}

function who(person) {
  return h("div", { class: "who-card" }, avatar(person.name, person.email, "big"), h("div", null, h("strong", null, h("bdi", null, person.name)), h("span", { class: "muted" }, person.email)));
}

function inviteDialog() {
  const { id, email, role, listbox, busy } = dialog;
  return frame("dialog", "Invite Members", [
    h("p", { class: "muted", id: `${id}-text` }, "They'll get an email with a link to join Northwind Learning."),
    h("div", { class: "field" }, h("label", { for: `${id}-email` }, "Email"),
      h("input", { id: `${id}-email`, type: "email", autocomplete: "off", spellcheck: "false", placeholder: "name@company.com", "aria-invalid": dialog.error ? "true" : null, value: email, disabled: busy,
        onInput: on((e) => { dialog.email = e.target.value; dialog.error = ""; schedule(); }),
        onKeyDown: on((e) => { if (e.key === "Enter" && dialog.ready && !dialog.busy) sendInvite(); }) })),
    h("div", { class: "field" }, h("label", { id: `${id}-label`, for: `${id}-role` }, "Role"),
      h("button", { type: "button", class: "select", id: `${id}-role`, role: "combobox", "aria-labelledby": `${id}-label`, "aria-haspopup": "listbox", "aria-expanded": listbox ? "true" : "false", "aria-controls": `${id}-list`, disabled: busy,
        onClick: whenReady((e) => toggleListbox(e.currentTarget)), onKeyDown: on(listboxKeys) }, h("span", null, role), icon("down", 16)),
      h("span", { class: "hint" }, { Admin: "Full access, including people and billing.", Author: "Creates and publishes courses.", Learner: "Takes courses. Doesn't use a seat." }[role])),
  ], [
    button("Cancel", { id: `${id}-cancel`, onClick: whenReady(close) }),
    button("Send invite", { kind: "primary", id: `${id}-send`, busy, onClick: whenReady(sendInvite) }, "mail"),
  ]);
}

function toggleListbox(trigger) {
  if (dialog.listbox) return closeListbox();
  const box = trigger.getBoundingClientRect();
  dialog.listbox = { left: box.left, top: box.bottom + 6, width: box.width, at: ROLES.indexOf(dialog.role) };
  schedule();
}

function closeListbox() {
  if (!dialog || !dialog.listbox) return;
  dialog.listbox = null;
  focusSoon(`${dialog.id}-role`);
  schedule();
}

function pick(role) {
  dialog.role = role;
  dialog.error = "";
  closeListbox();
}

function listboxKeys(event) {
  const { listbox } = dialog;
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!listbox) {
    if (move && dialog.ready) { event.preventDefault(); toggleListbox(event.currentTarget); }
    return;
  }
  if (move) { event.preventDefault(); listbox.at = (listbox.at + move + ROLES.length) % ROLES.length; schedule(); }
  else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(ROLES[listbox.at]); }
  else if (event.key === "Tab") closeListbox();
}

function listboxLayer() {
  if (!dialog || !dialog.listbox) return null;
  const { id, listbox } = dialog;
  return h("div", { class: "menu floating listbox", role: "listbox", id: `${id}-list`, "aria-labelledby": `${id}-label`, key: `${id}-list-${repaint}`, style: `left:${listbox.left}px;top:${listbox.top}px;width:${listbox.width}px` },
    ROLES.map((role, index) => h("div", { role: "option", "aria-selected": role === dialog.role ? "true" : "false", class: index === listbox.at ? "at" : "", onClick: on(() => pick(role)) },
      h("span", null, role), role === dialog.role ? icon("check", 16) : null)));
}

function roleDialog() {
  const { id, person, role, busy } = dialog;
  return frame("dialog", "Change role", [
    who(person),
    h("p", { class: "muted", id: `${id}-text` }, "The new role applies the next time they open a page."),
    h("div", { class: "field" }, h("label", { for: `${id}-role` }, "Role"),
      h("div", { class: "native" }, h("select", { id: `${id}-role`, value: role, disabled: busy, onChange: on((e) => { dialog.role = e.target.value; schedule(); }) },
        ROLES.map((known) => h("option", { value: known }, known))), icon("down", 16))),
  ], [
    button("Cancel", { id: `${id}-cancel`, onClick: whenReady(close) }),
    button("Save changes", { kind: "primary", id: `${id}-save`, busy, disabled: role === person.role, onClick: whenReady(saveRole) }),
  ]);
}

function removeDialog() {
  const { id, person, busy } = dialog;
  return frame("alertdialog", "Remove member?", [
    who(person),
    h("p", { id: `${id}-text` }, "They'll lose access to this workspace right away. Courses they created stay with the workspace."),
  ], [
    button("Cancel", { id: `${id}-cancel`, onClick: whenReady(close) }),
    button("Remove member", { kind: "danger", id: `${id}-yes`, busy, onClick: whenReady(() => leaveWorkspace(person, `/api/members/${person.id}`, `${person.name} was removed`)) }),
  ]);
}

function cancelDialog() {
  const { id, person, busy } = dialog;
  return frame("alertdialog", "Cancel invitation?", [
    who(person),
    h("p", { id: `${id}-text` }, "The link in their email will stop working."),
  ], [
    button("Keep invitation", { id: `${id}-cancel`, onClick: whenReady(close) }),
    button("Cancel invitation", { kind: "danger", id: `${id}-yes`, busy, onClick: whenReady(() => leaveWorkspace(person, `/api/members/${person.id}/invitation`, `Invitation to ${person.email} was cancelled`)) }),
  ]);
}

// ---- layers and global events ----

export function layers() {
  return { menu: menuLayer(), dialog: dialogLayer(), listbox: listboxLayer() };
}

export function modal() {
  return !!dialog;
}

addEventListener("pointerdown", (event) => {
  if (!event.isTrusted) return;
  if (menu && !event.target.closest(".floating") && !event.target.closest(`[id="${menu.trigger}"]`)) closeMenu(false);
  if (dialog && dialog.listbox && !event.target.closest(".floating") && !event.target.closest("[role=combobox]")) closeListbox();
}, true);

addEventListener("keydown", (event) => {
  if (!event.isTrusted || event.key !== "Escape") return;
  if (menu) closeMenu(true);
  else if (dialog && dialog.listbox) closeListbox();
  else if (dialog && dialog.ready) close();
});

addEventListener("scroll", (event) => {
  if (menu && !(event.target.closest && event.target.closest(".floating"))) closeMenu(false);
}, true);
addEventListener("resize", () => closeMenu(false));
