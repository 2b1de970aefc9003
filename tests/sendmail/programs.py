#!/usr/bin/env python3
"""programs - the sendmail command against the real mxrelayd: letters, exit codes, memory.

Called with the paths of mxrelayd and of sendmail. Loopback and a folder of its own; nothing stays.
"""

import os
import pwd
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "daemon"))
from relayd import PATIENCE, Relayd, wait_until  # noqa: E402

MXRELAYD, SENDMAIL = "", ""
EX_OK, EX_USAGE, EX_DATAERR, EX_NOUSER, EX_TEMPFAIL = 0, 64, 65, 67, 75

OWNER = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
CONFIG = (
    "listen on 127.0.0.1 port {port}\nlisten on socket\n"
    f'table users {{{{ alice = "{OWNER.pw_uid}:{OWNER.pw_gid}:/nowhere", '
    f'bob = "{OWNER.pw_uid}:{OWNER.pw_gid}:/nowhere" }}}}\n'
    'action "m" maildir "{folder}/mail/%{{user.username}}" userbase <users>\n'
    'match from any for local action "m"\n')


class Host:
    """A relay with the users alice and bob."""

    def __enter__(self):
        self.relay = Relayd(MXRELAYD, CONFIG)
        self.mail = self.relay.folder / "mail"
        for user in ("alice", "bob"):
            for part in ("tmp", "new", "cur"):
                (self.mail / user / part).mkdir(parents=True)
        for path in [self.mail, *self.mail.rglob("*")]:
            os.chown(path, OWNER.pw_uid, OWNER.pw_gid)
        return self

    def __exit__(self, *_):
        self.relay.__exit__()

    def sendmail(self, text, *arguments):
        socket = self.relay.folder / "run/submit.sock"
        return subprocess.run([SENDMAIL, "--socket", socket, *arguments], input=text.encode(),
                              capture_output=True, timeout=PATIENCE, check=False)

    def mails(self, user):
        return [path.read_text() for path in (self.mail / user / "new").iterdir()]

    def mail_of(self, user):
        wait_until(lambda: self.mails(user), f"mail for {user}\n{self.relay.log()}")
        return self.mails(user)[0]

    def peak_memory(self):
        status = Path(f"/proc/{self.relay.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024


class Sendmail(unittest.TestCase):
    def test_a_letter_finds_its_recipients_in_its_header(self):
        with Host() as host:
            host.relay.start()
            run = host.sendmail("To: Alice <alice@localhost>\nBcc: bob@localhost\n"
                                "Subject: hello\n\n.a dot\nFrom here\n.\nnever seen\n",
                                "-t", "-v", "-f", "me@example.org")
            self.assertEqual(run.returncode, EX_OK, run.stderr)
            self.assertIn(b"Message accepted for delivery", run.stdout)
            letter = host.mail_of("alice")
            self.assertTrue(letter.startswith("Return-Path: <me@example.org>\n"), letter)
            self.assertTrue(letter.endswith("\n\n.a dot\nFrom here\n"), letter)
            for field in ("From: me@example.org\n", "Date: ", "Message-ID: <", "Received: "):
                self.assertIn("\n" + field, letter)
            self.assertNotIn("bob", letter, "a blind copy stays blind")
            self.assertIn("Delivered-To: bob@localhost\n", host.mail_of("bob"))

    def test_exit_codes_say_what_can_be_done(self):
        with Host() as host:
            run = host.sendmail("x", "alice@localhost")
            self.assertEqual(run.returncode, EX_TEMPFAIL)
            self.assertIn(b"mxrelayd doesn't seem to be running", run.stderr)
            host.relay.start()
            for arguments, status, words in (
                    (["nobody.here@localhost"], EX_NOUSER, b"550 5.1.1"),
                    (["alice@localhost", "nobody.here@localhost"], EX_NOUSER, b"nobody.here"),
                    (["not an address@localhost"], EX_DATAERR, b"553 5.1.3"),
                    (["-N", "sometimes", "alice@localhost"], EX_USAGE, b"NOTIFY"),
                    (["-bs"], EX_USAGE, b"not supported"),
                    ([], EX_USAGE, b"no recipients")):
                run = host.sendmail("Subject: x\n\nx\n", *arguments)
                self.assertEqual(run.returncode, status, arguments)
                self.assertIn(words, run.stderr)
            self.assertEqual(host.mails("alice"), [], "accepted whole or not at all")

    def test_an_exit_code_needs_nobody_who_reads_why(self):
        command = ["sh", "-c", '"$@"', "sh", SENDMAIL, "--socket", "/nonexistent/submit.sock", "a@b"]
        for streams in ("2>/dev/full", "1>&- 2>&-"):
            command[2] = f'"$@" {streams}'
            run = subprocess.run(command, input=b"x\n", timeout=PATIENCE, check=False)
            self.assertEqual(run.returncode, EX_TEMPFAIL, streams)
        command[2] = '"$@" 0<&-'
        run = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        self.assertNotEqual(run.returncode, EX_OK, "a letter that could not be read")
        self.assertIn(b"standard input", run.stderr)

    def test_a_big_letter_is_nowhere_held_as_a_whole(self):
        with Host() as host:
            host.relay.start()
            line = "x" * 70 + "\n"
            run = host.sendmail("Subject: big\n\n" + line * 600_000, "-i", "alice@localhost")
            self.assertEqual(run.returncode, EX_DATAERR, "beyond smtp max-message-size")
            self.assertIn(b"552 5.3.4", run.stderr)
            text = line * 430_000  # 30 MB
            run = host.sendmail("Subject: big\n\n" + text, "-i", "alice@localhost")
            self.assertEqual(run.returncode, EX_OK, run.stderr)
            self.assertTrue(host.mail_of("alice").endswith("\n\n" + text))
            self.assertLess(host.peak_memory(), 60 * 1024 * 1024)


if __name__ == "__main__":
    MXRELAYD, SENDMAIL = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main(verbosity=2)
