//! `review PLAN`: the plan as a page, for whoever decides about it.

use std::path::{Path, PathBuf};

use super::Context;
use super::approve::content;
use crate::engine::{Error, PlanFile, trace, whole_file};
use crate::interfaces::cli::args::Review;

pub(super) fn run(context: &Context, arguments: &Review) -> anyhow::Result<u8> {
    let page = arguments.output.clone().unwrap_or_else(|| beside(&arguments.plan));
    whole_file::may_be_written(&page, arguments.force)?;
    let plan = PlanFile::read(&content(&arguments.plan)?).map_err(Error::from)?;
    let written = trace::plan_page(&plan, &arguments.plan);
    whole_file::write(&page, written.as_bytes(), arguments.force)?;
    context.printer.line(&page.display().to_string());
    Ok(0)
}

/// `plan.json` has its page in `plan.html`.
fn beside(plan: &Path) -> PathBuf {
    plan.with_extension("html")
}
