//! What Firefox keeps of its own scripts between two starts, compiled. A new profile has none of it, and compiling them
//! anew is more than a third of a start's work (docs/measurements.md).
//!
//! It is made once for each Firefox, by a browser that visits no page: nothing of an account or of a console can be in
//! it. Each profile gets a copy. Firefox throws a cache of another build away by itself, whence `compatibility.ini`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::record::make_private;

/// Which build the cache is of: Firefox writes it into each profile as it starts, and believes no cache without it.
const BUILD: &str = "compatibility.ini";
/// The compiled scripts.
const SCRIPTS: &str = "startupCache";

/// The cache of one Firefox, whether it is there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StartupCache {
    folder: PathBuf,
}

impl StartupCache {
    pub(super) fn of(cache_dir: &Path, firefox: &Path) -> Self {
        let firefox = fs::canonicalize(firefox).unwrap_or_else(|_| firefox.to_owned());
        let hash = Sha256::digest(firefox.as_os_str().as_encoded_bytes());
        let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { folder: cache_dir.join(format!("firefox-{name}")) }
    }

    pub(super) fn exists(&self) -> bool {
        self.folder.exists()
    }

    /// Copies it into a new profile; of a cache that cannot be copied whole nothing stays there.
    pub(super) fn seed(&self, profile: &Path) -> io::Result<()> {
        copy(&self.folder, profile).inspect_err(|_| {
            let _ = fs::remove_dir_all(profile.join(SCRIPTS));
            let _ = fs::remove_file(profile.join(BUILD));
        })
    }

    /// Takes it from the profile of a Firefox that was ended in good order, at once and whole.
    pub(super) fn keep(&self, profile: &Path) -> io::Result<()> {
        let draft = self.folder.with_extension(format!("{:016x}", fastrand::u64(..)));
        make_private(&draft)?;
        let kept = copy(profile, &draft).and_then(|()| fs::rename(&draft, &self.folder));
        if kept.is_err() {
            let _ = fs::remove_dir_all(&draft);
        }
        // Another process was quicker: its cache is as good.
        kept.or_else(|error| if self.exists() { Ok(()) } else { Err(error) })
    }

    /// Whether the Firefox of a profile that was seeded is another build by now.
    pub(super) fn is_outdated(&self, profile: &Path) -> bool {
        let build = |folder: &Path| fs::read(folder.join(BUILD)).ok();
        matches!((build(&self.folder), build(profile)), (Some(kept), Some(now)) if kept != now)
    }

    /// The next start makes a new one.
    pub(super) fn forget(&self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    make_private(&to.join(SCRIPTS))?;
    for entry in fs::read_dir(from.join(SCRIPTS))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(SCRIPTS).join(entry.file_name()))?;
        }
    }
    fs::copy(from.join(BUILD), to.join(BUILD)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(folder: &Path, build: &str) -> PathBuf {
        let profile = folder.join(format!("profile-{build}"));
        fs::create_dir_all(profile.join(SCRIPTS)).unwrap();
        fs::write(profile.join(SCRIPTS).join("scriptCache.bin"), "compiled").unwrap();
        fs::write(profile.join(BUILD), build).unwrap();
        fs::write(profile.join("cookies.sqlite"), "secret").unwrap();
        profile
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_profile_gets_scripts_and_build_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let cache = StartupCache::of(&folder.path().join("cache"), Path::new("/usr/bin/firefox"));
        assert!(!cache.exists());
        cache.keep(&profile(folder.path(), "1")).unwrap();
        cache.keep(&profile(folder.path(), "2")).unwrap();
        assert_eq!(names(&folder.path().join("cache")).len(), 1, "the first is kept, no draft stays");

        let new = folder.path().join("new");
        cache.seed(&new).unwrap();
        assert_eq!(names(&new), [BUILD, SCRIPTS]);
        assert_eq!(names(&new.join(SCRIPTS)), ["scriptCache.bin"]);
        assert_eq!(fs::read(new.join(BUILD)).unwrap(), b"1");
    }

    #[test]
    fn of_half_a_cache_nothing_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let cache = StartupCache::of(folder.path(), Path::new("/usr/bin/firefox"));
        cache.keep(&profile(folder.path(), "1")).unwrap();
        fs::remove_file(cache.folder.join(BUILD)).unwrap();
        let new = folder.path().join("new");
        assert!(cache.seed(&new).is_err());
        assert_eq!(names(&new), [""; 0]);
    }

    #[test]
    fn another_build_is_noticed_and_another_firefox_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let cache = StartupCache::of(folder.path(), Path::new("/usr/bin/firefox"));
        let (one, two) = (profile(folder.path(), "1"), profile(folder.path(), "2"));
        assert!(!cache.is_outdated(&one), "there is none");
        cache.keep(&one).unwrap();
        assert!(!cache.is_outdated(&one));
        assert!(cache.is_outdated(&two));
        cache.forget();
        assert!(!cache.exists());
        assert_ne!(cache, StartupCache::of(folder.path(), Path::new("/opt/firefox/firefox")));
    }
}
