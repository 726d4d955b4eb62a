"""`tessera doctor` finds problems that would prevent a run, suggests fixes, and never hangs."""

import os
import pathlib
import stat
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

PROBLEMS_FOUND = 1  # exit code


class Case(cli.Case):
    def doctor(self, *arguments, env=None, **options):
        changes = {"TESSERA_MPIEXEC": cli.MPIEXEC}
        changes.update(env or {})
        return self.tessera("doctor", *arguments, env=changes, **options)

    def checks(self, *arguments, env=None, code=0):
        """Runs `tessera doctor` with --json. @return the checks, by group and name."""
        result = self.doctor(*arguments, "--json", env=env)
        self.assertEqual(result.code, code, str(result))
        report = result.json()
        self.assertEqual(report["ok"], code == 0)
        self.assertEqual(report["bad"], sum(check["state"] == "bad" for check in report["checks"]))
        self.assertEqual(report["warnings"], sum(check["state"] == "warning" for check in report["checks"]))
        for check in report["checks"]:
            if check["state"] in ("bad", "warning"):
                self.assertTrue(check["found"], check)
        return {(check["group"], check["name"]): check for check in report["checks"]}

    def write_program(self, name, body):
        """Writes an executable shell script. @return its path."""
        path = self.write(name, "#!/bin/sh\n" + body + "\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path


class ThisHost(Case):
    def test_this_host_has_no_problems(self):
        checks = self.checks("--run-dir", "out", "--ranks", "2")
        for name in ("library", "launcher", "start"):
            self.assertEqual(checks["MPI", name]["state"], "good", checks["MPI", name])
        self.assertEqual(checks["libraries", "HDF5"]["state"], "good")
        self.assertIn("parallel", checks["libraries", "HDF5"]["found"])
        self.assertIn("heat", checks["libraries", "solvers"]["found"])
        self.assertEqual(checks["run directory", "fsync"]["state"], "good")
        self.assertIn("2 ranks", checks["this node", "cores"]["found"])
        self.assertEqual(list(self.folder.iterdir()), [])  # no files are left

    def test_the_table_lists_the_checks(self):
        result = self.doctor("--run-dir", "out")
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("✓ library", result.out)
        self.assertNotIn("✗", result.out)
        self.assertEqual(result.err, "")

    def test_colours_are_off_by_default_without_a_terminal(self):
        self.assertNotIn("\x1b", self.doctor("--run-dir", "out", env={"NO_COLOR": None}).out)
        self.assertIn("\x1b[32m✓", self.doctor("--run-dir", "out", "--color", "always").out)
        self.assertNotIn("\x1b", self.doctor("--run-dir", "out", "--color", "never").out)

    def test_no_color_turns_colours_off_on_a_terminal(self):
        for no_color, coloured in ((None, True), ("1", False)):
            controller, terminal = os.openpty()
            try:
                process = cli.subprocess.Popen(
                    [cli.BINARY, "doctor", "--run-dir", "out"], cwd=self.folder, stdin=cli.subprocess.DEVNULL,
                    stdout=terminal, stderr=terminal, env=cli.environment({"NO_COLOR": no_color, "TERM": "xterm"}))
                os.close(terminal)
                terminal = -1
                text = b""
                while True:
                    try:
                        part = os.read(controller, 65536)
                    except OSError:  # the other end is closed
                        break
                    if not part:
                        break
                    text += part
                self.assertEqual(process.wait(cli.COMMAND_TIMEOUT), 0, text)
            finally:
                os.close(controller)
                if terminal >= 0:
                    os.close(terminal)
            self.assertEqual(b"\x1b[32m" in text, coloured, text)

    def test_a_missing_launcher_is_reported(self):
        checks = self.checks(env={"TESSERA_MPIEXEC": "no-such-mpirun"}, code=PROBLEMS_FOUND)
        self.assertEqual(checks["MPI", "launcher"]["state"], "bad")
        self.assertIn("no-such-mpirun", checks["MPI", "launcher"]["found"])

    def test_a_launcher_of_a_different_mpi_is_reported(self):
        launcher = self.write_program("mpirun", "echo 'mpirun (Open MPI) 1.2.3'")
        checks = self.checks(env={"TESSERA_MPIEXEC": str(launcher)}, code=PROBLEMS_FOUND)
        self.assertIn("Open MPI 1.2.3", checks["MPI", "launcher"]["found"])

    def test_a_run_directory_that_cannot_be_created_is_reported(self):
        self.write("file", "")
        for path in ("file/run", "/proc/self/run"):
            checks = self.checks("--run-dir", path, code=PROBLEMS_FOUND)
            self.assertEqual(checks["run directory", "folder"]["state"], "bad")

    def test_a_solver_that_cannot_be_loaded_is_reported(self):
        self.write("plugins/broken.so", "no library")
        checks = self.checks(env={"TESSERA_PLUGIN_PATH": str(self.folder / "plugins")}, code=PROBLEMS_FOUND)
        self.assertEqual(checks["libraries", "broken"]["state"], "bad")

    def test_the_command_is_rejected_under_mpirun(self):
        result = self.doctor(env={"OMPI_COMM_WORLD_RANK": "0"})
        self.assert_refused(result, 64, "without mpirun")


@cli.unittest.skipUnless(os.geteuid() == 0, "this check applies to root only")
class Root(Case):
    def test_a_missing_permission_to_run_as_root_is_reported(self):
        checks = self.checks(env={"OMPI_ALLOW_RUN_AS_ROOT": None}, code=PROBLEMS_FOUND)
        self.assertEqual(checks["MPI", "root"]["state"], "bad")
        self.assertIn("OMPI_ALLOW_RUN_AS_ROOT=1", checks["MPI", "root"]["advice"])


class Hosts(Case):
    def test_a_missing_hostfile_is_reported(self):
        checks = self.checks("--hostfile", "none", code=PROBLEMS_FOUND)
        self.assertEqual(checks["hostfile", "file"]["state"], "bad")
        self.assertIn("`none`", checks["hostfile", "file"]["found"])

    def test_a_mistake_in_a_hostfile_is_reported_with_its_line(self):
        self.write("hosts", "localhost slots=1\nnode-b slots=many\n")
        result = self.doctor("--hostfile", "hosts")
        self.assertEqual(result.code, PROBLEMS_FOUND, str(result))
        self.assertIn("--> hosts:2:14", result.out)
        self.assertIn("2 | node-b slots=many", result.out)

    def test_a_hostfile_with_this_host_has_no_problems(self):
        self.write("hosts", "localhost slots=1\n")
        checks = self.checks("--hostfile", "hosts", "--run-dir", "out")
        self.assertEqual(checks["host localhost", "run directory"]["state"], "good")
        self.assertEqual(checks["all hosts", "start"]["state"], "good")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["hosts"])

    def test_an_unknown_host_is_reported(self):
        self.write("hosts", "localhost slots=1\nno-such-host.invalid slots=2\n")
        checks = self.checks("--hostfile", "hosts", "--ranks", "9", code=PROBLEMS_FOUND)
        self.assertEqual(checks["host localhost", "tessera"]["state"], "good")
        self.assertEqual(checks["host no-such-host.invalid", "login"]["state"], "bad")
        self.assertNotIn(("all hosts", "start"), checks)
        self.assertEqual(checks["hostfile", "slots"]["state"], "bad")  # 9 ranks on 3 slots

    def test_hosts_are_contacted_concurrently_with_the_remote_shell_of_mpirun(self):
        # No host replies until all have been contacted.
        wait_for_all = 'echo >> "$contacted"; until [ "$(wc -l < "$contacted")" -ge 20 ]; do sleep 0.05; done'
        shell = self.write_program("shell", f'contacted={self.folder}/contacted\n{wait_for_all}\nshift 2\nexec sh -c "$1"')
        self.write("hosts", "".join(f"node-{n}.invalid slots=1\n" for n in range(20)))
        env = {"OMPI_MCA_plm_rsh_agent": str(shell), "OMPI_MCA_plm_rsh_args": "-v"}
        # With this shell and these names, the real mpirun fails or treats all hosts as one.
        launcher = self.write_program("mpirun", f'case "$*" in *--hostfile*) exit 0;; esac; exec {cli.MPIEXEC} "$@"')
        env["TESSERA_MPIEXEC"] = str(launcher)
        result = self.doctor("--hostfile", "hosts", "--run-dir", "out", env=env)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(result.out.count("the same folder"), 20)

    def test_a_remote_shell_that_hangs_is_reported(self):
        shell = self.write_program("shell", "exec sleep 1000")
        self.write("hosts", "node-a.invalid slots=1\n")
        checks = self.checks("--hostfile", "hosts", env={"OMPI_MCA_plm_rsh_agent": str(shell)}, code=PROBLEMS_FOUND)
        self.assertIn("no answer within 20 s", checks["host node-a.invalid", "login"]["found"])


if __name__ == "__main__":
    cli.main()
