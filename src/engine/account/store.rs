//! A session kept from run to run: encrypted, in a file that only its owner may read.
//!
//! XChaCha20-Poly1305 under the key of this machine, with a random nonce of 24 bytes before the text. What it belongs to
//! (workspace, console, account) is authenticated with it: the file of one cannot be put in the place of another's.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::{Digest, Sha256};
use url::Url;

use super::key::Key;
use super::write_private;
use crate::domain::email::Email;

/// Before nonce and text: what this is, and in which form.
const HEAD: &[u8] = b"seatwright session 1\n";
const NONCE: usize = 24;

/// Where the session of one workspace and account is kept.
#[derive(Clone, Debug)]
pub(crate) struct SessionStore {
    path: PathBuf,
    belongs_to: String,
}

/// What was found.
pub(crate) enum Opened {
    /// There is none.
    Nothing,
    /// The session.
    Session(SecretSlice<u8>),
    /// There is one that cannot be used; it was put aside under this name.
    Aside(PathBuf),
}

impl SessionStore {
    /// That of a workspace's account.
    pub(crate) fn of(state_dir: &Path, workspace: &str, console: &Url, email: &Email) -> Self {
        let belongs_to = format!("{workspace}\n{console}\n{email}");
        let digest = Sha256::digest(&belongs_to);
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { path: folder(state_dir, workspace).join(format!("{name}.session")), belongs_to }
    }

    /// Reads it. What cannot be decrypted is left aside and never tried again.
    ///
    /// # Errors
    /// The file system's.
    pub(crate) fn open(&self, key: &Key) -> std::io::Result<Opened> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Opened::Nothing),
            Err(error) => return Err(error),
        };
        if let Some(session) = self.decrypt(key, &bytes) {
            return Ok(Opened::Session(session.into()));
        }
        let aside = self.path.with_extension("session.unreadable");
        std::fs::rename(&self.path, &aside)?;
        Ok(Opened::Aside(aside))
    }

    fn decrypt(&self, key: &Key, bytes: &[u8]) -> Option<Vec<u8>> {
        let rest = bytes.strip_prefix(HEAD)?;
        let (nonce, text) = rest.split_at_checked(NONCE)?;
        let nonce = XNonce::try_from(nonce).ok()?;
        let payload = Payload { msg: text, aad: self.belongs_to.as_bytes() };
        XChaCha20Poly1305::new(key.bytes().into()).decrypt(&nonce, payload).ok()
    }

    /// Writes it in place of the one before.
    ///
    /// # Errors
    /// The file system's, or there is no random number.
    pub(crate) fn keep(&self, key: &Key, session: &SecretSlice<u8>) -> std::io::Result<()> {
        let nonce = XNonce::try_generate().map_err(std::io::Error::other)?;
        let payload = Payload { msg: session.expose_secret(), aad: self.belongs_to.as_bytes() };
        let text = XChaCha20Poly1305::new(key.bytes().into())
            .encrypt(&nonce, payload)
            .map_err(|_| std::io::Error::other("it is too long to be encrypted"))?;
        write_private(&self.path, &[HEAD, nonce.as_slice(), &text].concat())
    }

    /// Forgets it.
    ///
    /// # Errors
    /// The file system's.
    pub(crate) fn forget(&self) -> std::io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Forgets those of all accounts of a workspace, and what was put aside. Gives how many there were.
    ///
    /// # Errors
    /// The file system's.
    pub(crate) fn forget_all(state_dir: &Path, workspace: &str) -> std::io::Result<usize> {
        let folder = folder(state_dir, workspace);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let files = std::fs::read_dir(&folder)?.collect::<std::io::Result<Vec<_>>>()?;
        for file in &files {
            std::fs::remove_file(file.path())?;
        }
        std::fs::remove_dir(&folder)?;
        Ok(files.len())
    }
}

fn folder(state_dir: &Path, workspace: &str) -> PathBuf {
    state_dir.join("sessions").join(workspace)
}
