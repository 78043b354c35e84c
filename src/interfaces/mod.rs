//! Interfaces translate what is asked and render what was answered; they hold no rule of their own.
//!
//! `config` turns flags, environment and file into a workspace the engine can manage; [`cli`] is the command line.

pub mod cli;
pub(crate) mod config;
