"""Compares the files of two runs of the same job: results bit for bit; reports except for values that always differ."""

import fnmatch
import json
import re

# Files of a run directory that are not results.
RECORDS = ("run.log", "logs/*", "progress.json", "supervision.json", "record.json", "inventory", "run.id", "*.lock", "checkpoints/*")

# Keys of run.json whose values differ between two runs of the same build; only the keys themselves are compared.
VOLATILE = ("run", "directory", "started", "total_seconds", "hosts*", "job.path", "solver.file", "versions.build",
            "memory.*", "loop.seconds", "loop.cell_updates_per_second", "loop.bytes_sent", "communication.*bytes*",
            "communication.*_seconds_*", "balance.*", "phases.*seconds*", "phases.*.slowest_rank")
# Keys that depend on tuning.
TUNED = ("tiling.*",)


def report_text(out, folder):
    """@return the final report on the console, with volatile values masked and volatile paragraphs omitted."""
    text = out[max(out.find("✓"), 0):].strip().replace(str(folder), "…")
    text = re.sub(r"done in .+?   (\d+ steps?)   .+? Mcell/s   .+? sent   ", r"done in …   \1   ", text)
    paragraphs = re.split(r"\n\s*\n", text)
    return "\n\n".join(p for p in paragraphs if not p.startswith(("tiling ", "exchange ", "phase "))) + "\n"


def compare(before, after, hdf5):
    """Yields the differences between two folders written by run() in compare-builds, each as a text that begins with the
    name of a file."""
    old, new = result_files(before), result_files(after)
    for name in sorted(old.keys() - new.keys()):
        yield f"{name}: missing in AFTER"
    for name in sorted(new.keys() - old.keys()):
        yield f"{name}: only in AFTER"
    for name in sorted(old.keys() & new.keys()):
        if name.endswith("run.json"):
            found = compare_values(*(report_values(json.loads(f[name].read_text("utf-8"))) for f in (old, new)))
        elif name.endswith(".h5"):
            found = compare_values(hdf5.read(old[name]), hdf5.read(new[name]))
        else:
            found = compare_bytes(old[name].read_bytes(), new[name].read_bytes())
        yield from (f"{name}: {text}" for text in found)
    steps = [checkpoint_steps(folder / "run" / "checkpoints") for folder in (before, after)]
    if steps[0] != steps[1]:
        yield f"checkpoints: at steps {steps[0]} before, {steps[1]} after"


def result_files(folder):
    paths = {str(path.relative_to(folder)).removeprefix("run/"): path for path in folder.rglob("*") if path.is_file()}
    return {name: path for name, path in paths.items()
            if not any(fnmatch.fnmatchcase(name, pattern) for pattern in RECORDS)}


def checkpoint_steps(folder):
    """@return the steps of the published checkpoints, and the names of all other entries."""
    names = sorted(path.name for path in folder.glob("*"))
    return [int(n.partition("-")[0]) if re.match(r"\d+(-\d+)?$", n) else n for n in names]


def report_values(value, key=""):
    """@return the values of run.json by dotted key, with volatile values masked and tuned values omitted."""
    if any(fnmatch.fnmatchcase(key, pattern) for pattern in VOLATILE):
        return {key: "volatile"}
    if any(fnmatch.fnmatchcase(key, pattern) for pattern in TUNED):
        return {}
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if entries is None:
        return {key: value}
    found = {key: type(value).__name__}
    for name, entry in entries:
        found.update(report_values(entry, f"{key}.{name}" if key else str(name)))
    return found


def compare_values(old, new):
    for key in sorted(old.keys() | new.keys()):
        if key not in new or key not in old:
            yield f"{key} is {'missing in' if key in old else 'only in'} AFTER"
        # Compared as text, because -0.0 equals 0.0, and 1 equals 1.0.
        elif old[key] != new[key] or (not isinstance(old[key], tuple) and repr(old[key]) != repr(new[key])):
            yield f"{key} {description_of_change(old[key], new[key])}"


def description_of_change(old, new):
    """@return how a value changed; for HDF5 arrays, how many elements changed."""
    if not (isinstance(old, tuple) and isinstance(new, tuple)):
        return f"was {old!r}, is {new!r}"
    if old[:2] != new[:2]:
        return f"has a different type, or shape {new[1]} instead of {old[1]}"
    count = 1
    for extent in old[1]:
        count *= extent
    size = len(old[2]) // max(count, 1)
    changed = [n for n in range(count) if old[2][n * size:(n + 1) * size] != new[2][n * size:(n + 1) * size]]
    return f"differs in {len(changed)} of {count} values, first at index {changed[0]}"


def compare_bytes(old, new):
    if old == new:
        return
    try:
        lines = [data.decode("utf-8").splitlines() for data in (old, new)]
    except UnicodeDecodeError:
        yield f"different bytes ({len(old)} before, {len(new)} after)"
        return
    number = next((n for n, (a, b) in enumerate(zip(*lines)) if a != b), min(map(len, lines)))
    texts = [repr(text[number]) if number < len(text) else "missing" for text in lines]
    yield f"line {number + 1} was {texts[0]}, is {texts[1]}"
