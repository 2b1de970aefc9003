"""parallel.py - deploy/sweep/parallel.sh with the real GNU parallel, here and over ssh."""
import os
import pathlib
import shutil
import subprocess

import house
from campaign import BROKEN, SHIPPED

SCRIPT = SHIPPED / "parallel.sh"
PORT = 2222
KEY = ["-q", "-t", "ed25519", "-N", ""]


def on_this_machine(campaign):
    here = campaign.place("parallel")
    campaign.call(here, SCRIPT)
    campaign.check(here / "results")
    told = campaign.call(here, SCRIPT, status=1)
    house.expect("results" in told and "exists" in told, "parts of an older campaign are kept", told)


def broken_promises_are_merged(campaign):
    here = campaign.place("parallel-broken")
    told = campaign.call(here, SCRIPT, more={"WORLDS": BROKEN, "SEEDS": "1..16"}, status=1)
    house.expect("16 of 16 worlds broke a promise" in told, "what broke, of all parts", told)


def a_part_that_cannot_be_played_ends_it(campaign):
    here = campaign.place("parallel-wrong")
    campaign.call(here, SCRIPT, more={"WORLDS": "nowhere.yaml"}, status=1)
    house.expect(not (here / "results/all.jsonl").exists(), "no merged campaign", "one")


def furnish(ours):
    """Two machines that are one: root has another home here, and logs in by a key."""
    home = ours.folder / "home"
    secrets = home / ".ssh"
    secrets.mkdir(parents=True, mode=0o700)
    subprocess.run(["ssh-keygen", *KEY, "-f", secrets / "id_ed25519"], check=True)
    shutil.copy(secrets / "id_ed25519.pub", secrets / "authorized_keys")
    (secrets / "config").write_text(
        f"Host one two\n  HostName 127.0.0.1\n  Port {PORT}\n  User root\n"
        "  StrictHostKeyChecking no\n  LogLevel ERROR\n")
    passwd = [line for line in pathlib.Path("/etc/passwd").read_text().splitlines()
              if not line.startswith("root:")]
    ours.write("passwd", f"root:x:0:0:root:{home}:/bin/bash\n" + "\n".join(passwd) + "\n")
    subprocess.run(["mount", "--bind", ours.folder / "passwd", "/etc/passwd"], check=True)
    subprocess.run(["dropbearkey", "-t", "ed25519", "-f", ours.folder / "host.key"], check=True,
                   capture_output=True)
    ours.start(["dropbear", "-F", "-E", "-s", "-r", ours.folder / "host.key",
                "-p", f"127.0.0.1:{PORT}"], "127.0.0.1", PORT)
    return home


def on_other_machines(ours, campaign):
    home = furnish(ours)
    here = campaign.place("parallel-ssh")
    (here / "hosts").write_text("1/one\n1/two\n")
    campaign.call(here, SCRIPT, more={"HOSTS": "hosts", "HOME": str(home),
                                      "MXLAB": str(campaign.programs / "mxlab")})
    campaign.check(here / "results")
    left = [str(file) for file in home.rglob("*.jsonl")]
    house.expect(not left, "no part to stay on the other machine", left)


def judge(ours, campaign):
    yield "GNU parallel on this machine", ["parallel"], lambda: on_this_machine(campaign)
    yield ("GNU parallel: broken promises are results", ["parallel"],
           lambda: broken_promises_are_merged(campaign))
    yield ("GNU parallel: a part that cannot be played ends it", ["parallel"],
           lambda: a_part_that_cannot_be_played_ends_it(campaign))
    if os.geteuid() == 0:
        yield ("GNU parallel over ssh", ["parallel", "dropbear", "ssh", "rsync"],
               lambda: on_other_machines(ours, campaign))
