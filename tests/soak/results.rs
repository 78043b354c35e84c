//! What the cases gave so far: one JSON line each, in a file that outlives the study.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::circumstances::{circumstances, commit};

pub(crate) struct Results {
    file: File,
    known: BTreeMap<String, Value>,
}

impl Results {
    /// The file of this study, seed and commit; what it has is told.
    pub(crate) fn open(study: &str, seed: u64) -> Result<Self> {
        let commit = commit();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/soak");
        fs::create_dir_all(&folder)?;
        let path: PathBuf = folder.join(format!("{study}-{seed}-{commit}.jsonl"));
        let text = fs::read_to_string(&path).unwrap_or_default();
        let line = |line: &str| {
            // A line that was cut off belongs to a case that is played again.
            let value: Value = serde_json::from_str(line).ok()?;
            Some((value["case"].as_str()?.to_owned(), value))
        };
        let known: BTreeMap<_, _> = text.lines().filter_map(line).collect();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("write {}", path.display()))?;
        if !text.is_empty() && !text.ends_with('\n') {
            writeln!(file)?;
        }
        println!("{}", circumstances(seed));
        println!("results in {}, {} of them known already\n", path.display(), known.len());
        Ok(Self { file, known })
    }

    pub(crate) fn of(&self, case: &str) -> Option<&Value> {
        self.known.get(case)
    }

    pub(crate) fn keep(&mut self, case: &str, mut value: Value) -> Result<&Value> {
        value["case"] = json!(case);
        writeln!(self.file, "{value}")?;
        self.file.sync_data()?;
        self.known.insert(case.to_owned(), value);
        Ok(&self.known[case])
    }
}
