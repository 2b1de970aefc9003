"""cases.py - what is measured. A case takes a server that is stopped, and returns a number."""
import json
import os
import re
import subprocess
import threading
import time

from lab import (BASE, FIRST_SENDER, PRIMARY, RELAY, SENDERS, banner, memory,
                 processor_seconds)


def generator(server):
    return [server.lab.programs / "load", "--to", f"{RELAY}:25", "--source",
            f"192.0.2.{FIRST_SENDER}", "--sources", str(SENDERS)]


def load(server, *words, patience=600):
    """Our generator's account of what it did to the server."""
    command = [*generator(server), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience)
    account = json.loads(done.stdout)
    if account["failures"] > account["messages"] * 0.01:
        raise RuntimeError(f"{server.name}: {account['failures']} failures, the last: "
                           f"{account['last_failure']}")
    return account


class Sink:
    """Postfix's smtp-sink as the primary; knows how many messages it has taken."""

    def __init__(self):
        root = BASE / "roots/postfix"
        self.count, self.last = 0, time.monotonic()
        words = ["-u", "postfix", "-c", "-m", "1000", f"{PRIMARY}:25", "511"]
        self.process = subprocess.Popen(
            ["chroot", root, "/usr/sbin/smtp-sink", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self._read, daemon=True).start()
        banner(PRIMARY)

    def _read(self):
        while text := os.read(self.process.stdout.fileno(), 65536):
            if counts := re.findall(rb"mesg=(\d+)", text):
                if int(counts[-1]) != self.count:
                    self.count, self.last = int(counts[-1]), time.monotonic()
            time.sleep(0.005)

    def wait_for(self, count, patience):
        """Returns the moment of the last message; `patience`: seconds in which none comes. (Postfix
        keeps some mail for a later attempt.)"""
        begin = time.monotonic()
        while self.count < count and time.monotonic() < max(begin, self.last) + patience:
            time.sleep(0.005)
        return self.last

    def stop(self):
        self.process.kill()
        self.process.wait()


class Case:
    name, unit, better = "", "", "more"
    needs_tls = False

    def fits(self, server):
        return server.offers_tls or not self.needs_tls


class Ingest(Case):
    """Messages accepted a second while the primary is down."""
    unit = "msg/s"

    def __init__(self, size, reuse, sessions, tls=False, source=False):
        self.size, self.reuse, self.sessions = size, reuse, sessions
        self.needs_tls, self.source = tls, source
        way = ("reuse" if reuse else "new") + (" TLS" if tls else "")
        self.name = f"ingest {size // 1024} KiB {way} {sessions}" + (" smtp-source" * source)

    def measure(self, server, plan):
        server.start(down=True)
        if self.source:
            return self._with_smtp_source(server, plan)
        words = ["--sessions", self.sessions, "--size", self.size, "--seconds", plan.seconds,
                 "--per-session", 0 if self.reuse else 1] + ["--tls"] * self.needs_tls
        load(server, "--sessions", self.sessions, "--messages", 2 * self.sessions)  # warm
        return load(server, *words)["rate"]

    def _with_smtp_source(self, server, plan):
        """As many messages as our generator sends in that time."""
        probe = load(server, "--sessions", self.sessions, "--size", self.size, "--seconds", 1,
                     "--per-session", 0 if self.reuse else 1)
        count = max(int(probe["rate"] * plan.seconds * 0.7), 50)
        command = ["chroot", str(BASE / "roots/postfix"), "/usr/sbin/smtp-source"]
        words = ["-s", self.sessions, "-l", self.size, "-m", count, "-f", "load@example.net",
                 "-t", "someone@example.org"] + ["-d"] * self.reuse + [f"{RELAY}:25"]
        begin = time.monotonic()
        subprocess.run(command + list(map(str, words)), check=True, timeout=600)
        return count / (time.monotonic() - begin)


class Relaying(Case):
    """Messages a second that come in and are delivered to a primary that is up."""
    unit = "msg/s"

    def __init__(self, sessions):
        self.sessions = sessions
        self.name = f"relay 1 KiB new {sessions}"

    def measure(self, server, plan):
        sink = Sink()
        try:
            server.start()
            begin = time.monotonic()
            sent = load(server, "--sessions", self.sessions, "--seconds", plan.seconds)["messages"]
            end = sink.wait_for(sent, patience=20)
            return sink.count / (end - begin)
        finally:
            sink.stop()


def fill(server, count, size=1024):
    """That many messages into the queue of a server whose primary is down."""
    server.start(down=True)
    load(server, "--sessions", 50, "--per-session", 0, "--messages", count, "--size", size,
         patience=3600)


class Drain(Case):
    """Messages delivered a second when the primary has come back and the operator says so."""
    unit = "msg/s"

    def __init__(self):
        self.name = "drain"

    def measure(self, server, plan):
        count = plan.queue_of(server, 10_000)
        fill(server, count)
        sink = Sink()
        try:
            begin = time.monotonic()
            server.flush()
            end = sink.wait_for(count, patience=30)
            return sink.count / (end - begin)
        finally:
            sink.stop()


class QueueMemory(Case):
    """Megabytes (proportional set size) with that many messages queued."""
    name, unit, better = "memory, queue full", "MB", "less"

    def measure(self, server, plan):
        fill(server, plan.queue_of(server, plan.queue))
        time.sleep(2)
        return memory(server.process.pid)


class Restart(Case):
    """Seconds from the start to the first delivery, with that many messages queued."""
    name, unit, better = "restart to first delivery", "s", "less"

    def measure(self, server, plan):
        fill(server, plan.queue_of(server, plan.queue))
        server.stop()
        sink = Sink()
        try:
            begin = time.monotonic()
            server.start()
            if server.waits_after_restart:
                server.flush()
            return sink.wait_for(1, patience=plan.patience) - begin if sink.count == 0 else (
                sink.last - begin)
        finally:
            sink.stop()


class Idle(Case):
    """Megabytes with many sessions that have said EHLO and are silent."""
    unit, better = "MB", "less"

    def __init__(self, sessions):
        self.sessions = sessions
        self.name = f"memory, {sessions} idle sessions"

    def measure(self, server, plan):
        server.start(down=True)
        held = subprocess.Popen(
            [*generator(server), "--idle", "--seconds", "60", "--sessions", str(self.sessions)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            account = json.loads(held.stdout.readline())
            used = memory(server.process.pid)
        finally:
            held.kill()
            held.wait()
        if account["ready"] < self.sessions:
            raise RuntimeError(f"{server.name} held {account['ready']} of {self.sessions} sessions "
                               f"({used:.0f} MB); {account['last_failure']}")
        return used


class AtRest(Case):
    """Megabytes of a server that has just been started."""
    name, unit, better = "memory, at rest", "MB", "less"

    def measure(self, server, plan):
        server.start(down=True)
        time.sleep(1)
        return memory(server.process.pid)


class Processor(Case):
    """Milliseconds of processor time that one accepted message costs the server."""
    name, unit, better = "processor per message, new 50", "ms", "less"

    def measure(self, server, plan):
        server.start(down=True)
        load(server, "--sessions", 50, "--messages", 500)
        before = processor_seconds(server.process.pid)
        sent = load(server, "--sessions", 50, "--seconds", plan.seconds)["messages"]
        return (processor_seconds(server.process.pid) - before) * 1000 / sent


class Syncs(Case):
    """Syncs a message, one session; and for mxrelayd: does a sync end before each 250?"""
    name, unit, better = "syncs per message, one session", "", "less"
    MESSAGES = 50

    def measure(self, server, plan):
        trace = BASE / "strace.txt"
        trace.unlink(missing_ok=True)
        server.start(down=True, prefix=["strace", "-f", "-qq", "-s", "40", "-o", str(trace), "-e",
                                        "trace=fsync,fdatasync,sync_file_range,write,sendto,"
                                        "sendmsg,writev"])
        load(server, "--sessions", 1, "--messages", self.MESSAGES)
        lines = trace.read_text(errors="replace").splitlines()
        if server.name == "mxrelayd":
            check_synced_before_accepted(lines, self.MESSAGES)
        return sum("sync(" in line and "unfinished" not in line for line in lines) / self.MESSAGES


def check_synced_before_accepted(lines, messages):
    """Between the 354 and the 250 of a message a sync must have ended, with success."""
    accepted, synced = 0, False
    for line in lines:
        if '"354 ' in line:
            synced = False
        elif re.search(r"sync(\(| resumed).*= 0$", line):
            synced = True
        elif '"250 2.0.0 ' in line and "accepted" in line:
            accepted += 1
            if not synced:
                raise RuntimeError(f"250 without a sync since its 354: {line}")
    if accepted != messages:
        raise RuntimeError(f"strace shows {accepted} acceptances of {messages} messages")


INGEST = [Ingest(1024, reuse, sessions) for reuse in (False, True) for sessions in (1, 10, 50, 100)]
LARGER = [Ingest(size * 1024, reuse, 50) for size in (10, 100) for reuse in (False, True)]
CASES = {
    "ingest": INGEST,
    "larger": LARGER,
    "source": [Ingest(1024, False, 50, source=True), Ingest(1024, True, 50, source=True)],
    "tls": [Ingest(1024, False, 50, tls=True)],
    "relay": [Relaying(50), Relaying(100)],
    "drain": [Drain()],
    "processor": [Processor()],
    "memory": [AtRest(), Idle(100), QueueMemory()],
    "idle": [Idle(5000)],
    "restart": [Restart()],
    "syncs": [Syncs()],
}
