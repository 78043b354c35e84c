// Coursefield: routes, session, shell and the pages other than Members.

import { avatar, button, day, focusSoon, h, icon, mount, on, schedule } from "./view.js";
import * as members from "./members.js";
import * as overlay from "./overlay.js";
import { codeBox, newCode, phoneBox } from "./code.js";
import { useLanguage, word } from "./wording.js";

let path = location.pathname;
let session = null; // null: not asked yet; false: signed out
let unreachable = false; // asked, and the server had no answer
let slowDown = false; // the server has had enough of us for now
let code = null; // the second factor, while it is asked for
let approval = null; // the sign-in that waits for somebody at the phone
let data = {}; // answers of pages, by address
let toasts = [];
let drawer = false;
let accountMenu = false;
let login = { email: "", password: "", shown: false, busy: false, error: "" };

// ---- server ----

async function api(method, address, body) {
  const file = body instanceof Blob;
  try {
    const answer = await fetch(address, {
      method,
      headers: body ? { "content-type": file ? "text/csv" : "application/json" } : {},
      body: body && !file ? JSON.stringify(body) : body,
    });
    const text = await answer.text();
    let parsed = {};
    try { parsed = JSON.parse(text); } catch { /* not every answer has a body */ }
    if (answer.status === 401 && !(address.startsWith("/api/session") && method === "POST")) signedOut();
    if (answer.status === 429) slowDown = true;
    const [, named] = (answer.headers.get("content-disposition") || "").match(/filename="(.+)"/) || [];
    return { ok: answer.ok, body: parsed, text, file: named, message: answer.ok ? "" : parsed.message || "Something went wrong. Please try again." };
  } catch {
    return { ok: false, body: {}, message: "" };
  }
}

function signedOut() {
  session = false;
  overlay.leave();
  members.leave();
  data = {};
  if (path === "/login") return schedule();
  const next = path === "/" ? "" : `?next=${encodeURIComponent(path)}`;
  navigate(`/login${next}`, true);
}

async function boot() {
  const answer = await api("GET", "/api/session");
  if (answer.ok) {
    begin(answer.body);
    if (path === "/login") return navigate(wantedNext(), true);
    enterPage();
  }
  unreachable = session === null;
  schedule();
}

function begin(known) {
  session = known;
  useLanguage(session.flags.german ? "de" : "en");
}

async function fetchOnce(address) {
  if (data[address]) return;
  data[address] = { loading: true };
  const answer = await api("GET", address);
  data[address] = answer.ok ? answer.body : { failed: true };
  schedule();
}

// ---- routes ----

const TABS = [["general", "/settings/general"], ["members", "/settings/members"], ["billing", "/settings/billing"], ["security", "/settings/security"]];

function navigate(to, replace) {
  const before = path;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  path = location.pathname;
  drawer = false;
  accountMenu = false;
  if (before !== path) scrollTo(0, 0);
  if (session) enterPage();
  schedule();
}

function enterPage() {
  if (path === "/settings" || path === "/settings/") return navigate("/settings/general", true);
  members.leave();
  data = {};
  if (path === "/settings/members") members.enter({ api, toast, session: () => session });
  if (path === "/" || path === "/courses" || path === "/insights") fetchOnce("/api/overview");
  if (path === "/settings/billing") fetchOnce("/api/billing");
  overlay.pageShown({ api, session: () => session });
}

addEventListener("popstate", () => {
  path = location.pathname;
  if (session) enterPage();
  schedule();
});

function wantedNext() {
  const next = new URLSearchParams(location.search).get("next") || "/";
  return next.startsWith("/") && !next.startsWith("//") && next !== "/login" ? next : "/";
}

function link(to, props, ...children) {
  return h("a", { href: to, ...props, onClick: (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (event.isTrusted) navigate(to);
  } }, ...children);
}

// ---- toasts ----

let toastCount = 0;

function toast(kind, text) {
  const id = (toastCount += 1);
  toasts = [...toasts, { id, kind, text }];
  setTimeout(() => dismiss(id), 5000);
  schedule();
}

function dismiss(id) {
  toasts = toasts.filter((known) => known.id !== id);
  schedule();
}

function toastLayer() {
  return h("div", { class: "toasts", role: "status", "aria-live": "polite" },
    toasts.map((one) => h("div", { class: `toast ${one.kind}`, key: `t${one.id}` }, icon(one.kind === "success" ? "check" : "alert", 17), h("span", null, one.text),
      h("button", { type: "button", class: "icon-button", "aria-label": "Dismiss", onClick: on(() => dismiss(one.id)) }, icon("close", 14)))));
}

// ---- log in ----

async function logIn() {
  if (login.busy) return;
  login.busy = true;
  login.error = "";
  schedule();
  const answer = await api("POST", "/api/session", { email: login.email, password: login.password });
  login.busy = false;
  if (!answer.ok) {
    login.error = answer.message || "We couldn't reach the server. Check your connection and try again.";
    login.password = "";
    focusSoon("login-password");
    return schedule();
  }
  if (answer.body.approval) {
    approval = { ticket: answer.body.approval };
    schedule();
    return askPhone();
  }
  if (answer.body.code) {
    code = newCode(answer.body.code, answer.body.ticket);
    focusSoon(code.first);
    return schedule();
  }
  await loggedIn();
}

async function askPhone() {
  const answer = await api("POST", "/api/session/approval", { ticket: approval.ticket });
  if (answer.body.waiting) return void setTimeout(askPhone, 400);
  if (answer.ok) return loggedIn();
  approval = null;
  login.error = answer.message || "We couldn't reach the server. Check your connection and try again.";
  schedule();
}

async function sendCode() {
  if (code.busy) return;
  code.busy = true;
  code.error = "";
  schedule();
  const answer = await api("POST", "/api/session/code", { ticket: code.ticket, code: code.cells.join("") });
  code.busy = false;
  if (!answer.ok) {
    code.error = answer.message || "We couldn't reach the server. Check your connection and try again.";
    code.cells = code.cells.map(() => "");
    focusSoon(code.first);
    return schedule();
  }
  await loggedIn();
}

async function loggedIn() {
  login = { email: "", password: "", shown: false, busy: false, error: "" };
  code = null;
  approval = null;
  const asked = await api("GET", "/api/session");
  if (!asked.ok) return;
  begin(asked.body);
  navigate(wantedNext(), true);
}

async function logOut() {
  await api("DELETE", "/api/session");
  session = false;
  overlay.leave();
  members.leave();
  data = {};
  navigate("/login");
}

function loginPage() {
  if (approval) return loginFrame("Approve the sign-in on your phone", "We sent a notification to the phone of your account. Keep this page open.", "", phoneBox());
  if (code) return loginFrame("Two-step verification", "Enter the six digits from your authenticator app.", code.error, codeBox(code, sendCode));
  const enter = on((event) => { if (event.key === "Enter") logIn(); });
  return loginFrame("Welcome back", "Log in to your workspace to keep your team learning.", login.error,
        h("form", { novalidate: true, onSubmit: (event) => event.preventDefault() },
          h("div", { class: "field" }, h("label", { for: "login-email" }, "Email"),
            h("input", { id: "login-email", type: "email", autocomplete: "username", value: login.email, onInput: on((e) => { login.email = e.target.value; schedule(); }), onKeyDown: enter })),
          h("div", { class: "field" }, h("label", { for: "login-password" }, "Password"),
            h("div", { class: "with-button" },
              h("input", { id: "login-password", type: login.shown ? "text" : "password", autocomplete: "current-password", value: login.password, onInput: on((e) => { login.password = e.target.value; schedule(); }), onKeyDown: enter }),
              h("button", { type: "button", class: "icon-button", "aria-label": login.shown ? "Hide characters" : "Show characters", onClick: on(() => { login.shown = !login.shown; schedule(); }) }, icon("eye", 16)))),
          button("Log in", { kind: "primary wide", busy: login.busy, onClick: on(logIn) })));
}

function loginFrame(title, text, error, form) {
  return h("div", { class: "login", key: "login" },
    h("main", { class: "login-main" },
      h("div", { class: "login-box" },
        h("div", { class: "brand" }, logo(), "Coursefield"),
        h("h1", null, title),
        h("p", { class: "muted" }, text),
        error ? h("div", { class: "inline-error", role: "alert" }, icon("alert", 16), h("span", null, error)) : null,
        form,
        h("p", { class: "fine" }, "Trouble getting in? Ask an admin of your workspace for help."))),
    h("aside", { class: "login-aside", "aria-hidden": "true" },
      h("div", { class: "quote" },
        h("div", { class: "shapes" }, h("i"), h("i"), h("i"), h("i"), h("i"), h("i")),
        h("p", null, "Training people actually finish."),
        h("span", null, "Short courses, clear progress, one place for the whole team."))));
}

// ---- shell ----

function logo() {
  return h("span", { class: "logo" }, h("svg", { viewBox: "0 0 24 24", width: 18, height: 18, "aria-hidden": "true" }, h("path", { d: "M5 17V7l7 5 7-5v10" })));
}

const NAVIGATION = [["home", "/", "home"], ["courses", "/courses", "book"], ["insights", "/insights", "chart"], ["settings", "/settings/general", "gear"]];

function shell(content) {
  const { user, workspace } = session;
  return h("div", { class: `shell ${drawer ? "drawer" : ""}`, key: "shell", "aria-hidden": members.modal() || overlay.modal() ? "true" : null },
    h("header", { class: "topbar" },
      h("button", { type: "button", class: "icon-button", "aria-label": "Open navigation", "aria-expanded": String(drawer), onClick: on(() => { drawer = !drawer; schedule(); }) }, icon("menu", 20)),
      h("div", { class: "brand" }, logo(), "Coursefield")),
    drawer ? h("div", { class: "scrim", onClick: on(() => { drawer = false; schedule(); }) }) : null,
    h("aside", { class: "sidebar" },
      h("div", { class: "brand" }, logo(), "Coursefield"),
      h("div", { class: "workspace" }, h("span", { class: "workspace-mark" }), h("div", null, h("strong", null, workspace.name), h("span", null, `${workspace.plan} plan`))),
      h("nav", { "aria-label": "Main" }, NAVIGATION.map(([title, to, iconName]) => {
        const here = to === "/" ? path === "/" : to.startsWith("/settings") ? path.startsWith("/settings") : path === to;
        return link(to, { class: here ? "here" : "", "aria-current": here ? "page" : null }, icon(iconName), h("span", null, word(title)));
      })),
      h("div", { class: "account" },
        accountMenu ? h("div", { class: "menu account-menu", role: "menu" }, h("div", { role: "menuitem", tabindex: "-1", onClick: on(logOut) }, icon("out", 16), h("span", null, "Log out"))) : null,
        h("button", { type: "button", class: "account-button", "aria-haspopup": "menu", "aria-expanded": String(accountMenu), "aria-label": "Account", onClick: on(() => { accountMenu = !accountMenu; schedule(); }) },
          avatar(user.name, user.email), h("span", { class: "account-text" }, h("strong", null, user.name), h("span", null, user.role)), icon("sort", 15)))),
    h("main", { class: "main" }, content));
}

addEventListener("pointerdown", (event) => {
  if (!accountMenu || event.target.closest(".account")) return;
  accountMenu = false;
  schedule();
}, true);

// ---- home, courses, insights ----

const WAIT = () => h("div", { class: "cards" }, [1, 2, 3, 4].map(() => h("div", { class: "card stat" }, h("i", { class: "ghost" }), h("i", { class: "ghost tall" }))));

function stat(label, value, note, iconName) {
  return h("div", { class: "card stat" }, h("div", { class: "stat-top" }, h("span", { class: "muted" }, label), h("span", { class: "stat-icon" }, icon(iconName, 17))), h("div", { class: "figure" }, value), h("div", { class: "fine" }, note));
}

function homePage() {
  const overview = data["/api/overview"] || { loading: true };
  const first = session.user.name.split(" ")[0];
  return h("div", { class: "page", key: "home" },
    h("div", { class: "page-head" }, h("div", null, h("h1", null, `Hello, ${first}`), h("p", { class: "muted" }, `Here is how learning is going at ${session.workspace.name}.`))),
    overview.loading || overview.failed ? WAIT() : [
      h("div", { class: "cards" },
        stat("People", overview.people.toLocaleString("en-US"), `${overview.pending} waiting to accept`, "people"),
        stat("Active this week", overview.active_week.toLocaleString("en-US"), `${Math.round((100 * overview.active_week) / overview.people)}% of everyone`, "bolt"),
        stat("Seats in use", String(overview.seats.used), `${Math.max(0, overview.seats.limit - overview.seats.used)} free on your plan`, "seat"),
        stat("Courses live", String(overview.courses.length), "1 draft in review", "book")),
      h("div", { class: "split" },
        h("section", { class: "card" }, h("h2", null, "Course progress"), h("ul", { class: "progress-list" }, overview.courses.slice(0, 5).map((course) =>
          h("li", null, h("div", { class: "progress-top" }, h("span", null, course.title), h("span", { class: "muted" }, `${course.done}%`)), h("div", { class: "meter" }, h("i", { style: `width:${course.done}%` })))))),
        h("section", { class: "card" }, h("h2", null, "Learning hours"), bars(overview.hours), h("p", { class: "fine" }, "Hours spent in courses, last eight weeks"))),
      h("div", { class: "split" },
        h("section", { class: "card" }, h("h2", null, "Latest activity"), h("ul", { class: "activity" }, overview.activity.map((one) =>
          h("li", null, avatar(one.name, one.name), h("div", null, h("strong", null, h("bdi", null, one.name)), h("span", { class: "muted" }, `Worked on ${one.course}`)), h("span", { class: "fine" }, day(one.date)))))),
        h("section", { class: "card" }, h("h2", null, "Getting started"), h("ul", { class: "steps" },
          [["Create a first course", true], ["Bring in your team", true], ["Add your logo and colors", true], ["Connect single sign-on", false], ["Schedule a report", false]].map(([title, done]) =>
            h("li", { class: done ? "done" : "" }, h("span", null, done ? icon("check", 14) : null), title))))),
    ]);
}

function bars(values) {
  const top = Math.max(...values);
  return h("svg", { class: "bars", viewBox: "0 0 320 150", "aria-hidden": "true" }, values.map((value, n) =>
    h("rect", { x: n * 40 + 7, y: 146 - (value / top) * 136, width: 26, height: (value / top) * 136, rx: 5, class: n === values.length - 1 ? "now" : "" })));
}

function coursesPage() {
  const overview = data["/api/overview"] || { loading: true };
  return h("div", { class: "page", key: "courses" },
    h("div", { class: "page-head" }, h("div", null, h("h1", null, "Courses"), h("p", { class: "muted" }, "What your team is learning right now."))),
    overview.loading || overview.failed ? WAIT() : h("div", { class: "course-grid" }, overview.courses.map((course, n) =>
      h("article", { class: "card course" }, h("div", { class: `cover cover-${n % 6}` }), h("div", { class: "course-body" }, h("h2", null, course.title), h("p", { class: "muted" }, `${course.lessons} lessons · ${course.minutes} min`), h("div", { class: "meter" }, h("i", { style: `width:${course.done}%` })))))));
}

function insightsPage() {
  const overview = data["/api/overview"] || { loading: true };
  return h("div", { class: "page", key: "insights" },
    h("div", { class: "page-head" }, h("div", null, h("h1", null, "Insights"), h("p", { class: "muted" }, "Completion and activity across the workspace."))),
    overview.loading || overview.failed ? WAIT() : h("section", { class: "card" }, h("h2", null, "Learning hours"), bars(overview.hours), h("p", { class: "fine" }, "Hours spent in courses, last eight weeks")));
}

// ---- settings ----

function settingsPage() {
  const content = { "/settings/general": generalTab, "/settings/members": members.page, "/settings/billing": billingTab, "/settings/security": securityTab }[path];
  return h("div", { class: "page", key: "settings" },
    h("div", { class: "page-head" }, h("div", null, h("h1", null, word("settings")), h("p", { class: "muted" }, session.workspace.name))),
    h("div", { class: "tabs", role: "tablist", "aria-label": word("settings") }, TABS.map(([title, to]) => link(to, { role: "tab", "aria-selected": path === to ? "true" : "false", class: path === to ? "here" : "" }, word(title)))),
    h("div", { class: "tab-panel", key: path }, content ? content() : missingPage()));
}

function facts(rows) {
  return h("dl", { class: "facts" }, rows.map(([term, value]) => h("div", null, h("dt", null, term), h("dd", null, value))));
}

function generalTab() {
  return h("section", { class: "card" }, h("h2", null, "General"), h("p", { class: "muted" }, "How this workspace appears to its people."),
    facts([["Workspace name", session.workspace.name], ["Email domain", session.workspace.domain], ["Language", "English (US)"], ["Time zone", "UTC"], ["Plan", session.workspace.plan]]));
}

function securityTab() {
  return h("section", { class: "card" }, h("h2", null, "Security"), h("p", { class: "muted" }, "How people log in to this workspace."),
    facts([["Single sign-on", h("span", { class: "badge" }, "Not set up")], ["Two-step verification", h("span", { class: "badge" }, "Optional")], ["Session length", "12 hours"], ["Invitation links", "Valid for 7 days"]]));
}

function billingTab() {
  const billing = data["/api/billing"] || { loading: true };
  if (billing.loading || billing.failed) return WAIT();
  const { used, limit } = billing.seats;
  return h("div", { class: "stack" },
    h("div", { class: "split" },
      h("section", { class: "card" },
        h("div", { class: "stat-top" }, h("h2", null, `${billing.plan} plan`), h("span", { class: "badge dot status-active" }, "Current")),
        h("div", { class: "figure" }, `$${billing.price_per_seat}`, h("small", null, " per seat and month")),
        h("p", { class: "muted" }, `Renews on ${day(billing.renews)}`),
        button("Manage your plan", { onClick: on(() => toast("error", "Only the account owner can manage the plan.")) }, "card")),
      h("section", { class: "card" },
        h("h2", null, "Seats"),
        h("div", { class: "figure small" }, `${used} of ${limit} seats`),
        h("div", { class: "meter thick" }, h("i", { style: `width:${Math.min(100, (100 * used) / limit)}%` })),
        h("p", { class: "muted" }, "Admins and authors take a seat, invited ones too. Learners are free."))),
    h("section", { class: "card flush" }, h("h2", { class: "pad" }, "Invoices"),
      h("div", { class: "table-wrap plain" }, h("table", null,
        h("thead", null, h("tr", null, ["Date", "Number", "Amount", "State"].map((title) => h("th", { scope: "col" }, title)))),
        h("tbody", null, billing.invoices.map((invoice) => h("tr", null, h("td", null, day(invoice.date)), h("td", null, invoice.number), h("td", null, `$${invoice.amount.toLocaleString("en-US")}.00`), h("td", null, h("span", { class: "badge dot status-active" }, "Paid")))))))));
}

function missingPage() {
  return h("div", { class: "empty", key: "missing" }, icon("search", 28), h("p", null, "This page doesn't exist"), link("/", { class: "b b-plain" }, "Go home"));
}

function brokenPage() {
  return h("div", { class: "boot", key: "broken" }, h("div", { class: "empty" }, icon("alert", 28), h("h1", null, "Something went wrong"),
    h("p", { class: "muted" }, "Coursefield is not available at the moment."), button("Try again", { onClick: on(() => location.reload()) })));
}

function tooManyPage() {
  return h("div", { class: "boot", key: "slow-down" }, h("div", { class: "empty" }, icon("alert", 28), h("h1", null, "Too many requests"),
    h("p", { class: "muted" }, "Please slow down and try again in 30 seconds.")));
}

// ---- all of it ----

const TITLES = { "/": "Home", "/courses": "Courses", "/insights": "Insights", "/login": "Log in", ...Object.fromEntries(TABS.map(([title, to]) => [to, title[0].toUpperCase() + title.slice(1)])) };

function view() {
  const pages = { "/": homePage, "/courses": coursesPage, "/insights": insightsPage };
  let page;
  if (slowDown) page = tooManyPage();
  else if (unreachable) page = brokenPage();
  else if (session === null) page = h("div", { class: "boot" }, h("span", { class: "spin big" }));
  else if (path === "/login") page = loginPage();
  else if (!session) page = h("div", { class: "boot" });
  else page = shell(path.startsWith("/settings") ? settingsPage() : (pages[path] || missingPage)());
  const title = TITLES[path] || "Coursefield";
  document.title = `${title} · ${session ? session.workspace.name : "Coursefield"}`;
  return { page, ...members.layers(), ...overlay.layers(), toasts: session || toasts.length ? toastLayer() : null };
}

mount(document.getElementById("root"), view);
boot();
