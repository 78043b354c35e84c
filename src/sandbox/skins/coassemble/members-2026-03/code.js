// The second factor: a code from an authenticator app, in one field or in one for each digit; or somebody at a phone.

import { button, h, on, schedule } from "./view.js";

const DIGITS = 6;

/** `form` says how the code is asked for; `cells` holds what was typed, the whole code in the first where there is one field. */
export function newCode(form, ticket) {
  const cells = Array.from({ length: form.split ? DIGITS : 1 }, () => "");
  return { ...form, ticket, cells, first: "code-0", busy: false, error: "" };
}

export function codeBox(code, send) {
  const enter = on((event) => { if (event.key === "Enter") send(); });
  const typed = (n) => on((event) => {
    code.cells[n] = event.target.value;
    if (code.split && event.target.value) document.getElementById(`code-${n + 1}`)?.focus();
    schedule();
    if (code.auto_submit && code.cells.join("").length === DIGITS) send();
  });
  const field = (n, label, most) => h("input", {
    id: `code-${n}`, type: "text", inputmode: "numeric", autocomplete: "one-time-code", maxlength: String(most), "aria-label": label,
    value: code.cells[n], onInput: typed(n), onKeyDown: enter,
  });
  const fields = code.split
    ? h("div", { class: "code-cells", role: "group", "aria-label": "Verification code" }, code.cells.map((_, n) => field(n, `Digit ${n + 1}`, 1)))
    : h("div", { class: "field" }, h("label", { for: "code-0" }, "Verification code"), field(0, "Verification code", DIGITS));
  return h("form", { novalidate: true, onSubmit: (event) => event.preventDefault() }, fields,
    code.auto_submit ? null : button("Verify", { kind: "primary wide", busy: code.busy, onClick: on(send) }));
}

export function phoneBox() {
  return h("div", { class: "phone-wait", "aria-live": "polite" }, h("span", { class: "spin", "aria-hidden": "true" }), h("span", null, "Waiting for your approval"));
}
