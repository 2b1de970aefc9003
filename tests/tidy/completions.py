#!/usr/bin/env python3
"""completions - a press of the tab key offers every option and every sub-command of a program.

Called with the paths of the built programs. Exit code: 0 all is offered, 1 something is missing.
"""

import re
import subprocess
import sys
from pathlib import Path

COMPLETIONS = Path(__file__).resolve().parents[2] / "deploy/completions"
ASK = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_$NAME"; ' \
      'printf "%s\\n" "${COMPREPLY[@]}"'


def help_of(words):
    return subprocess.run([*words, "--help"], capture_output=True, text=True, check=True).stdout


def offered(program, words):
    """What bash offers at the end of this command line."""
    script = COMPLETIONS / f"{program.name}.bash"
    run = subprocess.run(
        ["bash", "-c", ASK, "ask", str(script), str(program), *words],
        capture_output=True, text=True, check=True, env={"NAME": program.name, "PATH": "/usr/bin:/bin"},
    )
    return set(run.stdout.split())


def commands_of(program):
    found = re.search(r"^Subcommands:\n((?:  .*\n?)+)", help_of([program]), re.M)
    return re.findall(r"^  (\w\S*)", found.group(1), re.M) if found else []


def missing(program):
    """What --help names and the tab key does not offer."""
    commands = commands_of(program)
    if commands:
        yield from (f"{program.name} {c}" for c in set(commands) - offered(program, [""]))
    for words in [[], *([command] for command in commands)]:
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", help_of([program, *words])))
        if "--help" not in options:
            yield f"{' '.join([program.name, *words])}: --help does not name itself"
        yield from (" ".join([program.name, *words, option])
                    for option in options - offered(program, [*words, "--"]))


def main():
    programs = [Path(argument) for argument in sys.argv[1:]]
    found = [line for program in programs for line in missing(program)]
    print("\n".join(f"not offered: {line}" for line in found) or f"{len(programs)} programs complete")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
