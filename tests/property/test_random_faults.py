"""Runs of random solvers are killed and resumed, with and without a supervisor, on other numbers of ranks: the final state
is bit-identical to that of an uninterrupted run.

Environment variables, besides those of tests/support/tessera_cli.py:
  TESSERA_RANDOM_JOB        the program that prints the job for a seed
  TESSERA_PROPERTY_SEED     the first seed; without TESSERA_PROPERTY_SECONDS, the only one
  TESSERA_PROPERTY_SECONDS  how long to try consecutive seeds
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


class Killed(cli.Case):
    """A rank is killed after the first checkpoint."""

    def test_seeds(self):
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

        undisturbed = self.start("run", f"{seed}-undisturbed", "checkpoint.every=never")
        self.assertEqual(undisturbed.code, 0, context + str(undisturbed))

        killed = self.start("launch", f"{seed}-launch", "-n", ranks, "--inject", fault)
        self.assertEqual(killed.code, 0, context + str(killed))
        self.assertEqual(self.digest(f"{seed}-launch"), self.digest(f"{seed}-undisturbed"), context)

        killed = self.start("run", f"{seed}-resumed", "--inject", fault, ranks=ranks)
        self.assertNotEqual(killed.code, 0, context + str(killed))
        resumed = self.start("run", f"{seed}-resumed", "--resume", ranks=rng.randint(1, 4))
        self.assertEqual(resumed.code, 0, context + str(resumed))
        self.assertEqual(self.digest(f"{seed}-resumed"), self.digest(f"{seed}-undisturbed"), context)

    def start(self, command, name, *arguments, **options):
        return self.tessera(command, self.job, "--run-dir", name, "--plugin-path", cli.PLUGINS, *self.options, *arguments,
                            env={"TESSERA_TEST_SEED": str(self.seed)}, **options)

    def digest(self, name):
        return json.loads((self.folder / name / "run.json").read_text(encoding="utf-8"))["digest"]["state"]


if __name__ == "__main__":
    cli.main()
