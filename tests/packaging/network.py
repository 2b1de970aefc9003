"""network - two machines on one wire, inside a network namespace that the caller has made.

192.0.2.20 is the relay's machine; everybody else (sender, primary, name server) is on this side.
"""

import subprocess
import time

RELAY, SENDER, PRIMARY = "192.0.2.20", "192.0.2.9", "192.0.2.10"

ZONE = """$ORIGIN example.org.
$TTL 60
@   SOA mx1 hostmaster 1 3600 600 86400 5
@   MX 10 mx1
@   MX 20 mx2
mx1 A 192.0.2.10
mx2 A 192.0.2.20
"""
REVERSE = """$ORIGIN 2.0.192.in-addr.arpa.
$TTL 60
@   SOA mx1.example.org. hostmaster.example.org. 1 3600 600 86400 5
9   PTR sender.example.net.
10  PTR mx1.example.org.
20  PTR mx2.example.org.
"""
SENDERS = """$ORIGIN example.net.
$TTL 60
@   SOA sender hostmaster 1 3600 600 86400 5
sender A 192.0.2.9
"""


def _ip(*words):
    subprocess.run(["ip", *words], check=True)


class Wire:
    """Ends with its processes: the relay's machine, and the name server."""

    def __init__(self, fakedns, folder):
        self.there = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.enter = ["nsenter", f"--net=/proc/{self.there.pid}/ns/net"]
        time.sleep(0.3)  # until unshare has made it
        _ip("link", "set", "lo", "up")
        _ip("link", "add", "wire0", "type", "veth", "peer", "name", "eth0",
            "netns", str(self.there.pid))
        for address in (SENDER, PRIMARY):
            _ip("addr", "add", f"{address}/24", "dev", "wire0")
        _ip("link", "set", "wire0", "up")
        # Addresses that the kernel makes up a second later would come and go under `egress`.
        for words in (["link", "set", "lo", "up"], ["link", "set", "eth0", "addrgenmode", "none"],
                      ["addr", "add", f"{RELAY}/24", "dev", "eth0"],
                      ["link", "set", "eth0", "up"], ["route", "add", "default", "via", PRIMARY]):
            subprocess.run([*self.enter, "ip", *words], check=True)
        zones = []
        for name, text in (("org", ZONE), ("reverse", REVERSE), ("net", SENDERS)):
            zones.append(folder / f"{name}.zone")
            zones[-1].write_text(text)
        self.names = subprocess.Popen([fakedns, *map(str, zones), "--listen", f"{SENDER}:53"],
                                      stdout=subprocess.DEVNULL)

    def close(self):
        for process in (self.names, self.there):
            process.terminate()
            process.wait()
