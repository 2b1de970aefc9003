#!/usr/bin/env python3
"""killed_test - kill -9 of mxlab in the middle of a live run leaves nothing behind.

Called with the path of mxlab and some scenarios with one mxrelayd each; where OpenSMTPD has been
fetched, a story of its own joins them. The lab is killed when the programs of all of them run.
No process, namespace, mount or file of the run may be there afterwards, nor in the roots of the
mail systems. Exit code: 0 nothing is left, 1 something is, 77 there can be no sandbox here.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

SPACES = ("pid", "net", "mnt", "ipc", "uts", "user")
PATIENCE = 60  # seconds, on a busy machine
NO_SANDBOX, SKIPPED = 3, 77
TREE = pathlib.Path(__file__).resolve().parents[2]
ROOTS = TREE / "build/peers/roots"


def processes():
    """{pid: (start time, parent, name)}: a number alone may be given to somebody else."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            name, rest = (entry / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue  # it has ended meanwhile
        fields = rest.split()
        if fields[0] not in "ZX":
            found[int(entry.name)] = (fields[19], int(fields[1]), name)
    return found


def family_of(ancestor):
    """All that descend from a process, itself included."""
    everybody, family = processes(), {ancestor}
    while True:
        more = {pid for pid, (_, parent, _) in everybody.items() if parent in family} - family
        if not more:
            return {pid: everybody[pid] for pid in family if pid in everybody}
        family |= more


def space_of(pid, kind):
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}")
    except OSError:
        return None


def spaces_of(pids):
    """The namespaces that are not ours."""
    ours = {space_of("self", kind) for kind in SPACES}
    return {space_of(pid, kind) for pid in pids for kind in SPACES} - ours - {None}


def our_mounts():
    return {line.split(" - ")[0].split()[4] for line in open("/proc/self/mountinfo", encoding="utf-8")}


def changed_in(folder, since):
    return [str(path) for path in folder.rglob("*") if path.lstat().st_ctime > since]


def run_and_kill(mxlab, scenarios, place):
    """Returns the family at the moment of the kill, and its namespaces."""
    environment = dict(os.environ, TMPDIR=place)
    lab = subprocess.Popen([mxlab, "run", "--live", "--longest", "10m", "--jobs", str(len(scenarios)),
                            *scenarios], env=environment, cwd=place, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
    limit = time.monotonic() + PATIENCE
    while True:
        family = family_of(lab.pid)
        relays = [pid for pid, (_, _, name) in family.items() if name == "mxrelayd"]
        if len(relays) >= len(scenarios):
            break
        if lab.poll() is not None:
            said = lab.stdout.read().decode()
            print(said)
            sys.exit(SKIPPED if lab.returncode == NO_SANDBOX else 1)
        assert time.monotonic() < limit, f"only {len(relays)} relays run after {PATIENCE} s"
        time.sleep(0.05)
    spaces = spaces_of(family)
    assert len(spaces) > len(SPACES), "it is not in namespaces of its own"
    os.kill(lab.pid, signal.SIGKILL)
    lab.wait()
    return family, spaces


def left_of(family, spaces):
    now = processes()
    left = [f"process {pid} ({name})" for pid, (start, _, name) in family.items()
            if pid in now and now[pid][0] == start]
    held = spaces & spaces_of(now)
    return left + [f"namespace {space}" for space in sorted(held)]


def main():
    mxlab, scenarios = sys.argv[1], [str(pathlib.Path(each).resolve()) for each in sys.argv[2:]]
    if (ROOTS / "opensmtpd").is_dir():
        scenarios.append(str(TREE / "scenarios/live/experiment-2-mxrelayd.yaml"))
    mounts, began = our_mounts(), time.time()
    with tempfile.TemporaryDirectory() as place:
        family, spaces = run_and_kill(os.path.abspath(mxlab), scenarios, place)
        print(f"killed among {len(family)} processes in {len(spaces)} namespaces")
        limit = time.monotonic() + PATIENCE
        while left_of(family, spaces) and time.monotonic() < limit:
            time.sleep(0.05)
        left = left_of(family, spaces)
        left += [f"file {name}" for name in os.listdir(place)]
    left += [f"mount {where}" for where in our_mounts() - mounts if "mta" in where or "mxlab" in where]
    if ROOTS.is_dir():
        left += [f"file {name}" for name in changed_in(ROOTS, began)]
    for each in left:
        print("left behind:", each)
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
