"""lab.py - two hosts on one wire, in namespaces that die with this process.

The relay under test has a network of its own, so that the primary is another host to it; everything
else (load, sink, DNS) shares ours. Needs root; leaves nothing behind, however it ends, because all
of it hangs on the process and mount namespaces of enter().
"""
import os
import pathlib
import socket
import subprocess
import sys
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
BASE = TREE / "build" / "peers"
RELAY, PRIMARY, LOAD, DNS = "192.0.2.10", "192.0.2.20", "192.0.2.30", "192.0.2.53"
# Senders: many, as in life, and because relays allow each only so many sessions.
FIRST_SENDER, SENDERS = 100, 100
DOMAIN, RELAY_NAME = "example.org", "mx2.example.org"

ZONES = {
    "example.org": f"""@ SOA ns root 1 3600 600 86400 60
@ NS ns
@ MX 10 mail
@ MX 20 mx2
ns A {DNS}
mail A {PRIMARY}
mx2 A {RELAY}
""",
    "example.net": f"""@ SOA ns root 1 3600 600 86400 60
@ NS ns
@ MX 10 load
ns A {DNS}
load A {LOAD}
""" + "".join(f"load{n} A 192.0.2.{n}\n" for n in range(FIRST_SENDER, FIRST_SENDER + SENDERS)),
    "2.0.192.in-addr.arpa": """@ SOA ns.example.org. root.example.org. 1 3600 600 86400 60
@ NS ns.example.org.
10 PTR mx2.example.org.
20 PTR mail.example.org.
30 PTR load.example.net.
""" + "".join(f"{n} PTR load{n}.example.net.\n"
              for n in range(FIRST_SENDER, FIRST_SENDER + SENDERS)),
}
# A sender with a new connection for each message uses up the ports of a plain Linux in seconds.
TUNING = {
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",
    "net/ipv4/tcp_tw_reuse": "1",
    "net/ipv4/ip_local_port_range": "1024 65535",
    "net/core/somaxconn": "4096",
    "net/ipv4/tcp_max_syn_backlog": "4096",
}


def enter():
    """Runs this program again, in namespaces that end with it, and with them all its children."""
    if os.environ.pop("MXLAB_PEERS", "") == "inside":
        run("hostname", RELAY_NAME)
        return
    if os.geteuid() != 0:
        sys.exit("Network namespaces need root: run this as root.")
    os.environ["MXLAB_PEERS"] = "inside"
    flags = ["--net", "--uts", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    os.execvp("unshare", ["unshare", *flags, "--", sys.executable, "-B", *sys.argv])


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class Lab:
    def __init__(self, programs):
        self.programs = pathlib.Path(programs)
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self._wait_for_namespace()
        for side in ([], self.inside()):
            for name, value in TUNING.items():
                run(*side, "sh", "-c", f"echo '{value}' > /proc/sys/{name}")
        self._wire()
        self.dns = self._serve_names()

    def inside(self):
        """The words that put a command on the relay's host."""
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--"]

    def _wait_for_namespace(self):
        mine, path = os.readlink("/proc/self/ns/net"), f"/proc/{self.holder.pid}/ns/net"
        for _ in range(500):
            if os.readlink(path) != mine:
                return
            time.sleep(0.01)
        sys.exit("unshare --net did not make a network namespace.")

    def _wire(self):
        there = str(self.holder.pid)
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "wire", "type", "veth", "peer", "name", "egress", "netns", there)
        for address in (PRIMARY, LOAD, DNS):
            run("ip", "addr", "add", f"{address}/24", "dev", "wire")
        for number in range(FIRST_SENDER, FIRST_SENDER + SENDERS):
            run("ip", "addr", "add", f"192.0.2.{number}/24", "dev", "wire")
        run("ip", "link", "set", "wire", "up")
        for words in ("link set lo up", f"addr add {RELAY}/24 dev egress", "link set egress up",
                      f"route add default via {PRIMARY}"):
            run(*self.inside(), "ip", *words.split())

    def _serve_names(self):
        folder = BASE / "zones"
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for name, text in ZONES.items():
            (folder / f"{name}.zone").write_text(f"$ORIGIN {name}.\n$TTL 60\n{text}")
            files.append(str(folder / f"{name}.zone"))
        return subprocess.Popen([self.programs / "fakedns", "--listen", f"{DNS}:53", *files],
                                stdout=subprocess.DEVNULL)


def banner(address, port=25, patience=30.0):
    """Waits until a server greets; returns the seconds it took."""
    begin = time.monotonic()
    while time.monotonic() - begin < patience:
        try:
            with socket.create_connection((address, port), timeout=patience) as connection:
                if connection.recv(512).startswith(b"220"):
                    return time.monotonic() - begin
        except OSError:
            time.sleep(0.005)
    raise TimeoutError(f"no server greets at {address}:{port}")


def offspring(pid):
    """The process and all below it."""
    below, found = {}, [pid]
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            below.setdefault(int(fields[1]), []).append(int(entry))
    for parent in found:
        found += below.get(parent, [])
    return found


def memory(pid):
    """Megabytes that the processes below `pid` hold: proportional, so shared pages count once."""
    total = 0
    for process in offspring(pid)[1:]:
        try:
            for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total / 1024


def processor_seconds(pid):
    """What the processes below `pid` that still live, and their dead children, have used."""
    ticks = 0
    for process in offspring(pid)[1:]:
        try:
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(int(field) for field in fields[11:15])
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")
