"""Hosts of a cluster on one machine: namespaces of the kernel with a name, a network address and processes of their own, joined by
a bridge that stands on the login host. The file system is common, /dev/shm is not. They end with the test, also by a kill."""
import ipaddress
import os
import shutil
import subprocess
import time

NETWORK = ipaddress.ip_network("10.211.77.0/24")
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
LOGIN = "login"
FOUR = ("h1", "h2", "h3", "h4")
# A field of which each host has a part.
FIELD = """model: klein_gordon
grid: {n: [32, 32], length: [20.0, 20.0]}
klein_gordon: {potential: phi4}
initial: {type: gaussian, amplitude: 0.5, width: 3.0}
time: {stepper: strang, dt: 0.05, end: 2.0}
observe: {every: 0.5}
output: {fields_every: 1.0}
"""
# A host lives as long as its first process, which waits for the end of its input.
LIFE = """hostname {name} && mount --bind {folder}/hosts /etc/hosts && ip link set lo up && {more} echo ready && read -r over"""
# What starts a process of Open MPI on another host, in the place of ssh.
AGENT = """#!/bin/sh
pid=$(cat "{folder}/$1.pid") && shift && exec nsenter -t "$pid" -a --wd="$PWD" sh -c "$*"
"""


def why_not():
    """Why there can be no such hosts here; empty where they can be."""
    if os.geteuid() != 0:
        return "not root"
    for program in ("ip", "unshare", "nsenter", "mount"):
        if not shutil.which(program, path=PATH):
            return f"{program} is not installed"
    tried = subprocess.run(["unshare", "--net", "sh", "-c", "ip link add name bridge0 type bridge && ip link add name end0 type veth peer name end1"],
                           env=dict(os.environ, PATH=PATH), capture_output=True, text=True, check=False)
    return tried.stderr.strip()


class Hosts:
    def __init__(self, folder, names):
        self.folder, self.names, self.processes = folder, names, {}
        self.address = {name: str(NETWORK[i + 1]) for i, name in enumerate((LOGIN, *names))}
        os.chmod(folder, 0o755)
        self.file("hosts", "127.0.0.1 localhost\n" + "".join(f"{a} {n}\n" for n, a in self.address.items()))
        self.agent = self.file("agent", AGENT.format(folder=folder), 0o755)
        self.begin(LOGIN, ["--net", "--uts", "--mount"], "ip link add name net type bridge && ip link set net up && "
                   f"ip address add {self.address[LOGIN]}/24 dev net &&")
        for name in names:
            self.begin(name, ["--net", "--uts", "--mount", "--ipc", "--pid", "--mount-proc"], "mount -t tmpfs none /dev/shm &&")
            pid = self.pid(name)
            self.call(LOGIN, "ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", pid)
            self.call(LOGIN, "ip", "link", "set", name, "master", "net", "up")
            self.call(name, "ip", "address", "add", f"{self.address[name]}/24", "dev", "eth0")
            self.call(name, "ip", "link", "set", "eth0", "up")

    def file(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def begin(self, name, namespaces, more):
        process = subprocess.Popen(["unshare", *namespaces, "--fork", "--kill-child", "sh", "-c",
                                    LIFE.format(name=name, folder=self.folder, more=more)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ, PATH=PATH))
        self.processes[name] = process
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"host {name} does not start")
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            self.file(name + ".pid", file.read().strip())

    def pid(self, name):
        with open(os.path.join(self.folder, name + ".pid"), encoding="ascii") as file:
            return file.read()

    def inside(self, name, *command):
        """The command as it is run on a host."""
        spaces = ["-n", "-u", "-m"] if name == LOGIN else ["-a"]
        return ["nsenter", "-t", self.pid(name), *spaces, f"--wd={self.folder}", *map(str, command)]

    def call(self, name, *command, timeout=60):
        return subprocess.run(self.inside(name, *command), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
                              env=dict(os.environ, PATH=PATH), check=False)

    def mpi(self):
        """The environment of mpirun on these hosts. A daemon that does not answer for four seconds is lost."""
        network = str(NETWORK)
        settings = {"plm_rsh_agent": self.agent, "oob_tcp_if_include": network, "btl_tcp_if_include": network, "btl": "self,vader,tcp",
                    "oob_tcp_keepalive_time": "2", "oob_tcp_keepalive_intvl": "1", "oob_tcp_keepalive_probes": "2", "mpi_yield_when_idle": "1"}
        return dict(os.environ, PATH=PATH, **{"OMPI_MCA_" + key: value for key, value in settings.items()})

    def vanish(self, name):
        """As if its plug were pulled: nobody hears a word from it any more."""
        self.call(name, "ip", "link", "set", "eth0", "down")
        self.end(name)

    def end(self, *names):
        for name in names or list(self.processes):
            process = self.processes.pop(name)
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
