// The dialogs of the Members page: invite, change role, remove, cancel an invitation.

import { avatar, button, focusSoon, h, icon, newId, on, schedule } from "./view.js";
import { word } from "./wording.js";

const ROLES = ["Admin", "Author", "Learner"];
const OPENING_MS = 160;
export const UNREACHABLE = "We couldn't reach the server. Check your connection and try again.";

let app = null; // { api, toast }
let list = null; // { reload, replace }
let dialog = null;
let repaint = 0; // as of the table

export function setUp(context, members) {
  app = context;
  list = members;
}

export function leave() {
  dialog = null;
}

/** Shows a dialog; `focus` ends the id of what gets the focus, and `draw` draws one of another file. */
export function open(next) {
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

export function close() {
  if (!dialog || dialog.busy) return;
  const { opener } = dialog;
  dialog = null;
  if (opener) focusSoon(opener);
  schedule();
}

/** The dialog as it is now. */
export function current() {
  return dialog;
}

/** A click counts once the dialog has arrived. */
export function whenReady(act) {
  return on((event) => { if (dialog && dialog.ready && !dialog.busy) act(event); });
}

/** Calls the server for the open dialog; null if that dialog is gone by then. */
export async function submit(method, path, body) {
  const asking = dialog;
  asking.busy = true;
  asking.error = "";
  schedule();
  const answer = await app.api(method, path, body);
  if (dialog !== asking) return null;
  asking.busy = false;
  schedule();
  return answer;
}

export function openInvite() {
  open({ kind: "invite", focus: "email", email: "", role: "Admin", listbox: null });
}

export function openChangeRole(person) {
  open({ kind: "role", focus: "role", person, role: person.role });
}

export function openRemove(person) {
  open({ kind: "remove", focus: "cancel", person });
}

export function openCancel(person) {
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
  list.reload();
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
  if (answer.body.member) list.replace(answer.body.member);
  app.toast("success", "Role updated");
}

async function leaveWorkspace(person, path, said) {
  const answer = await submit("DELETE", path);
  if (!answer) return;
  close();
  if (answer.ok) app.toast("success", said);
  else app.toast("error", answer.message || UNREACHABLE);
  list.reload();
}

export function frame(role, title, body, footer, size = "") {
  const { id, ready } = dialog;
  return h("div", { class: `backdrop ${ready ? "" : "opening"}`, key: `${id}-${repaint}`, onPointerDown: on((e) => { if (e.target === e.currentTarget && dialog.ready && !dialog.listbox && role === "dialog") close(); }) },
    h("div", { class: `dialog ${size}`, role, "aria-modal": "true", "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-text`, onKeyDown: on(dialogKeys) },
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
  if (dialog.draw) return dialog.draw(dialog);
  return { invite: inviteDialog, role: roleDialog, remove: removeDialog, cancel: cancelDialog }[dialog.kind]();
}

function who(person) {
  return h("div", { class: "who-card" }, avatar(person.name, person.email, "big"), h("div", null, h("strong", null, h("bdi", null, person.name)), h("span", { class: "muted" }, person.email)));
}

function inviteDialog() {
  const { id, email, role, listbox, busy } = dialog;
  return frame("dialog", word("invite"), [
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
  return frame("alertdialog", `${word("remove")}?`, [
    who(person),
    h("p", { id: `${id}-text` }, "They'll lose access to this workspace right away. Courses they created stay with the workspace."),
  ], [
    button("Cancel", { id: `${id}-cancel`, onClick: whenReady(close) }),
    button(word("remove"), { kind: "danger", id: `${id}-yes`, busy, onClick: whenReady(() => leaveWorkspace(person, `/api/members/${person.id}`, `${person.name} was removed`)) }),
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

export function layers(painted) {
  repaint = painted;
  return { dialog: dialogLayer(), listbox: listboxLayer() };
}

export function modal() {
  return !!dialog;
}

addEventListener("pointerdown", (event) => {
  if (!event.isTrusted || !dialog || !dialog.listbox) return;
  if (!event.target.closest(".floating") && !event.target.closest("[role=combobox]")) closeListbox();
}, true);

addEventListener("keydown", (event) => {
  if (!event.isTrusted || event.key !== "Escape" || !dialog) return;
  if (dialog.listbox) closeListbox();
  else if (dialog.ready) close();
});
