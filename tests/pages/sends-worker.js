// What a service worker sends, the browser's interception does not see: none may be there.
addEventListener("install", () => fetch("/sent/service-worker", { method: "POST" }));
