//! The key under which sessions are kept, and by which a refused password is known again.
//!
//! It protects copies and backups of the state folder, not against whoever may read both folders.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::Generate;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};

use crate::engine::secret::{SecretError, SecretSource};

/// Where the key is: 32 random bytes in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySource {
    /// Its place.
    pub place: SecretSource,
    /// Whether a file that is not there yet is made, with a new key.
    pub is_made: bool,
}

/// A key that could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It is not there, or cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What is there is no key.
    #[error("read the key of sessions from {place}: it is not 32 bytes in base64")]
    NoKey {
        /// Its place.
        place: String,
    },
    /// A new one could not be written.
    #[error("make the key of sessions in {place}: {cause}")]
    NotMade {
        /// Its place.
        place: String,
        /// The file system's error.
        cause: std::io::Error,
    },
}

/// The key itself.
pub(crate) struct Key(SecretBox<[u8; 32]>);

impl KeySource {
    /// Reads the key, or makes it.
    ///
    /// # Errors
    /// It cannot be read or made, or is none.
    pub(crate) fn key(&self) -> Result<Key, KeyError> {
        if let (SecretSource::File(path), true) = (&self.place, self.is_made) {
            self.make(path)?;
        }
        self.parse(&self.place.read()?)
    }

    fn parse(&self, text: &SecretString) -> Result<Key, KeyError> {
        let no_key = || KeyError::NoKey { place: self.place.place() };
        let bytes = STANDARD.decode(text.expose_secret().trim()).map_err(|_| no_key())?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| no_key())?;
        Ok(Key(SecretBox::new(Box::new(bytes))))
    }

    /// Whoever comes second finds the key of whoever came first: a file is written in full before it has its name.
    fn make(&self, path: &Path) -> Result<(), KeyError> {
        if path.exists() {
            return Ok(());
        }
        let make = || {
            let folder = path.parent().unwrap_or(Path::new("."));
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let fresh = path.with_extension(format!("{}.new", std::process::id()));
            let mut file = std::fs::OpenOptions::new();
            let mut file = file.write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            let bytes = <[u8; 32]>::try_generate().map_err(std::io::Error::other)?;
            file.write_all(STANDARD.encode(bytes).as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            let linked = std::fs::hard_link(&fresh, path);
            std::fs::remove_file(&fresh)?;
            match linked {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
                _ => Ok(()),
            }
        };
        make().map_err(|cause| KeyError::NotMade { place: self.place.place(), cause })
    }
}

impl KeyError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Secret(error) => error.hint(),
            Self::NoKey { .. } => "make one: head -c 32 /dev/urandom | base64".to_owned(),
            Self::NotMade { .. } => {
                "let this user write there, or name another place in the configuration with `session_key`"
                    .to_owned()
            }
        }
    }
}

impl Key {
    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// By what the same texts are known again, and nothing else is told of them: HMAC-SHA-256 (RFC 2104), each text with
    /// its length before it.
    pub(crate) fn mark(&self, texts: &[&str]) -> String {
        let mut block = [0_u8; 64];
        block[..32].copy_from_slice(self.bytes());
        let mut inner = Sha256::new_with_prefix(block.map(|byte| byte ^ 0x36));
        for text in texts {
            inner.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            inner.update(text);
        }
        let outer = Sha256::new_with_prefix(block.map(|byte| byte ^ 0x5c)).chain_update(inner.finalize());
        outer.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
