"""slurm.py - deploy/sweep/slurm with a real Slurm of one node, in the test's own namespaces."""
import os
import socket
import time

import house
from campaign import PARTS, SHIPPED

HOST = "grid"
# Slurm resolves no name and no address where loopback's own is the only one (AI_ADDRCONFIG), so
# loopback has this one as well (RFC 5737: it belongs to nobody).
ADDRESS = "192.0.2.1"
CONTROL, NODE = 6817, 6818
PATIENCE = 120.0
CONFIGURATION = """\
ClusterName=grid
SlurmctldHost={host}({address})
SlurmctldPort={control}
SlurmdPort={node}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SlurmdParameters=config_overrides
NodeName={host} NodeAddr={address} CPUs=4 RealMemory=16000
PartitionName=all Nodes=ALL Default=YES
"""


class Cluster:
    """munge, slurmctld and slurmd, and how to submit to them."""

    def __init__(self, ours, campaign):
        self.campaign = campaign
        folder = ours.folder / "slurm"
        folder.mkdir()
        (folder / "state").mkdir()
        (folder / "spool").mkdir()
        ours.folder.chmod(0o755)  # munged wants its socket's folders open
        socket.sethostname(HOST)
        house.output("ip", "addr", "add", f"{ADDRESS}/32", "dev", "lo", status=0)
        (folder / "munge.key").write_bytes(os.urandom(128))
        (folder / "munge.key").chmod(0o400)
        self.configuration = folder / "slurm.conf"
        self.configuration.write_text(CONFIGURATION.format(
            host=HOST, address=ADDRESS, control=CONTROL, node=NODE, folder=folder))
        self.start(ours, folder)

    def start(self, ours, folder):
        names = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid",
                 "log-file": "munged.log", "seed-file": "munged.seed"}
        ours.start_until(["munged", "--foreground", "--force",
                          *[f"--{option}={folder / name}" for option, name in names.items()]],
                         (folder / "munge.socket").exists)
        ours.start(["slurmctld", "-D", "-f", self.configuration], ADDRESS, CONTROL)
        ours.start(["slurmd", "-D", "-N", HOST, "-f", self.configuration], ADDRESS, NODE)
        self.wait_for("the node to be ready",
                      lambda: "idle" in self.call(folder, "sinfo", "--noheader", "--format=%T"))

    def call(self, here, *command, more=None):
        return self.campaign.call(here, *command,
                                  more={"SLURM_CONF": str(self.configuration)} | (more or {}))

    def wait_for(self, what, holds):
        give_up = time.monotonic() + PATIENCE
        while not holds():
            house.expect(time.monotonic() < give_up, what, self.call("/", "squeue"))
            time.sleep(0.2)

    def run_out(self, here):
        """Until no job is left; what every job wrote."""
        self.wait_for("the jobs to end", lambda: not self.call(here, "squeue", "--noheader"))
        logs = sorted([*here.glob("results/*.log"), *here.glob("slurm-*.out")])
        return "".join(f"{log.name}: {log.read_text()}" for log in logs)


def an_array_and_its_merge(cluster):
    here = cluster.campaign.place("slurm")
    cluster.call(here, SHIPPED / "slurm/submit")
    told = cluster.run_out(here)
    house.expect(f"Part {PARTS} of {PARTS}, as Slurm says." in told, "each job to know its part", told)
    house.expect((here / "results/all.jsonl").exists(), "a merged campaign", told)
    cluster.campaign.check(here / "results")

    repeat = ["sbatch", "--array=5", "--output=results/again.log"]
    part = here / "results/part-5.jsonl"
    before = part.read_text()
    part.unlink()
    more = {"RESULTS": "results"}
    cluster.call(here, *repeat, SHIPPED / "slurm/part.sbatch", more=more)
    told = cluster.run_out(here)
    house.expect(not part.exists() and "which part of how many" in told,
                 "an array of one job to be refused", told)
    cluster.call(here, *repeat, f"--export=ALL,MXLAB_SHARD=5/{PARTS}", SHIPPED / "slurm/part.sbatch",
                 more=more)
    told = cluster.run_out(here)
    house.expect(part.exists() and part.read_text() == before, "the same part again", told)


def no_merge_after_a_part_that_failed(cluster):
    here = cluster.campaign.place("slurm-wrong")
    cluster.call(here, SHIPPED / "slurm/submit", more={"WORLDS": "nowhere.yaml"})
    told = cluster.run_out(here)
    house.expect("nowhere.yaml" in told and not (here / "results/merge.log").exists(),
                 "parts that failed, and a merge that never began", told)


def judge(ours, campaign):
    if os.geteuid() != 0:
        return
    programs = ["munged", "slurmctld", "slurmd", "sbatch"]
    started = []

    def cluster():
        if not started:
            started.append(Cluster(ours, campaign))
        return started[0]

    yield "Slurm: an array and its merge", programs, lambda: an_array_and_its_merge(cluster())
    yield ("Slurm: no merge after a part that failed", programs,
           lambda: no_merge_after_a_part_that_failed(cluster()))
