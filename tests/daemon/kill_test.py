#!/usr/bin/env python3
"""kill_test - kill -9 at random moments under load: whatever was answered 250 arrives.

Called with the path of mxrelayd. 15 kills, or as many as MXLAB_KILLS says; MXLAB_SEED makes the
moments those of an earlier run (the load is not the same: it runs on real sockets and a real disk).
Exit code: 0 nothing was lost, 1 something was.
"""

import os
import random
import signal
import smtplib
import sys
import threading
import time

import relayd
from relayd import Relayd, Sink, letter, relay_to

CLIENTS = 4
MOST_WAITING = 500  # messages; the sink is slower than the clients
SIZES = (100, 2000, 20_000, 300_000)  # the last one is stored in more than one piece


class Load:
    """Clients that send until they are told to stop, and remember what was promised to them."""

    def __init__(self, relay, sink, seed):
        self.relay, self.sink, self.over = relay, sink, threading.Event()
        self.promised, self.tried = set(), 0
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.send_on, args=(n, random.Random(f"{seed}/{n}")))
                        for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def send_on(self, number, chance):
        count = 0
        while not self.over.is_set():
            try:
                with self.relay.client() as client:
                    for _ in range(chance.randint(1, 20)):
                        while self.crowded() and not self.over.wait(0.01):
                            pass
                        count += 1
                        self.send(client, f"{number}-{count}", chance)
                        if self.over.is_set():
                            break
            except (OSError, smtplib.SMTPException):
                time.sleep(0.02)  # it was killed, or has not started yet

    def crowded(self):
        return len(self.promised) > len(self.sink.arrived) + MOST_WAITING

    def send(self, client, name, chance):
        with self.lock:
            self.tried += 1
        to = [f"user{n}@anywhere.example" for n in range(chance.choice((1, 1, 1, 3)))]
        refused = client.sendmail("a@client.example", to, letter(name, chance.choice(SIZES)))
        assert not refused, refused
        with self.lock:  # sendmail() returns when 250 has come
            self.promised.add(name)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def missing(load, sink):
    with sink.lock:
        return sorted(load.promised - set(sink.arrived))


def wait_for_the_rest(load, sink):
    """As long as mail goes on arriving."""
    while before := len(missing(load, sink)):
        try:
            relayd.wait_until(lambda: len(missing(load, sink)) < before, "another message", 30)
        except AssertionError:
            return  # the sum says it


def main():
    program = relayd.program_from_arguments()
    kills = int(os.environ.get("MXLAB_KILLS", "15"))
    seed = os.environ.get("MXLAB_SEED", str(random.randrange(10**6)))
    chance = random.Random(seed)
    with Sink() as sink, Relayd(program, relay_to(sink)) as relay:
        relay.start()
        load = Load(relay, sink, seed)
        for _ in range(kills):
            time.sleep(chance.uniform(0.02, 0.9))
            relay.tell(signal.SIGKILL)
            relay.process.wait()
            relay.start(wait=False)
        time.sleep(0.5)
        load.stop()
        wait_for_the_rest(load, sink)
        relay.end()
        lost = missing(load, sink)
        copies = sum(n - 1 for n in sink.arrived.values())
        unasked = len(set(sink.arrived) - load.promised)
        print(f"seed {seed}: {kills} kills, {load.tried} messages tried, {len(load.promised)} answered "
              f"250, {len(lost)} of them lost, {copies} extra copies, {unasked} arrived whose 250 got "
              "lost with the process")
        if lost or not load.promised:
            print("lost: " + " ".join(lost[:20]) + "\n--- the relay's log ends:\n"
                  + "\n".join(relay.log().splitlines()[-40:]))
        return 1 if lost or not load.promised else 0


if __name__ == "__main__":
    sys.exit(main())
