// What products lay over their pages unasked: news in the middle, a notice about cookies at the bottom.

import { button, focusSoon, h, icon, newId, on, schedule } from "./view.js";

let news = null; // the id of what is shown
let cookies = false;
let visit = 0;

/** A page is shown: asks whether there is something to announce, and lets that come a moment later. */
export async function pageShown(app) {
  leave();
  const { flags } = app.session();
  if (!flags || !flags.overlay) return;
  visit += 1;
  const mine = visit;
  const answer = await app.api("GET", "/api/announcements");
  if (!answer.ok) return;
  setTimeout(() => {
    if (visit !== mine) return;
    if (answer.body.cookies) cookies = true;
    if (answer.body.news) {
      news = newId();
      focusSoon(`${news}-later`);
    }
    schedule();
  }, answer.body.after_ms);
}

export function leave() {
  visit += 1;
  news = null;
  cookies = false;
}

export function modal() {
  return !!news;
}

function closeNews() {
  news = null;
  schedule();
}

function accept() {
  cookies = false;
  schedule();
}

function newsLayer() {
  if (!news) return null;
  return h("div", { class: "backdrop above opening", key: news },
    h("div", { class: "dialog news", role: "dialog", "aria-modal": "true", "aria-labelledby": `${news}-title` },
      h("div", { class: "news-cover", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      h("div", { class: "news-body" },
        h("h2", { id: `${news}-title` }, "What's new in Coursefield"),
        h("p", { class: "muted" }, "Course templates are here. Start from one of forty ready-made outlines and make it yours."),
        h("ul", null, ["Outlines for onboarding, safety and sales", "Your logo and colors on every page", "Quizzes that fit the lesson"].map((line) => h("li", null, icon("check", 16), h("span", null, line)))),
        h("div", { class: "news-foot" },
          button("Maybe later", { id: `${news}-later`, onClick: on(closeNews) }),
          button("See templates", { kind: "primary", onClick: on(closeNews) })))));
}

function cookieLayer() {
  if (!cookies) return null;
  return h("div", { class: "cookies", key: "cookies" },
    h("p", null, "We use cookies to keep you logged in and to learn which features help. Read more in our privacy notice."),
    button("Accept", { kind: "primary", id: "accept-cookies", onClick: on(accept) }));
}

export function layers() {
  return { news: newsLayer(), cookies: cookieLayer() };
}

addEventListener("keydown", (event) => {
  if (event.isTrusted && event.key === "Escape" && news) closeNews();
});
