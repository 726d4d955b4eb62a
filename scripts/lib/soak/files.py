"""The files of a run that must not depend on faults."""

import json
import subprocess

# How a run was executed: checkpoints, history, logs and times.
EXECUTION = ("checkpoints", "logs", "job.toml", "inventory", "record.json", "progress.json", "supervision.json", "run.json",
             "run.log", "run.lock", "supervisor.lock")


def outputs(folder):
    """@return the paths of the result files of a run, relative to its folder, sorted."""
    return sorted(path.relative_to(folder) for path in folder.rglob("*")
                  if path.is_file() and path.relative_to(folder).parts[0] not in EXECUTION)


def report(folder):
    """@return status and state digest of a run, from its report; None without a report."""
    try:
        values = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return values["status"], values.get("digest", {}).get("state")


def differences(tessera, folder, expected):
    """Compares the results of two runs, and verifies the files of the first. @return one line per difference.

    Field files may be laid out differently, so `tessera diff` compares their values. All other files must have the same
    bytes.
    """
    found = []
    if report(folder) != report(expected):
        found.append(f"run.json: {report(folder)} instead of {report(expected)}")
    names, expected_names = set(outputs(folder)), set(outputs(expected))
    found += [f"{name}: missing" for name in sorted(expected_names - names)]
    found += [f"{name}: only in the disturbed run" for name in sorted(names - expected_names)]
    for name in sorted(names & expected_names):
        if name.suffix != ".h5":
            if (folder / name).read_bytes() != (expected / name).read_bytes():
                found.append(f"{name}: other bytes")
            continue
        compared = subprocess.run([tessera, "diff", expected / name, folder / name], capture_output=True, text=True,
                                  check=False)
        if compared.returncode != 0:
            found.append(f"{name}: exit code {compared.returncode} of tessera diff: {compared.stdout}{compared.stderr}")
    verified = subprocess.run([tessera, "verify", folder], capture_output=True, text=True, check=False)
    if verified.returncode != 0:
        found.append(f"exit code {verified.returncode} of tessera verify: {verified.stdout}{verified.stderr}")
    return found
