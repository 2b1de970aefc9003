"""relayd - a real mxrelayd in a folder of its own, a sink for what it relays, and clients.

Everything is on loopback and on free ports; leaving the `with` ends it and removes its files.
"""

import os
import re
import shutil
import signal
import smtplib
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PATIENCE = 30  # seconds for anything that should take a moment, on a machine that is busy


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(true, what, patience=PATIENCE):
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain: {what}")
        time.sleep(0.01)


class Notifications:
    """The socket on which systemd would listen (sd_notify(3))."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.said = []
        # Its buffer holds ten messages; then sd_notify() waits, and with it the whole relay.
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while message := self.socket.recv(4096):
            self.said += message.decode().splitlines()

    def read(self):
        return list(self.said)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self.path)
        self.socket.close()

    def wait_for(self, line, times=1):
        wait_until(lambda: self.read().count(line) >= times, f"systemd was never told {line}")


class Relayd:
    """One spool and one configuration; the process may be started again and again."""

    def __init__(self, program, config, **more):
        self.program = program
        self.folder = Path(tempfile.mkdtemp(prefix="mxlab-"))
        self.port = free_port()
        self.smtps = free_port()
        self.options = more.get("options", [])
        self.environment = more.get("environment", {})
        self.descriptors = []  # which the daemon inherits
        self.notifications = Notifications(self.folder)
        self.process = None
        self.write(config)
        if os.geteuid() == 0:  # the daemon becomes nobody, who must reach its folder
            os.chmod(self.folder, 0o755)
            os.chmod(self.notifications.path, 0o777)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.notifications.close()
        shutil.rmtree(self.folder)

    def write(self, config):
        text = config.format(port=self.port, smtps=self.smtps, folder=self.folder)
        (self.folder / "smtpd.conf").write_text(text)

    def command(self):
        # Nobody answers at the name server's port, which is known at once.
        return [self.program, "-d", "-f", str(self.folder / "smtpd.conf"),
                "--spool", str(self.folder / "var/spool"),
                "--control", str(self.folder / "run/control.sock"),
                "--user", "nobody", "--name-server", "127.0.0.1:1", *self.options]

    def start(self, wait=True):
        before = self.notifications.read().count("READY=1")
        environment = {**os.environ, "NOTIFY_SOCKET": self.notifications.path, **self.environment}
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(), stderr=log, env=environment,
                                            pass_fds=self.descriptors)
        if wait:
            wait_until(lambda: self.notifications.read().count("READY=1") > before
                       or self.process.poll() is not None, "a start")
            assert self.process.poll() is None, "it did not start:\n" + self.log()
        return self

    def run(self, *options):
        """To its end; for starts that must fail, and -n."""
        return subprocess.run([*self.command(), *options], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)

    def log(self):
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def wait_for_log(self, part, times=1):
        wait_until(lambda: self.log().count(part) >= times, f"no {part!r} in the log:\n{self.log()}")

    def tell(self, number):
        self.process.send_signal(number)

    def reload(self):
        """Returns when it is done, for good or not."""
        done = self.log().count("configuration reloaded") + self.log().count("reload failed")
        self.tell(signal.SIGHUP)
        wait_until(lambda: self.log().count("configuration reloaded")
                   + self.log().count("reload failed") > done, "a reload")

    def end(self, number=signal.SIGTERM):
        self.tell(number)
        return self.process.wait(PATIENCE)

    def client(self, port=None):
        return smtplib.SMTP("127.0.0.1", port or self.port, "client.example", timeout=PATIENCE)


class Sink(socketserver.ThreadingTCPServer):
    """A mail host that takes everything and remembers each message's X-Id."""

    allow_reuse_address = True
    daemon_threads = True

    class Session(socketserver.StreamRequestHandler):
        def say(self, text):
            self.wfile.write(text.encode() + b"\r\n")

        def handle(self):
            try:
                self.converse()
            except (ConnectionError, TimeoutError):
                pass  # the relay was killed

        def converse(self):
            self.say("220 sink.example ESMTP")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    self.take()
                elif word == b"QUIT":
                    self.say("221 Bye")
                    return
                elif word == b"EHLO":
                    self.say("250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME")
                else:
                    self.say("250 Ok")

        def take(self):
            self.say("354 Go ahead")
            body = b""
            while (line := self.rfile.readline()) != b".\r\n":
                if not line:
                    return
                body += line
            time.sleep(self.server.pause)
            found = re.search(rb"^X-Id: (\S+)\r$", body, re.M)
            with self.server.lock:
                name = found.group(1).decode() if found else "?"
                self.server.arrived[name] = self.server.arrived.get(name, 0) + 1
            self.say("250 2.0.0 Taken")

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Session)
        self.lock = threading.Lock()
        self.arrived = {}
        self.pause = 0
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def letter(name, size=200):
    return f"X-Id: {name}\r\nSubject: {name}\r\n\r\n{'x' * 70}\r\n".encode() + b"y" * size + b"\r\n"


RULES = 'action "out" relay host smtp://127.0.0.1:{sink}\nmatch from any for any action "out"\n'
LISTEN = "listen on 127.0.0.1 port {port} hostname mx2.example.org\n"


def relay_to(sink, listen=LISTEN):
    return listen + RULES.replace("{sink}", str(sink.port))


def certificate(folder, name):
    """A key and a certificate that says `name`; the files are replaced as an ACME client does."""
    key, cert = folder / f"{name}.key.new", folder / f"{name}.crt.new"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    os.chmod(key, 0o644)  # a test's key; the daemon under test is nobody
    return key.read_text(), cert.read_text()


def install_certificate(folder, pair):
    for path, text in zip(("mx.key", "mx.crt"), pair):
        (folder / (path + ".next")).write_text(text)
        os.chmod(folder / (path + ".next"), 0o644)
        os.replace(folder / (path + ".next"), folder / path)


def program_from_arguments():
    """The path of mxrelayd is the first argument; unittest gets the rest."""
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} MXRELAYD [TEST…]")
    return sys.argv.pop(1)
