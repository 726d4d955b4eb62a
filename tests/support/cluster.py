"""A test cluster of several hosts on this machine: scripts/cluster-up as a context manager.

    with cluster.Cluster() as c:
        result = c.run("head", ["mpirun", "--hostfile", c.hostfile, "-n", "6", "hostname"])
        c.kill("node2")

If the machine cannot run a cluster, the test program prints the reason and exits with the exit code for "skipped".
"""

import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tessera_cli as cli

# Each combination of clone, test program and arguments has its own cluster, so that tests can run concurrently. Its name
# is the same in every run, so that the next run replaces a cluster that a killed test left behind.
DEFAULT_NAME = "t" + hashlib.sha256("\0".join([str(cli.SOURCE), *sys.argv]).encode()).hexdigest()[:11]
os.environ.setdefault("TESSERA_CLUSTER_NAME", DEFAULT_NAME)
SCRIPTS = cli.SOURCE / "scripts"
EXEC = SCRIPTS / "cluster-exec"
# The programs of a run. None of their processes may be left after the run has ended.
PROGRAMS = ("orted", "prted", "mpirun", "orterun", "prterun", "tessera")


class Cluster:
    """Starts a cluster on entry, and shuts it down on exit. `hostfile` lists its nodes in order. All nodes share `folder`."""

    def __init__(self, nodes=3, slots=2, slurm=False):
        self.nodes = [f"node{i + 1}" for i in range(nodes)]
        self.slots = slots
        self.slurm = slurm
        self.folder = None
        self.hostfile = None

    def __enter__(self):
        command = [SCRIPTS / "cluster-up", "--replace", "--nodes", str(len(self.nodes)), "--slots", str(self.slots)]
        up = subprocess.run(command + (["--slurm"] if self.slurm else []), stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, check=False)
        if up.returncode == cli.SKIPPED:
            print(f"skipped: {up.stderr.strip()}")
            sys.exit(cli.SKIPPED)
        if up.returncode != 0:
            raise RuntimeError(f"scripts/cluster-up failed\n{up.stdout}{up.stderr}")
        # On SIGTERM, exit through __exit__, as after an error.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        # Not below /tmp, because each node has its own /tmp.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tessera-test-", dir="/var/tmp"))
        self.hostfile = self.write_hostfile("hostfile", self.nodes)
        return self

    def __exit__(self, *_):
        subprocess.run([SCRIPTS / "cluster-down"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_hostfile(self, name, nodes, slots=None):
        path = self.folder / name
        path.write_text("".join(f"{node} slots={slots or self.slots}\n" for node in nodes), encoding="utf-8")
        return path

    # Commands

    @staticmethod
    def start(host, command, cwd=None, env=None):
        """Starts a command on "head" or a node. @return a local process that ends with the command."""
        # cluster-exec sets the environment of the cluster first, so that `env` overrides it.
        changes = [f"{name}={value}" for name, value in (env or {}).items()]
        prefix = ["env", *changes] if changes else []
        return cli.start([EXEC, host, "--", *prefix, *command], cwd)

    def run(self, host, command, cwd=None, env=None, timeout=cli.COMMAND_TIMEOUT):
        """Runs a command and waits for it. @raise AssertionError: if it hangs; it is killed first."""
        return cli.finish(self.start(host, command, cwd, env), timeout)

    def run_checked(self, host, command):
        """Runs a command that must succeed. @return its standard output."""
        result = self.run(host, command)
        if result.code != 0:
            raise AssertionError(f"on {host}: {' '.join(map(str, command))}\n{result}")
        return result.out

    # Faults

    @staticmethod
    def _change_node(action, node):
        done = subprocess.run([EXEC, f"--{action}", node], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(f"cluster-exec --{action} {node}: {done.stderr}")

    def kill(self, node):
        """Kills all processes of the node at once."""
        self._change_node("kill", node)

    def restart(self, node):
        """Brings a killed node and its network back."""
        self._change_node("start", node)

    def unplug(self, node):
        """Disconnects the node from the network; its processes keep running."""
        self._change_node("unplug", node)

    def plug_in(self, node):
        """Reconnects the node to the network."""
        self._change_node("plug-in", node)

    def running(self, node):
        """@return whether the node is up."""
        return subprocess.run([EXEC, node, "--", "true"], stdin=subprocess.DEVNULL, capture_output=True,
                              check=False).returncode == 0

    def replace(self, node, path, other):
        """Replaces the file at `path` with the file at `other`, on this node only, until restore() is called."""
        self.run_checked(node, ["mount", "--bind", other, path])

    def restore(self, node, path):
        # The kernel refuses while a process uses the file.
        cli.wait_for(lambda: self.run(node, ["umount", path]).code == 0, what=f"{path} on {node} cannot be unmounted")

    def repair(self):
        """Repairs the cluster: brings up and connects all nodes, and kills the processes of runs."""
        for node in self.nodes:
            self.plug_in(node)
            if not self.running(node):
                self.restart(node)
            for program in PROGRAMS:
                self.run(node, ["pkill", "-KILL", "-x", program])

    # Leftover processes

    def leftover_processes(self, hosts=None):
        """@return the processes of runs on nodes that are up, as {host: [line of ps]}, without hosts that have none."""
        found = {}
        for host in hosts or self.nodes:
            if self.running(host):
                lines = self.run(host, ["ps", "-o", "pid=,stat=,args=", "-C", ",".join(PROGRAMS)]).out.splitlines()
                lines = [line for line in lines if line.split()[1][0] != "Z"]
                if lines:
                    found[host] = lines
        return found

    def leftover_processes_after(self, seconds, hosts=None):
        """Like leftover_processes(), but first waits up to `seconds` for the processes to end."""
        limit = time.monotonic() + seconds
        while (found := self.leftover_processes(hosts)) and time.monotonic() < limit:
            time.sleep(0.2)
        return found
