//! `misprints FOLDER`: writes the seeds and every case as files, and `cases.jsonl`, a line for each with what is expected of it.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use misprints::{Case, Format, cases, seed};
use serde_json::json;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        let _ = writeln!(io::stderr(), "usage: misprints FOLDER");
        return ExitCode::from(64);
    };
    match write_all(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "misprints: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write_all(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut lines = Vec::new();
    for (number, case) in Format::ALL.map(seed).into_iter().chain(cases()).enumerate() {
        let Case { class, format, variant, bytes, content_type, whole, findable } = case;
        let file = format!("{number:04}-{}", format.as_str());
        fs::write(folder.join(&file), bytes)?;
        let line = json!({
            "file": file,
            "base_url": "https://courier.example/feed",
            "content_type": content_type,
            "class": class,
            "format": format.as_str(),
            "variant": variant,
            "whole": whole,
            "findable": findable,
        });
        writeln!(lines, "{line}")?;
    }
    fs::write(folder.join("cases.jsonl"), lines)
}
