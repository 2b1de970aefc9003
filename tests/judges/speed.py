"""speed.py - how many questions a second fakedns answers on one core, beside NSD in the same run.

The server has one core, dnsperf another. A core that is shared with other work answers fewer
questions a second of the clock, so the demand is on the server's own seconds.
"""
import os
import pathlib
import re

from house import expect, output

DEMANDED = 50_000  # questions a second of one core
SECONDS = 5
NAMES = 1_000

ZONE = """$ORIGIN example.org.
$TTL 300
@ SOA ns hostmaster 1 3600 600 604800 60
@ NS ns
@ MX 10 mail
ns A 127.0.0.1
mail A 192.0.2.10
""" + "".join(f"host{n} A 192.0.2.{n % 250 + 1}\nhost{n} MX 10 mail\n" for n in range(NAMES))

QUESTIONS = "".join(f"host{n}.example.org {kind}\n" for n in range(NAMES)
                    for kind in ("MX", "A", "TXT")) + "".join(
                        f"nobody{n}.example.org MX\n" for n in range(NAMES))

# Far more than anybody remembers.
NEW_QUESTIONS = "".join(f"new{n}.example.org MX\n" for n in range(1_000_000))

NSD_CONF = """server:
  ip-address: 127.0.0.2
  port: 53
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  zonelistfile: "{folder}/nsd.list"
  xfrdfile: "{folder}/nsd.xfrd"
  database: ""
  hide-version: yes
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: example.org
  zonefile: "{zone}"
"""


def family(process):
    """The process and those that it started."""
    found = [process]
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has just ended
        if int(fields[1]) == process:
            found += family(int(stat.parent.name))
    return found


def core_seconds(process):
    ticks = 0
    for each in family(process):
        fields = pathlib.Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def pin(process, core):
    for each in family(process):
        os.sched_setaffinity(each, {core})


def measure(server, address, questions):
    """Questions a second of the clock, and of the server's own time."""
    cores = sorted(os.sched_getaffinity(0))
    pin(server.pid, cores[0])
    before = core_seconds(server.pid)
    text = output("taskset", "-c", str(cores[-1]), "dnsperf", "-s", address, "-d", str(questions),
                  "-l", str(SECONDS), "-c", "8", "-Q", "1000000", status=0)
    spent = core_seconds(server.pid) - before
    completed = int(re.search(r"Queries completed:\s+(\d+)", text)[1])
    lost = int(re.search(r"Queries lost:\s+(\d+)", text)[1])
    # A question that nobody answers would be a server too fast to be true.
    expect(completed > SECONDS * 1000 and lost * 100 <= completed, "an answer to all", text)
    return completed / SECONDS, completed / spent


def race(house):
    zone = house.write("example.org.zone", ZONE)
    questions = house.write("questions", QUESTIONS)
    fakedns = house.serve([zone], "127.0.0.1")
    ours = measure(fakedns, "127.0.0.1", questions)
    new = measure(fakedns, "127.0.0.1", house.write("new", NEW_QUESTIONS))
    conf = house.write("nsd.conf", NSD_CONF.format(folder=house.folder, zone=zone))
    theirs = measure(house.start(["nsd", "-d", "-c", conf], "127.0.0.2", 53), "127.0.0.2",
                     questions)
    told = "".join(f"         {name:26} {clock:9,.0f} /s, {core:9,.0f} a second of one core\n"
                   for name, (clock, core) in (("fakedns", ours), ("NSD", theirs),
                                               ("fakedns, each question new", new)))
    told += f"         fakedns : NSD = {ours[1] / theirs[1]:.2f}"
    expect(ours[1] >= DEMANDED, f"{DEMANDED:,} questions a second of one core", told)
    return told


def judge(house):
    """Yields a name, the programs needed, and what to do, for each test."""
    yield "fakedns_answers_50000_questions_a_second", ["dnsperf", "nsd"], lambda: race(house)
