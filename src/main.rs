//! The program `strawfire`; all it does is in the library's `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    strawfire::cli::run()
}
