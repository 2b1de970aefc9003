#!/usr/bin/env python3
"""journey - the life of the package on one machine: installed, configured, used, upgraded with mail
in the queue, removed with mail in the queue, installed again, purged.

journey.py ROOT NEWER-PACKAGE FAKEDNS; ROOT has the package installed and its /proc and /dev mounted.
Exit code: 0 all of it went well, 1 something did not.
"""

import re
import stat
import sys
from pathlib import Path

from installed import Installed, send, wait_for
from network import PRIMARY, RELAY, Wire
from primary import Primary

LETTER = "From: joe@example.net\r\nSubject: {}\r\n\r\ngr\u00fc\u00dfe\r\n.. two dots\r\n"


def letter(subject):
    return LETTER.format(subject).encode()


NOBODY = 65534


class Journey:
    """The primary hangs rather than refuses, so that mail is under way when the relay is stopped:
    the harder case, and started again, the relay tries it at once."""

    def __init__(self, machine, primary, newer):
        self.machine, self.primary, self.newer = machine, primary, newer

    # --- what goes in, and what has arrived ---

    def arrived(self, subject):
        wanted = f"Subject: {subject}\r\n".encode()
        return [message for message in self.primary.messages if wanted in message]

    def accept(self, recipient, subject):
        refusal = send(RELAY, recipient, letter(subject))
        assert refusal is None, f"{recipient} was refused: {refusal}"

    # --- the steps, in their order ---

    def installs_safely(self):
        """The package, as it comes, is a correct configuration that relays for nobody."""
        machine = self.machine
        assert "configuration OK" in machine.run("mxrelayd", "-n")
        for path, owner, mode in (("/var/spool/mxrelay", "mxrelay", 0o700),
                                  ("/etc/mxrelay/tls", "root", 0o750)):
            info = machine.path(path).stat()
            assert stat.S_IMODE(info.st_mode) == mode, f"{path}: mode {oct(info.st_mode)}"
            assert machine.run("stat", "-c", "%U", path).strip() == owner, path
        machine.start()
        try:
            send(RELAY, "jane@example.org", letter("too early"))
        except ConnectionRefusedError:
            machine.stop()
            return
        raise AssertionError("the relay of a fresh package answers the network")

    def is_configured(self):
        """The lines of the configuration that are marked for it, as they are."""
        machine = self.machine
        file = machine.path("/etc/mxrelay/smtpd.conf")
        file.write_text(re.sub(r"^#(?=[a-z])", "", file.read_text(), flags=re.M))
        machine.path("/etc/mxrelay/recipients").write_text("jane@example.org\njohn@example.org\n")
        machine.path("/etc/mailname").write_text("mx2.example.org\n")
        tls = "/etc/mxrelay/tls/mx2.example.org"
        machine.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                    "-subj", "/CN=mx2.example.org", "-keyout", f"{tls}.key", "-out", f"{tls}.crt")
        machine.run("chgrp", "mxrelay", f"{tls}.key")
        machine.run("chmod", "640", f"{tls}.key")
        assert "configuration OK" in machine.run("mxrelayd", "-n")
        machine.start()

    def takes_only_its_own(self):
        for recipient in ("nobody@example.org", "jane@elsewhere.example", "jane%elsewhere.example"):
            refusal = send(RELAY, recipient, letter("not ours"))
            assert refusal and refusal[0] // 100 == 5, f"{recipient}: {refusal}"

    def keeps_mail_while_the_primary_hangs(self):
        self.accept("jane@example.org", "first")

    def takes_the_mail_of_programs(self):
        self.machine.run("sendmail", "-f", "root@mx2.example.org", "john@example.org", user=NOBODY,
                         text_in="Subject: from a program\n\nhello\n")

    def is_upgraded_with_mail_in_the_queue(self):
        before = self.machine.path("/etc/mxrelay/smtpd.conf").read_text()
        self.machine.stop()
        self.machine.run("dpkg", "-i", self.newer)
        assert self.machine.path("/etc/mxrelay/smtpd.conf").read_text() == before
        assert self.machine.queue() == ["jane@example.org", "john@example.org"]

    def delivers_after_the_upgrade(self):
        self.primary.wake()
        self.machine.start()
        wait_for("the mail of before the upgrade", lambda: len(self.primary.messages) == 2)
        assert self.arrived("first")[0].endswith(letter("first")), "not byte for byte"
        assert self.arrived("from a program")

    def is_removed_with_mail_in_the_queue(self):
        self.primary.sleep()
        self.accept("jane@example.org", "second")
        self.machine.stop()
        said = self.machine.run("dpkg", "--remove", "mxrelay")
        assert "mail for 1 recipients stays in /var/spool/mxrelay" in said, said
        assert self.machine.queue() == ["jane@example.org"]
        assert self.machine.path("/etc/mxrelay/smtpd.conf").exists()

    def is_installed_again(self):
        self.machine.run("dpkg", "-i", self.newer)
        self.primary.wake()
        self.machine.start()
        wait_for("the mail of before the removal", lambda: self.arrived("second"))

    def is_purged_and_still_loses_no_mail(self):
        self.primary.sleep()
        self.accept("john@example.org", "third")
        self.machine.stop()
        self.machine.run("dpkg", "--purge", "mxrelay")
        assert not self.machine.path("/var/spool/mxrelay").exists()
        kept = list(self.machine.path("/var/backups").glob("mxrelay-queue-*/queue.sqlite"))
        assert len(kept) == 1, "purged with mail in the queue, and the mail is gone"
        assert not self.machine.path("/etc/mxrelay/smtpd.conf").exists()

    STEPS = (installs_safely, is_configured, takes_only_its_own, keeps_mail_while_the_primary_hangs,
             takes_the_mail_of_programs, is_upgraded_with_mail_in_the_queue,
             delivers_after_the_upgrade, is_removed_with_mail_in_the_queue, is_installed_again,
             is_purged_and_still_loses_no_mail)


def main():
    root, newer, fakedns = sys.argv[1:]
    wire = Wire(fakedns, Path(root).parent)
    machine = Installed(root, wire.enter)
    try:
        journey = Journey(machine, Primary(PRIMARY), newer)
        for step in Journey.STEPS:
            print(f"the package {step.__name__.replace('_', ' ')}", flush=True)
            step(journey)
    except (AssertionError, OSError) as error:
        log = machine.path("/var/log/mxrelayd.test")
        tail = log.read_text()[-3000:] if log.exists() else ""
        print(f"FAILED: {error!r}\n--- the relay's log\n{tail}", file=sys.stderr)
        return 1
    finally:
        machine.kill()
        wire.close()
    print("the package works, from its installation to its purge")
    return 0


if __name__ == "__main__":
    sys.exit(main())
