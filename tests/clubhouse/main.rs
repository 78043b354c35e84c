//! `cargo run --example clubhouse -- --members 40 --seed 1` serves the second practice console on loopback until SIGTERM
//! or SIGINT, and prints one line of JSON when it is ready.

#![expect(clippy::print_stdout, reason = "the one line that says where it is")]

mod console;

use anyhow::{Context, Result};
use clap::Parser;
use console::Options;
use tokio::signal::unix::{SignalKind, signal};

/// Serves Clubhouse, a practice console, until it is told to stop.
#[derive(Debug, Parser)]
#[command(name = "clubhouse")]
struct Arguments {
    /// How many people the club has
    #[arg(long, value_name = "N", default_value_t = Options::default().members)]
    members: usize,
    /// From this, people and password follow
    #[arg(long, value_name = "S", default_value_t = Options::default().seed)]
    seed: u64,
    /// The port of the pages; 0 for a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// How many berths the club's plan has [default: comfortably above use]
    #[arg(long, value_name = "N")]
    berths: Option<usize>,
    /// A fault that is on from the start; may be given several times
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { members, seed, port, berths, faults } = Arguments::parse();
    // Asked for first: a signal that comes while it starts must not be missed.
    let mut term = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut int = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    let options = Options { members, seed, port, berths, faults };
    let console = console::start(options).await.context("start the console")?;
    println!("{}", serde_json::to_string(console.ready())?);
    console
        .stopped(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
        })
        .await;
    Ok(())
}
