#!/usr/bin/env python3
"""journey - a certificate's life: issued before the relay starts, left alone while it is good,
renewed while a session is open, refused when its key is another's.

journey.py FOLDER SCRIPTS PROGRAMS, in a network namespace of its own, as root.
Exit code: 0 all of it went well, 1 something did not.
"""

import hashlib
import json
import os
import smtplib
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

NAME = "mx2.example.org"
CA = "https://127.0.0.1:14000/dir"
LIMIT = 30

ZONE = """$ORIGIN example.org.
$TTL 60
@   SOA mx1 hostmaster 1 3600 600 86400 5
mx1 A 127.0.0.2
mx2 A 127.0.0.1
"""
RELAY = """pki {name} cert "{tls}/{name}.crt"
pki {name} key "{tls}/{name}.key"
listen on 127.0.0.1 tls pki {name}
action "to_primary" relay host "127.0.0.2"
match from any for domain "example.org" action "to_primary"
"""
WEB = 'server.document-root = "{root}"\nserver.port = 80\nserver.bind = "127.0.0.1"\n'
PEBBLE = {"listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
          "httpPort": 80, "tlsPort": 5001}


def wait_for(what, condition):
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {LIMIT} s"
        time.sleep(0.1)


def no_checks():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def session():
    """A client that has seen the greeting and has begun TLS."""
    smtp = smtplib.SMTP("127.0.0.1", 25, local_hostname="client.example.net", timeout=LIMIT)
    smtp.starttls(context=no_checks())
    smtp.ehlo()
    return smtp


def shown_by(smtp):
    return hashlib.sha256(smtp.sock.getpeercert(binary_form=True)).hexdigest()


class Journey:
    def __init__(self, folder, scripts, programs):
        self.folder, self.scripts, self.programs = folder, scripts, programs
        self.tls, self.web = folder / "tls", folder / "web"
        for made in (self.tls, self.web, folder / "spool"):
            made.mkdir()
        os.chown(folder / "spool", 65534, 65534)
        self.processes = []
        self.relay = None

    # --- the programs ---

    def start(self, name, *words, **environment):
        log = open(self.folder / f"{name}.log", "wb")
        process = subprocess.Popen([*map(str, words)], stdout=log, stderr=log,
                                   env={**os.environ, **environment})
        self.processes.append(process)
        return process

    def start_servers(self):
        zone = self.folder / "example.org.zone"
        zone.write_text(ZONE)
        self.start("names", self.programs / "fakedns", zone, "--listen", "127.0.0.1:5353")
        web = self.folder / "lighttpd.conf"
        web.write_text(WEB.format(root=self.web))
        self.start("web", "lighttpd", "-D", "-f", web)
        pebble = self.folder / "pebble.json"
        pebble.write_text(json.dumps({"pebble": {
            **PEBBLE, "certificate": str(self.folder / "pebble.crt"),
            "privateKey": str(self.folder / "pebble.key")}}))
        self.start("pebble", "pebble", "-config", pebble, "-dnsserver", "127.0.0.1:5353",
                   PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT="0")
        wait_for("pebble", self.pebble_answers)

    def pebble_answers(self):
        try:
            return urllib.request.urlopen(CA, context=no_checks()).status == 200
        except OSError:
            return False

    def start_relay(self):
        file = self.folder / "smtpd.conf"
        file.write_text(RELAY.format(name=NAME, tls=self.tls))
        self.relay = self.start(
            "relay", self.programs / "mxrelayd", "-dv", "-f", file, "--user", "nobody",
            "--spool", self.folder / "spool", "--control", self.folder / "run/control.sock",
            "--name-server", "127.0.0.1:5353")
        wait_for("the relay", self.relay_answers)

    def relay_answers(self):
        try:
            session().quit()
            return True
        except OSError:
            return False

    def renew(self, **more):
        """What the timer runs; its exit code."""
        reload = f"kill -HUP {self.relay.pid}" if self.relay else "true"
        # uacme keeps old certificates under the second of their issue, and fails on two of one.
        last = self.folder / "state" / NAME / "cert.pem"
        wait_for("the next second", lambda: not last.exists() or
                 int(time.time()) > int(last.stat().st_mtime))
        done = subprocess.run(
            [self.scripts / "mxrelay-renew", NAME], text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "ACME_URL": CA, "ACME_WEBROOT": str(self.web),
                 "ACME_DIR": str(self.folder / "state"), "MXRELAY_TLS": str(self.tls),
                 "MXRELAY_GROUP": "nogroup", "MXRELAY_RELOAD": reload,
                 "MXRELAY_HOOK": str(self.scripts / "mxrelay-hook"), **more})
        with open(self.folder / "renew.log", "a", encoding="utf-8") as log:
            log.write(done.stdout)
        return done.returncode

    def installed(self):
        """The fingerprint of the certificate that the relay's folder holds."""
        chain = (self.tls / f"{NAME}.crt").read_text()
        first = chain[: chain.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n"
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest()

    def shown(self):
        """The fingerprint that a new client sees on port 25."""
        client = session()
        fingerprint = shown_by(client)
        client.quit()
        return fingerprint

    # --- the steps, in their order ---

    def is_issued_before_the_relay_starts(self):
        assert self.renew() == 0, "see renew.log"
        key = self.tls / f"{NAME}.key"
        assert key.stat().st_mode & 0o777 == 0o640 and key.group() == "nogroup"
        self.start_relay()
        assert self.shown() == self.installed()

    def is_believed_by_who_trusts_the_authority(self):
        """The chain is whole: openssl verifies it from the root alone."""
        root = self.folder / "root.pem"
        root.write_bytes(urllib.request.urlopen("https://127.0.0.1:15000/roots/0",
                                                context=no_checks()).read())
        done = subprocess.run(
            ["openssl", "s_client", "-starttls", "smtp", "-connect", "127.0.0.1:25", "-CAfile",
             root, "-verify_hostname", NAME, "-brief"],
            input="QUIT\n", text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert "Verification: OK" in done.stdout, done.stdout

    def is_left_alone_while_it_is_good(self):
        before = self.installed()
        assert self.renew() == 0
        assert self.installed() == before

    def is_renewed_without_dropping_a_session(self):
        old = self.installed()
        client = session()
        client.mail("joe@example.net")
        assert self.renew(ACME_DAYS="99999") == 0, "see renew.log"
        new = self.installed()
        assert new != old
        wait_for("the new certificate on port 25", lambda: self.shown() == new)
        assert shown_by(client) == old
        assert client.rcpt("jane@example.org")[0] == 250, "the session of before is gone"
        assert client.data(b"Subject: across the renewal\r\n\r\nhello\r\n")[0] == 250
        client.quit()

    def is_used_after_all_when_a_reload_has_failed(self):
        assert self.renew(ACME_DAYS="99999", MXRELAY_RELOAD="false") == 1
        assert self.shown() != self.installed()
        assert self.renew() == 0, "the next day's run does not try it again"
        wait_for("the new certificate on port 25", lambda: self.shown() == self.installed())

    def is_refused_with_the_key_of_another(self):
        before = self.installed()
        other = self.folder / "other.key"
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-out", other], check=True, capture_output=True)
        done = subprocess.run(
            [self.scripts / "mxrelay-hook", NAME, self.folder / "state" / NAME / "cert.pem", other],
            env={**os.environ, "MXRELAY_TLS": str(self.tls), "MXRELAY_RELOAD": "true"},
            capture_output=True, text=True, check=False)
        assert done.returncode == 1 and "is not the key of" in done.stderr, done.stderr
        assert self.shown() == before

    STEPS = (is_issued_before_the_relay_starts, is_believed_by_who_trusts_the_authority,
             is_left_alone_while_it_is_good, is_renewed_without_dropping_a_session,
             is_used_after_all_when_a_reload_has_failed, is_refused_with_the_key_of_another)

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()


def main():
    journey = Journey(*map(Path, sys.argv[1:]))
    try:
        journey.start_servers()
        for step in Journey.STEPS:
            print(f"the certificate {step.__name__.replace('_', ' ')}", flush=True)
            step(journey)
    except (AssertionError, OSError, smtplib.SMTPException) as error:
        print(f"FAILED: {error!r}; the logs are in {journey.folder}", file=sys.stderr)
        return 1
    finally:
        journey.close()
    print("certificates work, from the first to its renewal")
    return 0


if __name__ == "__main__":
    sys.exit(main())
