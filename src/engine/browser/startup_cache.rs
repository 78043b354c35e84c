//! What Firefox keeps of its own scripts between two starts, compiled. A new profile has none of it, and compiling them
//! anew is more than a third of a start's work (docs/measurements.md).
//!
//! It is made once for each Firefox, by a browser that visits no page: nothing of an account or of a console can be in
//! it. Each profile gets a copy. Firefox throws a cache of another build away by itself, whence `compatibility.ini`.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::record::make_private;

/// Which build the cache is of: Firefox writes it into each profile as it starts, and believes no cache without it.
const BUILD: &str = "compatibility.ini";
/// The compiled scripts.
const SCRIPTS: &str = "startupCache";
/// The bulk of them.
const MAIN_SCRIPTS: &str = "startupCache/scriptCache.bin";

/// The cache of one Firefox, whether it is there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StartupCache {
    folder: PathBuf,
}

impl StartupCache {
    /// Its folder is made if it is not there. Scripts of the browser itself come from it, so nobody else may write there.
    pub(super) fn open(cache_dir: &Path, firefox: &Path) -> io::Result<Self> {
        make_private(cache_dir)?;
        let folder = fs::metadata(cache_dir)?;
        if folder.uid() != rustix::process::getuid().as_raw() || folder.mode() & 0o022 != 0 {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others can write to it"));
        }
        let firefox = fs::canonicalize(firefox).unwrap_or_else(|_| firefox.to_owned());
        let hash = Sha256::digest(firefox.as_os_str().as_encoded_bytes());
        let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { folder: cache_dir.join(format!("firefox-{name}")) })
    }

    pub(super) fn exists(&self) -> bool {
        self.folder.exists()
    }

    /// Copies it into a new profile; of a cache that cannot be copied whole nothing stays, neither there nor here.
    pub(super) fn seed(&self, profile: &Path) -> io::Result<()> {
        copy(&self.folder, profile).inspect_err(|_| {
            let _ = fs::remove_dir_all(profile.join(SCRIPTS));
            let _ = fs::remove_file(profile.join(BUILD));
            self.forget();
        })
    }

    /// A place to make it in.
    pub(super) fn draft(&self) -> io::Result<Draft> {
        let draft = self.folder.with_extension(format!("{:016x}", fastrand::u64(..)));
        make_private(&draft)?;
        Ok(Draft(draft))
    }

    /// Takes it from the profile of a Firefox that was ended in good order, at once and whole.
    pub(super) fn keep(&self, draft: &Draft, profile: &Path) -> io::Result<()> {
        copy(profile, &draft.0)?;
        // Another process may have been quicker: its cache is as good.
        fs::rename(&draft.0, &self.folder).or_else(|error| if self.exists() { Ok(()) } else { Err(error) })
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

/// A folder that goes when it is dropped, unless it has become the cache.
#[derive(Debug)]
pub(super) struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
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
    // Without these it is none: a Firefox that did not end in good order has not written them.
    for needed in [MAIN_SCRIPTS, BUILD] {
        fs::copy(from.join(needed), to.join(needed))?;
    }
    Ok(())
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

    fn cache(folder: &Path, firefox: &str) -> StartupCache {
        StartupCache::open(&folder.join("cache"), Path::new(firefox)).unwrap()
    }

    fn keep(cache: &StartupCache, profile: &Path) -> io::Result<()> {
        cache.keep(&cache.draft().unwrap(), profile)
    }

    #[test]
    fn a_new_profile_gets_scripts_and_build_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), "/usr/bin/firefox");
        assert!(!cache.exists());
        keep(&cache, &profile(folder.path(), "1")).unwrap();
        keep(&cache, &profile(folder.path(), "2")).unwrap();
        assert_eq!(names(&folder.path().join("cache")).len(), 1, "the first is kept, no draft stays");

        let new = folder.path().join("new");
        cache.seed(&new).unwrap();
        assert_eq!(names(&new), [BUILD, SCRIPTS]);
        assert_eq!(names(&new.join(SCRIPTS)), ["scriptCache.bin"]);
        assert_eq!(fs::read(new.join(BUILD)).unwrap(), b"1");
    }

    #[test]
    fn of_half_a_cache_nothing_is_taken_and_nothing_stays() {
        for part in [MAIN_SCRIPTS, BUILD] {
            let folder = tempfile::tempdir().unwrap();
            let (cache, old) = (cache(folder.path(), "/usr/bin/firefox"), profile(folder.path(), "1"));
            keep(&cache, &old).unwrap();
            fs::remove_file(cache.folder.join(part)).unwrap();
            let new = folder.path().join("new");
            assert!(cache.seed(&new).is_err());
            assert_eq!(names(&new), [""; 0]);
            assert!(!cache.exists(), "the next start makes a new one");

            fs::remove_file(old.join(part)).unwrap();
            assert!(keep(&cache, &old).is_err());
            assert_eq!(names(&folder.path().join("cache")), [""; 0]);
        }
    }

    #[test]
    fn another_build_is_noticed_and_another_firefox_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let kept = cache(folder.path(), "/usr/bin/firefox");
        let (one, two) = (profile(folder.path(), "1"), profile(folder.path(), "2"));
        assert!(!kept.is_outdated(&one), "there is none");
        keep(&kept, &one).unwrap();
        assert!(!kept.is_outdated(&one));
        assert!(kept.is_outdated(&two));
        kept.forget();
        assert!(!kept.exists());
        assert_ne!(kept, cache(folder.path(), "/opt/firefox/firefox"));
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(StartupCache::open(folder.path(), Path::new("/usr/bin/firefox")).is_err());
    }
}
