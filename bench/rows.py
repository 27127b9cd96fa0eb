"""The rows of the benchmark: which commands, and what each has to answer for its time to count."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from bench import family
from bench.headline import HEADLINE
from bench.measure import Check, Row

PYTHON = sys.executable
HARNESS = Path(__file__).resolve().parent / "harness"
BRANCHES = (10, 100, 1000)

CLAIM_COUNT = re.compile(r"\b(\d+) claims?\b")

FEAT_CTL_CONTROLS = (
    "control-guest-is-possible",
    "control-guest-with-lock-is-possible",
    "control-valid-bits-supported-is-possible",
    "control-host-with-supported-bits-is-possible",
    "control-end-is-reached",
)
FAMILY_PROPERTIES = {
    "guest-path-unchanged": "proved",
    "path-unchanged": "refuted",
    "control-guest-is-possible": "refuted",
}

ESBMC_FLAGS = (
    "-DESBMC",
    "--multi-property",
    "--result-only",
    "--no-pointer-check",
    "--no-bounds-check",
    "--no-div-by-zero-check",
    "--no-align-check",
)
CBMC_FLAGS = ("-DCBMC", "--no-standard-checks")


def last_line(output: str) -> str:
    lines = output.strip().splitlines()
    return lines[-1].strip()[:100] if lines else "no output"


def says(pattern: str) -> Check:
    """Exit code 0, and `pattern` matches somewhere in the output."""

    def check(code: int, output: str) -> str:
        if code != 0:
            return f"exit code {code}: {last_line(output)}"
        return "" if re.search(pattern, output, re.MULTILINE) else f"the output lacks {pattern!r}"

    return check


def answers(unsat: int, sat: int) -> Check:
    """Exit code 0, and that many answers of a solver, one a line."""

    def check(code: int, output: str) -> str:
        got = output.split()
        if code == 0 and got.count("unsat") == unsat and got.count("sat") == sat and len(got) == unsat + sat:
            return ""
        return f"exit code {code}, {got.count('unsat')} unsat, {got.count('sat')} sat: {last_line(output)}"

    return check


def verdicts(expected: dict[str, str], count: int | None) -> Check:
    """`verify` is content, gives each named claim its verdict on one line, and sums up `count` claims (None: any)."""

    def check(code: int, output: str) -> str:
        if code != 0:
            return f"exit code {code}: {last_line(output)}"
        for name, verdict in expected.items():
            if not re.search(rf"^.*(?<![\w-]){name}(?![\w-]).*\b{verdict}\b", output, re.MULTILINE):
                return f"{name} isn't said to be {verdict}"
        counts = CLAIM_COUNT.findall(output)
        if not counts or (count is not None and int(counts[-1]) != count):
            return f"not summed up as {count or 'so many'} claims: {last_line(output)}"
        return ""

    return check


def properties(expected: dict[str, str]) -> Check:
    """A model checker reports each property as expected, and exits as after a failure: the controls have to fail."""
    words = {"proved": "PASSED|SUCCESS", "refuted": "FAILED|FAILURE"}

    def check(code: int, output: str) -> str:
        for name, verdict in expected.items():
            word, named = words[verdict], rf"(?<![\w-]){name}(?![\w-])"
            if not re.search(rf"^\s*(?:{word})\b.*{named}|^\[main\..*{named}.*\b(?:{word})$", output, re.MULTILINE):
                return f"{name} isn't reported as {verdict}: exit code {code}, {last_line(output)}"
        return "" if code in (1, 10) else f"exit code {code}, though the controls have to fail"

    return check


def basics() -> list[Row]:
    """Start-up, and what others need for the ten headline claims."""
    expected = "^10 claims: 5 proved, 5 refuted, 0 unexpected$"
    return [
        Row("python", (PYTHON, "-c", "print('started')"), says("^started$")),
        Row("import z3", (PYTHON, "-c", "import z3; print('started')"), says("^started$")),
        Row("floor: 10 claims in z3py", (PYTHON, "-m", "bench.floor_z3py"), says(expected)),
        Row(
            "10 claims in SMT-LIB, bitwuzla",
            (PYTHON, "-m", "bench.bitwuzla_smtlib", str(HARNESS / "feat_ctl.smt2")),
            answers(unsat=5, sat=10),
        ),
    ]


def floor_of(claims: int) -> Row:
    """The floor of `verify all`: the same claims about histories, and as many about one call as it has beside them."""
    from bench import floor_histories

    about_one_call = claims - sum(1 for _ in floor_histories.claims())
    return Row(
        "floor of the same claims",
        (PYTHON, "-m", "bench.floor_z3py", "--claims", str(about_one_call), "--histories"),
        says(f"^{claims} claims: .*, 0 unexpected$"),
    )


def verify_command(*arguments: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "verify", *arguments)


VERIFY_ALL = Row("verify all", verify_command("all"), verdicts(HEADLINE, None))


def feat_ctl() -> list[Row]:
    """`verify` on the headline claims, from our C and spec."""
    first = next(iter(HEADLINE))
    ten = ("check", "feat_ctl", *HEADLINE)
    return [
        Row("verify --version", verify_command("--version"), says(r"\d")),
        Row("verify: 1 claim", verify_command("check", "feat_ctl", first), verdicts({first: HEADLINE[first]}, 1)),
        Row("verify: 10 claims", verify_command(*ten), verdicts(HEADLINE, 10)),
        Row(
            "verify: 10 claims, bitwuzla",
            verify_command(*ten, "--solver", "bitwuzla"),
            verdicts(HEADLINE, 10),
        ),
    ]


def real_trees(old: Path, new: Path) -> Row:
    """The same claims on two real kernel trees."""
    command = verify_command("check", "feat_ctl", "--old-tree", str(old.resolve()), "--new-tree", str(new.resolve()))
    return Row("verify: real trees", command, verdicts(HEADLINE, None))


def families(scratch: Path) -> list[Row]:
    """The synthetic family, generated into `scratch`: `verify`, z3py and SMT-LIB by hand."""
    rows: list[Row] = []
    for n in BRANCHES:
        directory = scratch / str(n)
        family.generate(n, directory)
        spec = str(directory / "spec.toml")
        rows += [
            Row(
                f"family {n}: verify",
                verify_command("check", spec, "guest-path-unchanged"),
                verdicts({"guest-path-unchanged": "proved"}, 1),
                (verify_command("check", spec, "path-unchanged"), verdicts({"path-unchanged": "refuted"}, 1)),
            ),
            Row(
                f"family {n}: z3py",
                (PYTHON, "-m", "bench.family_z3py", str(n)),
                says(f"^{n} branches: {n} proved, control refuted$"),
            ),
            Row(
                f"family {n}: SMT-LIB, bitwuzla",
                (PYTHON, "-m", "bench.bitwuzla_smtlib", str(directory / "guest_path.smt2")),
                answers(unsat=n, sat=1),
            ),
        ]
    return rows


def model_checker(name: str, path: Path, flags: tuple[str, ...], scratch: Path) -> list[Row]:
    """A C model checker on our harness and on the family, controls included."""
    tool = str(path.resolve())
    claims = HEADLINE | dict.fromkeys(FEAT_CTL_CONTROLS, "refuted")
    rows = [Row(f"{name}: 10 claims", (tool, str(HARNESS / "feat_ctl.c"), *flags), properties(claims), peer=True)]
    for n in BRANCHES:
        harness = str(scratch / str(n) / "peer" / "harness.c")
        rows.append(Row(f"family {n}: {name}", (tool, harness, *flags), properties(FAMILY_PROPERTIES), peer=True))
    return rows
