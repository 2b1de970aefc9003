"""campaign.py - one small campaign, played unsplit, and what its parts must come to."""
import os
import pathlib
import shutil
import subprocess

import house

PARTS = 8
SHIPPED = house.TREE / "deploy/sweep"
WORLDS = "sweeps/backup.yaml"
BROKEN = "broken.yaml"
NO_MAIL = """\
name: A promise that cannot hold
explain: Nobody writes, and mail is expected, in every world.
hosts:
  mail.example.org: {is: primary}
steps:
  - at: 4s
    expect:
      mail.example.org: {client.conn: 1}
"""
# What a scheduler around this test, or its caller, has set must not reach the tests.
FOREIGN = ("MXLAB_SHARD", "SLURM_", "CI_NODE_", "JOB_COMPLETION_INDEX", "PARALLEL_SEQ")


class Campaign:
    """Where mxlab is, which seeds, and what the unsplit run wrote."""

    def __init__(self, ours, worlds):
        self.folder = ours.folder
        self.programs = ours.programs
        self.seeds = f"1..{worlds}"
        self.whole = self.folder / "whole.jsonl"
        here = self.place("unsplit")
        self.call(here, "mxlab", "sweep", WORLDS, "--seeds", self.seeds, "--results", self.whole)

    def place(self, name):
        """A fresh folder with the worlds in it."""
        here = self.folder / name
        (here / "sweeps").mkdir(parents=True)
        shutil.copy(house.TREE / WORLDS, here / WORLDS)
        (here / BROKEN).write_text(NO_MAIL)
        return here

    def environment(self, more=None):
        clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        clean["PATH"] = f"{self.programs}:{clean['PATH']}"
        clean["HOME"] = str(self.folder)  # GNU parallel keeps files there
        return clean | {"WORLDS": WORLDS, "SEEDS": self.seeds, "PARTS": str(PARTS)} | (more or {})

    def call(self, here, *command, more=None, status=0):
        """What a program printed, on both streams; fails on another exit status."""
        words = [str(word) for word in command]
        done = subprocess.run(words, cwd=here, env=self.environment(more), timeout=600, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        text = done.stdout.decode(errors="replace")
        house.expect(done.returncode == status, f"exit code {status}",
                     f"{' '.join(words)} ended with {done.returncode}:\n{text}")
        return text

    def script(self, here, lines, more, status=0):
        """Lines of a file for a scheduler, as GitLab and GitHub let bash run them."""
        return self.call(here, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", lines,
                         more=more, status=status)

    def check(self, results):
        """Eight parts, none of them empty, and merged they are the unsplit run, to the byte."""
        parts = sorted(pathlib.Path(results).glob("part-*.jsonl"))
        sizes = [len(part.read_text().splitlines()) for part in parts]
        worlds = len(self.whole.read_text().splitlines()) - 1  # the first line is the head
        house.expect(len(parts) == PARTS and all(size == worlds / PARTS + 1 for size in sizes),
                     f"{PARTS} parts of {worlds // PARTS} worlds", sizes)
        done = subprocess.run(["cmp", self.whole, results / "all.jsonl"], capture_output=True,
                              check=False)
        house.expect(done.returncode == 0, "the parts merged to be the unsplit run",
                     done.stdout.decode() + done.stderr.decode())
