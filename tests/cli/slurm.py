"""A real SLURM, started for a test and ended with it: on this machine, or on the hosts of hosts.py. The program that imports this
ends with `skipped` and the reason where SLURM cannot be started."""
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time

from hosts import LOGIN, PATH
from program import check, until as wait_until, write


CONF = """ClusterName=weft
SlurmctldHost={login}({address})
SlurmctldPort={ctld_port}
SlurmdPort={slurmd_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={munge}/socket
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=300
KillWait=5
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
TmpFS={folder}/tmp.%n
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
{more}
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
NODE = "NodeName={name} NodeAddr={address} CPUs=2 RealMemory=1000 Feature=big State=UNKNOWN\n"


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


if os.geteuid() != 0:
    skip("not root")
for program in ("munged", "slurmctld", "slurmd", "sbatch"):
    if not shutil.which(program, path=PATH):
        skip(f"{program} is not installed")


def until(condition, seconds):
    """Commands of SLURM are not for hundreds of calls a second."""
    return wait_until(condition, seconds, 0.2)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Slurm:
    """munged, slurmctld and a slurmd for each node, with everything in one folder; ends exactly what it started. hosts: a Hosts
    with the login host and the nodes, all of which use the one munged through its socket in the common file system; without it,
    this machine is both. more: further lines of the configuration."""

    def __init__(self, folder, hosts=None, more=""):
        self.folder, self.hosts, self.processes, self.hurried = folder, hosts, [], {}
        os.chmod(folder, 0o755)
        os.mkdir(os.path.join(folder, "state"))
        here = socket.gethostname().split(".")[0]
        self.login, nodes = (LOGIN, hosts.names) if hosts else (here, [here])
        address = hosts.address if hosts else {here: "127.0.0.1"}
        self.begin_munge(os.path.join(folder, "munge"))
        os.environ["SLURM_CONF"] = write(folder, "slurm.conf", CONF.format(
            login=self.login, address=address[self.login], folder=folder, munge=os.path.join(folder, "munge"), ctld_port=free_port(),
            slurmd_port=free_port(), more="".join(NODE.format(name=name, address=address[name]) for name in nodes) + more))
        self.run(self.login, "slurmctld", "-D")
        for name in nodes:
            os.mkdir(os.path.join(folder, "tmp." + name))
            self.run(name, "slurmd", "-D", "-N", name)
        if not until(lambda: self.call("sinfo", "-h", "-N", "-o", "%T").stdout.split() == ["idle"] * len(nodes), 60):
            self.end()
            skip("SLURM does not start: " + self.logs())

    def begin_munge(self, munge):
        os.mkdir(munge)
        with open(os.path.join(munge, "key"), "wb") as file:
            file.write(os.urandom(128))
        user = pwd.getpwnam("munge")
        os.chmod(os.path.join(munge, "key"), 0o400)
        for path in (munge, os.path.join(munge, "key")):
            os.chown(path, user.pw_uid, user.pw_gid)
        self.run(None, "munged", "--foreground", "--num-threads=2", f"--key-file={munge}/key", f"--socket={munge}/socket",
                 f"--pid-file={munge}/pid", f"--log-file={munge}/log", f"--seed-file={munge}/seed", user="munge")
        if not until(lambda: os.path.exists(f"{munge}/socket"), 20):
            self.end()
            skip("munged does not start: " + self.logs())

    def logs(self):
        """The last lines of what all daemons printed."""
        text = ""
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".daemon"):
                with open(os.path.join(self.folder, name), encoding="utf-8", errors="replace") as file:
                    text += f"{name}: {file.read()[-2000:]}\n"
        return text

    def on(self, host, command):
        return self.hosts.inside(host, *command) if self.hosts and host else command

    def run(self, host, *command, **more):
        program = [shutil.which(command[0], path=PATH), *command[1:]]
        with open(os.path.join(self.folder, f"{host or ''}.{command[0]}.daemon"), "w", encoding="utf-8") as out:
            self.processes.append(subprocess.Popen(self.on(host, program), stdout=out, stderr=subprocess.STDOUT,
                                                   stdin=subprocess.DEVNULL, **more))

    def call(self, *command, timeout=60):
        """A command on the login host."""
        return subprocess.run(self.on(self.login, list(map(str, command))), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout, check=False)

    def end(self):
        if len(self.processes) > 2:
            self.call("scancel", "--user=root")
            until(lambda: not self.call("squeue", "-h").stdout.strip(), 20)
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def submit(self, *arguments):
        done = self.call("sbatch", "--parsable", *arguments)
        check(done.returncode == 0, f"sbatch {arguments}: {done.stderr}")
        return done.stdout.strip().split(";")[0]

    def hurry(self, job):
        """A job that is put back into the queue waits for two minutes: let it begin soon. Not at once: a credential of
        the second in which slurmd revoked the last one is refused, and the job is lost."""
        for line in self.call("squeue", "-h", "-r", "-j", job, "-o", "%K %T %r").stdout.splitlines():
            index, state, reason = line.split(None, 2)
            name = f"{job}" + ("" if index == "N/A" else f"_{index}")
            if state == "PENDING" and reason == "BeginTime" and time.monotonic() > self.hurried.get(name, -30) + 30:
                self.call("scontrol", "update", f"JobId={name}", "StartTime=now+3")
                self.hurried[name] = time.monotonic()

    def wait(self, job, seconds, finished=lambda: True):
        """Until the job has left the queue and has done its work (it may go back into the queue)."""
        def over():
            self.hurry(job)
            done = self.call("squeue", "-h", "-r", "-j", job, "-o", "%K %T")
            return not done.stdout.strip() and "error" not in done.stderr and finished()
        ended = until(over, seconds)
        check(ended, f"job {job} ends: {self.call('squeue', '-r').stdout}{self.logs()}")


def output(folder):
    """What jobs printed."""
    text = ""
    for name in sorted(os.listdir(folder)):
        if name.endswith(".out"):
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                text += f"{name}: {file.read()}\n"
    return text
