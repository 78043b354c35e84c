//! The front ends there are, built into the program.

/// A front end: one page and the files it loads.
#[derive(Debug)]
pub(crate) struct Skin {
    /// The app and version it stands for.
    pub(crate) name: &'static str,
    pub(crate) index: &'static str,
    pub(crate) files: &'static [File],
}

#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// All skins.
pub(crate) const SKINS: &[Skin] = &[Skin {
    name: "coassemble/members-2026-03",
    index: include_str!("skins/coassemble/members-2026-03/index.html"),
    files: &[
        File {
            path: "/assets/app.js",
            content_type: SCRIPT,
            text: include_str!("skins/coassemble/members-2026-03/app.js"),
        },
        File {
            path: "/assets/code.js",
            content_type: SCRIPT,
            text: include_str!("skins/coassemble/members-2026-03/code.js"),
        },
        File {
            path: "/assets/dialogs.js",
            content_type: SCRIPT,
            text: include_str!("skins/coassemble/members-2026-03/dialogs.js"),
        },
        File {
            path: "/assets/import.js",
            content_type: SCRIPT,
            text: include_str!("skins/coassemble/members-2026-03/import.js"),
        },
        File {
            path: "/assets/members.js",
            content_type: SCRIPT,
            text: include_str!("skins/coassemble/members-2026-03/members.js"),
        },
        File {
            path: "/assets/overlay.js",
            content_type: SCRIPT,
            text: include_str!("skins/coassemble/members-2026-03/overlay.js"),
        },
        File {
            path: "/assets/view.js",
            content_type: SCRIPT,
            text: include_str!("skins/coassemble/members-2026-03/view.js"),
        },
        File {
            path: "/assets/virtual.js",
            content_type: SCRIPT,
            text: include_str!("skins/coassemble/members-2026-03/virtual.js"),
        },
        File {
            path: "/assets/wording.js",
            content_type: SCRIPT,
            text: include_str!("skins/coassemble/members-2026-03/wording.js"),
        },
        File {
            path: "/assets/style.css",
            content_type: STYLE,
            text: include_str!("skins/coassemble/members-2026-03/style.css"),
        },
    ],
}];
