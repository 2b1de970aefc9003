#!/usr/bin/env python3
"""reload_storm_test - SIGHUP after SIGHUP under load, with certificates that change and files that
are broken now and then: no session is dropped, and each new one sees the newest certificate.

Called with the path of mxrelayd. 30 reloads, or as many as MXLAB_RELOADS says.
Exit code: 0 all is well, 1 not.
"""

import os
import smtplib
import ssl
import sys
import threading

import relayd
from relayd import Relayd, Sink, certificate, install_certificate, letter, relay_to

CLIENTS = 4
LISTEN = ('pki site cert "{folder}/mx.crt"\npki site key "{folder}/mx.key"\n'
          "listen on 127.0.0.1 port {port} hostname mx2.example.org tls pki site\n")


def trusting():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def shown_certificate(relay):
    """What a new client sees, as PEM."""
    with relay.client() as client:
        client.starttls(context=trusting())
        return ssl.DER_cert_to_PEM_cert(client.sock.getpeercert(binary_form=True))


class Load:
    def __init__(self, relay):
        self.relay, self.over = relay, threading.Event()
        self.sent, self.dropped, self.lock = [], [], threading.Lock()
        self.threads = [threading.Thread(target=self.send_on, args=(n,)) for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def send_on(self, number):
        count = 0
        while not self.over.is_set():
            try:
                with self.relay.client() as client:
                    client.starttls(context=trusting())
                    for _ in range(30):
                        count += 1
                        client.sendmail("a@client.example", ["b@anywhere.example"],
                                        letter(f"{number}-{count}"))
                        with self.lock:
                            self.sent.append(f"{number}-{count}")
            except (OSError, smtplib.SMTPException) as trouble:
                with self.lock:
                    self.dropped.append(repr(trouble))

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def storm(relay, reloads, pairs, good):
    """How many new clients saw an old certificate."""
    wrong, newest = 0, pairs[0][1]
    with relay.client() as witness:  # one session that is there all the time
        witness.starttls(context=trusting())
        for n in range(reloads):
            broken = n % 5 == 4
            relay.write("nonsense\n" + good if broken else good)
            if not broken:
                install_certificate(relay.folder, pairs[n % 2])
                newest = pairs[n % 2][1]
            relay.reload()
            wrong += shown_certificate(relay).split() != newest.split()
            if n % max(1, reloads // 20) == 0:  # more of them and it would be shown the door
                witness.noop()
    return wrong


def main():
    program = relayd.program_from_arguments()
    reloads = int(os.environ.get("MXLAB_RELOADS", "30"))
    with Sink() as sink, Relayd(program, relay_to(sink, LISTEN)) as relay:
        pairs = [certificate(relay.folder, name) for name in ("first.example", "second.example")]
        install_certificate(relay.folder, pairs[0])
        relay.start()
        load = Load(relay)
        try:
            wrong = storm(relay, reloads, pairs, relay_to(sink, LISTEN))
        except AssertionError:
            print("\n".join(relay.log().splitlines()[-40:]))
            raise
        finally:
            load.stop()
        relayd.wait_until(lambda: set(load.sent) <= set(sink.arrived), "the arrival of all mail")
        refused = relay.log().count("the old configuration stays in force")
        print(f"{reloads} reloads, {refused} of them refused, {len(load.sent)} messages, "
              f"{len(load.dropped)} sessions dropped, {wrong} old certificates seen")
        print("\n".join(load.dropped[:5]))
        well = not load.dropped and not wrong and load.sent and refused == reloads // 5
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
