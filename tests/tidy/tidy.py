#!/usr/bin/env python3
"""tidy - does the tree obey its own rules? Prints FILE:LINE: MESSAGE, one for each violation.

The rules stand in rules.py; the rooms and who may include whom are read from CMakeLists.txt. Files
that version control ignores are not looked at, and neither is tests/tidy, which names what it bans.
Exit code: 0 all well, 1 violations, 2 nothing to look at.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import rules

OURSELVES = "tests/tidy/"


def paths_of(root):
    """The tree's files: what git knows or would add; without git, what is not built or hidden."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0:
        paths = listed.stdout.split("\0")
        return sorted({path for path in paths if path and (root / path).is_file()})
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in ("build", ".git", "__pycache__")]
        found += [(Path(folder) / name).relative_to(root).as_posix() for name in names]
    return sorted(found)


def links_of(cmake):
    """Room -> the rooms whose headers it may include. Raises ValueError where the graph is wrong."""
    links = {}
    for folder, linked in re.findall(r"mxlab_room\((\S+)\s+LINKS\s+([^)]*)\)", cmake):
        names = {room.replace("/", "_"): room for room in links}
        below = {folder}
        for name in linked.split():
            if name == folder.replace("/", "_"):
                raise ValueError(f"{folder} links itself")
            if name in names:
                below |= links[names[name]]
            elif re.match(r"(relay|sim|fakedns)(_|$)", name):
                raise ValueError(f"{folder} links {name}, which is not declared above it")
        if not folder.startswith("sim/") and any(room.startswith("sim") for room in below):
            raise ValueError(f"{folder} depends on the lab; the product never does")
        links[folder] = below
    return links


def text_of(path):
    """The file's text, or None when it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def violations_of(file):
    for rule, applies in rules.RULES:
        if applies(file):
            for line, message in rule(file):
                yield line, message


def check(root):
    """Every violation in the tree as (path, line, message)."""
    tree = rules.Tree(root, paths_of(root))
    cmake = root / "CMakeLists.txt"
    try:
        tree.links = links_of(cmake.read_text())
    except ValueError as error:
        yield "CMakeLists.txt", 1, str(error)
    for path in tree.paths:
        text = None if path.startswith(OURSELVES) else text_of(root / path)
        if text is not None:
            for line, message in sorted(violations_of(rules.File(path, text, tree))):
                yield path, line, message


def main():
    parser = argparse.ArgumentParser(description="Checks the tree against its own rules.")
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parents[2])
    root = parser.parse_args().root.resolve()
    if not (root / "CMakeLists.txt").exists():
        print(f"{root}: no CMakeLists.txt here, so nothing to look at", file=sys.stderr)
        return 2
    count = 0
    for path, line, message in check(root):
        print(f"{path}:{line}: {message}")
        count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
