"""The documentation: its links lead somewhere, and the code it shows is that of files which other tests run."""

import pathlib
import re
import sys
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

PAGES = sorted([*cli.SOURCE.glob("*.md"), *cli.SOURCE.glob("docs/*.md"), *cli.SOURCE.glob("apps/**/README.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def text_of(page):
    """@return the text of a page without its code."""
    return re.sub(r"`[^`\n]*`", "`", BLOCK.sub("", page.read_text(encoding="utf-8")))


def anchor(heading):
    """@return the anchor that GitHub gives a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    kept = [c for c in plain if c in " -_" or unicodedata.category(c)[0] in "LNM"]
    return "".join(kept).replace(" ", "-")


def anchors(page):
    """@return the anchors of all headings of a page; a repeated one has a number at its end."""
    found = {}
    for heading in re.findall(r"^#{1,6} +(.*)$", BLOCK.sub("", page.read_text(encoding="utf-8")), re.MULTILINE):
        name = anchor(heading)
        count = found[name] = found.get(name, -1) + 1
        if count:
            found[f"{name}-{count}"] = 0
    return set(found)


def broken_links(page):
    """@return the links of a page that lead to no file or no heading."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (fragment and fragment not in anchors(file)):
            broken.append(target)
    return broken


class Links(cli.Case):
    def test_every_relative_link_leads_to_a_file_and_a_heading(self):
        self.assertGreater(len(PAGES), 12)
        for page in PAGES:
            with self.subTest(page=page.relative_to(cli.SOURCE)):
                self.assertEqual(broken_links(page), [])

    def test_broken_links_are_found(self):
        page = self.write("page.md", "# Runge–Kutta: `x` in C++\n\n## Twice\n\n## Twice\n\n```\n# no heading\n[code](no-file)\n```\n\n"
                          "[a](#rungekutta-x-in-c) [b](page.md#twice-1) [c](https://example.org/none) `[d](no-file)`\n"
                          "[e](#no-heading) [`f`](no-file.md) ![g](no-picture.png) [h](page.md#twice-2)\n")
        self.assertEqual(broken_links(page), ["#no-heading", "no-file.md", "no-picture.png", "page.md#twice-2"])


class Code(cli.unittest.TestCase):
    def blocks(self, page, *languages):
        found = BLOCK.findall((cli.SOURCE / page).read_text(encoding="utf-8"))
        return [text for language, text in found if language in languages]

    def test_the_readme_shows_the_heat_solver(self):
        heat = (cli.SOURCE / "apps/heat/heat.cpp").read_text(encoding="utf-8")
        self.assertEqual(self.blocks("README.md", "cpp"), [heat])

    def test_the_page_of_recipes_shows_the_recipes(self):
        folder = cli.SOURCE / "tests/recipes"
        solvers = {path.stem for path in folder.glob("*.cpp") if not path.stem.startswith("test_")}
        shown = self.blocks("docs/solver-recipes.md", "cpp", "toml")
        files = {(folder / f"{name}.{kind}").read_text(encoding="utf-8") for name in solvers for kind in ("cpp", "toml")}
        self.assertEqual(len(files), 2 * len(solvers))
        self.assertEqual(sorted(shown), sorted(files))


if __name__ == "__main__":
    cli.main()
