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
        self.assertIn(checks["run directory", "fsync"]["state"], ("good", "warning"))  # a busy disk causes a warning
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

    def test_settings_that_break_mpi_are_reported_with_the_cause(self):
        home = self.folder / "home"
        (home / ".openmpi").mkdir(parents=True)
        parameters = home / ".openmpi/mca-params.conf"
        parameters.write_text("pml = no_such_pml\n", encoding="utf-8")
        for env, name in (({"OMPI_MCA_pml": "no_such_pml"}, "OMPI_MCA_pml=no_such_pml"), ({"HOME": str(home)}, str(parameters))):
            with self.subTest(setting=name):
                checks = self.checks("--run-dir", "out", env=env, code=PROBLEMS_FOUND)
                self.assertEqual(checks["MPI", "launcher"]["state"], "good")
                # mpirun sometimes fails to print the message of a rank, which names the component.
                self.assertEqual(checks["MPI", "start"]["state"], "bad")
                self.assertRegex(checks["MPI", "start"]["advice"], f"^try it without these settings: .*{name}")

    def test_a_wrong_prefix_of_open_mpi_is_reported(self):
        checks = self.checks("--run-dir", "out", env={"OPAL_PREFIX": "/nowhere"}, code=PROBLEMS_FOUND)
        self.assertIn("--version fails", checks["MPI", "launcher"]["found"])
        self.assertIn("OPAL_PREFIX=/nowhere", checks["MPI", "launcher"]["advice"])

    def test_a_temporary_folder_that_cannot_be_used_is_reported(self):
        path = self.write("file", "")
        checks = self.checks("--run-dir", "out", env={"TMPDIR": str(path)}, code=PROBLEMS_FOUND)
        self.assertEqual(checks["this node", "temporary folder"]["found"], f"{path} is not a directory")
        self.assertIn("TMPDIR", checks["this node", "temporary folder"]["advice"])
        self.assertEqual(checks["MPI", "start"]["state"], "bad")

    def test_a_deleted_current_directory_is_reported(self):
        gone = self.folder / "gone"
        script = f'mkdir -p "{gone}" && cd "{gone}" && rmdir "{gone}" && exec "{cli.BINARY}" "$@"'
        doctor = cli.finish(cli.start(["sh", "-c", script, "sh", "doctor", "--json"]))
        self.assertEqual(doctor.code, PROBLEMS_FOUND, str(doctor))
        self.assertEqual([c["name"] for c in doctor.json()["checks"]], ["current directory"])
        job = self.write("job.toml", cli.hot_spot_job() + "[time]\nmax_steps = 1\n")
        launch = cli.finish(cli.start(["sh", "-c", script, "sh", "launch", "-n", "1", job, "--run-dir", self.folder / "run"],
                                      env={"TESSERA_MPIEXEC": cli.MPIEXEC}))
        self.assert_refused(launch, 69, "the current directory cannot be accessed", "change to another directory")

    def test_a_home_that_is_not_set_is_no_problem(self):
        self.checks("--run-dir", "out", env={"HOME": None})

    def test_a_program_for_another_processor_says_so(self):
        """The program records the instruction sets that it needs; here, in a copy, other ones."""
        program = bytearray(pathlib.Path(cli.BINARY).read_bytes())
        at = program.find(b"\x08\0\0\0\0\1\0\0\1\0\0\0Tessera\0")
        self.assertGreater(at, 0)
        while at >= 0:
            program[at + 20:at + 276] = b" sse3 fma4 xop".ljust(256, b"\0")
            at = program.find(b"\x08\0\0\0\0\1\0\0\1\0\0\0Tessera\0", at + 276)
        copy = self.folder / "tessera"
        copy.write_bytes(program)
        copy.chmod(0o755)
        result = cli.finish(cli.start([copy, "--version"]))
        self.assertEqual(result.code, 69, str(result))
        self.assertEqual(result.out, "")
        self.assertEqual(result.err, "error: this tessera was built for another processor: this one lacks fma4 xop\n"
                         "  = build it on this kind of processor, or with -DTESSERA_NATIVE=OFF for all kinds\n")

    def test_the_command_is_rejected_under_mpirun(self):
        result = self.doctor(env={"OMPI_COMM_WORLD_RANK": "0"})
        self.assert_refused(result, 64, "without mpirun")


@cli.unittest.skipUnless(os.geteuid() == 0, "this check applies to root only")
class Root(Case):
    def test_a_missing_permission_to_run_as_root_is_reported(self):
        checks = self.checks(env={"OMPI_ALLOW_RUN_AS_ROOT": None}, code=PROBLEMS_FOUND)
        self.assertEqual(checks["MPI", "root"]["state"], "bad")
        self.assertIn("OMPI_ALLOW_RUN_AS_ROOT=1", checks["MPI", "root"]["advice"])

    def test_a_user_without_a_name_needs_a_home(self):
        as_user = ["setpriv", "--reuid=54321", "--clear-groups"]
        if cli.finish(cli.start([*as_user, "test", "-x", cli.BINARY])).code != 0:
            self.skipTest("other users cannot run the program")
        self.folder.chmod(0o777)
        doctor = [*as_user, cli.BINARY, "doctor", "--json", "--run-dir", "out"]
        env = {"TESSERA_MPIEXEC": cli.MPIEXEC, "HOME": str(self.folder), "TMPDIR": str(self.folder)}
        result = cli.finish(cli.start(doctor, self.folder, env))
        self.assertEqual(result.code, 0, str(result))
        result = cli.finish(cli.start(doctor, self.folder, {**env, "HOME": None}))
        if result.code != 0:  # Open MPI 4.1 crashes
            start = next(c for c in result.json()["checks"] if (c["group"], c["name"]) == ("MPI", "start"))
            self.assertIn("set HOME", start["advice"])


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
