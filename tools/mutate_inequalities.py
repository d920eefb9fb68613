#!/usr/bin/env python3
"""Turns every comparison of the swath detectors round, one at a time, and counts those that no test notices.

Works on a copy that is built once: `a < b` becomes `a | Cmp(7, Lt) | b`, which binds as loosely between arithmetic and
`&&` as a comparison does, and answers `a > b` when STRAWFIRE_MUTANT is 7.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ["src/detect/viirs_i", "src/detect/modis", "src/detect/swath"]
TESTS_ONLY = {"made.rs", "battery.rs"}
OPERATOR = re.compile(r"(?<=[\w)\]}])(\s)(<=|>=|<|>)(\s)(?=[\w*(&!-])")

SWITCH = '''//! Comparisons that one test run turns round.
use std::ops::BitOr;
use std::sync::OnceLock;
#[derive(Clone, Copy)]
pub struct Cmp(pub usize, pub &'static str);
pub struct Half<T>(T, Cmp);
fn chosen() -> usize {
    static CHOSEN: OnceLock<usize> = OnceLock::new();
    *CHOSEN.get_or_init(|| std::env::var("STRAWFIRE_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(usize::MAX))
}
macro_rules! turnable {
    ($($t:ty)*) => { $(
        impl BitOr<Cmp> for $t { type Output = Half<$t>; fn bitor(self, cmp: Cmp) -> Half<$t> { Half(self, cmp) } }
        impl BitOr<$t> for Half<$t> {
            type Output = bool;
            fn bitor(self, b: $t) -> bool {
                let (a, Cmp(id, operator)) = (self.0, self.1);
                match (operator, id == chosen()) {
                    ("<", false) | (">", true) => a < b,
                    (">", false) | ("<", true) => a > b,
                    ("<=", false) | (">=", true) => a <= b,
                    _ => a >= b,
                }
            }
        }
    )* };
}
turnable!(f32 f64 u32 i64 usize crate::fire::Confidence);
'''


def sources():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.rs")):
            if "tests" not in path.parts and path.name not in TESTS_ONLY:
                yield path.relative_to(ROOT)


def turn(text, sites, name):
    """Puts a switch at every comparison of code that is no comment and no test."""
    code, tests, rest = text.partition("#[cfg(test)]\nmod tests {")
    done, at = [], 0
    for match in OPERATOR.finditer(code):
        start = code.rfind("\n", 0, match.start()) + 1
        line = code[start : code.find("\n", match.start())]
        if line.lstrip().startswith("//") or "fn " in line or "impl" in line:
            continue
        number = code.count("\n", 0, match.start(2)) + 1
        sites.append(f"{name}:{number}: {line.strip()}  [{match.group(2)}]")
        done.append(code[at : match.start()])
        switch = f'crate::mutant::Cmp({len(sites) - 1}, "{match.group(2)}")'
        done.append(f"{match.group(1)}| {switch} |{match.group(3)}")
        at = match.end()
    return "".join(done) + code[at:] + tests + rest


def main():
    sites = []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split("\n"):
            if name and (ROOT / name).is_file():
                (scratch / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, scratch / name)
        for name in sources():
            (scratch / name).write_text(turn((ROOT / name).read_text(), sites, name))
        (scratch / "src/mutant.rs").write_text("#![allow(missing_docs)]\n" + SWITCH)
        library = scratch / "src/lib.rs"
        library.write_text(library.read_text() + "\npub mod mutant;\n")
        target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
        build = ["cargo", "test", "--lib", "--no-run", "--message-format=json"]
        built = subprocess.run(build, cwd=scratch, env={**os.environ, "CARGO_TARGET_DIR": target}, text=True, stdout=subprocess.PIPE)
        if built.returncode:
            sys.exit("the turned copy does not build")
        messages = [json.loads(line) for line in built.stdout.splitlines() if line.startswith("{")]
        binary = next(m["executable"] for m in messages if m.get("executable"))

        def passes(mutant):
            run = [binary, "detect::", "-q"]
            try:
                done = subprocess.run(run, env={**os.environ, "STRAWFIRE_MUTANT": str(mutant)}, capture_output=True, timeout=60)
            except subprocess.TimeoutExpired:
                return False
            return done.returncode == 0

        if not passes("none"):
            sys.exit("the turned copy fails with nothing turned")
        survived = [site for i, site in enumerate(sites) if passes(i)]
    for site in survived:
        print("survived:", site)
    killed = len(sites) - len(survived)
    print(f"{killed} of {len(sites)} turned comparisons noticed ({100 * killed / len(sites):.1f} %)")
    sys.exit(10 * killed < 9 * len(sites))


main()
