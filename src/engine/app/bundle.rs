//! [`Apps`]: the folders `selectors/` and `recordings/`, built into the binary or read from a newer checkout.
//!
//! Files are read all at once, as bytes; each app is parsed when it is asked for. The hash of an app is over the
//! bytes of its files, so that a run's note of it means exactly these files.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use super::borrow::{Shelf, borrow};
use super::check::{check, choices_of};
use super::excerpt::{self, Shown};
use super::map::Map;
use super::map_reader::read_map;
use super::problem::{Problem, Severity, nearest};
use super::reader::Read;
use super::recording_reader::read_recording;
use super::{App, Recording};

static SELECTORS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/selectors");
static RECORDINGS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/recordings");

/// The two folders, and how deep their files lie.
const FOLDERS: [(&str, usize); 2] = [("selectors", 3), ("recordings", 4)];

/// The maps and recordings there are.
#[derive(Clone, Debug)]
pub struct Apps {
    /// Every `.toml` file by its path from the data folder, with `/` between names.
    files: BTreeMap<String, Vec<u8>>,
    /// The data folder; `None` for what is built in.
    root: Option<PathBuf>,
}

/// The data folder cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It lacks `selectors/` or `recordings/`.
    #[error("there is no folder {}", .0.display())]
    Missing(PathBuf),
    /// Something in it cannot be read.
    #[error("read {}: {cause}", .path.display())]
    Unreadable {
        /// What cannot be read.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

impl DataError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) => {
                "the data folder is the one that holds selectors/ and recordings/, a checkout of the project for \
                 instance; without --data the built-in maps and recordings are used"
            }
            Self::Unreadable { .. } => "let the program's user read the data folder and everything in it",
        }
    }
}

impl Apps {
    /// What is built into the binary.
    #[must_use]
    pub fn builtin() -> Self {
        let mut files = BTreeMap::new();
        for ((folder, _), dir) in FOLDERS.iter().zip([&SELECTORS, &RECORDINGS]) {
            add_built_in(folder, dir, &mut files);
        }
        Self { files, root: None }
    }

    /// What a data folder holds.
    ///
    /// # Errors
    /// A folder is missing, or something cannot be read. What is wrong in the files is told when they are loaded
    /// or checked.
    pub fn from_dir(root: &Path) -> Result<Self, DataError> {
        let mut files = BTreeMap::new();
        for (folder, depth) in FOLDERS {
            let path = root.join(folder);
            if !path.is_dir() {
                return Err(DataError::Missing(path));
            }
            add_from_dir(&path, folder, depth, &mut files)?;
        }
        Ok(Self { files, root: Some(root.to_owned()) })
    }

    /// What these files hold, by their path from a data folder.
    #[cfg(test)]
    pub(super) fn from_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_owned()));
        Self { files: files.collect(), root: None }
    }

    /// App and version of every map, sorted.
    #[must_use]
    pub fn list(&self) -> Vec<(String, String)> {
        let map = |path: &String| {
            let rest = path.strip_prefix("selectors/")?.strip_suffix(".toml")?;
            let (app, version) = rest.split_once('/')?;
            (!version.contains('/')).then(|| (app.to_owned(), version.to_owned()))
        };
        self.files.keys().filter_map(map).collect()
    }

    /// Loads one version of one app, with everything checked.
    ///
    /// # Errors
    /// All problems of its map and its recordings, warnings included, if one of them is an error.
    pub fn load(&self, app: &str, version: &str) -> Result<App, Vec<Problem>> {
        let (loaded, problems) = self.read(app, version);
        match loaded {
            Some(loaded) if !problems.iter().any(Problem::is_error) => {
                Ok(App { warnings: problems, ..loaded })
            }
            _ => Err(problems),
        }
    }

    /// Every problem of every app, and every file that belongs to none; sorted by file and place.
    #[must_use]
    pub fn check_all(&self) -> Vec<Problem> {
        let mut problems = self.misplaced();
        for (app, version) in self.list() {
            problems.extend(self.read(&app, &version).1);
        }
        problems.sort();
        problems.dedup();
        problems
    }

    /// The problems of the apps that these files belong to. The files lie in data folders.
    ///
    /// # Errors
    /// A data folder cannot be used.
    pub fn check_files(files: &[PathBuf]) -> Result<Vec<Problem>, DataError> {
        let mut problems = Vec::new();
        let mut wanted: BTreeMap<PathBuf, BTreeSet<(String, String)>> = BTreeMap::new();
        for file in files {
            match locate(file).filter(|_| file.is_file()) {
                Some((root, app, version)) => {
                    wanted.entry(root).or_default().insert((app, version));
                }
                None if file.is_file() => problems.push(Problem::of_file(
                    file.display().to_string(),
                    "the file is neither a map nor a recording",
                    "maps are selectors/APP/VERSION.toml, recordings recordings/APP/VERSION/FLOW.toml",
                )),
                None => problems.push(Problem::of_file(
                    file.display().to_string(),
                    "there is no such file",
                    "name maps or recordings, or none to check all",
                )),
            }
        }
        for (root, versions) in wanted {
            let apps = Self::from_dir(&root)?;
            let borrowers = versions.iter().flat_map(|(app, version)| {
                apps.borrowers(app, version).into_iter().map(|other| (app.clone(), other))
            });
            for (app, version) in borrowers.chain(versions.iter().cloned()).collect::<BTreeSet<_>>() {
                problems.extend(apps.read(&app, &version).1);
            }
        }
        problems.sort();
        // What is wrong with a recording by itself is found with each map that uses it.
        problems.dedup();
        Ok(problems)
    }

    /// Reads and checks an app; the app is missing where its files could not be read.
    fn read(&self, app: &str, version: &str) -> (Option<App>, Vec<Problem>) {
        let path = format!("selectors/{app}/{version}.toml");
        let Some(bytes) = self.files.get(&path) else {
            return (None, vec![self.no_map(app, version)]);
        };
        let mut problems = Vec::new();
        let map = self.utf8_or(&path, bytes, &mut problems);
        let map = map.and_then(|text| keep(read_map(&self.shown(&path), text), &mut problems));
        let mut names = self.recordings(app, version);
        if let Some(map) = &map {
            problems.extend(borrow(map, &self.shelf(app), &mut names));
        }
        let of_names = names.values().filter_map(|path| self.files.get_key_value(path));
        let files: BTreeMap<&String, &Vec<u8>> = of_names.collect();
        let mut flows = BTreeMap::new();
        for (name, path) in &names {
            let text = files.get(path).and_then(|bytes| self.utf8_or(path, bytes, &mut problems));
            let read = text.map(|text| read_recording(&self.shown(path), name, text));
            let flow = read.and_then(|read| keep(read, &mut problems));
            flows.extend(flow.map(|flow| (name.clone(), flow)));
        }
        name_what_is_finished(&mut flows);
        if let Some(map) = &map {
            problems.extend(head_fits_path(map, app, version));
            let own = self.shown(&format!("recordings/{app}/{version}/"));
            let own_map = self.shown(&path);
            problems.extend(check(map, &flows).into_iter().map(|problem| {
                // The file is right where it lies; what is wrong is only seen from here.
                let is_own = problem.file == own_map || problem.file.starts_with(&own);
                let by = if is_own { String::new() } else { format!(" (borrowed by {app}/{version})") };
                Problem { message: format!("{}{by}", problem.message), ..problem }
            }));
        }
        problems.sort();
        problems.dedup();
        let files =
            || std::iter::once((&path, bytes)).chain(files.iter().map(|(path, bytes)| (*path, *bytes)));
        for (path, bytes) in files() {
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            excerpt::attach(&mut problems, &self.shown(path), text, Shown::Everything);
        }
        let sha256 = sha256(files());
        let choices: BTreeMap<String, BTreeSet<String>> = flows
            .iter()
            .map(|(name, flow)| {
                (name.clone(), map.as_ref().map(|map| choices_of(map, &flow.value)).unwrap_or_default())
            })
            .collect();
        let with_choices = |(name, flow): (String, Read<Recording>)| {
            // What the second save goes by has to be decided before the first.
            let then = flow.value.then.as_ref().and_then(|then| choices.get(then));
            let choices = [choices.get(&name), then].into_iter().flatten().flatten().cloned().collect();
            (name, Recording { choices, ..flow.value })
        };
        let flows: BTreeMap<String, Recording> = flows.into_iter().map(with_choices).collect();
        (map.map(|map| App { map: map.value, flows, sha256, warnings: Vec::new() }), problems)
    }

    /// The recordings that lie under a version, each with its path.
    fn recordings(&self, app: &str, version: &str) -> BTreeMap<String, String> {
        self.shelf(app).remove(version).unwrap_or_default()
    }

    /// The recordings of all versions of an app.
    fn shelf(&self, app: &str) -> Shelf {
        let mut shelf = Shelf::new();
        for path in self.files.keys() {
            let names: Vec<_> = path.split('/').collect();
            if let ["recordings", of, version, file] = names[..]
                && of == app
            {
                let name = file.trim_end_matches(".toml").to_owned();
                shelf.entry(version.to_owned()).or_default().insert(name, path.clone());
            }
        }
        shelf
    }

    /// The versions of an app whose maps borrow recordings from this one.
    fn borrowers(&self, app: &str, version: &str) -> Vec<String> {
        let borrows = |other: &String| {
            let path = format!("selectors/{app}/{other}.toml");
            let text = self.files.get(&path).and_then(|bytes| std::str::from_utf8(bytes).ok());
            let map = text.and_then(|text| read_map(&path, text).0);
            map.is_some_and(|map| map.value.recordings.iter().any(|entry| entry.version == version))
        };
        let versions = self.list().into_iter().filter(|(of, _)| of == app).map(|(_, version)| version);
        versions.filter(borrows).collect()
    }

    fn no_map(&self, app: &str, version: &str) -> Problem {
        let wanted = format!("{app}/{version}");
        let there: Vec<_> =
            self.list().into_iter().map(|(app, version)| format!("{app}/{version}")).collect();
        let hint = match nearest(&wanted, there.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", there.join(", ")),
        };
        Problem::of_file(
            self.shown(&format!("selectors/{wanted}.toml")),
            format!("there is no map for `{wanted}`"),
            hint,
        )
    }

    /// Files in places where nothing looks for them.
    fn misplaced(&self) -> Vec<Problem> {
        let maps = self.list();
        let mut problems = Vec::new();
        for path in self.files.keys() {
            let names: Vec<_> = path.split('/').collect();
            match names.as_slice() {
                ["selectors", _, _] => {}
                ["recordings", app, version, _] => {
                    if !maps.iter().any(|(other, theirs)| other == app && theirs == version) {
                        let message =
                            format!("there is no map `selectors/{app}/{version}.toml` for this recording");
                        let hint = "the folder of a recording is named after the map's file";
                        problems.push(Problem::of_file(self.shown(path), message, hint));
                    }
                }
                _ => problems.push(Problem::of_file(
                    self.shown(path),
                    "nothing looks for a file here",
                    "maps are selectors/APP/VERSION.toml, recordings recordings/APP/VERSION/FLOW.toml",
                )),
            }
        }
        problems
    }

    /// The text of a file, or one problem more.
    fn utf8_or<'a>(&self, path: &str, bytes: &'a [u8], problems: &mut Vec<Problem>) -> Option<&'a str> {
        let text = std::str::from_utf8(bytes);
        if text.is_err() {
            let problem = Problem::of_file(self.shown(path), "the file is not UTF-8", "save it as UTF-8");
            problems.push(problem);
        }
        text.ok()
    }

    /// The name of a file for people.
    fn shown(&self, path: &str) -> String {
        match &self.root {
            Some(root) if root != Path::new(".") => root.join(path).display().to_string(),
            _ => path.to_owned(),
        }
    }
}

fn add_built_in(path: &str, dir: &Dir<'_>, files: &mut BTreeMap<String, Vec<u8>>) {
    for file in dir.files() {
        let name = file.path().to_string_lossy().replace('\\', "/");
        if name.ends_with(".toml") {
            files.insert(format!("{path}/{name}"), file.contents().to_owned());
        }
    }
    for dir in dir.dirs() {
        add_built_in(path, dir, files);
    }
}

fn add_from_dir(
    folder: &Path,
    path: &str,
    depth: usize,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), DataError> {
    let unreadable = |path: &Path, cause| DataError::Unreadable { path: path.to_owned(), cause };
    for entry in folder.read_dir().map_err(|cause| unreadable(folder, cause))? {
        let entry = entry.map_err(|cause| unreadable(folder, cause))?;
        let (file, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{path}/{name}");
        if file.is_dir() {
            // Nothing lies deeper; a link in a circle ends here.
            if depth > 1 {
                add_from_dir(&file, &path, depth - 1, files)?;
            }
        } else if name.ends_with(".toml") {
            files.insert(path, std::fs::read(&file).map_err(|cause| unreadable(&file, cause))?);
        }
    }
    Ok(())
}

/// The data folder of a file, and the app and version it belongs to.
fn locate(file: &Path) -> Option<(PathBuf, String, String)> {
    let names: Vec<_> = file.components().collect();
    let text = |component: &Component<'_>| component.as_os_str().to_str().map(str::to_owned);
    for (folder, depth) in FOLDERS {
        let Some(start) = names.len().checked_sub(depth) else { continue };
        if names[start].as_os_str() != folder {
            continue;
        }
        let root: PathBuf = names[..start].iter().collect();
        let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
        let version = text(&names[start + 2])?;
        return Some((root, text(&names[start + 1])?, version.trim_end_matches(".toml").to_owned()));
    }
    None
}

/// The second of two saves belongs to the operations of the first.
fn name_what_is_finished(flows: &mut BTreeMap<String, Read<Recording>>) {
    let pairs: Vec<(String, Vec<String>)> =
        flows.values().filter_map(|flow| Some((flow.value.then.clone()?, flow.value.does.clone()))).collect();
    for (then, does) in pairs {
        if let Some(second) = flows.get_mut(&then) {
            second.value.finishes.extend(does);
        }
    }
}

fn keep<T>(read: (Option<Read<T>>, Vec<Problem>), problems: &mut Vec<Problem>) -> Option<Read<T>> {
    problems.extend(read.1);
    read.0
}

fn head_fits_path(map: &Read<Map>, app: &str, version: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, given, expected) in [("app", &map.value.app, app), ("version", &map.value.version, version)] {
        // A missing one was reported already.
        if given != expected && !given.is_empty() {
            let message = format!("`{key}` is `{given}`, the file lies under `{expected}`");
            let hint = "the file of a map is selectors/APP/VERSION.toml".to_owned();
            problems.push(map.problem(Severity::Error, key, message, hint));
        }
    }
    problems
}

/// Over names and contents; lengths keep two files from being read as one.
fn sha256<'a>(files: impl Iterator<Item = (&'a String, &'a Vec<u8>)>) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in files {
        for part in [path.as_bytes(), bytes.as_slice()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
