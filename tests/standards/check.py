#!/usr/bin/env python3
"""Every demand of checklist.md that says `test` is named by a test, every test names a real demand,
and what deploy/THREATS.md names as shown by a test or a file is there."""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parent.parent
NAMED_IN = ["tests/**/*.cpp", "tests/**/*.hpp", "tests/**/*.py", "scenarios/**/*.yaml"]
COMMENT = re.compile(r"(?://|#).*")
DEMAND = re.compile(r"\bD([1-9][0-9]?)\b")


def demands(text):
    """id -> whether a test must name it."""
    found = {}
    for line in text.splitlines():
        row = re.match(r"\| D(\d+)(?:-D(\d+))? \|.*\| ([^|]+) \|$", line)
        if row:
            for number in range(int(row[1]), int(row[2] or row[1]) + 1):
                found[number] = row[3].strip() == "test"
    return found


def named(files):
    """id -> the files whose comments name it."""
    found = {}
    for path in files:
        for comment in COMMENT.findall(path.read_text()):
            for number in DEMAND.findall(comment):
                found.setdefault(int(number), set()).add(path)
    return found


def missing_proofs(text):
    """What a table of threats names, and the tree does not have."""
    tests = set()
    for path in TREE.glob("tests/**/*.cpp"):
        for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", path.read_text(), re.M):
            tests.add(f"{suite}.{name}")
    missing = []
    for line in text.splitlines():
        cells = line.split(" | ")
        if not line.startswith("| ") or len(cells) != 3 or cells[0] == "| threat":
            continue
        proofs = re.findall(r"`([^`]+)`", cells[2])
        if not proofs:
            missing.append(f"{cells[0][2:]}: nothing shows it")
        missing += [f"{cells[0][2:]}: there is no {proof}" for proof in proofs
                    if proof not in tests and not (TREE / proof).is_file()]
    return missing


def main():
    wanted = demands((HERE / "checklist.md").read_text())
    files = [path for pattern in NAMED_IN for path in sorted(TREE.glob(pattern)) if path.parent != HERE]
    tested = named(files)
    mistakes = [f"D{n}: no test names it" for n, must in sorted(wanted.items()) if must and n not in tested]
    for number, paths in sorted(tested.items()):
        if number not in wanted:
            where = ", ".join(str(path.relative_to(TREE)) for path in sorted(paths))
            mistakes.append(f"D{number}: {where} names it, and checklist.md has no such demand")
    mistakes += missing_proofs((TREE / "deploy" / "THREATS.md").read_text())
    for mistake in mistakes:
        print(mistake)
    print(f"{sum(wanted.values())} demands, {len(mistakes)} mistakes")
    return 1 if mistakes or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
