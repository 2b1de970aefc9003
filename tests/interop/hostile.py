"""hostile.py - a primary that refuses, hangs up, or dawdles, as smtp-sink's switches make it.

Whatever it does, mail that was not refused for good stays in the relay's queue, and arrives once and
whole as soon as the primary behaves; mail that was refused for good becomes a report.
"""
import shutil
import subprocess

from lab import PRIMARY, banner
from mtas import wait

DUMPS = "var/mail/sink"  # in Postfix's root
SOMEONE = 1000

LATER = {
    "4xx to MAIL": ["-r", "MAIL"],
    "4xx to RCPT": ["-r", "RCPT"],
    "4xx to DATA": ["-r", "DATA"],
    "4xx to the final dot": ["-r", "."],
    "421 to EHLO": ["-Q", "EHLO"],
    "421 to RCPT": ["-Q", "RCPT"],
    "hangs up after EHLO": ["-q", "EHLO,HELO"],
    "hangs up after MAIL": ["-q", "MAIL"],
    "hangs up after RCPT": ["-q", "RCPT"],
    "hangs up after DATA": ["-q", "DATA"],
    "hangs up after the final dot": ["-q", "."],
}
NEVER = {
    "5xx to MAIL": ["-f", "MAIL"],
    "5xx to RCPT": ["-f", "RCPT"],
    "5xx to DATA": ["-f", "DATA"],
    "5xx to the final dot": ["-f", "."],
}
# While it waits, smtp-sink takes the next command out of turn: no pipelining then.
AT_ONCE = {
    "two seconds for each answer to RCPT": ["-p", "-W", "RCPT:2"],
    "two seconds for the final dot": ["-p", "-W", ".:2"],
    "a window of 100 bytes, read late": ["-T", "100", "-H", "1"],
    "no pipelining": ["-p"],
    "no 8BITMIME, no DSN, no enhanced codes": ["-8", "-N", "-E"],
    "no ESMTP": ["-e"],
    "a greeting full of asterisks": ["-P"],
}


class Sink:
    """smtp-sink at the primary's address; what it took is a file each."""

    def __init__(self, postfix):
        self.postfix, self.process = postfix, None
        self.folder = postfix.root / DUMPS

    def start(self, *switches):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        shutil.chown(self.folder, SOMEONE, SOMEONE)
        self.process = subprocess.Popen(
            self.postfix.chroot("/usr/sbin/smtp-sink", "-u", "someone", "-d", f"/{DUMPS}/%M.",
                                *switches, f"{PRIMARY}:25", "100"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        banner(PRIMARY)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def took(self, message):
        """How often it was given this message, which it ends with an empty line."""
        body = message.replace(b"\r\n", b"\n") + b"\n"
        return sum(file.read_bytes().replace(b"\r\n", b"\n").endswith(body)
                   for file in self.folder.iterdir())


class Relay:
    """What the relay's queue holds."""

    def __init__(self, relay):
        self.relay = relay

    def rows(self):
        return [row.split("|") for row in self.relay.control("show", "queue").splitlines()]

    def has_failed(self):
        """The mail is there, at rest, and says why."""
        return any("|someone@example.org|" in "|".join(row) and row[-1] and "pending" in row
                   for row in self.rows())

    def holds_only_a_report(self):
        rows = self.rows()
        return len(rows) == 1 and rows[0][4:6] == ["@", "load@example.net"]


def play(relay, sink, switches, send):
    """A fresh relay, a primary with these switches, and one message on its way."""
    relay.stop()
    relay.wipe()
    relay.start()
    sink.start(*switches)
    send()


def expect_arrival(relay, sink, message, what):
    wait(f"the mail has arrived ({what})", lambda: sink.took(message) > 0)
    wait(f"the queue is empty ({what})", lambda: not Relay(relay).rows())
    if sink.took(message) != 1:
        raise RuntimeError(f"smtp-sink, {what}: the mail arrived {sink.took(message)} times")


def rounds(relay, sink, message, send):
    """Every switch once; prints what was tried."""
    try:
        for what, switches in LATER.items():
            play(relay, sink, switches, send)
            wait(f"the relay has failed ({what})", Relay(relay).has_failed)
            # What it refuses at the final dot is in its folder already.
            if "." not in switches and sink.took(message):
                raise RuntimeError(f"smtp-sink, {what}: it took the mail all the same")
            sink.stop()
            sink.start()
            relay.flush()
            expect_arrival(relay, sink, message, what)
            sink.stop()
        for what, switches in NEVER.items():
            play(relay, sink, switches, send)
            wait(f"a report is in the queue ({what})", Relay(relay).holds_only_a_report)
            sink.stop()
        for what, switches in AT_ONCE.items():
            play(relay, sink, switches, send)
            expect_arrival(relay, sink, message, what)
            sink.stop()
    finally:
        sink.stop()
        relay.stop()
    count = len(LATER) + len(NEVER) + len(AT_ONCE)
    print(f"hostile primary: {count} kinds of misbehaviour outlived", flush=True)
