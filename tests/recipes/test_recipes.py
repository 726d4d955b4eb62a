"""Runs of the recipes for solver authors (docs/solver-recipes.md)."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tessera_cli as cli  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent
RECIPES = sorted(path.stem for path in FOLDER.glob("*.toml"))


class Recipes(cli.Case):
    def run_recipe(self, name, ranks):
        return self.run_job(FOLDER / f"{name}.toml", name=f"{name}-{ranks}", ranks=ranks)[1]

    def test_the_results_are_bit_identical_on_any_number_of_ranks(self):
        for name in RECIPES:
            with self.subTest(name):
                one, three = self.run_recipe(name, 1), self.run_recipe(name, 3)
                self.assertGreater(one["loop"]["steps"], 1)
                self.assertEqual(one["digest"], three["digest"])

    def test_the_accesses_are_those_that_the_stages_declare(self):
        """Takes the recipe with the most fields and components; the checks are the same for all."""
        result = self.tessera("test", "bounce_back", "--job", FOLDER / "bounce_back.toml", "--plugin-path", cli.PLUGINS,
                              "--ranks", "1,3", "--json", env={"TESSERA_MPIEXEC": cli.MPIEXEC, "TMPDIR": str(self.folder)})
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual([promise["kept"] for promise in result.json()["promises"]], [True] * 5, str(result))


if __name__ == "__main__":
    cli.main()
