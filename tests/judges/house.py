"""house.py - a network namespace of our own, servers in it, and how a judge gives its verdict.

Everything is on loopback there; fakedns is on port 53, where validators expect name servers. The
namespaces end with this program, however it ends, and take along every process and every file.
"""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
NAME = pathlib.Path(sys.argv[0]).resolve().parent.name  # judges, grid
PATIENCE = 10.0


class Wrong(Exception):
    """A judge found something; the text is what."""


def enter():
    """Runs this program again, in namespaces that end with it."""
    if os.environ.pop("MXLAB_HOUSE", "") == "inside":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()], check=True)
        return
    if os.geteuid() != 0:
        sys.exit(f"{NAME}: network namespaces need root: run this as root.")
    os.environ["MXLAB_HOUSE"] = "inside"
    flags = ["--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
    os.execvp("unshare", ["unshare", *flags, "--", sys.executable, "-B", *sys.argv])


def run_test(name, programs, test):
    """True unless a judge found something."""
    missing = [program for program in programs if not shutil.which(program)]
    title = name.replace("_", " ")
    if missing:
        print(f"skipped  {title}: there is no {' and no '.join(missing)} here", flush=True)
        return None
    try:
        told = test()
    except Wrong as found:
        print(f"FAILED   {title}\n{found}", flush=True)
        return False
    print(f"ok       {title}" + (f"\n{told}" if told else ""), flush=True)
    return True


def sum_up(verdicts):
    """Says how many; the exit code of it all."""
    print(f"{verdicts.count(True)} passed, {verdicts.count(False)} failed, "
          f"{verdicts.count(None)} skipped")
    return 1 if False in verdicts else 0


def expect(holds, what, seen):
    if not holds:
        raise Wrong(f"expected {what}; saw:\n{seen}")


def output(*command, status=None):
    """What a judge printed, on both streams; fails on another exit status, if one is named."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                          check=False)
    text = done.stdout.decode(errors="replace")
    if status is not None and done.returncode != status:
        raise Wrong(f"{' '.join(command)} ended with {done.returncode}:\n{text}")
    return text


class House:
    """A folder and the servers in it; leave it by `with`."""

    def __init__(self, programs):
        self.programs = pathlib.Path(programs).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"mxlab-{NAME}-"))
        self.servers = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end_servers()
        shutil.rmtree(self.folder)

    def end_servers(self):
        for server in self.servers:
            server.terminate()  # not killed: NSD's and unbound's own children are to go with them
        for server in self.servers:
            server.wait(PATIENCE)
        self.servers.clear()

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def serve(self, zone_files, address="127.0.0.1", port=53, options=()):
        """fakedns, when it is ready."""
        return self.start([self.programs / "fakedns", *zone_files, "-l", f"{address}:{port}",
                           *options], address, port)

    def start(self, command, address, port):
        return self.start_until(command, lambda: answers(address, port))

    def start_until(self, command, is_ready):
        """A server, when it is ready."""
        log = open(self.folder / f"server-{len(self.servers)}.log", "wb")  # its child keeps it
        with log:
            server = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)
        self.servers.append(server)
        give_up = time.monotonic() + PATIENCE
        while not is_ready():
            if server.poll() is not None or time.monotonic() > give_up:
                raise Wrong(f"{command[0]} does not serve:\n" + pathlib.Path(log.name).read_text())
            time.sleep(0.02)
        return server


def answers(address, port):
    try:
        socket.create_connection((address, port), timeout=1).close()
        return True
    except OSError:
        return False
