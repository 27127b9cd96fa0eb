"""Runs `verify` on test suites by others and compares the verdicts with the known answers.

    python -m bench.suites --gcc DIR --cbmc DIR --tsv bench/suites.tsv

The user fetches and unpacks the suites (`docs/trust.md`).  Exits with 1 iff a verdict is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from bench.measure import ROOT
from bench.suite_cases import Case, cbmc_case, cbmc_names, gcc_cases, gcc_names
from verify.limited import run_limited

PROCESSES = 2
SHOWN_REASONS = 12
_REASONS = (
    "the type … isn't known",
    "this C can't be parsed",
    "what this pointer points at isn't known",
    "whether … is signed isn't known",
    "which isn't looked into",
    "calls itself",
    "isn't known; name the header that declares it",
    "uninitialised read",
    "array index out of bounds",
)
_MEGABYTES = 2048


class Result(NamedTuple):
    """`mark` is right, wrong, undecided, unsupported, assumed or "not posed"; `why` as `verify` says it.

    assumed: the verdict says what it rests on, and that isn't so in the program."""

    suite: str
    name: str
    expected: str
    verdict: str
    mark: str
    why: str


def run(case: Case, seconds: float, scratch: Path) -> Result:
    """One case through a whole `verify` process."""
    expected = "proved" if case.holds else "refuted"
    if case.problem:
        return Result(case.suite, case.name, expected, "", "not posed", case.problem)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        (Path(folder) / "program.c").write_text(case.text, encoding="utf-8")
        (Path(folder) / "spec.toml").write_text(_spec(case, expected), encoding="utf-8")
        command = (sys.executable, "-m", "verify", "check", folder, "--json", "--timeout", str(seconds / 2))
        own = {**os.environ, "PYTHONPATH": str(ROOT)}
        ended = run_limited(command, seconds, directory=str(ROOT), megabytes=_MEGABYTES, environment=own)
    if ended.timed_out or ended.problem:
        return Result(case.suite, case.name, expected, "", "undecided", "out of time or memory")
    try:
        claim = json.loads(ended.output)["specs"][0]["claims"][0]
    except (ValueError, KeyError, IndexError):
        said = (ended.errors.strip() or ended.output.strip()).splitlines()
        mark = "wrong" if ended.code == 4 else "unsupported"  # 4: an internal error
        return Result(case.suite, case.name, expected, "", mark, said[-1] if said else f"exit code {ended.code}")
    return _judged(case, expected, claim)


def _spec(case: Case, expected: str) -> str:
    assume = f"assume = {json.dumps(case.assume)}\n"
    return (
        f'title = "{case.name}"\n[code]\nnew = "program.c"\nentry = "{case.entry}"\n{assume}unroll = 300\n'
        f'[[claim]]\nname = "never"\nsays = "{case.reached}() is never called"\n'
        f'prove = "!new.called({case.reached})"\nexpect = "{expected}"\n'
    )


def _judged(case: Case, expected: str, claim: dict[str, Any]) -> Result:
    verdict = claim["verdict"]
    word = str(verdict["word"])
    why = " ".join(str(verdict.get("reason") or "").split())
    if word not in ("proved", "refuted", "vacuous"):
        mark = "unsupported" if word == "unsupported" else "undecided"
    else:
        # What a counterexample rests on makes it count for nothing, also where the verdict is the right one.
        wrong = word != expected
        rests_on = _refuted_because(case, verdict) if word == "refuted" else _proved_because(claim) if wrong else ""
        mark, why = ("assumed", rests_on) if rests_on else ("wrong" if wrong else "right", why)
    return Result(case.suite, case.name, expected, word, mark, why)


def _refuted_because(case: Case, verdict: dict[str, Any]) -> str:
    """What a counterexample rests on that is anything for `verify`, but not in the program; "" if nothing."""
    counterexample = verdict.get("counterexample") or {}
    names = [str(i["name"]) for i in counterexample.get("inputs", [])]
    called = {c.partition("(")[0] for b in counterexample.get("behaviours", []) for c in b.get("calls", [])}
    own = [n for n in called if re.search(rf"\b{re.escape(n)}\s*\([^;{{}}]*\)\s*{{", case.text)]
    if own or any(n.startswith("what ") or " after the call" in n for n in names):
        return "refuted: what a call does that isn't looked into is anything"
    if any(n.startswith(("sizeof(", "offsetof(")) for n in names):
        return "refuted: a layout that isn't known is anything"
    return "" if case.whole else "refuted: memory on entry is anything, also static variables"


def _proved_because(claim: dict[str, Any]) -> str:
    """The assumption named with the verdict that the program breaks; "" if there is none."""
    named = [a for a in claim.get("rests_on", []) if "whose object isn't known" in a or "don't overlap" in a]
    return f"proved, named with it: {named[0]}" if named else ""


def reason(why: str) -> str:
    """A reason without the names in it, for counting."""
    short = re.sub(r"^(?:\S+\.c|macro \w+):\d+(?::\d+)?:? ?", "", why)
    short = re.sub(r" at \S+\.c:\d.*", "", re.sub(r"`[^`]*`", "…", short))
    short = re.sub(r"\b\w+\(\)", "f()", short)
    for known in _REASONS:
        if known in short:
            return known
    return short[:90]


def report(results: list[Result], seconds: float) -> str:
    """The counts by suite, the reasons, and each wrong verdict."""
    from tabulate import tabulate

    marks = ("right", "assumed", "undecided", "unsupported", "not posed", "wrong")
    table: list[list[object]] = []
    for suite in dict.fromkeys(r.suite for r in results):
        mine = [r for r in results if r.suite == suite]
        table.append([suite, len(mine), *(sum(r.mark == m for r in mine) for m in marks)])
    lines = [tabulate(table, headers=["suite", "cases", *marks], disable_numparse=True), ""]
    for mark in ("assumed", "undecided", "unsupported", "not posed"):
        counts = Counter(reason(r.why) for r in results if r.mark == mark)
        if counts:
            lines.append(f"{mark}, why:")
            lines += [f"  {n:5}  {why}" for why, n in counts.most_common(SHOWN_REASONS)]
    wrong = [r for r in results if r.mark == "wrong"]
    lines += [f"WRONG: {r.suite} {r.name}: {r.verdict or r.why}, should be {r.expected}" for r in wrong]
    lines.append(f"{len(results)} cases, {len(wrong)} wrong verdicts, {seconds:.0f} s")
    return "\n".join(lines)


def tsv(results: Iterable[Result]) -> str:
    """Facts only, of the cases that `verify` answers: which case, what was expected, and what it says."""
    answered = (r for r in results if r.verdict in ("proved", "refuted") or r.mark == "wrong")
    rows = sorted((r.suite, r.name, r.expected, r.verdict or "-", r.mark) for r in answered)
    return "".join("\t".join(row) + "\n" for row in [("suite", "case", "expected", "verdict", "mark"), *rows])


def run_suites(
    gcc: Path | None, cbmc: Path | None, only: re.Pattern[str], seconds: float, step: int = 1
) -> list[Result]:
    """All results, in order; every `step`-th program."""
    with tempfile.TemporaryDirectory(prefix="verify-suites-") as scratch:

        def of_gcc(path: Path) -> list[Result]:
            with tempfile.TemporaryDirectory(dir=scratch) as own:
                return [run(case, seconds, Path(scratch)) for case in gcc_cases(path, Path(own))]

        def of_cbmc(path: Path) -> list[Result]:
            return [run(cbmc_case(path), seconds, Path(scratch))]

        with ThreadPoolExecutor(PROCESSES) as pool:
            done: Iterator[list[Result]] = iter(())
            work = [(of_gcc, p) for p in (gcc_names(gcc) if gcc else [])]
            work += [(of_cbmc, p) for p in (cbmc_names(cbmc) if cbmc else [])]
            work = [(make, path) for make, path in work if only.search(str(path))][::step]
            done = pool.map(lambda job: job[0](job[1]), work)
            results: list[Result] = []
            for number, some in enumerate(done, 1):
                results += some
                for one in some:
                    if one.mark == "wrong":
                        print(f"WRONG: {one.suite} {one.name}: {one.verdict} {one.why}", file=sys.stderr)
                if number % 100 == 0:
                    print(f"{number} of {len(work)} programs", file=sys.stderr)
    return results


def main(argv: list[str]) -> int:
    """Run, print, write, and say whether a verdict is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.suites", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gcc", type=Path, metavar="DIR", help="gcc's unpacked source")
    parser.add_argument("--cbmc", type=Path, metavar="DIR", help="CBMC's unpacked source")
    parser.add_argument("--only", type=re.compile, default=re.compile(""), metavar="REGEX", help="programs to run")
    parser.add_argument("--limit", type=float, default=20, metavar="SECONDS", help="for one case (default: 20)")
    parser.add_argument("--step", type=int, default=1, metavar="N", help="run every N-th program only")
    parser.add_argument("--tsv", type=Path, metavar="FILE", help="write each case's verdict there")
    parser.add_argument("--verbose", action="store_true", help="print each case")
    options = parser.parse_args(argv)
    started = time.perf_counter()
    results = run_suites(options.gcc, options.cbmc, options.only, options.limit, options.step)
    if not results:
        parser.error("no test program is found there")
    if options.verbose:
        print("\n".join("\t".join(r) for r in results))
    print(report(results, time.perf_counter() - started))
    if options.tsv:
        options.tsv.write_text(tsv(results), encoding="utf-8")
    return 1 if any(r.mark == "wrong" for r in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
