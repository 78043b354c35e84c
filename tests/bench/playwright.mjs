// The same work by a plain Playwright script in Chromium. It is told what to do line by line, and tells when it was done.
//
//   node playwright.mjs FOLDER-WITH-NODE_MODULES CONSOLE EMAIL PASSWORD

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [folder, console_, account, password] = process.argv.slice(2);
const { chromium } = createRequire(`${folder}/`)("playwright-core");

const title = (word) => word[0].toUpperCase() + word.slice(1);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
const page = await context.newPage();
// A dialog that has opened all the way: before, the console does not listen.
const dialog = page.locator(".backdrop:not(.opening)");

async function tab(name) {
  await page.goto(console_);
  await page.getByRole("link", { name: "Workspace Settings" }).click();
  await page.getByRole("tab", { name }).click();
}

async function row(email) {
  await tab("Members");
  await page.getByRole("searchbox").fill(email);
  return page.getByRole("row").filter({ hasText: email });
}

async function menu(email, name) {
  await (await row(email)).getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name }).click();
}

const press = (name) => dialog.getByRole("button", { name, exact: true }).click();
const toast = () => page.locator(".toast.success").waitFor();

const work = {
  async "set-role"({ email, role }) {
    await menu(email, "Change role");
    // The practice console answers to people only, and selectOption sends an event of its own making.
    await dialog.getByLabel("Role", { exact: true }).pressSequentially(title(role));
    await press("Save changes");
  },
  async remove({ email }) {
    await menu(email, "Remove member");
    await press("Remove member");
  },
  async invite({ email, role }) {
    await tab("Members");
    await page.getByRole("button", { name: "Invite Members" }).click();
    await dialog.getByLabel("Email").fill(email);
    await dialog.getByRole("combobox").click();
    await page.getByRole("option", { name: title(role) }).click();
    await press("Send invite");
  },
  async resend({ email }) {
    await menu(email, "Resend invitation");
  },
  async "cancel-invite"({ email }) {
    await menu(email, "Cancel invitation");
    await press("Cancel invitation");
  },
};

async function list() {
  await tab("Members");
  const people = [];
  for (;;) {
    await page.locator(".pager span", { hasText: new RegExp(`^${people.length + 1}-`) }).first().waitFor();
    const rows = await page.locator("tbody tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
    people.push(...rows);
    const next = page.getByRole("button", { name: "Next" });
    if (await next.isDisabled()) return people.length;
    await next.click();
  }
}

async function seats() {
  await tab("Billing");
  return page.locator(".figure", { hasText: / seats$/ }).textContent();
}

async function verify({ operation, email, role }) {
  if (operation === "list") return list();
  if (operation === "seats") return seats();
  const found = await row(email);
  if (operation === "remove" || operation === "cancel-invite") return page.getByText("No members match").waitFor();
  const status = operation === "invite" ? "Pending" : "Active";
  return found.filter({ hasText: title(role) }).filter({ hasText: status }).waitFor();
}

async function run(task) {
  const began = performance.now();
  const since = () => performance.now() - began;
  let confirmed = null;
  if (work[task.operation]) {
    await work[task.operation](task);
    await toast();
    confirmed = since();
  }
  if (task.operation === "resend") return { confirmed, verified: null }; // no list shows it
  await verify(task);
  return { confirmed, verified: since() };
}

// Signs in, and opens the list that everybody starts from.
async function prepare() {
  await context.clearCookies();
  await page.goto(`${console_}/login`);
  await page.getByLabel("Email").fill(account);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("link", { name: "Workspace Settings" }).waitFor();
  await tab("Members");
  await page.getByRole("searchbox").waitFor();
  return {};
}

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  const answer = await (task.operation ? run(task) : prepare()).catch((error) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
