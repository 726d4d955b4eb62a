"""`tessera test` of each recipe for solver authors (docs/solver-recipes.md)."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tessera_cli as cli  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent
RECIPES = sorted(path.stem for path in FOLDER.glob("*.toml"))


class Promises(cli.Case):
    """Bit-identical results on any number of ranks and after a restart, and the accesses that the stages declare."""

    def check(self, name):
        result = self.tessera("test", name, "--job", FOLDER / f"{name}.toml", "--plugin-path", cli.PLUGINS,
                              "--ranks", "1,3", "--json", env={"TESSERA_MPIEXEC": cli.MPIEXEC, "TMPDIR": str(self.folder)})
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual([promise["kept"] for promise in result.json()["promises"]], [True] * 5, str(result))


for recipe in RECIPES:
    setattr(Promises, f"test_{recipe}", lambda self, name=recipe: self.check(name))


if __name__ == "__main__":
    cli.main()
