// The same work by a script inside the page: it waits for what changes in the document and nothing else. The practice
// console answers to people only, so its handlers are called with an event that looks like theirs.

const [{ part, operation, email, role }, done] = arguments;

const until = (look) => new Promise((resolve) => {
  const now = look();
  if (now) return resolve(now);
  const observer = new MutationObserver(() => {
    const found = look();
    if (!found) return;
    observer.disconnect();
    resolve(found);
  });
  observer.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
});
const like = (element) => ({ isTrusted: true, target: element, currentTarget: element, preventDefault() {} });
const press = (element) => element.onclick(like(element));
const all = (selector) => [...document.querySelectorAll(selector)];
const called = (selector, name) => all(selector).find((element) => element.textContent.trim() === name);
const title = (word) => word[0].toUpperCase() + word.slice(1);
const cell = (row, name) => row.querySelector(`td.${name}`).textContent;

async function type(selector, text) {
  const field = await until(() => document.querySelector(selector));
  field.value = text;
  field.oninput(like(field));
}

const row = async () => {
  await type("#member-search", email);
  return until(() => all("tbody tr").find((row) => cell(row, "email") === email));
};

async function menu(entry) {
  press((await row()).querySelector("button[aria-haspopup=menu]"));
  press(await until(() => called("[role=menuitem]", entry)));
}

const OPEN = ".backdrop:not(.opening)";
const confirm = async (name) => press(await until(() => called(`${OPEN} button:enabled`, name)));
const toast = () => until(() => document.querySelector(".toast.success"));

async function setRole() {
  await menu("Change role");
  const select = await until(() => document.querySelector(`${OPEN} select`));
  select.value = title(role);
  select.onchange(like(select));
  await confirm("Save changes");
}

async function invite() {
  press(await until(() => called("button", "Invite Members")));
  await type(`${OPEN} input[type=email]`, email);
  press(document.querySelector(`${OPEN} [role=combobox]`));
  press(await until(() => called("[role=option]", title(role))));
  await confirm("Send invite");
}

async function removed(entry, button) {
  await menu(entry);
  await confirm(button);
}

async function list() {
  const people = [];
  for (;;) {
    await until(() => document.querySelector(".pager span")?.textContent.startsWith(`${people.length + 1}-`));
    people.push(...all("tbody tr").map((row) => ["email", "role", "status"].map((name) => cell(row, name))));
    const next = document.querySelector("#page-next");
    if (next.disabled) return people.length;
    press(next);
  }
}

const work = {
  "set-role": setRole,
  "remove": () => removed("Remove member", "Remove member"),
  "invite": invite,
  "resend": () => menu("Resend invitation"),
  "cancel-invite": () => removed("Cancel invitation", "Cancel invitation"),
};

async function verified() {
  if (operation === "list") return list();
  if (operation === "seats") return (await until(() => all(".figure").find((figure) => / seats$/.test(figure.textContent)))).textContent;
  if (operation === "remove" || operation === "cancel-invite") {
    await type("#member-search", email);
    await until(() => all(".empty p").some((line) => line.textContent.startsWith("No members match")));
    return "absent";
  }
  const found = await row();
  return `${cell(found, "role")}, ${cell(found, "status")}`;
}

(part === "do" ? work[operation]().then(toast).then((shown) => shown.textContent) : verified()).then(done);
