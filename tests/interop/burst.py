"""burst.py - smtp-source, Postfix's load generator, pours mail through the relay into smtp-sink."""
import subprocess
import time

from clients import RECIPIENT, SENDER
from lab import RELAY
from mtas import wait

MESSAGES, SESSIONS, LENGTH = 200, 20, 4000


def pour(relay, sink):
    """Each message that the relay has taken arrives, once."""
    relay.wipe()
    relay.start()
    sink.start()
    try:
        begin = time.monotonic()
        subprocess.run(sink.postfix.chroot(
            "/usr/sbin/smtp-source", "-s", str(SESSIONS), "-m", str(MESSAGES), "-l", str(LENGTH),
            "-M", "load.example.net", "-f", SENDER, "-t", RECIPIENT, f"{RELAY}:25"),
            check=True, timeout=120, stdout=subprocess.DEVNULL)
        wait("the queue is empty", lambda: not relay.control("show", "queue"))
        took = time.monotonic() - begin
        arrived = len(list(sink.folder.iterdir()))
        if arrived != MESSAGES:
            raise RuntimeError(f"smtp-source sent {MESSAGES} messages, smtp-sink has {arrived}")
    finally:
        sink.stop()
        relay.stop()
    print(f"smtp-source: {MESSAGES} messages in {SESSIONS} sessions, each once at smtp-sink, "
          f"{took:.1f} s", flush=True)
