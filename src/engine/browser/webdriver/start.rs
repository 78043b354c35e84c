//! The start of a browser: keeper, driver, session, and what listens to it. In Firefox its startup cache is made on the way.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::WebDriver;
use crate::engine::browser::driver::{self, Kept, Programs};
use crate::engine::browser::fence::Fence;
use crate::engine::browser::process::Process;
use crate::engine::browser::raw::{Raw, refusal};
use crate::engine::browser::script::Scripts;
use crate::engine::browser::session::{Own, capabilities};
use crate::engine::browser::startup_cache::StartupCache;
use crate::engine::browser::{Browser, BrowserError, BrowserKind, BrowserOptions, Traffic, chromium};

pub(in crate::engine::browser) async fn start(
    options: &BrowserOptions,
) -> Result<Box<dyn Browser>, BrowserError> {
    let until = Instant::now() + options.start_deadline;
    if let Some(endpoint) = &options.webdriver {
        let client = connect(options, endpoint, None, until).await?;
        let watched = watch(&client, options, None, until).await?;
        return Ok(Box::new(WebDriver::new(client, None, watched, options)));
    }
    let programs = Programs::find(options)?;
    if options.browser == BrowserKind::Chromium && chromium::is_without_sandbox() {
        tracing::warn!("as root Chromium runs without its sandbox (--no-sandbox)");
    }
    let cache_dir = options.cache_dir.as_deref().filter(|_| options.browser == BrowserKind::Firefox);
    let cache = cache_dir.and_then(|folder| {
        let cache = StartupCache::open(folder, &programs.browser);
        cache.inspect_err(|cause| tracing::warn!(%cause, folder = %folder.display(), "no startup cache")).ok()
    });
    let until = match &cache {
        Some(cache) if !cache.exists() => {
            make(cache, options, &programs, until).await?;
            Instant::now() + options.start_deadline
        }
        _ => until,
    };
    let (client, kept) = open(options, &programs, cache.as_ref(), until).await?;
    if let Some(cache) = cache.filter(|cache| cache.is_outdated(&kept.profile())) {
        cache.forget();
    }
    let watched = match watch(&client, options, Some(&kept.extension()), until).await {
        Ok(watched) => watched,
        Err(error) => {
            kept.end().await?;
            silence(client).await;
            return Err(error);
        }
    };
    let browser = WebDriver::new(client, Some(kept), watched, options);
    tracing::info!(
        version = browser.process.version,
        pid = browser.process.browser.map(|it| it.pid),
        "browser started"
    );
    Ok(Box::new(browser))
}

/// Starts keeper, driver and browser, in a profile of their own.
async fn open(
    options: &BrowserOptions,
    programs: &Programs,
    cache: Option<&StartupCache>,
    until: Instant,
) -> Result<(Client, Kept), BrowserError> {
    let slow = |_| too_slow(options);
    tracing::debug!("starting the browser");
    let mut kept = timeout_at(until, driver::start(options, programs)).await.map_err(slow)??;
    tracing::debug!(port = kept.port, "driver started");
    let endpoint = Url::parse(&format!("http://127.0.0.1:{}/", kept.port)).expect("a port makes an address");
    let profile = kept.profile();
    let cache = cache.filter(|cache| cache.exists());
    if let Some(Err(cause)) = cache.map(|cache| cache.seed(&profile)) {
        tracing::warn!(%cause, "the startup cache was not used");
    }
    let (downloads, extension) = (kept.downloads(), kept.extension());
    if options.browser == BrowserKind::Chromium
        && let Err(cause) = chromium::write_extension(&extension)
    {
        kept.end().await?;
        return Err(BrowserError::RuntimeDir { path: extension, cause });
    }
    let own =
        Own { program: &programs.browser, profile: &profile, downloads: &downloads, extension: &extension };
    match connect(options, &endpoint, Some(own), until).await {
        Ok(client) => {
            tracing::debug!("session opened");
            if let Some(browser) = browser_of(&client) {
                kept.tell(browser).await;
            }
            Ok((client, kept))
        }
        Err(error) => {
            // Should it be the reason, the next start does without.
            cache.inspect(|cache| cache.forget());
            kept.end().await?;
            Err(error)
        }
    }
}

/// Has Firefox write its startup cache, which it does as it ends in good order, and keeps it. A Firefox that cannot be
/// started or ended is an error; that it left no cache is none.
async fn make(
    cache: &StartupCache,
    options: &BrowserOptions,
    programs: &Programs,
    until: Instant,
) -> Result<(), BrowserError> {
    let none = |cause: &dyn fmt::Display| tracing::warn!(%cause, "no startup cache was made");
    let draft = match cache.draft() {
        Ok(draft) => draft,
        Err(cause) => {
            none(&cause);
            return Ok(());
        }
    };
    let (client, kept) = open(options, programs, None, until).await?;
    match timeout_at(until, client.issue_cmd(Raw::end())).await {
        Ok(Ok(_)) => match cache.keep(&draft, &kept.profile()) {
            Ok(()) => tracing::info!("startup cache made"),
            Err(cause) => none(&cause),
        },
        Ok(Err(cause)) => none(&cause),
        Err(cause) => none(&cause),
    }
    let ended = kept.end().await;
    silence(client).await;
    ended
}

/// Nobody is left to be told of the session's end; without it fantoccini would try, at a port that may be another's by
/// now.
pub(super) async fn silence(client: Client) {
    let _ = timeout(Duration::from_secs(1), client.persist()).await;
}

async fn connect(
    options: &BrowserOptions,
    endpoint: &Url,
    own: Option<Own<'_>>,
    until: Instant,
) -> Result<Client, BrowserError> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let mut endpoint = endpoint.clone();
    if !endpoint.path().ends_with('/') {
        // fantoccini joins relative paths to it, which would swallow the last part.
        endpoint.set_path(&format!("{}/", endpoint.path()));
    }
    let mut builder = ClientBuilder::new(connector);
    builder.capabilities(capabilities(options, own));
    let what = if own.is_some() { options.browser.as_str() } else { "webdriver" };
    timeout_at(until, builder.connect(endpoint.as_str()))
        .await
        .map_err(|_| too_slow(options))?
        .map_err(|error| BrowserError::NotStarted { what, cause: refusal(error) })
}

/// What listens to a browser, and has a say in what it sends.
pub(super) struct Watched {
    pub(super) traffic: Option<Traffic>,
    pub(super) scripts: Option<Scripts>,
    pub(super) fence: Option<Fence>,
}

/// Watches what the page sends, if the browser has a way to. Chromium needs one for scripts as well, and is fenced in by its
/// extension where it has one.
async fn watch(
    client: &Client,
    options: &BrowserOptions,
    extension: Option<&Path>,
    until: Instant,
) -> Result<Watched, BrowserError> {
    let all = client.capabilities();
    let address = all.and_then(|all| all.get("webSocketUrl")?.as_str());
    let watching = async {
        let what = options.browser.as_str();
        let failed = |cause| BrowserError::NotStarted { what, cause };
        let (scripts, fence) = match (options.browser, address) {
            (BrowserKind::Firefox, _) => (None, None),
            (BrowserKind::Chromium, None) => {
                return Err(failed("its driver gives no WebDriver BiDi".to_owned()));
            }
            (BrowserKind::Chromium, Some(address)) => {
                let scripts = Scripts::open(address).await.map_err(failed)?;
                let fence = fence(address, &scripts, extension).await.map_err(failed)?;
                (Some(scripts), fence)
            }
        };
        let traffic = match address {
            Some(address) => Traffic::watch(address)
                .await
                .map_err(|cause| BrowserError::NotStarted { what: "the watch on its requests", cause })?,
            None => None,
        };
        if let (Some(fence), Some(traffic)) = (&fence, &traffic) {
            fence.tell(traffic);
        }
        Ok(Watched { traffic, scripts, fence })
    };
    timeout_at(until, watching).await.map_err(|_| too_slow(options))?
}

/// A browser that is not ours has no extension of ours; its pages at least ask for their connections to be closed.
async fn fence(address: &str, scripts: &Scripts, extension: Option<&Path>) -> Result<Option<Fence>, String> {
    match extension {
        Some(extension) => Fence::open(address, extension).await.map(Some),
        None => {
            let close = json!({ "name": "Connection", "value": { "type": "string", "value": "close" } });
            scripts.send("network.setExtraHeaders", json!({ "headers": [close] })).await?;
            Ok(None)
        }
    }
}

fn too_slow(options: &BrowserOptions) -> BrowserError {
    BrowserError::Timeout { doing: "start the browser", after: options.start_deadline }
}

fn browser_of(client: &Client) -> Option<Process> {
    let all = client.capabilities()?;
    let pid = all.get("moz:processID").or_else(|| all.get("goog:processID"))?.as_u64()?;
    Process::now(u32::try_from(pid).ok()?)
}
