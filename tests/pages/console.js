// What the small consoles of this folder have in common: people who are kept on the server, so that a new document shows
// what is so; a list of what was really done, for the test; a plain table; and boxes that lie over the page.
// Each page puts its one quirk in place of a piece of this.
const ADDRESS = "/state" + location.pathname + location.search;
function server(verb, body) {
  const request = new XMLHttpRequest();
  request.open(verb, ADDRESS, false);
  request.send(body);
  return request.responseText ? JSON.parse(request.responseText) : null;
}

const person = (name, email, role = "Member", status = "Active") => ({ name, email, role, status });
const PEOPLE = [
  person("Ida Tell", "it@acme.example", "Owner"), person("Ann Lee", "ann@acme.example"),
  person("Bo Ray", "bo@acme.example", "Admin"), person("Cy Day", "cy@acme.example", "Member", "Invited"),
];
const state = server("GET") || { people: window.FIRST || PEOPLE, acted: [], settings: {} };
const save = () => server("PUT", JSON.stringify(state));
const personOf = (email) => state.people.find((other) => other.email === email);

// What is really done, in the words a test reads.
function act(words, change = () => {}) {
  state.acted.push(words);
  change();
  save();
}
const remove = (email) => act(`remove ${email}`, () => (state.people = state.people.filter((other) => other.email !== email)));
const giveRole = (email, role) => act(`${email} is ${role}`, () => (personOf(email).role = role));
const invite = (email, role) => act(`invite ${email} as ${role}`, () => state.people.push(person("", email, role, "Invited")));

const $ = (selector, scope = document) => scope.querySelector(selector);
function make(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

// A box over the page, at the end of the document; one of each kind at a time.
function layer(kind, html) {
  dismiss(kind);
  const box = document.body.appendChild(make(html));
  box.dataset.kind = kind;
  box.classList.add("layer");
  return box;
}
const dismiss = (kind) => document.querySelectorAll(`[data-kind=${kind}]`).forEach((box) => box.remove());

// The plain table; what its buttons do is `more`.
const TABLE = '<p id="total"></p><table><thead><tr><th>Name</th><th>Email</th><th>Role</th><th>Status</th><th></th></tr></thead><tbody></tbody></table>';
const CELLS = ({ name, email, role, status }) => `<td>${name}</td><td>${email}</td><td>${role}</td><td>${status}</td><td><button>More</button></td>`;
function paint(shown = state.people, cells = CELLS) {
  const rows = shown.map((one) => {
    const row = make(`<table><tbody><tr>${cells(one)}</tr></tbody></table>`).rows[0];
    const button = $("button", row);
    if (button) button.onclick = () => more(one.email, button);
    return row;
  });
  $("tbody").replaceChildren(...rows);
  if ($("#total")) $("#total").textContent = `${state.people.length} people`;
}
const removeAndPaint = (email) => (remove(email), paint());

// Menu, question and form, as they are unless a page has its own.
let more = (email) => menu({ Remove: () => ask(email) });
function menu(items) {
  const box = layer("menu", `<div role="menu" aria-label="Actions">${Object.keys(items).map((name) => `<button role="menuitem">${name}</button>`).join("")}</div>`);
  box.onclick = (event) => (dismiss("menu"), items[event.target.textContent]());
}
function ask(email, html = `Remove ${email}? <button>Cancel</button> <button class="yes">Remove</button>`) {
  const box = layer("question", `<div role="alertdialog" aria-label="Are you sure?">${html}</div>`);
  $(".yes", box).onclick = () => (dismiss("question"), removeAndPaint(email));
  return box;
}
const ROLES = "<option>Admin</option><option>Member</option>";
function form(send = ({ email, role }) => (invite(email.value, role.value), dismiss("form"), paint())) {
  const box = layer("form", `<form role="dialog" aria-label="Invite people"><label>Email <input name="email"></label>
    <label>Role <select name="role">${ROLES}</select></label><p class="error"></p><button>Send invite</button></form>`);
  box.onsubmit = (event) => (event.preventDefault(), send(box.elements, box));
  return box;
}

document.head.append(make(`<style>
  body { font: 15px sans-serif; margin: 24px } table { border-collapse: collapse } td, th { padding: 6px 12px; text-align: left; border-bottom: 1px solid #ddd }
  button, input, select { font: inherit; margin: 2px } .layer { position: fixed; background: #fff; border: 1px solid #888; padding: 12px; z-index: 5 }
  [role=menu] { top: 120px; right: 40px } [role=dialog], [role=alertdialog] { top: 200px; left: 200px; width: 420px }
</style>`));
