"""Runs on several hosts: results are bit-identical to those on one host, even after hosts or networks are lost, and clear
messages explain why a run is impossible. scripts/cluster-up starts the hosts once for all tests of this program."""

import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cluster  # noqa: E402
import tessera_cli as cli  # noqa: E402

JOB = cli.spot() + """
[time]
max_steps = {steps}
[checkpoint]
every = "{every} steps"
"""
TSUNAMI = cli.SOURCE / "apps/shallow_water/jobs/tsunami-2004.toml"

# Limit on the time from the loss of a node until the run computes steps again, in seconds.
RECOVERY = 15.0
CLUSTER = cluster.Cluster()


class Case(cli.Case):
    def setUp(self):
        # A folder that all nodes share: /tmp is private to each node.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="case-", dir=CLUSTER.folder))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(CLUSTER.repair)
        self.job = self.write("job.toml", JOB.format(steps=600, every=100))

    def hostfile(self, nodes, slots=None):
        return self.write("hostfile", "".join(f"{node} slots={slots or CLUSTER.slots}\n" for node in nodes))

    def begin(self, *arguments, ranks=6, hostfile=None, name="run", env=None):
        """Starts `tessera launch` on the head."""
        process = CLUSTER.start("head", [cli.BINARY, "launch", "-n", ranks, "--hostfile", hostfile or CLUSTER.hostfile, self.job,
                                     "--run-dir", self.folder / name, *arguments], self.folder, env)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        return process

    def launch(self, *arguments, timeout=cli.COMMAND_TIMEOUT, **options):
        return cli.finish(self.begin(*arguments, **options), timeout)

    def mpirun(self, *arguments, ranks=6, job=None, name="run", nodes=None):
        """Runs the job with plain mpirun on the head. @return its report."""
        hosts = self.hostfile(nodes or CLUSTER.nodes)
        result = CLUSTER.run("head", ["mpirun", "--hostfile", hosts, "-n", ranks, cli.BINARY, "run", job or self.job,
                                  "--run-dir", self.folder / name, "--quiet", *arguments], self.folder)
        self.assertEqual(result.code, 0, str(result))
        return self.report(name)

    def read(self, name, file):
        return json.loads((self.folder / name / file).read_text(encoding="utf-8"))

    def report(self, name="run"):
        return self.read(name, "run.json")

    def story(self, name="run"):
        return self.read(name, "supervision.json")

    def checkpoints(self, name="run"):
        """@return step and attempt of each complete checkpoint, sorted."""
        folder = self.folder / name / "checkpoints"
        names = [path.name for path in folder.glob("[0-9]*-[0-9]*")] if folder.exists() else []
        return sorted(tuple(int(part) for part in name.split("-")) for name in names)

    def assert_nothing_left(self):
        self.assertEqual(CLUSTER.leftover_processes_after(cli.allow(5.0)), {})
        here = CLUSTER.run("head", ["ps", "-eo", "pid=,args="]).out.splitlines()
        self.assertEqual([line for line in here if str(self.folder) in line], [])

    def assert_same(self, digest, name="run"):
        report = self.report(name)
        self.assertEqual(report["status"], "done")
        self.assertEqual(report["digest"]["state"], digest)
        return report

    def assert_plain(self, result, *phrases):
        """Asserts that the command failed with a single error, printed the phrases, and left no process running."""
        self.assertNotEqual(result.code, 0, str(result))
        self.assertEqual(len(result.errors()), 1, str(result))
        for phrase in phrases:
            self.assertIn(phrase, result.err, str(result))
        self.assert_nothing_left()


class SameBits(Case):
    def test_heat_on_three_nodes_and_on_one(self):
        one = self.mpirun(ranks=1, nodes=["node1"], name="one")
        three = self.mpirun(name="three")
        self.assertEqual(one["digest"], three["digest"])
        self.assertEqual(sorted(set(three["hosts"])), CLUSTER.nodes)
        self.assert_nothing_left()
        # Ranks exchange data through shared memory within a node, and by messages between nodes.
        traffic = three["communication"]
        self.assertTrue(traffic["shared_memory"])
        self.assertGreater(traffic["bytes_between_nodes"], 0)
        self.assertEqual(traffic["bytes_in_messages"], traffic["bytes_between_nodes"])
        self.assertGreater(traffic["bytes"], traffic["bytes_in_messages"])
        self.assertEqual(one["communication"]["bytes_between_nodes"], 0)
        # Each node has a log; run.log is the log of the first node.
        logs = self.folder / "three"
        self.assertIn("on node1: ranks 0 1 of 6", (logs / "run.log").read_text(encoding="utf-8"))
        self.assertIn("on node2: ranks 2 3 of 6", (logs / "logs/node2.log").read_text(encoding="utf-8"))
        self.assertIn("on node3: ranks 4 5 of 6", (logs / "logs/node3.log").read_text(encoding="utf-8"))

    def test_a_tsunami_on_three_nodes_and_on_one(self):
        one = self.mpirun("time.end=10 min", ranks=1, nodes=["node1"], job=TSUNAMI, name="one")
        three = self.mpirun("time.end=10 min", job=TSUNAMI, name="three")
        self.assertEqual(one["digest"], three["digest"])

    def test_a_launch_on_three_nodes(self):
        digest = self.mpirun(ranks=1, nodes=["node1"], name="one")["digest"]["state"]
        result = self.launch()
        self.assertEqual(result.code, 0, str(result))
        report = self.assert_same(digest)
        self.assertEqual(sorted(set(report["hosts"])), CLUSTER.nodes)
        self.assert_nothing_left()


class Lost(Case):
    """Hosts and networks that are lost during a run."""

    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", JOB.format(steps=6000, every=150))
        if not hasattr(Lost, "digest"):
            Lost.digest = self.mpirun(ranks=2, nodes=["node1"], name="undisturbed")["digest"]["state"]

    def lose(self, process, away, what):
        """Calls away() once there are two checkpoints. @return the time to the next checkpoint of a later attempt, or to the
        end of the process, in seconds; also prints it."""
        cli.wait_for(lambda: len(self.checkpoints()) >= 2, process)
        begin = time.monotonic()
        away()
        last = max(self.checkpoints())
        # The first checkpoint of a later attempt shows that it has computed steps.
        cli.wait_for(lambda: [c for c in self.checkpoints() if c[1] > last[1]] or process.poll() is not None,
                     what="no steps after the loss")
        seconds = time.monotonic() - begin
        print(f"{what}: {seconds:.1f} s to the first checkpoint after the loss", file=sys.stderr, flush=True)
        return seconds

    def test_a_node_is_lost(self):
        process = self.begin()
        seconds = self.lose(process, lambda: CLUSTER.kill("node2"), "a node lost, none to spare")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("node2", result.err)
        report = self.assert_same(Lost.digest)
        self.assertEqual(report["hosts"], ["node1", "node1", "node3", "node3"])
        self.assertEqual(len(self.story()["attempts"]), 2)
        self.assertLessEqual(seconds, cli.allow(RECOVERY))
        self.assert_nothing_left()

    def test_a_spare_takes_its_place(self):
        process = self.begin(ranks=4)
        seconds = self.lose(process, lambda: CLUSTER.kill("node2"), "a node lost, one to spare")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        report = self.assert_same(Lost.digest)
        self.assertEqual(report["hosts"], ["node1", "node1", "node3", "node3"])
        self.assertLessEqual(seconds, cli.allow(RECOVERY))
        self.assert_nothing_left()

    def test_a_node_is_lost_while_it_writes_a_checkpoint(self):
        process = self.begin("--inject", "stop rank=2 at=checkpoint.write hit=3")

        def stopped():
            states = CLUSTER.run("node2", ["ps", "-o", "stat=", "-C", "tessera"]).out.split()
            return any(state.startswith("T") for state in states)

        cli.wait_for(stopped, process)
        CLUSTER.kill("node2")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assert_same(Lost.digest)
        self.assertEqual(self.story()["attempts"][1]["from_step"], 300)
        self.assert_nothing_left()

    def test_all_nodes_but_one_are_lost(self):
        process = self.begin()
        self.lose(process, lambda: (CLUSTER.kill("node1"), CLUSTER.kill("node2")), "two of three nodes lost")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(self.assert_same(Lost.digest)["hosts"], ["node3", "node3"])
        self.assert_nothing_left()

    def test_a_network_is_cut_for_good(self):
        process = self.begin(*cli.hang_timeout(5.0))
        self.lose(process, lambda: CLUSTER.unplug("node2"), "a network cut")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("node2", result.err)
        self.assert_same(Lost.digest)
        # The node still has ranks that wait for the others. They must not change the run when the node is reconnected.
        before = self.report()
        CLUSTER.plug_in("node2")
        self.assertEqual(CLUSTER.leftover_processes_after(cli.COMMAND_TIMEOUT), {})
        self.assertEqual(self.report(), before)

    def test_a_network_is_cut_for_20_seconds(self):
        process = self.begin(*cli.hang_timeout(5.0))
        cli.wait_for(lambda: len(self.checkpoints()) >= 2, process)
        CLUSTER.unplug("node2")
        time.sleep(20.0)
        CLUSTER.plug_in("node2")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assert_same(Lost.digest)
        self.assertEqual(CLUSTER.leftover_processes_after(cli.COMMAND_TIMEOUT), {})


class NodeLevel(Case):
    """Node-local checkpoints with copies on other nodes. The run directory has no checkpoint until one is promoted to it."""

    def setUp(self):
        super().setUp()
        job = JOB.format(steps=6000, every=100000) + 'local = "/dev/shm"\nlocal_every = "200 ms"\n'
        self.job = self.write("job.toml", job)
        if not hasattr(NodeLevel, "digest"):
            NodeLevel.digest = self.mpirun(ranks=2, nodes=["node1"], name="undisturbed")["digest"]["state"]

    def on(self, node):
        """@return the manifests of the complete checkpoints on a node."""
        return CLUSTER.run(node, ["find", "/dev/shm", "-path", "*/tessera-*/manifest"]).out.split()

    def lose(self, *nodes):
        """Runs the job and kills some nodes once all nodes have checkpoints. @return the result of the launch."""
        process = self.begin()
        cli.wait_for(lambda: all(self.on(node) for node in CLUSTER.nodes), process)
        self.assertEqual(self.checkpoints(), [])
        for node in nodes:
            CLUSTER.kill(node)
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assert_same(NodeLevel.digest)
        self.assert_nothing_left()
        for node in set(CLUSTER.nodes) - set(nodes):
            self.assertEqual(self.on(node), [])
        return result

    def test_one_node_is_lost(self):
        result = self.lose("node2")
        begin = self.story()["attempts"][1]["from_step"]
        self.assertGreater(begin, 0, str(result))
        self.assertIn(f"resumes from step {begin}", result.err)
        self.assertEqual(self.checkpoints(), [(begin, 1)])

    def test_more_nodes_are_lost_than_there_are_copies(self):
        result = self.lose("node1", "node2")
        self.assertIn("on none of the remaining nodes", result.err)
        self.assertEqual(self.story()["attempts"][1]["from_step"], 0)


class UnlikeNodes(Case):
    """If a file differs on one node, the error names the file and the node."""

    def replace(self, path, other):
        CLUSTER.replace("node2", path, other)
        self.addCleanup(CLUSTER.restore, "node2", path)

    def solvers(self):
        """@return a new folder with a copy of the heat solver from the build folder."""
        build = pathlib.Path(cli.BINARY).resolve().parent.parent
        folder = self.folder / "solvers"
        folder.mkdir()
        shutil.copy(build / "lib" / "tessera" / "solvers" / "heat.so", folder)
        return folder

    def test_a_plugin_that_is_missing(self):
        folder = self.solvers()
        empty = self.folder / "empty"
        empty.mkdir()
        self.replace(folder, empty)
        # By path, because a search by name would find the bundled solver instead.
        self.job = self.write("job.toml", self.job.read_text().replace('"heat"', f'"{folder}/heat.so"'))
        self.assert_plain(self.launch(), "node2", "heat")

    def test_a_plugin_that_differs(self):
        folder = self.solvers()
        other = self.write("other/heat.so", "")
        other.write_bytes((folder / "heat.so").read_bytes() + b"built elsewhere")
        self.replace(folder / "heat.so", other)
        self.assert_plain(self.launch("--plugin-path", folder), "node2", "heat")

    def replace_version(self):
        """Replaces the program on node2 with a different version. @return the version on the other nodes."""
        binary = pathlib.Path(cli.BINARY).resolve()
        version = CLUSTER.run_checked("head", [binary, "--version"]).split()[-1]
        content = binary.read_bytes()
        self.assertIn(version.encode(), content)
        other = self.write("tessera", "")
        other.write_bytes(content.replace(version.encode(), b"9" + version.encode()[1:]))
        other.chmod(0o755)
        self.replace(binary, other)
        return version

    def test_another_version_of_the_program(self):
        version = self.replace_version()
        self.assert_plain(self.launch(), "node2", version)

    def test_another_version_on_one_of_more_nodes_than_are_needed(self):
        self.replace_version()
        result = self.launch(ranks=4)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("hosts are left out", result.err)
        self.assertEqual(self.report()["hosts"], ["node1", "node1", "node3", "node3"])
        self.assert_nothing_left()

    def test_no_program(self):
        self.replace(pathlib.Path(cli.BINARY).resolve().parent, self.folder)
        self.assert_plain(self.launch(), "node2")

    def test_a_run_directory_of_the_head_alone(self):
        with tempfile.TemporaryDirectory(prefix="tessera-", dir="/tmp") as own:
            name = pathlib.Path(own) / "run"
            self.assert_plain(self.launch(name=name), "node", str(name))


class BadHostfile(Case):
    def refused(self, text, *phrases):
        hosts = self.write("hostfile", text)
        begin = time.monotonic()
        result = self.launch(hostfile=hosts)
        self.assert_plain(result, *phrases)
        self.assertLess(time.monotonic() - begin, cli.allow(60.0))
        self.assertFalse((self.folder / "run").exists())
        return result

    def test_a_host_that_nobody_knows(self):
        self.refused("node1 slots=2\nnode2 slots=2\nnode9 slots=2\n", "node9")

    def test_too_few_slots(self):
        """The launch is refused, or starts only as many ranks as there are slots. In both cases, a message says so."""
        result = self.launch(hostfile=self.write("hostfile", "node1 slots=2\nnode2 slots=1\n"))
        self.assertIn("slots", result.err, str(result))
        if result.code == 0:
            self.assertEqual(self.report()["hosts"], ["node1", "node1", "node2"])
        self.assert_nothing_left()

    def test_no_slots(self):
        self.refused("node1 slots=0\nnode2 slots=0\nnode3 slots=0\n", "slots")

    def test_no_hosts(self):
        self.refused("# nobody\n", "hostfile")

    def test_what_is_no_hostfile(self):
        result = self.refused("node1 slots=2\nnode2 slots=two\n", "hostfile:2")
        self.assertIn(result.code, (65, 78), str(result))

    def test_no_hostfile(self):
        result = self.launch(hostfile=self.folder / "nowhere")
        self.assert_plain(result, "nowhere")
        self.assertEqual(result.code, 66, str(result))

    def test_a_node_that_is_not_who_it_was(self):
        """ssh refuses a host whose key has changed."""
        config = CLUSTER.run_checked("head", ["cat", "/etc/ssh/ssh_config"])
        known = next(line.split()[1] for line in config.splitlines() if line.strip().startswith("UserKnownHostsFile"))
        key = next(line.split()[1] for line in config.splitlines() if line.strip().startswith("IdentityFile"))
        other = pathlib.Path(key + ".pub").read_text(encoding="utf-8").split()[1]
        lines = [line.rsplit(" ", 1)[0] + " " + other if line.startswith("node2,") else line
                 for line in pathlib.Path(known).read_text(encoding="utf-8").splitlines()]
        changed = self.write("known_hosts", "\n".join(lines) + "\n")
        ssh = self.write("config", config.replace(known, str(changed)))
        result = self.launch(env={"OMPI_MCA_plm_rsh_args": f"-F {ssh}", "PRTE_MCA_plm_ssh_args": f"-F {ssh}"})
        self.assert_plain(result, "node2")


if __name__ == "__main__":
    with CLUSTER:
        cli.main()
