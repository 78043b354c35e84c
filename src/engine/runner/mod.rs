//! Replays recordings through a map in a browser, and reads lists. It knows neither journal nor plan.
//!
//! Reading order: [`flow`] is the loop over a recording's steps with the one match from step to browser verb; `ask` is one question to the page, `moves` is
//! how it gets to an area, `controls` types and chooses and reads back, `code` types what a second factor gives, `several` the same where one control takes several
//! values, `interrupts` clicks away what stands in the way, `language` stops before a page whose words the map does not know, `commit` is the point of no return; `download` waits for a
//! file that the page gives; [`locate`] turns a name of the map into exactly one element and clicks it under
//! guard; [`page`] is the round trip to the script in the page (`page/*.js`, seven short files that run as one). [`list`]
//! reads the members, part by part (`parts`), pass by pass (`pass`), row by row (`rows`); [`find`] looks for one of them,
//! `person` on their own page, `by` by another column than the key; `people` is about many in one commit. [`inputs`] is what placeholders stand for,
//! `time` is how long a flow may take, [`stop`]
//! is why a flow could not go on.
//!
//! What holds everywhere below: an element is never kept from one step to the next; a click is looked up again at the
//! moment the browser delivers it (`page/guard.js`); before the first committing click the caller's [`Gate`] has
//! made the intent durable; after it nothing is tried twice.

mod answered;
mod ask;
mod by;
mod code;
mod commit;
mod controls;
mod download;
mod find;
mod flow;
mod held;
mod inputs;
mod interrupts;
mod language;
mod list;
mod locate;
mod moves;
mod page;
mod parts;
mod pass;
mod people;
mod person;
mod rows;
mod several;
mod stop;
mod time;
mod words;

pub(crate) use ask::Looked;
pub use commit::Gate;
pub use download::Downloaded;
pub use find::Sought;
pub use flow::{Committed, Flow, Person, Ran};
pub use inputs::Inputs;
pub(crate) use list::MEMBERS;
pub use page::Page;
pub use people::{LeftOut, Stands};
pub use stop::Stop;
pub(crate) use stop::reason_of;
