"""installed - the relay that a package has put into a root, started as its systemd unit would."""

import re
import shutil
import smtplib
import socket
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

START_LIMIT, STOP_LIMIT = 30, 60


class Installed:
    def __init__(self, root, enter):
        """`enter`: the words that run a command on the relay's machine."""
        self.root = Path(root)
        self.chroot = [*enter, "chroot", str(self.root)]
        self.daemon = None

    def path(self, inside):
        return self.root / inside.lstrip("/")

    def run(self, *words, user=None, text_in=None, check=True):
        """A command inside the root; its output, both streams together."""
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        done = subprocess.run([*self.chroot, *become, *words], input=text_in, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    def unit(self, key):
        """The last value of a key in the unit that the package brings."""
        text = self.path("/lib/systemd/system/mxrelay.service").read_text()
        return re.findall(rf"^{key}=(.*)$", text, re.M)[-1]

    def start(self):
        """As the unit says: user, groups, capabilities, directories, READY=1 within its time."""
        user, groups = self.unit("User"), self.unit("SupplementaryGroups")
        capability = self.unit("AmbientCapabilities").lower().replace("cap_", "+", 1)
        self.run("install", "-d", "-o", user, "-g", user, "-m", self.unit("RuntimeDirectoryMode"),
                 f"/run/{self.unit('RuntimeDirectory')}")
        ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify = self.path("/run/notify")
        notify.unlink(missing_ok=True)
        ready.bind(str(notify))
        notify.chmod(0o666)
        ready.settimeout(START_LIMIT)
        log = open(self.path("/var/log/mxrelayd.test"), "ab")
        self.daemon = subprocess.Popen(
            [*self.chroot, "setpriv", f"--reuid={user}", f"--regid={user}",
             f"--groups={groups}", f"--inh-caps={capability}", f"--ambient-caps={capability}",
             f"--bounding-set=-all,{capability}", "--no-new-privs",
             *self.unit("ExecStart").split(), "-d"],
            stdout=log, stderr=log, env={"NOTIFY_SOCKET": "/run/notify", "PATH": "/usr/sbin:/usr/bin"})
        try:
            while b"READY=1" not in ready.recv(4096):
                pass
        except TimeoutError:
            raise AssertionError(f"mxrelayd was not ready in time:\n{self.log()}") from None

    def stop(self):
        """SIGTERM, as systemd does; a clean end is part of the promise."""
        self.daemon.terminate()
        status = self.daemon.wait(STOP_LIMIT)
        assert status == 0, f"mxrelayd ended with {status}:\n{self.log()}"
        self.daemon = None

    def queue(self):
        """The recipients that wait in the queue of a stopped relay, read by somebody else's eyes."""
        with tempfile.TemporaryDirectory() as folder:
            for file in self.path("/var/spool/mxrelay").glob("queue.sqlite*"):
                shutil.copy(file, folder)
            database = sqlite3.connect(f"{folder}/queue.sqlite")
            rows = database.execute("SELECT recipient FROM envelope ORDER BY recipient").fetchall()
            database.close()
        return [recipient for (recipient,) in rows]

    def log(self):
        return self.path("/var/log/mxrelayd.test").read_text()

    def kill(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()


def send(host, recipient, body):
    """One message by SMTP under TLS; None when it was accepted, else the reply that refused it."""
    with smtplib.SMTP(host, 25, local_hostname="sender.example.net", timeout=30) as smtp:
        smtp.starttls()
        try:
            smtp.sendmail("joe@example.net", [recipient], body, mail_options=["BODY=8BITMIME"])
        except smtplib.SMTPRecipientsRefused as refused:
            return refused.recipients[recipient]
    return None


def wait_for(what, condition, limit=30):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {limit} s"
        time.sleep(0.05)
