//! Codes of an authenticator app (TOTP, RFC 6238): each is given once, in its own window.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use url::Url;

use super::memory::{Memory, MemoryError};
use crate::engine::journal::Clock;

/// A code that is good for less than this is not begun with.
const LEAST: SignedDuration = SignedDuration::from_secs(3);
/// How often the clock is looked at while the next window is waited for.
const LOOK: Duration = Duration::from_millis(100);
/// So many windows are waited for at most. More are only used up where the clock was set back.
const WINDOWS: u64 = 2;

/// What the codes of an account are made of.
pub(crate) struct SecondFactor {
    totp: Totp,
    window: u64,
    clock: Clock,
    memory: Memory,
}

/// A code that could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeError {
    #[error(transparent)]
    Memory(#[from] MemoryError),
    #[error("codes up to {ahead} s from now were used already, so the clock of this machine was set back")]
    ClockSetBack { ahead: u64 },
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondFactor").finish_non_exhaustive()
    }
}

impl SecondFactor {
    /// Reads a secret as authenticator apps take it: in base32, or an `otpauth://totp/` address.
    ///
    /// # Errors
    /// Why it is neither, without a word of the secret.
    pub(crate) fn parse(text: &SecretString, clock: Clock, memory: Memory) -> Result<Self, String> {
        let (totp, window) = parse(text.expose_secret())?;
        Ok(Self { totp, window, clock, memory })
    }

    /// The code of the present window, or of the next one if the present one is nearly over or its code was used before.
    /// Gives the time that was waited, too.
    ///
    /// # Errors
    /// What was used cannot be remembered; or it lies ahead.
    pub(crate) async fn code(&self) -> Result<(SecretString, Duration), CodeError> {
        let began = (self.clock)();
        let mut look = tokio::time::interval(LOOK);
        loop {
            let now = (self.clock)();
            let window = u64::try_from(now.as_second()).unwrap_or_default() / self.window;
            let end = Timestamp::from_second(((window + 1) * self.window).cast_signed()).unwrap_or(now);
            let rest = end.duration_since(now);
            if rest >= LEAST && self.memory.take_code(window)? {
                return Ok((
                    self.totp.generate(window * self.window).to_string().into(),
                    now.duration_since(began).unsigned_abs(),
                ));
            }
            if let Some(last) = self.memory.last_code()?
                && last > window + WINDOWS
            {
                return Err(CodeError::ClockSetBack { ahead: (last - window) * self.window });
            }
            tracing::info!(seconds = rest.as_secs(), "waiting for the next code of the second factor");
            while (self.clock)() < end {
                look.tick().await;
            }
        }
    }
}

fn parse(text: &str) -> Result<(Totp, u64), String> {
    let text = text.trim();
    if !text.starts_with("otpauth:") {
        return Ok((made(text, Algorithm::SHA1, 6, 30)?, 30));
    }
    let no_address = || "it is no otpauth address".to_owned();
    let url = Url::parse(text).map_err(|_| no_address())?;
    if url.host_str() != Some("totp") {
        return Err("its otpauth address is not one of codes by time (otpauth://totp/...)".to_owned());
    }
    let value =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let number = |name: &str, default: u64, range: std::ops::RangeInclusive<u64>| match value(name) {
        None => Ok(default),
        Some(text) => text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            format!("the `{name}` of its otpauth address is not {} to {}", range.start(), range.end())
        }),
    };
    let algorithm = match value("algorithm").map(|word| word.to_ascii_uppercase()).as_deref() {
        None | Some("SHA1") => Algorithm::SHA1,
        Some("SHA256") => Algorithm::SHA256,
        Some("SHA512") => Algorithm::SHA512,
        Some(_) => {
            return Err("the `algorithm` of its otpauth address is not SHA1, SHA256 or SHA512".to_owned());
        }
    };
    let digits = u8::try_from(number("digits", 6, 6..=8)?).expect("at most 8");
    let window = number("period", 30, 10..=300)?;
    let secret = value("secret").ok_or("its otpauth address has no `secret`")?;
    Ok((made(&secret, algorithm, digits, window)?, window))
}

fn made(secret: &str, algorithm: Algorithm, digits: u8, window: u64) -> Result<Totp, String> {
    // As people copy it: in groups, in small letters, with or without its padding.
    let plain: String = secret.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '=').collect();
    let bytes = Secret::try_from_base32(plain.to_ascii_uppercase()).map_err(|_| {
        "it is neither base32 (letters and the digits 2 to 7) nor an otpauth address".to_owned()
    })?;
    if bytes.as_bytes().len() < 10 {
        return Err("it is too short: a secret has 16 characters at least".to_owned());
    }
    let builder = Builder::new().with_algorithm(algorithm).with_digits(digits).with_step_duration(window);
    Ok(builder.with_secret(bytes).build_noncompliant())
}
