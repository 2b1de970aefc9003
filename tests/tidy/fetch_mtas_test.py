#!/usr/bin/env python3
"""scripts/fetch-mtas: which packages it takes, which it refuses, and when it fetches nothing.

Its functions are called on a folder of packages of our own; nothing is downloaded.
"""
import hashlib
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/fetch-mtas"
KNOWN = "exim4-base_4.96-1_amd64.deb"
NEWER = "exim4-base_4.96-2_amd64.deb"
LIBRARY = "libc6_2.36-9_amd64.deb"


class FetchMtas(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.archive = self.folder / "apt/archives/exim"
        self.archive.mkdir(parents=True)
        known = hashlib.sha256(b"as listed").hexdigest()
        daemon = f"{known}  exim4-daemon-light_4.96-1_amd64.deb"
        (self.folder / "list").write_text(f"{known}  {KNOWN}\n{daemon}\n", "ascii")

    def call(self, function):
        """The exit code of a function of the script, and what it says."""
        words = (f'source "{SCRIPT}"; base="{self.folder}"; apt="$base/apt"; known="$base/list"; '
                 f"{function} exim")
        done = subprocess.run(["bash", "-c", words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        return done.returncode, done.stdout

    def have(self, name, body):
        (self.archive / name).write_bytes(body)

    def test_takes_a_listed_package_and_any_library_silently(self):
        self.have(KNOWN, b"as listed")
        self.have(LIBRARY, b"whatever")
        self.assertEqual(self.call("verify"), (0, ""))

    def test_refuses_a_listed_name_with_another_sum(self):
        self.have(KNOWN, b"not as listed")
        code, said = self.call("verify")
        self.assertEqual(code, 2)
        self.assertIn(f"{KNOWN} is not the file that scripts/mtas.sha256 lists", said)
        self.assertIn(hashlib.sha256(b"not as listed").hexdigest(), said)

    def test_takes_a_version_that_is_not_listed_and_says_so_in_one_line(self):
        self.have(NEWER, b"a security update")
        code, said = self.call("verify")
        self.assertEqual(code, 0)
        self.assertEqual(len(said.splitlines()), 1)
        self.assertIn(NEWER, said)
        self.assertIn("scripts/fetch-mtas --accept", said)

    def test_fetches_again_only_what_is_older_than_the_list(self):
        done = self.folder / "roots/exim/.done"
        self.assertNotEqual(self.call("is_there")[0], 0, "nothing is there")
        done.parent.mkdir(parents=True)
        for version, there in (("4.95-9", False), ("4.96-1", True), ("4.96-2", True)):
            done.write_text(version + "\n", "ascii")
            self.assertEqual(self.call("is_there")[0] == 0, there, version)


unittest.main()
