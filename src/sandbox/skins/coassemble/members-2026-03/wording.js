// Labels that have more than one wording: products rename things from one release to the next, and speak several languages.

const WORDS = {
  invite: { old: "Invite Members", newer: "Add people", de: "Mitglieder einladen" },
  remove: { old: "Remove member", newer: "Delete member", de: "Mitglied entfernen" },
  email: { old: "Email", newer: "E-mail address", de: "E-Mail-Adresse" },
  role: { old: "Role", de: "Rolle" },
  status: { old: "Status", de: "Status" },
  name: { old: "Name", de: "Name" },
  last_active: { old: "Last active", de: "Zuletzt aktiv" },
  home: { old: "Home", de: "Start" },
  courses: { old: "Courses", de: "Kurse" },
  insights: { old: "Insights", de: "Auswertungen" },
  settings: { old: "Workspace Settings", de: "Einstellungen des Arbeitsbereichs" },
  general: { old: "General", de: "Allgemein" },
  members: { old: "Members", de: "Mitglieder" },
  billing: { old: "Billing", de: "Abrechnung" },
  security: { old: "Security", de: "Sicherheit" },
};

let renamed = {};
let language = "en";

/** From now on the labels named here have their newer wording. */
export function useWording(next) {
  renamed = next || {};
}

/** From now on labels are in this language, as far as they were translated. */
export function useLanguage(next) {
  language = next;
  document.documentElement.lang = next;
}

export function word(name) {
  const { old, newer, [language]: translated } = WORDS[name];
  return translated || (renamed[name] && newer) || old;
}
