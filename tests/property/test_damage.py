"""Damaged specs and damaged C: an answer or an error that says what is wrong, soon, and never a crash.

Environment: VERIFY_PROPERTY_EXAMPLES (how many examples), VERIFY_NEW_TREE (a kernel tree; real files get damaged, too).
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from verify import InputError, Options, check, cli

from .campaign import examples
from .damage import DAMAGES

ROOT = Path(__file__).resolve().parents[2]
FOUND = (*ROOT.glob("specs/**/spec.toml"), *ROOT.glob("tests/golden/verdicts/*/spec.toml"))
SPECS = sorted(path.parent for path in FOUND)
CLAIM = re.compile(r'\[\[(?:claim|invariant|trace-claim|reach)\]\]\s*name = "([^"]*)"')
REAL = ("arch/x86/kvm/vmx/sgx.c", "arch/x86/kvm/mtrr.c", "arch/x86/kvm/cpuid.c", "arch/x86/kvm/hyperv.c")
TREE = os.environ.get("VERIFY_NEW_TREE")
EXIT_CODES = (0, 1, 2, 3)
SECONDS = 15.0
OPTIONS = Options(timeout=0.3)
SHOWN = 3000
SEEDS = st.integers(0, 2**32)
_FUNCTION = re.compile(r"^(?:[a-z]\w*[ *]+)+(\w+)\([^;{}]*\)\s*\{", re.M)


class Answers:
    """Runs `check` through the API and `verify` as a command, and counts what they say; other errors leave it."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()

    def of(self, spec: Path, command: str = "check", claim: str = "") -> None:
        started = time.perf_counter()
        self.count[self.of_api(spec, [claim] if claim and command == "check" else [])] += 1
        self.count[f"exit code {self.of_command(spec, command, claim)}"] += 1
        assert time.perf_counter() - started < SECONDS

    def of_api(self, spec: Path, claims: Sequence[str]) -> str:
        try:
            report = check(str(spec), claims, OPTIONS)
        except InputError as error:
            return type(error).__name__
        assert report.claims
        return "report"

    def of_command(self, spec: Path, command: str, claim: str) -> int:
        words = [command, str(spec), *([claim] if claim else []), "--timeout", str(OPTIONS.timeout), "--json"]
        if command == "list":
            words = [command, str(spec)]
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err):
            code = cli.main(words)
        said, complaint = (_text(stream) for stream in (out, err))
        assert code in EXIT_CODES, complaint
        assert "Traceback" not in said + complaint
        document = json.loads(said) if command != "list" else {}
        claims = [claim for checked in document.get("specs", ()) for claim in checked["claims"]]
        mistaken = any(claim["verdict"]["word"] == "error" for claim in claims)
        # Either there is no report, or it says of a claim that it is mistaken.
        assert (code == cli.INPUT_ERROR) == (complaint.startswith("error: ") != mistaken), complaint
        return code


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


@pytest.fixture
def answers() -> Answers:
    return Answers()


def damaged(data: bytes, seed: int) -> bytes:
    """`data` after one to three damages."""
    dice = random.Random(seed)
    chosen = dice.choices(DAMAGES, k=dice.choice((1, 1, 1, 2, 3)))
    note(", ".join(d.__name__ for d in chosen))
    for one in chosen:
        data = one(data, dice)
    note(repr(data[:SHOWN]))
    return data


def damage(file: Path, seed: int) -> None:
    """Damages the file in place."""
    note(file.name)
    file.write_bytes(damaged(file.read_bytes(), seed))


def copied(source: Path, folder: Path) -> Path:
    """A fresh copy of a spec's folder."""
    shutil.rmtree(folder, ignore_errors=True)
    return Path(shutil.copytree(source, folder))


def spec_of(text: str, entry: str, folder: Path) -> Path:
    """A fresh folder with a spec that says little of a function in `text`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "code.c").write_text(f"//// {text}")
    claims = "".join(
        f'[[claim]]\nname = "{n}"\nprove = "{p}"\n' for n, p in (("a", "!new.warned"), ("b", "same(before, new)"))
    )
    (folder / "spec.toml").write_text(f'[code]\nfile = "code.c"\nentry = "{entry}"\n{claims}')
    return folder


def test_damaged_specs(tmp_path: Path, answers: Answers) -> None:
    @examples(120)
    @given(st.sampled_from(SPECS), SEEDS, st.sampled_from(("check", "explain", "list")))
    def run(source: Path, seed: int, command: str) -> None:
        spec = copied(source, tmp_path / "spec")
        claim = CLAIM.findall((spec / "spec.toml").read_text())[0]
        damage(spec / "spec.toml", seed)
        answers.of(spec, command, claim if command == "explain" else "")

    run()
    print(dict(answers.count))
    assert answers.count["SpecError"] > answers.count.total() // 10


def test_damaged_claims(tmp_path: Path, answers: Answers) -> None:
    """The TOML is right, what it claims isn't."""

    @examples(120)
    @given(st.sampled_from(SPECS), SEEDS, SEEDS)
    def run(source: Path, which: int, seed: int) -> None:
        spec = copied(source, tmp_path / "spec")
        text = (spec / "spec.toml").read_text()
        kind, known = next((k, v) for k, v in tomllib.loads(text).items() if k in ("claim", "invariant", "trace-claim"))
        claim = json.dumps(damaged(known[which % len(known)]["prove"].encode(), seed).decode(errors="replace"))
        (spec / "spec.toml").write_text(f'{text}\n[[{kind}]]\nname = "damaged"\nprove = {claim}\n')
        answers.of(spec, claim="damaged")

    run()
    print(dict(answers.count))
    assert answers.count["report"] > answers.count.total() // 25


def test_damaged_code(tmp_path: Path, answers: Answers) -> None:
    @examples(120)
    @given(st.sampled_from(SPECS), SEEDS, SEEDS)
    def run(source: Path, which: int, seed: int) -> None:
        spec = copied(source, tmp_path / "spec")
        files = sorted(spec.glob("*.[ch]"))
        damage(files[which % len(files)], seed)
        answers.of(spec)

    run()
    print(dict(answers.count))
    assert answers.count["report"] > answers.count.total() // 10


def functions() -> list[tuple[str, str]]:
    """Texts and functions in them: the interpreter's snippets, and real files if there is a tree."""
    snippets = (ROOT / "tests" / "unit" / "interpreter.c").read_text().split("\n//// ")[1:]
    files = [Path(TREE, name) for name in REAL if TREE]
    texts = [*snippets, *(file.read_text() for file in files if file.exists())]
    return [(text, name) for text in texts for name in dict.fromkeys(_FUNCTION.findall(text))]


def test_damaged_functions(tmp_path: Path, answers: Answers) -> None:
    @examples(60)
    @given(st.sampled_from(functions()), SEEDS)
    def run(entry: tuple[str, str], seed: int) -> None:
        spec = spec_of(*entry, tmp_path / "spec")
        damage(spec / "code.c", seed)
        answers.of(spec)

    run()
    print(dict(answers.count))
    assert answers.count["report"] > answers.count.total() // 10


@pytest.mark.parametrize("name", ["spec.toml", "before.c", "after.c"])
@pytest.mark.parametrize("what", ["nothing", "directory", "link to itself", "link to nowhere", "unreadable"])
def test_what_is_no_file(name: str, what: str, tmp_path: Path, answers: Answers) -> None:
    spec = copied(ROOT / "specs" / "examples" / "permission_mask", tmp_path / "spec")
    file = spec / name
    if what == "unreadable":
        file.chmod(0)
        if os.access(file, os.R_OK):
            pytest.skip("this user may read everything")
    else:
        file.unlink()
        if what == "directory":
            file.mkdir()
        elif what != "nothing":
            file.symlink_to(file if what == "link to itself" else spec / "nowhere")
    answers.of(spec)
    answers.of(file)
    assert answers.count["exit code 2"] == 2
