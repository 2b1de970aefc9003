#!/usr/bin/env python3
"""programs - mxrelayctl against the real mxrelayd: words, exit codes, JSON, a stopped spool, abuse.

Called with the paths of mxrelayd and mxrelayctl. Loopback and a folder of its own; nothing stays.
"""

import json
import os
import pwd
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

MXRELAYD, MXRELAYCTL = sys.argv[1:3]
UNPRIVILEGED = "nobody"  # whom a start as root turns into


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Relay:
    """One folder with a configuration; a relay lives in it from start() to stop()."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="mxrelayctl-")
        self.path = Path(self.folder.name)
        self.port, self.metrics, self.process = free_port(), free_port(), None
        for name in ("spool", "run"):
            (self.path / name).mkdir()
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            os.chmod(self.path, 0o755)
            for name in ("spool", "run"):
                os.chown(self.path / name, user.pw_uid, user.pw_gid)
        self.control = self.path / "run/control.sock"
        # Port 9 of the loopback: no name server, so that all mail stays and says why.
        (self.path / "smtpd.conf").write_text(
            f"listen on 127.0.0.1 port {self.port}\nlisten on socket\n"
            'action "backup" relay backup\n'
            'match from any for domain "example.org" action "backup"\n')

    def start(self):
        command = [MXRELAYD, "-d", "-f", self.path / "smtpd.conf", "--spool", self.path / "spool",
                   "--control", self.control, "--metrics", f"127.0.0.1:{self.metrics}",
                   "--name-server", "127.0.0.1:9"]
        if os.geteuid() == 0:
            command += ["--user", UNPRIVILEGED]
        self.log = open(self.path / "log", "ab")
        self.process = subprocess.Popen(command, stderr=self.log, stdout=self.log)
        for _ in range(200):
            if self.ctl("show", "status").returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("mxrelayd does not start: " + (self.path / "log").read_text())

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)
        if self.process:
            self.log.close()
        self.process = None

    def ctl(self, *words, **more):
        return subprocess.run([MXRELAYCTL, "--socket", self.control, "--spool",
                               self.path / "spool", *words],
                              capture_output=True, text=True, timeout=60, check=False, **more)

    def send(self, recipient="bob@example.org"):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as session:
            session.sendmail("alice@example.net", [recipient], b"Subject: hi\r\n\r\nhello\r\n")

    def get(self, page):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}{page}", timeout=10) as reply:
            return reply.headers["Content-Type"], reply.read().decode()


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.relay = Relay()
        cls.relay.start()

    @classmethod
    def tearDownClass(cls):
        cls.relay.stop()
        cls.relay.folder.cleanup()

    def expect(self, words, out, status=0, err=""):
        run = self.relay.ctl(*words.split())
        self.assertEqual((run.stdout, run.returncode, run.stderr), (out, status, err), words)

    def test_the_dialogue_of_the_tutorial(self):
        self.expect("pause smtp", "command succeeded\n")
        self.expect("pause smtp", "command failed\n", 1)
        self.expect("show status", "MDA running\nMTA running\nSMTP paused\n")
        self.expect("enable smtp", "command succeeded\n", 0,
                    "mxrelayctl: enable smtp is called resume smtp\n")
        self.expect("sh sta", "", 255, "possibilities are:\n" + "".join(
            f"show {word}\n" for word in ("mta", "envelope", "hoststats", "message", "queue", "hosts",
                                          "relays", "routes", "stats", "status")))
        self.expect("profile queue", "", 1, "mxrelayctl: profile is not supported: see monitor, "
                                            "show stats and the metrics\n")

    def test_queue_why_and_json(self):
        self.relay.send()
        rows = json.loads(self.relay.ctl("show", "queue", "--json").stdout)
        self.assertEqual(rows[-1]["recipient"], "bob@example.org")
        self.assertEqual(rows[-1]["message"], rows[-1]["id"][:8])
        why = self.relay.ctl("why", rows[-1]["id"])
        self.assertEqual(why.returncode, 0)
        self.assertIn("What would release it:", why.stdout)
        shown = self.relay.ctl("show", "message", rows[-1]["message"]).stdout
        self.assertTrue(shown.endswith("Subject: hi\n\nhello\n"), shown)

    def test_log_and_trace_are_switched(self):
        self.expect("log verbose", "command succeeded\n")
        self.expect("trace smtp", "command succeeded\n")
        self.expect("trace nothing", "", 1, "mxrelayctl: invalid trace keyword: nothing\n")
        self.relay.send()
        self.expect("untrace all", "command succeeded\n")
        self.expect("log brief", "command succeeded\n")
        self.expect("reload", "command succeeded\n")

    def test_a_monitor_comes_row_by_row(self):
        run = self.relay.ctl("monitor", "--rows", "3")
        lines = run.stdout.splitlines()
        self.assertEqual(lines[1], "curr conn disc  curr  enq  deq   ok tmpfail prmfail loop "
                                   "expire remove bounce")
        self.assertEqual([len(line) for line in lines[2:]], [77] * 3)
        page = self.relay.ctl("monitor", "--watch", "--rows", "1").stdout
        self.assertNotIn("\033", page, "no colours where no terminal is")

    def test_metrics_and_health(self):
        self.assertEqual(self.relay.get("/healthz")[1], "ok\n")
        kind, page = self.relay.get("/metrics")
        self.assertIn("openmetrics-text", kind)
        self.assertTrue(page.endswith("# EOF\n"))
        try:
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
        except ImportError:
            return
        names = {family.name for family in text_string_to_metric_families(page)}
        self.assertIn("mxrelay_queue_commit_seconds", names)
        with self.assertRaises(urllib.error.HTTPError):
            self.relay.get("/etc/passwd")

    def test_the_socket_survives_what_killed_others(self):
        """CVE-2025-62875: a local client with bad framing ended smtpd."""
        for path in (self.relay.control, self.relay.path / "run/submit.sock"):
            for data in (b"\0" * 4096, b"\xff" * 70_000, b"{" * 300_000, b"{}\n" * 50, b"\n"):
                with socket.socket(socket.AF_UNIX) as client:
                    client.settimeout(10)
                    client.connect(str(path))
                    try:
                        client.sendall(data)
                        client.shutdown(socket.SHUT_WR)
                        client.recv(4096)
                    except OSError:
                        pass
        self.expect("show status", "MDA running\nMTA running\nSMTP running\n")

    def test_the_modes_of_the_sockets(self):
        self.assertEqual(self.relay.control.stat().st_mode & 0o777, 0o660)
        self.assertEqual((self.relay.path / "run/submit.sock").stat().st_mode & 0o777, 0o666)

    def test_encrypt_reads_a_line_for_each_password(self):
        run = self.relay.ctl("encrypt", input="one\ntwo\n")
        self.assertRegex(run.stdout, r"\A(\$y\$\S+\n){2}\Z")

    def test_help_is_there_for_each_command(self):
        run = self.relay.ctl("--help")
        for word in ("discover", "why", "reload", "spf"):
            self.assertRegex(run.stdout, rf"\n  {word} ")
            self.assertIn("Example:", self.relay.ctl(word, "--help").stdout)


    def test_a_wrong_option_says_whose_it_was(self):
        for wrong in (["--nope"], ["monitor", "--rows", "-1"], ["monitor", "--rows", "x"]):
            run = self.relay.ctl(*wrong)
            self.assertEqual((run.returncode, run.stdout), (1, ""), wrong)
            self.assertRegex(run.stderr, r"\Amxrelayctl: .*; see mxrelayctl --help\n\Z")
        self.assertRegex(self.relay.ctl("--version").stdout, r"\Amxrelayctl \d")


class StoppedRelay(unittest.TestCase):
    def setUp(self):
        self.relay = Relay()

    def tearDown(self):
        self.relay.stop()
        self.relay.folder.cleanup()

    def spool(self):
        return {file.name: file.read_bytes() for file in (self.relay.path / "spool").iterdir()}

    def test_shows_its_queue_and_changes_nothing(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            self.relay.start()
            self.relay.send()
            time.sleep(0.3)  # the first attempt fails meanwhile
            self.relay.stop(how)
            before = self.spool()
            rows = self.relay.ctl("show", "queue")
            self.assertEqual((rows.returncode, rows.stderr), (0, ""))
            for row in rows.stdout.splitlines():
                fields = row.split("|")
                self.assertEqual((len(fields), fields[11], fields[12]), (14, "offline", ""), row)
            last = rows.stdout.splitlines()[-1].split("|")[0]
            self.assertIn("rcpt: bob@example.org", self.relay.ctl("show", "envelope", last).stdout)
            self.assertIn("hello", self.relay.ctl("show", "message", last).stdout)
            self.assertEqual(self.spool(), before)

    def test_is_said_not_to_run(self):
        run = self.relay.ctl("monitor")
        self.assertEqual((run.returncode, run.stderr),
                         (1, "mxrelayctl: mxrelayd doesn't seem to be running\n"))
        run = self.relay.ctl("show", "queue")
        self.assertEqual(run.returncode, 1)
        self.assertIn("mxrelayd doesn't seem to be running, and ", run.stderr)
        self.assertIn("there is no queue that can be read", run.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
