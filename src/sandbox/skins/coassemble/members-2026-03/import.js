// Import members: a file is chosen, the server says what would become of its rows, and one press imports them.

import { UNREACHABLE, close, current, frame, open, submit, whenReady } from "./dialogs.js";
import { button, h, icon, on } from "./view.js";

const MOST_BYTES = 1 << 20;
const COLUMNS = ["Row", "Email", "Role", "Name", "Problem"];

/** `members` can call the server, tell what was done, and load the list again. */
export function openImport(members) {
  open({ draw, focus: "file", members, file: "", preview: null });
}

async function choose(event) {
  const dialog = current();
  const [file] = event.target.files;
  if (!file || !dialog || dialog.busy) return;
  Object.assign(dialog, { file: file.name, preview: null });
  if (file.size > MOST_BYTES) {
    dialog.error = "This file is too large. Choose a CSV file of up to 1 MB.";
    dialog.file = "";
  } else {
    const answer = await submit("POST", "/api/imports", file);
    if (!answer) return;
    if (answer.ok) dialog.preview = answer.body;
    else Object.assign(dialog, { error: answer.message || UNREACHABLE, file: "" });
  }
  // Without this, choosing the same file again would be no change.
  event.target.value = "";
}

async function importAll() {
  const { members, preview } = current();
  const answer = await submit("POST", `/api/imports/${preview.id}`);
  if (!answer) return;
  if (!answer.ok) {
    current().error = answer.message || UNREACHABLE;
    return;
  }
  close();
  members.toast("success", `${counted(answer.body.invited ?? preview.good)} invited`);
  members.reload();
}

function counted(people) {
  return `${people} ${people === 1 ? "member" : "members"}`;
}

function draw(dialog) {
  const { id, preview, busy } = dialog;
  const good = preview ? preview.good : 0;
  return frame("dialog", "Import members", preview ? found(dialog) : [
    h("p", { class: "muted", id: `${id}-text` }, "Everyone in the file gets an email with a link to join Northwind Learning."),
    h("div", { class: "drop" }, icon("file", 26),
      dialog.file ? h("p", null, `Checking ${dialog.file}…`) : h("p", null, "A CSV file with the columns Email, Role and Name"),
      h("p", { class: "hint" }, "Role is Admin, Author or Learner; Name may be empty. You can import at most 500 people at once."),
      picker(dialog, "Choose file")),
  ], [
    button("Cancel", { id: `${id}-cancel`, onClick: whenReady(close) }),
    button(good ? `Import ${counted(good)}` : "Import members", { kind: "primary", id: `${id}-import`, busy: busy && !!preview, disabled: !good, onClick: whenReady(importAll) }, "upload"),
  ], "large");
}

/** The control itself is out of sight, as browsers all draw it differently; its label is what people press. */
function picker(dialog, label) {
  return h("label", { class: `b b-plain picker ${dialog.busy ? "off" : ""}` },
    h("input", { type: "file", accept: ".csv", class: "sr", id: `${dialog.id}-file`, disabled: dialog.busy, onChange: on(choose) }),
    dialog.busy ? h("span", { class: "spin", "aria-hidden": "true" }) : icon("file", 16), h("span", null, label));
}

function found(dialog) {
  const { id, file, preview } = dialog;
  const all = preview.rows.length;
  return [
    h("div", { class: "chosen" }, icon("file", 22),
      h("div", null, h("strong", null, file), h("span", { class: "muted", id: `${id}-text` }, `${preview.good} of ${all} ${all === 1 ? "row" : "rows"} can be imported`)),
      picker(dialog, "Choose another file")),
    h("div", { class: "table-wrap plain preview" }, h("table", null,
      h("thead", null, h("tr", null, COLUMNS.map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", null, preview.rows.map((row) => h("tr", { key: `r${row.row}`, class: row.problem ? "bad" : "" },
        h("td", { class: "number" }, String(row.row)), h("td", { class: "address" }, row.email), h("td", null, row.role),
        h("td", null, h("bdi", null, row.name)), h("td", { class: "problem" }, row.problem)))))),
  ];
}
