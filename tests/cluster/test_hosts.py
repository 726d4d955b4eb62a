"""Runs on several hosts: results are bit-identical to those on one host, even if a host or its network connection is lost.
If a run is impossible, a clear message gives the reason. scripts/cluster-up starts the hosts once for all tests."""

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

JOB = cli.hot_spot_job() + """
[time]
max_steps = {steps}
[checkpoint]
every = "{every} steps"
"""
TSUNAMI = cli.SOURCE / "apps/shallow_water/jobs/tsunami-2004.toml"

# Limit on the time from the loss of a node until the run computes steps again, in seconds. It is shorter than the hang
# timeout: the loss is noticed from the connections.
RECOVERY_LIMIT = 30.0
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

    def start_launch(self, *arguments, ranks=6, hostfile=None, name="run", env=None):
        """Starts `tessera launch` on the head node, without waiting for it."""
        command = [cli.BINARY, "launch", "-n", ranks, "--hostfile", hostfile or CLUSTER.hostfile, self.job,
                   "--run-dir", self.folder / name, *arguments]
        process = CLUSTER.start("head", command, self.folder, env)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        return process

    def launch(self, *arguments, timeout=cli.COMMAND_TIMEOUT, **options):
        return cli.finish(self.start_launch(*arguments, **options), timeout)

    def mpirun(self, *arguments, ranks=6, job=None, name="run", nodes=None):
        """Runs the job under mpirun, without supervision, on the head node. @return its report."""
        hosts = self.hostfile(nodes or CLUSTER.nodes)
        result = CLUSTER.run("head", ["mpirun", "--hostfile", hosts, "-n", ranks, cli.BINARY, "run", job or self.job,
                                      "--run-dir", self.folder / name, "--quiet", *arguments], self.folder)
        self.assertEqual(result.code, 0, str(result))
        return self.report(name)

    def read(self, name, file):
        return json.loads((self.folder / name / file).read_text(encoding="utf-8"))

    def report(self, name="run"):
        return self.read(name, "run.json")

    def supervision(self, name="run"):
        return self.read(name, "supervision.json")

    def checkpoints(self, name="run"):
        """@return the step and attempt of each complete checkpoint, sorted."""
        folder = self.folder / name / "checkpoints"
        names = [path.name for path in folder.glob("[0-9]*-[0-9]*")] if folder.exists() else []
        return sorted(tuple(int(part) for part in name.split("-")) for name in names)

    def assert_no_process_left(self):
        self.assertEqual(CLUSTER.leftover_processes_after(cli.scaled(20.0)), {})
        on_head = CLUSTER.run("head", ["ps", "-eo", "pid=,args="]).out.splitlines()
        self.assertEqual([line for line in on_head if str(self.folder) in line], [])

    def assert_done(self, digest, name="run"):
        """Asserts that the run is done, with this state digest. @return its report."""
        report = self.report(name)
        self.assertEqual(report["status"], "done")
        self.assertEqual(report["digest"]["state"], digest)
        return report

    def assert_fails_cleanly(self, result, *phrases):
        """Asserts that the command failed with a single error, printed each phrase, and left no process running."""
        self.assertNotEqual(result.code, 0, str(result))
        self.assertEqual(len(result.errors()), 1, str(result))
        for phrase in phrases:
            self.assertIn(phrase, result.err, str(result))
        self.assert_no_process_left()


class SameBits(Case):
    def test_heat_is_bit_identical_on_three_nodes_and_on_one(self):
        one = self.mpirun(ranks=1, nodes=["node1"], name="one")
        three = self.mpirun(name="three")
        self.assertEqual(one["digest"], three["digest"])
        self.assertEqual(sorted(set(three["hosts"])), CLUSTER.nodes)
        self.assert_no_process_left()
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

    def test_a_tsunami_is_bit_identical_on_three_nodes_and_on_one(self):
        one = self.mpirun("time.end=10 min", ranks=1, nodes=["node1"], job=TSUNAMI, name="one")
        three = self.mpirun("time.end=10 min", job=TSUNAMI, name="three")
        self.assertEqual(one["digest"], three["digest"])

    def test_a_launch_on_three_nodes_is_bit_identical_to_a_run_on_one(self):
        digest = self.mpirun(ranks=1, nodes=["node1"], name="one")["digest"]["state"]
        result = self.launch()
        self.assertEqual(result.code, 0, str(result))
        report = self.assert_done(digest)
        self.assertEqual(sorted(set(report["hosts"])), CLUSTER.nodes)
        self.assert_no_process_left()


class Lost(Case):
    """Nodes, or their network connections, are lost during a run."""

    # A rank on node2 is stopped, so that the run cannot end before it loses this node.
    STOP = ("--inject", "stop rank=2 step=3000")

    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", JOB.format(steps=6000, every=150))
        if not hasattr(Lost, "digest"):
            Lost.digest = self.mpirun(ranks=2, nodes=["node1"], name="undisturbed")["digest"]["state"]

    def measure_recovery(self, process, inject_fault, fault):
        """Calls inject_fault() once there are two checkpoints. @return the time in seconds to the first checkpoint of a
        later attempt, or to the end of the process. Also prints this time."""
        cli.wait_for(lambda: len(self.checkpoints()) >= 2, process)
        begin = time.monotonic()
        inject_fault()
        last = max(self.checkpoints())
        # The first checkpoint of a later attempt shows that the attempt has computed steps.
        cli.wait_for(lambda: [c for c in self.checkpoints() if c[1] > last[1]] or process.poll() is not None,
                     what="there are no steps after the loss")
        seconds = time.monotonic() - begin
        print(f"{fault}: {seconds:.1f} s to the first checkpoint after the loss", file=sys.stderr, flush=True)
        return seconds

    def test_a_run_resumes_on_the_remaining_nodes(self):
        process = self.start_launch(*self.STOP)
        seconds = self.measure_recovery(process, lambda: CLUSTER.kill("node2"), "a node is lost, without a spare")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("node2", result.err)
        report = self.assert_done(Lost.digest)
        self.assertEqual(report["hosts"], ["node1", "node1", "node3", "node3"])
        self.assertEqual(len(self.supervision()["attempts"]), 2)
        self.assertLessEqual(seconds, cli.scaled(RECOVERY_LIMIT))
        self.assert_no_process_left()

    def test_a_spare_node_replaces_a_lost_node(self):
        process = self.start_launch(*self.STOP, ranks=4)
        seconds = self.measure_recovery(process, lambda: CLUSTER.kill("node2"), "a node is lost, with a spare")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        report = self.assert_done(Lost.digest)
        self.assertEqual(report["hosts"], ["node1", "node1", "node3", "node3"])
        self.assertLessEqual(seconds, cli.scaled(RECOVERY_LIMIT))
        self.assert_no_process_left()

    def test_a_run_survives_the_loss_of_a_node_during_a_checkpoint(self):
        process = self.start_launch("--inject", "stop rank=2 at=checkpoint.write hit=3")

        def stopped():
            states = CLUSTER.run("node2", ["ps", "-o", "stat=", "-C", "tessera"]).out.split()
            return any(state.startswith("T") for state in states)

        cli.wait_for(stopped, process)
        CLUSTER.kill("node2")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assert_done(Lost.digest)
        self.assertEqual(self.supervision()["attempts"][1]["from_step"], 300)
        self.assert_no_process_left()

    def test_a_run_survives_the_loss_of_all_nodes_but_one(self):
        process = self.start_launch(*self.STOP)
        self.measure_recovery(process, lambda: (CLUSTER.kill("node1"), CLUSTER.kill("node2")), "two of three nodes are lost")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(self.assert_done(Lost.digest)["hosts"], ["node3", "node3"])
        self.assert_no_process_left()

    def test_a_run_survives_a_permanent_network_outage(self):
        process = self.start_launch(*cli.hang_timeout(5.0))
        self.measure_recovery(process, lambda: CLUSTER.unplug("node2"), "a node loses its network")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("node2", result.err)
        self.assert_done(Lost.digest)
        # The ranks on this node still wait for the others. They must not change the run when the node is reconnected.
        before = self.report()
        CLUSTER.plug_in("node2")
        self.assertEqual(CLUSTER.leftover_processes_after(cli.COMMAND_TIMEOUT), {})
        self.assertEqual(self.report(), before)

    def test_a_run_survives_a_network_outage_of_20_seconds(self):
        process = self.start_launch(*cli.hang_timeout(5.0))
        cli.wait_for(lambda: len(self.checkpoints()) >= 2, process)
        CLUSTER.unplug("node2")
        time.sleep(20.0)
        CLUSTER.plug_in("node2")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assert_done(Lost.digest)
        self.assertEqual(CLUSTER.leftover_processes_after(cli.COMMAND_TIMEOUT), {})


class NodeLevel(Case):
    """Node-local checkpoints with copies on other nodes. The run directory has no checkpoint until one is promoted to it."""

    def setUp(self):
        super().setUp()
        job = JOB.format(steps=6000, every=100000) + 'local = "/dev/shm"\nlocal_every = "200 ms"\n'
        self.job = self.write("job.toml", job)
        if not hasattr(NodeLevel, "digest"):
            NodeLevel.digest = self.mpirun(ranks=2, nodes=["node1"], name="undisturbed")["digest"]["state"]

    def manifests_on(self, node):
        """@return the manifests of the complete checkpoints on a node."""
        return CLUSTER.run(node, ["find", "/dev/shm", "-path", "*/tessera-*/manifest"]).out.split()

    def launch_and_kill(self, *nodes):
        """Runs the job and kills these nodes, node2 among them, once all nodes have checkpoints. @return the result of the
        launch."""
        process = self.start_launch("--inject", "stop rank=2 step=5000")  # on node2; the run cannot end before its loss
        cli.wait_for(lambda: all(self.manifests_on(node) for node in CLUSTER.nodes), process)
        self.assertEqual(self.checkpoints(), [])
        for node in nodes:
            CLUSTER.kill(node)
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assert_done(NodeLevel.digest)
        self.assert_no_process_left()
        for node in set(CLUSTER.nodes) - set(nodes):
            self.assertEqual(self.manifests_on(node), [])
        return result

    def test_a_run_resumes_from_the_copies_of_a_lost_node(self):
        result = self.launch_and_kill("node2")
        begin = self.supervision()["attempts"][1]["from_step"]
        self.assertGreater(begin, 0, str(result))
        self.assertIn(f"resumes from step {begin}", result.err)
        self.assertEqual(self.checkpoints(), [(begin, 1), (6000, 2)])  # the second is the final state

    def test_a_run_starts_over_if_all_copies_are_lost(self):
        result = self.launch_and_kill("node1", "node2")
        self.assertIn("the remaining nodes lack", result.err)
        self.assertEqual(self.supervision()["attempts"][1]["from_step"], 0)


class UnlikeNodes(Case):
    """If a file differs on one node, the error names the file and the node."""

    def replace(self, path, other):
        CLUSTER.replace("node2", path, other)
        self.addCleanup(CLUSTER.restore, "node2", path)

    def copy_solver(self):
        """@return a new folder with a copy of the heat solver from the build folder."""
        build = pathlib.Path(cli.BINARY).resolve().parent.parent
        folder = self.folder / "solvers"
        folder.mkdir()
        shutil.copy(build / "lib" / "tessera" / "solvers" / "heat.so", folder)
        return folder

    def test_a_plugin_missing_on_one_node_is_reported(self):
        folder = self.copy_solver()
        empty = self.folder / "empty"
        empty.mkdir()
        self.replace(folder, empty)
        # Give the path of the plugin, because a search by name would find the bundled solver instead.
        self.job = self.write("job.toml", self.job.read_text().replace('"heat"', f'"{folder}/heat.so"'))
        self.assert_fails_cleanly(self.launch(), "node2", "heat")

    def test_a_plugin_that_differs_on_one_node_is_reported(self):
        folder = self.copy_solver()
        other = self.write("other/heat.so", "")
        other.write_bytes((folder / "heat.so").read_bytes() + b"built elsewhere")
        self.replace(folder / "heat.so", other)
        self.assert_fails_cleanly(self.launch("--plugin-path", folder), "node2", "heat")

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

    def test_a_different_version_of_the_program_is_reported(self):
        version = self.replace_version()
        self.assert_fails_cleanly(self.launch(), "node2", version)

    def test_a_spare_node_with_a_different_version_is_excluded(self):
        self.replace_version()
        result = self.launch(ranks=4)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("hosts are excluded", result.err)
        self.assertEqual(self.report()["hosts"], ["node1", "node1", "node3", "node3"])
        self.assert_no_process_left()

    def test_a_missing_program_is_reported(self):
        self.replace(pathlib.Path(cli.BINARY).resolve().parent, self.folder)
        self.assert_fails_cleanly(self.launch(), "node2")

    def test_a_run_directory_that_only_the_head_has_is_reported(self):
        with tempfile.TemporaryDirectory(prefix="tessera-", dir="/tmp") as private:
            name = pathlib.Path(private) / "run"
            self.assert_fails_cleanly(self.launch(name=name), "node", str(name))


class BadHostfile(Case):
    def check_rejected(self, text, *phrases):
        hosts = self.write("hostfile", text)
        begin = time.monotonic()
        result = self.launch(hostfile=hosts)
        self.assert_fails_cleanly(result, *phrases)
        self.assertLess(time.monotonic() - begin, cli.scaled(60.0))
        self.assertFalse((self.folder / "run").exists())
        return result

    def test_an_unknown_host_is_reported(self):
        self.check_rejected("node1 slots=2\nnode2 slots=2\nnode9 slots=2\n", "node9")

    def test_too_few_slots_are_reported(self):
        """The launch is rejected, or starts only as many ranks as there are slots. A message reports it in both cases."""
        result = self.launch(hostfile=self.write("hostfile", "node1 slots=2\nnode2 slots=1\n"))
        self.assertIn("slots", result.err, str(result))
        if result.code == 0:
            self.assertEqual(self.report()["hosts"], ["node1", "node1", "node2"])
        self.assert_no_process_left()

    def test_hosts_without_slots_are_reported(self):
        self.check_rejected("node1 slots=0\nnode2 slots=0\nnode3 slots=0\n", "slots")

    def test_an_empty_hostfile_is_reported(self):
        self.check_rejected("# no hosts\n", "hostfile")

    def test_a_malformed_hostfile_is_reported(self):
        result = self.check_rejected("node1 slots=2\nnode2 slots=two\n", "hostfile:2")
        self.assertIn(result.code, (65, 78), str(result))

    def test_a_missing_hostfile_is_reported(self):
        result = self.launch(hostfile=self.folder / "nowhere")
        self.assert_fails_cleanly(result, "nowhere")
        self.assertEqual(result.code, 66, str(result))

    def test_a_host_with_a_changed_key_is_reported(self):
        """ssh does not connect to a host whose key has changed."""
        config = CLUSTER.run_checked("head", ["cat", "/etc/ssh/ssh_config"])
        known = next(line.split()[1] for line in config.splitlines() if line.strip().startswith("UserKnownHostsFile"))
        key = next(line.split()[1] for line in config.splitlines() if line.strip().startswith("IdentityFile"))
        other = pathlib.Path(key + ".pub").read_text(encoding="utf-8").split()[1]
        lines = [line.rsplit(" ", 1)[0] + " " + other if line.startswith("node2,") else line
                 for line in pathlib.Path(known).read_text(encoding="utf-8").splitlines()]
        changed = self.write("known_hosts", "\n".join(lines) + "\n")
        ssh = self.write("config", config.replace(known, str(changed)))
        result = self.launch(env={"OMPI_MCA_plm_rsh_args": f"-F {ssh}", "PRTE_MCA_plm_ssh_args": f"-F {ssh}"})
        self.assert_fails_cleanly(result, "node2")


if __name__ == "__main__":
    with CLUSTER:
        cli.main()
