#!/usr/bin/env python3
"""Puts the scripts of the phone page into one file: a request more costs 300 ms on a slow line.

bundle.py            writes src/web/assets/task.bundle.js (`make bless`)
bundle.py --check    says whether it is what the sources give

Each module becomes a function that returns what it exports, after those that it imports; the scripts that the service worker shares come
first, as they are. Only the forms of import and export that are used here are known; anything else is refused.
"""

import pathlib
import re
import sys

ASSETS = pathlib.Path(__file__).resolve().parents[1] / "src/web/assets"
SHARED = ["task-db.js", "task-net.js", "task-upload.js", "task-send.js"]
IMPORT = re.compile(r"^import \{([\w\s,]+)\} from '\./([\w.-]+)';\n", re.M)
EXPORT = re.compile(r"^export ((?:async )?function\*?|const|class) (\w+)", re.M)


def variable(name):
    return "m_" + re.sub(r"\W", "_", name.removesuffix(".js"))


def wrapped(name):
    text = (ASSETS / name).read_text(encoding="utf-8")
    exports = [match.group(2) for match in EXPORT.finditer(text)]
    text = IMPORT.sub(lambda match: f"const {{{match.group(1)}}} = {variable(match.group(2))};\n", text)
    text = EXPORT.sub(lambda match: match.group(0).removeprefix("export "), text)
    left = re.search(r"^\s*(import|export)\b.*", text, re.M)
    if left:
        raise SystemExit(f"{name}: {left.group(0)!r} is no form of import or export that is known; write it as the others are")
    return f"const {variable(name)} = (() => {{\n{text.rstrip()}\nreturn {{ {', '.join(exports)} }};\n}})();\n"


def in_order(name, done, open_):
    if name in open_:
        raise SystemExit(f"{name} imports itself over {' '.join(open_)}: take the circle apart")
    if name in done:
        return
    text = (ASSETS / name).read_text(encoding="utf-8")
    for match in IMPORT.finditer(text):
        in_order(match.group(2), done, [*open_, name])
    done.append(name)


def bundle():
    modules = []
    in_order("task.js", modules, [])
    shared = [(ASSETS / name).read_text(encoding="utf-8").rstrip() + "\n" for name in SHARED]
    return "// Made by tools/bundle.py out of task*.js; not to be edited.\n" + "".join(shared) + "".join(map(wrapped, modules))


def main():
    file, text = ASSETS / "task.bundle.js", bundle()
    if "--check" in sys.argv:
        if file.read_text(encoding="utf-8") != text:
            raise SystemExit(f"{file.name} is not what the sources give: run `make bless`")
        return
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
