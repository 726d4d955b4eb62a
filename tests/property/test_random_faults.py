"""Kills and resumes runs of random solvers, with and without a supervisor and on different numbers of ranks. The final
state must be bit-identical to that of an uninterrupted run.

Environment variables, besides those of tests/support/tessera_cli.py:
  TESSERA_RANDOM_JOB        the program that prints the job for a seed
  TESSERA_PROPERTY_SEED     the first seed; without TESSERA_PROPERTY_SECONDS, the only one
  TESSERA_PROPERTY_SECONDS  time in seconds for trying consecutive seeds
"""

import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tessera_cli as cli  # noqa: E402

SEED = os.environ.get("TESSERA_PROPERTY_SEED")
SECONDS = float(os.environ.get("TESSERA_PROPERTY_SECONDS", "0" if SEED else "6"))


class RunAfterKill(cli.Case):
    """A run in which a rank is killed after the first checkpoint."""

    def test_final_state_is_that_of_an_uninterrupted_run(self):
        begin = time.monotonic()
        seed = int(SEED or 500000)
        while True:
            with self.subTest(seed=seed):
                self.check(seed)
            seed += 1
            if time.monotonic() - begin >= SECONDS:
                break
        print(f"{seed - int(SEED or 500000)} seeds, up to {seed - 1}", flush=True)

    def check(self, seed):
        self.seed = seed
        text = subprocess.run([os.environ["TESSERA_RANDOM_JOB"], str(seed)], check=True, capture_output=True,
                              text=True).stdout
        self.job = self.write(f"{seed}.toml", text)
        steps = int(re.match(r"# (\d+) steps", text).group(1))
        every = 2 if steps >= 6 else 1
        rng = random.Random(seed)
        self.options = [f"checkpoint.every={every} steps", f"domain.partition={rng.choice(('rcb', 'sfc'))}",
                        f"performance.transport={rng.choice(('shared', 'messages'))}",
                        f"performance.streaming={rng.choice(('true', 'false'))}",
                        f"performance.balance_every={rng.randint(1, 4)}"]
        ranks = rng.randint(1, 4)
        fault = f"kill rank={rng.randrange(ranks)} step={rng.randint(2 * every, steps - 1)}"
        context = f"TESSERA_PROPERTY_SEED={seed}, {ranks} ranks, {fault}, {self.options}\n{text}"

        uninterrupted = self.start("run", f"{seed}-uninterrupted", "checkpoint.every=never")
        self.assertEqual(uninterrupted.code, 0, context + str(uninterrupted))

        launched = self.start("launch", f"{seed}-launch", "-n", ranks, "--inject", fault)
        self.assertEqual(launched.code, 0, context + str(launched))
        self.assertEqual(self.digest(f"{seed}-launch"), self.digest(f"{seed}-uninterrupted"), context)

        killed = self.start("run", f"{seed}-resumed", "--inject", fault, ranks=ranks)
        self.assertNotEqual(killed.code, 0, context + str(killed))
        resumed = self.start("run", f"{seed}-resumed", "--resume", ranks=rng.randint(1, 4))
        self.assertEqual(resumed.code, 0, context + str(resumed))
        self.assertEqual(self.digest(f"{seed}-resumed"), self.digest(f"{seed}-uninterrupted"), context)

    def start(self, command, name, *arguments, **options):
        return self.tessera(command, self.job, "--run-dir", name, "--plugin-path", cli.PLUGINS, *self.options, *arguments,
                            env={"TESSERA_TEST_SEED": str(self.seed)}, **options)

    def digest(self, name):
        return json.loads((self.folder / name / "run.json").read_text(encoding="utf-8"))["digest"]["state"]


if __name__ == "__main__":
    cli.main()
