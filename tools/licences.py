#!/usr/bin/env python3
"""Prints docs/LICENCES.md from `cargo metadata`: python3 tools/licences.py > docs/LICENCES.md"""

import collections
import json
import subprocess

text = subprocess.run(["cargo", "metadata", "--format-version", "1"], check=True, capture_output=True, text=True).stdout
table = collections.defaultdict(list)
for package in json.loads(text)["packages"]:
    if package["source"]:
        table[package["license"] or "see its file"].append(f"{package['name']} {package['version']}")
print("# Licences of dependencies\n")
print("Made by `make bless` from `cargo metadata`; direct and indirect, build and test dependencies included.\n")
print("| licence | packages |\n|---|---|")
for licence, packages in sorted(table.items()):
    print(f"| {licence} | {', '.join(sorted(packages))} |")
