"""The times at which a run ends and writes output: in steps, in simulated time (exact to the last bit) and in
wall-clock time."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

JOB = """
[job]
name = "plate"
solver = "heat"

[domain]
cells = [16, 16]
upper = [1.0, 1.0]
chunk = [5, 5]
boundary = "periodic"

[initial]
temperature = "sin(6*x)"

[time]
end = {end}

[diagnostics]
every = "{diagnostics}"

[output]
fields = ["temperature"]
every = "{fields}"
"""


class TimeCase(cli.Case):
    def run_plate(self, *overrides, end="1", diagnostics="1 steps", fields="1 steps", name="run", ranks=1):
        """Runs the job. Stores the report of the step loop, the table of diagnostics, and the times and steps of fields."""
        job = self.write("plate.toml", JOB.format(end=end, diagnostics=diagnostics, fields=fields))
        folder, report = self.run_job(job, *overrides, name=name, ranks=ranks)
        self.loop = report["loop"]
        _, self.rows = cli.table(folder / "diagnostics.csv")
        text = (folder / "fields.xdmf").read_text(encoding="utf-8")
        self.times = [float(t) for t in re.findall(r'<Time Value="([^"]+)"/>', text)]
        files = re.findall(r"fields/fields_(\d{8})\.h5:/temperature<", text)
        self.steps = [int(step) for step in files]
        self.assertEqual(sorted(p.name for p in (folder / "fields").iterdir()), [f"fields_{f}.h5" for f in files])


class End(TimeCase):
    def test_a_single_step_is_computed(self):
        for ranks in (1, 3):
            self.run_plate("time={max_steps=1}", name=f"run-{ranks}", ranks=ranks)
            self.assertEqual(self.loop["steps"], 1)
            self.assertEqual([row[0] for row in self.rows], [0, 1])
            self.assertEqual(self.steps, [0, 1])
            self.assertEqual(self.times, [0.0, self.loop["simulated_seconds"]])

    def test_the_first_step_can_reach_the_end(self):
        self.run_plate(end="1e-9")
        self.assertEqual((self.loop["steps"], self.loop["simulated_seconds"]), (1, 1e-9))
        self.assertEqual(self.loop["min_dt"], 1e-9)

    def test_the_end_time_is_met_exactly(self):
        for end in ("0.01", "0.0123456789", '"10 ms"', '"12345 us"'):
            with self.subTest(end=end):
                self.run_plate(end=end, name="run-" + re.sub(r"\W", "", end))
                seconds = {'"10 ms"': 0.01, '"12345 us"': 0.012345}.get(end) or float(end)
                self.assertEqual(self.loop["simulated_seconds"], seconds)
                self.assertEqual(self.rows[-1][1], seconds)
                self.assertEqual(self.times[-1], seconds)

    def test_the_last_two_steps_share_the_remaining_time(self):
        # The last two steps share the remaining time equally.
        for number in range(1, 8):
            self.run_plate(f"time.end={0.001 * number + 1e-12}", name=f"run-{number}")
            self.assertGreaterEqual(self.loop["min_dt"], 0.4 * self.loop["max_dt"])

    def test_a_fixed_step_that_divides_the_end_time_is_kept(self):
        self.run_plate("time.dt=1e-4", end="0.001")
        self.assertEqual(self.loop["steps"], 10)
        self.assertEqual([row[1] for row in self.rows], [n * 1e-4 for n in range(10)] + [0.001])

    def test_the_last_fixed_step_is_shortened_to_the_end_time(self):
        self.run_plate('time.dt="300 us"', end="0.001")
        self.assertEqual([row[1] for row in self.rows], [n * 300e-6 for n in range(4)] + [0.001])

    def test_a_run_ends_at_the_step_limit(self):
        self.run_plate("time.max_steps=3", "time.dt=1e-4")
        self.assertEqual((self.loop["steps"], self.loop["simulated_seconds"]), (3, 3 * 1e-4))

    def test_a_run_ends_at_the_end_time_before_the_step_limit(self):
        self.run_plate("time.max_steps=1000", "time.dt=1e-4", end="5e-4")
        self.assertEqual((self.loop["steps"], self.loop["simulated_seconds"]), (5, 5e-4))


class Cadence(TimeCase):
    def test_an_interval_in_steps_is_met(self):
        self.run_plate("time={max_steps=10}", diagnostics="4 steps", fields="3 steps")
        self.assertEqual([row[0] for row in self.rows], [0, 4, 8, 10])
        self.assertEqual(self.steps, [0, 3, 6, 9, 10])

    def test_output_due_at_the_last_step_is_written_once(self):
        self.run_plate("time={max_steps=10}", diagnostics="5 steps", fields="10 steps")
        self.assertEqual([row[0] for row in self.rows], [0, 5, 10])
        self.assertEqual(self.steps, [0, 10])

    def test_output_can_be_limited_to_the_end(self):
        self.run_plate("time={max_steps=10}", diagnostics="end", fields="end")
        self.assertEqual([row[0] for row in self.rows], [10])
        self.assertEqual(self.steps, [10])

    def test_output_times_are_met_exactly(self):
        for ranks in (1, 3):
            self.run_plate(end='"10 ms"', diagnostics="100 steps", fields="1 ms", name=f"run-{ranks}", ranks=ranks)
            self.assertEqual(self.times, [n * 0.001 for n in range(10)] + [0.01])

    def test_steps_are_shortened_to_meet_frequent_output_times(self):
        # The largest stable time step is about 0.88 ms, so each step is shortened to meet the next output time.
        self.run_plate(end='"1 ms"', fields="100 us")
        self.assertEqual(self.times, [n * 100e-6 for n in range(10)] + [0.001])
        self.assertEqual(self.steps, list(range(11)))

    def test_fixed_steps_are_not_shortened_to_meet_output_times(self):
        # Output is written after the first step that reaches an output time: steps of 300 us, output times 1 ms apart.
        self.run_plate("time.dt=300e-6", end="0.003", fields="1 ms")
        self.assertEqual(self.steps, [0, 4, 7, 10])
        self.assertEqual(self.times, [0.0, 4 * 300e-6, 7 * 300e-6, 0.003])

    def test_diagnostics_follow_an_interval_in_simulated_time(self):
        self.run_plate("time.dt=1e-4", end="0.001", diagnostics="500 us", fields="end")
        self.assertEqual([row[0] for row in self.rows], [0, 5, 10])

    def test_output_follows_an_interval_in_wall_clock_time(self):
        for ranks in (1, 2):
            # The steps are few and long, because on a busy machine ranks wait for each other in every step. Writing the
            # fields must take less time than the interval, since otherwise output would follow every step.
            steps = 2000
            while True:
                self.run_plate(f"time={{max_steps={steps}}}", "domain.cells=[512,512]", "domain.chunk=[256,256]",
                               diagnostics="50 ms wall", fields="100 ms wall", name=f"run-{ranks}-{steps}", ranks=ranks)
                if self.loop["seconds"] > 1.0:
                    break
                steps *= 2  # on a fast machine
            self.assertEqual((self.steps[0], self.steps[-1]), (0, steps))
            self.assertEqual((self.rows[0][0], self.rows[-1][0]), (0, steps))
            self.assertGreater(len(self.steps), 3)
            self.assertGreaterEqual(len(self.rows), len(self.steps))
            self.assertLess(len(self.steps), self.loop["seconds"] / 0.100 + 3)
            self.assertEqual(sorted(set(self.steps)), self.steps)


if __name__ == "__main__":
    cli.main()
