#!/usr/bin/env python3
"""booted - the package on a machine that systemd has booted: its unit, with all that it forbids,
lets the relay start, serve, deliver into a mailbox, reload and end.

booted.py ROOT; ROOT has systemd and the package installed. systemd-nspawn boots it, with a network
of its own. Exit code: 0 all of it went well, 1 something did not.
"""

import re
import signal
import subprocess
import sys
from pathlib import Path

from installed import wait_for

BOOT_LIMIT = 60
# nspawn is older than Landlock, and would refuse what a machine of its own allows.
LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
ENTER = ["nsenter", "-a", "-t"]


class Machine:
    def __init__(self, root):
        self.root = Path(root)
        (self.root / "etc/machine-id").write_text("")
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "-D", root, "--machine=mxrelay-test", "--register=no",
             "--keep-unit", "--private-network", "--boot", "--console=passive",
             f"--system-call-filter={LANDLOCK}"],
            env={"PATH": "/usr/sbin:/usr/bin", "UNIFIED_CGROUP_HIERARCHY": "1"},
            stdin=subprocess.DEVNULL, stdout=open(self.root.parent / "console.log", "wb"),
            stderr=subprocess.STDOUT, start_new_session=True)
        wait_for("the machine's first process", self.first_process, BOOT_LIMIT)
        wait_for("the machine's start", self.has_started, BOOT_LIMIT)

    def first_process(self):
        assert self.nspawn.poll() is None, "systemd-nspawn cannot boot a machine here"
        return Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()

    def run(self, *words):
        return subprocess.run([*ENTER, self.first_process()[0], *words], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout

    def has_started(self):
        return self.run("systemctl", "is-system-running").strip() in ("running", "degraded")

    def log(self):
        return self.run("journalctl", "-u", "mxrelay", "-o", "cat", "--no-pager")

    def property(self, name):
        return self.run("systemctl", "show", "mxrelay", "--value", "-p", name).strip()

    def is_active(self):
        return self.property("ActiveState") == "active"

    def mail_root(self, subject):
        """By SMTP on the machine's own loopback, spoken from outside."""
        script = (f"import smtplib; s = smtplib.SMTP('127.0.0.1', 25); "
                  f"s.sendmail('a@example.net', ['root@localhost'], 'Subject: {subject}\\n\\nhello\\n')")
        subprocess.run(["nsenter", "-n", "-t", self.first_process()[0], sys.executable, "-c", script],
                       check=True)

    def close(self):
        self.nspawn.send_signal(signal.SIGTERM)
        self.nspawn.wait(BOOT_LIMIT)


def starts_confined(machine):
    wait_for("the service", machine.is_active)
    log = machine.log()
    # Kernels without Landlock say so; refused by the unit, it would say "failed".
    assert re.search(r'landlock="(?:version \d|off: this kernel has no)', log), log
    assert 'seccomp="' in log and "calls allowed" in log, log


def delivers_into_a_mailbox(machine):
    machine.mail_root("before the reload")
    mailbox = machine.root / "var/mail/root"
    wait_for("mail in root's mailbox", lambda: "before the reload" in mailbox.read_text())


def reloads(machine):
    said = machine.run("systemctl", "reload", "mxrelay")
    wait_for("the reload", lambda: "configuration reloaded" in machine.log())
    assert said == "", said


def keeps_the_old_configuration_when_the_new_one_is_wrong(machine):
    file = machine.root / "etc/mxrelay/smtpd.conf"
    right = file.read_text()
    file.write_text(right + "match for nonsense\n")
    said = machine.run("systemctl", "reload", "mxrelay")
    assert "failed" in said, "systemctl does not say that the reload failed"
    assert machine.is_active() and "nonsense" in machine.log()
    file.write_text(right)


def ends_and_starts_again(machine):
    machine.run("systemctl", "restart", "mxrelay")
    wait_for("the service, again", machine.is_active)
    assert machine.property("NRestarts") == "0", machine.log()
    machine.mail_root("after the restart")
    mailbox = machine.root / "var/mail/root"
    wait_for("mail after the restart", lambda: "after the restart" in mailbox.read_text())


def is_steered_by_mxrelayctl(machine):
    assert "SMTP running" in machine.run("mxrelayctl", "show", "status")
    assert "command succeeded" in machine.run("mxrelayctl", "reload")


def serves_metrics_when_it_is_told_to(machine):
    """The drop-in of deploy/README.md."""
    folder = machine.root / "etc/systemd/system/mxrelay.service.d"
    folder.mkdir()
    (folder / "metrics.conf").write_text(
        "[Service]\nExecStart=\nExecStart=/usr/sbin/mxrelayd --metrics 127.0.0.1:9125\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "mxrelay")
    script = ("import urllib.request as r; "
              "print(r.urlopen('http://127.0.0.1:9125/healthz').status, "
              "r.urlopen('http://127.0.0.1:9125/metrics').read().decode())")
    said = subprocess.run(["nsenter", "-n", "-t", machine.first_process()[0], sys.executable, "-c",
                           script], text=True, check=True, capture_output=True).stdout
    assert said.startswith("200 ") and "mxrelay_build_info{" in said, said


STEPS = (starts_confined, delivers_into_a_mailbox, reloads, is_steered_by_mxrelayctl,
         keeps_the_old_configuration_when_the_new_one_is_wrong, ends_and_starts_again,
         serves_metrics_when_it_is_told_to)


def main():
    machine = Machine(sys.argv[1])
    try:
        for step in STEPS:
            print(f"the service {step.__name__.replace('_', ' ')}", flush=True)
            step(machine)
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        print(f"FAILED: {error!r}\n--- the service's log\n{machine.log()[-3000:]}", file=sys.stderr)
        return 1
    finally:
        machine.close()
    print("the service works under systemd")
    return 0


if __name__ == "__main__":
    sys.exit(main())
