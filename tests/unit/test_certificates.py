"""Certificates: made and checked again; whatever is changed in one is noticed."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.unit.test_cli import run
from verify.certificates import bundle, cadical, child, drat, formula, lrat, second
from verify.certificates.errors import NotCertified, Rejected
from verify.certificates.recheck import Checked, Refused, recheck, recheck_one
from verify.errors import InputError, InternalError
from verify.pipeline import Options, check
from verify.terms import term as t

ROOT = Path(__file__).resolve().parents[2]
STORED = ROOT / "tests" / "golden" / "commands" / "recheck" / "certificates" / "low_bits"
NAMES = ("at-most-the-value", "no-more-bits")
FILES = sorted(path.name for path in (STORED / NAMES[0]).iterdir())
SCHEMAS = ROOT / "docs" / "schema"
LOW_BITS = str(STORED.parents[1] / "low_bits")

needs_cadical = pytest.mark.skipif(shutil.which("cadical") is None, reason="CaDiCaL isn't installed")


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """A copy of a right certificate."""
    return Path(shutil.copytree(STORED / NAMES[0], tmp_path / "one"))


def reason(folder: Path) -> str:
    """Why `folder` is rejected; empty if it isn't."""
    try:
        recheck_one(str(folder))
    except Rejected as error:
        return error.message
    return ""


def forge(folder: Path, change: Callable[[dict[str, Any]], None] = lambda manifest: None) -> None:
    """Makes all digests right again, after `change` of the manifest."""
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    names = sorted(p.name for p in folder.iterdir() if p.name != "manifest.json")
    manifest["files"] = {name: bundle._digest((folder / name).read_bytes()) for name in names}  # pyright: ignore[reportPrivateUsage]
    (folder / "manifest.json").write_text(bundle.manifest_text(manifest))


def test_the_stored_certificates_are_right(one: Path) -> None:
    for name in NAMES:
        found = recheck_one(str(STORED / name))
        assert (found.spec, found.claim, found.parts) == ("low_bits", name, ("assumptions", "hazards", "claim"))
    forge(one)
    assert reason(one) == ""
    assert len(FILES) == 14


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_anywhere(one: Path, name: str) -> None:
    path = one / name
    content = path.read_bytes()
    places = {*range(0, len(content), max(1, len(content) // 40)), len(content) - 1}
    for place in places:
        for bit in (1, 32):
            changed = bytearray(content)
            changed[place] ^= bit
            path.write_bytes(changed)
            assert reason(one) != "", (name, place)
    path.write_bytes(content)
    assert reason(one) == ""


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_off_longer_or_gone(one: Path, name: str) -> None:
    path = one / name
    content = path.read_bytes()
    for length in (0, 1, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        assert reason(one) != "", (name, length)
    for more in (b"\n", b"0", b"\n0\n"):
        path.write_bytes(content + more)
        assert reason(one) != ""
    path.unlink()
    assert f"`{name}` is missing" in reason(one)
    path.mkdir()
    assert "isn't a file of a certificate" in reason(one)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_certificate(one: Path, name: str) -> None:
    other = (STORED / NAMES[1] / name).read_bytes()
    if other == (one / name).read_bytes():
        assert name.startswith(("assumptions.", "hazards.", "claim.map"))  # these questions are the same
        return
    (one / name).write_bytes(other)
    assert reason(one) != ""


def test_a_file_too_many(one: Path) -> None:
    (one / "notes.txt").write_text("")
    assert reason(one) == "`notes.txt` isn't named by the manifest"
    forge(one)
    assert reason(one) == "the files aren't those of the parts that the manifest names"


def test_a_link_instead_of_a_file(one: Path) -> None:
    (one / "README.md").unlink()
    (one / "README.md").symlink_to(STORED / NAMES[0] / "README.md")
    assert "isn't a file of a certificate" in reason(one)


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        content = (folder / name).read_text()
        assert old in content
        (folder / name).write_text(content.replace(old, new, 1))

    return apply


def without_line(name: str, number: int) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        lines = (folder / name).read_text().splitlines(keepends=True)
        del lines[number]
        (folder / name).write_text("".join(lines))

    return apply


@pytest.mark.parametrize(
    ("apply", "message"),
    [
        (edit("claim.smt2", "#x00", "#x01"), "`claim.cnf` isn't what `claim.smt2` comes down to"),
        (edit("claim.smt2", "bvand", "bvor"), "`claim.cnf` isn't what `claim.smt2` comes down to"),
        (edit("claim.smt2", "bvslt", "bvsle"), "there is no bvsle"),
        (edit("claim.smt2", "(check-sat)\n", ""), "doesn't start with"),
        (edit("claim.smt2", "(assert", "(asssert"), "isn't understood"),
        (without_line("claim.smt2", -2), "isn't what"),
        (without_line("claim.cnf", 5), "isn't what"),
        (without_line("claim.map", 0), "`claim.map` doesn't say"),
        (without_line("claim.lrat", -1), "doesn't reach the empty clause"),
        (without_line("claim.lrat", 0), "doesn't follow"),
        (without_line("hazards.lrat", 0), "doesn't reach the empty clause"),
        (edit("assumptions.model", "1 ", "-1 "), "makes clause 1 false"),
        (edit("assumptions.model", " 0\n", "\n"), "doesn't give each variable one value"),
    ],
)
def test_forged_with_right_digests(one: Path, apply: Callable[[Path], None], message: str) -> None:
    apply(one)
    forge(one)
    assert message in reason(one)


def drop_part(part: str) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        manifest["parts"] = [entry for entry in manifest["parts"] if entry["part"] != part]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop_part("claim"), "doesn't name the parts"),
        (drop_part("hazards"), "the files aren't those"),
        (drop_part("assumptions"), "not that they can hold"),
        (lambda m: m.update(assumptions=[]), "not that they can hold"),
        (lambda m: m["parts"].append(m["parts"][0]), "doesn't name the parts"),
        (lambda m: m["parts"][0].update(part="../claim"), "doesn't name the parts"),
        (lambda m: m["parts"][2].update(steps=1), "numbers for `claim` are wrong"),
        (lambda m: m["parts"][2].update(shows="All is well."), "numbers for `claim` are wrong"),
        (lambda m: m["parts"][2].pop("steps"), "isn't a manifest"),
        (lambda m: m.update(parts=3), "isn't a manifest"),
        (lambda m: m.update(parts=[3]), "isn't a manifest"),
        (lambda m: m.update(spec=None), "isn't a manifest"),
        (lambda m: m.update(kind="proof"), "isn't a manifest"),
        (lambda m: m.update(schema=99), "has schema 99; this version of verify checks schema 1"),
    ],
)
def test_forged_manifests(one: Path, change: Callable[[dict[str, Any]], None], message: str) -> None:
    forge(one, change)
    assert message in reason(one)


@pytest.mark.parametrize("text", ["", "[]", "3", "{", '{"schema": 1}', "[" * 100_000, '{"schema": NaN}'])
def test_what_is_no_manifest(one: Path, text: str) -> None:
    (one / "manifest.json").write_text(text)
    assert "manifest.json" in reason(one)


def test_all_below_a_folder(tmp_path: Path) -> None:
    shutil.copytree(STORED, tmp_path / "a")
    (tmp_path / "a" / NAMES[0] / "manifest.json").unlink()
    refused, checked = recheck(str(tmp_path))
    assert isinstance(refused, Refused)
    assert refused.reason == "`manifest.json` is missing"
    assert isinstance(checked, Checked)
    assert checked.claim == NAMES[1]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no certificate at or below"):
        recheck(str(tmp_path / "empty"))
    with pytest.raises(InputError, match="there is no folder"):
        recheck(str(tmp_path / "nowhere"))


def smt(*lines: str) -> str:
    return "\n".join(("(set-logic QF_BV)", *lines, "(check-sat)", ""))


X = "(declare-const |x| (_ BitVec 8))"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((X, X), "line 3: |x| is there twice"),
        (("(assert |x|)",), "|x| isn't defined above"),
        ((X, "(assert |x|)"), "isn't Boolean"),
        ((X, "(define-fun ?1 () Bool (bvadd |x| |x|))"), "another sort"),
        ((X, "(define-fun ?1 () (_ BitVec 9) (bvadd |x| |x|))"), "another sort"),
        ((X, "(define-fun ?1 () (_ BitVec 8) (bvadd |x| #b1))"), "arguments don't fit"),
        ((X, "(define-fun ?1 () (_ BitVec 8) (bvadd |x| |x| |x|))"), "arguments don't fit"),
        ((X, "(define-fun ?1 () (_ BitVec 8) (bvsub |x| |x|))"), "there is no bvsub"),
        ((X, "(define-fun ?1 () Bool (not |x|))"), "arguments don't fit"),
        ((X, "(define-fun ?1 () Bool (and true))"), "arguments don't fit"),
        ((X, "(define-fun ?1 () Bool (bvult true true))"), "arguments don't fit"),
        ((X, "(define-fun ?1 () (_ BitVec 8) (ite |x| |x| |x|))"), "arguments don't fit"),
        ((X, "(define-fun ?1 () (_ BitVec 8) ((_ extract 8 1) |x|))"), "these bits aren't there"),
        ((X, "(define-fun ?1 () (_ BitVec 1) ((_ extract 1 2) |x|))"), "these bits aren't there"),
        ((X, "(define-fun ?1 () (_ BitVec 8) ((_ repeat 1) |x|))"), "there is no (_ repeat"),
        ((X, "(define-fun ?1 () (_ BitVec 8) (bvnot  |x|))"), "arguments aren't understood"),
        ((X, "(define-fun t1 () (_ BitVec 8) (bvnot |x|))"), "isn't understood"),
        ((X, "(push)"), "isn't understood"),
        (("(declare-const |x| (_ BitVec 99999))",), "too many"),
        (("(declare-const |x| (_ BitVec 0))",), "isn't understood"),
        (("(declare-const |?1| Bool)",), "isn't understood"),
    ],
)
def test_text_that_is_refused(lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(Rejected) as caught:
        formula.read(smt(*lines))
    assert message in caught.value.message


def test_names_are_kept_apart() -> None:
    """Variables whose names become the same text stay two variables."""
    variables = [t.var(name, 8) for name in ("a|b", "a!b", "a\\b", "true", "and", "a b", "a\nb", "?1")]
    text = formula.write((t.eq(t.const(7, 8), t.add(variables[0], variables[1])), *(t.ne(v, t.const(1, 8)) for v in variables[:-1])))  # fmt: skip
    found = formula.read(text)
    assert len(found.variables) == len(variables) - 1
    z3 = pytest.importorskip("z3")
    solver = z3.Solver()
    solver.from_string(text)
    assert solver.check() == z3.sat
    with pytest.raises(Rejected):
        formula.read(formula.write((t.eq(variables[-1], t.const(1, 8)),)))


SQUARE = "p cnf 2 4\n1 2 0\n-1 2 0\n1 -2 0\n-1 -2 0\n"


@pytest.mark.parametrize(
    ("proof", "message"),
    [
        ("5 2 0 1 2 0\n6 0 5 3 4 0\n", ""),
        ("5 2 0 1 2 0\n9 0 5 3 4 0\n", ""),
        ("5 2 0 1 2 0\n6 0 5 3 4 0", "cut off"),
        ("", "doesn't reach the empty clause"),
        ("5 2 0 1 2 0\n", "doesn't reach the empty clause"),
        ("5 0 1 2 3 4 0\n", "step 1 doesn't follow"),
        ("5 2 0 1 0\n6 0 5 3 4 0\n", "step 1 doesn't follow"),
        ("5 2 0 1 2 3 0\n6 0 5 3 4 0\n", "step 1 doesn't follow"),
        ("5 2 0 1 7 0\n6 0 5 3 4 0\n", "step 1 doesn't follow"),
        ("4 2 0 1 2 0\n6 0 5 3 4 0\n", "no new number"),
        ("5 2 0 1 2 0\n5 0 5 3 4 0\n", "no new number"),
        ("5 2 0 1 2 0\n6 0 5 3 4 0\n7 0 6 0\n", "goes on"),
        ("5 2 0 -1 2 0\n6 0 5 3 4 0\n", "step 1 doesn't follow"),
        ("5 d 1 0\n6 0 5 3 4 0\n", "no step"),
        ("5 d 1 0 0\n6 0 5 3 4 0\n", "where a number should be"),
        ("5 2 0 1 2\n", "no step"),
        ("0 3 1 0\n", "no step"),
        ("0 0\n", "no step"),
        ("5 2 0 1 x 0\n", "where a number should be"),
        ("5 2 0 01 2 0\n", "where a number should be"),
        ("5 ² 0 1 2 0\n", "where a number should be"),
        ("5 9 -9 0 0\n6 2 0 1 2 0\n7 0 6 3 4 0\n", ""),
    ],
)
def test_proofs(proof: str, message: str) -> None:
    if not message:
        assert lrat.check_proof(SQUARE, proof) == proof.count("\n")
        return
    with pytest.raises(Rejected) as caught:
        lrat.check_proof(SQUARE, proof)
    assert message in caught.value.message


@pytest.mark.parametrize("cnf", ["", "p cnf 2 4\n", "p cnf 1 1\n2 0\n", "p cnf 1 1\n1\n", "p cnf 1 2\n1 0\n", "c\n"])
def test_clauses_that_are_not_whole(cnf: str) -> None:
    with pytest.raises(Rejected):
        lrat.check_proof(cnf, "2 0 1 0\n")


def test_models() -> None:
    assert lrat.check_model("p cnf 2 2\n1 2 0\n-1 2 0\n", "-1 2 0\n") == 2
    for model in ("1 -2 0\n", "1 0\n", "2 1 0\n", "1 2 3 0\n", "1 2\n", "1 2 0", "", "\n", "0\n"):
        with pytest.raises(Rejected):
            lrat.check_model("p cnf 2 2\n1 2 0\n-1 2 0\n", model)


def clauses_of(generator: random.Random, variables: int, count: int) -> list[tuple[int, ...]]:
    chosen = [generator.sample(range(1, variables + 1), generator.randint(1, 3)) for _ in range(count)]
    return [tuple(v * generator.choice((1, -1)) for v in clause) for clause in chosen]


def dimacs(variables: int, clauses: list[tuple[int, ...]]) -> str:
    lines = [f"p cnf {variables} {len(clauses)}", *(" ".join(map(str, (*c, 0))) for c in clauses)]
    return "\n".join((*lines, ""))


def holds(variables: int, clauses: list[tuple[int, ...]]) -> bool:
    return any(
        all(any((lit > 0) == values[abs(lit) - 1] for lit in clause) for clause in clauses)
        for values in product((False, True), repeat=variables)
    )


def test_no_proof_is_accepted_for_clauses_that_can_hold() -> None:
    """Right proofs, each with a clause of its formula changed so that all clauses can hold; and random steps."""
    generator = random.Random(1)
    tried = 0
    while tried < 300:
        clauses = clauses_of(generator, 5, 14)
        if not holds(5, clauses):
            continue
        tried += 1
        steps = [
            f"{number} {' '.join(map(str, (*clause, 0)))} "
            f"{' '.join(str(generator.randint(1, number)) for _ in range(3))} 0\n"
            for number, clause in enumerate([*clauses_of(generator, 5, 12), ()], len(clauses) + 1)
        ]
        with pytest.raises(Rejected):
            lrat.check_proof(dimacs(5, clauses), "".join(steps))


@needs_cadical
def test_proofs_by_cadical(tmp_path: Path) -> None:
    """Random clauses: CaDiCaL's answers are right, its proofs are followed, and both checkers accept them."""
    generator = random.Random(2)
    answers = {True: 0, False: 0}
    for number in range(60):
        variables = generator.randint(4, 12)
        clauses = clauses_of(generator, variables, variables * 3)
        text = dimacs(variables, clauses)
        cnf, proof = tmp_path / f"{number}.cnf", tmp_path / f"{number}.lrat"
        cnf.write_text(text)
        answer = cadical.solve(cadical.find(), str(cnf), str(proof), 20.0)
        expected = holds(variables, clauses)
        answers[expected] += 1
        assert (answer.model is not None) == expected
        if answer.model is not None:
            model = " ".join(map(str, (*answer.model, 0))) + "\n"
            assert lrat.check_model(text, model) == len(clauses)
            continue
        steps = drat.elaborate(clauses, proof.read_text(), 20.0)
        assert lrat.check_proof(text, steps) == steps.count("\n")
        proof.write_text(steps)
        if number % 6 == 0 and second.second_opinion((str(cnf), str(proof))):
            assert second.second_opinion((str(cnf), str(proof))).startswith("dratify 0.")
    assert min(answers.values()) > 5


@needs_cadical
def test_what_is_assumed_though_no_claim_says_so(tmp_path: Path) -> None:
    """Where variables lie: that this can hold is shown, too."""
    code = "struct object { u32 n; };\nstatic struct object g, h;\nvoid set(struct object *p) { p->n = 5; }\n"
    (tmp_path / "code.c").write_text(code)
    text = '[code]\nnew = "code.c"\nentry = "set"\n[[claim]]\nname = "one"\n'
    (tmp_path / "spec.toml").write_text(text + 'prove = "new.g.n == g.n || new.h.n == h.n"\n')
    check(str(tmp_path), (), Options(certify=str(tmp_path / "made")))
    (found,) = recheck(str(tmp_path / "made"))
    assert isinstance(found, Checked)
    assert found.parts == ("assumptions", "claim")
    manifest = json.loads((tmp_path / "made" / tmp_path.name / "one" / "manifest.json").read_text())
    assert manifest["assumptions"] == ["variables, functions and strings lie where they can"]


def test_proofs_that_cannot_be_followed() -> None:
    clauses = [(1, 2), (-1, 2), (1, -2), (-1, -2)]
    assert lrat.check_proof(SQUARE, drat.elaborate(clauses, "2 0\nd 1 2 0\n0\n", 9.0)) == 2
    assert lrat.check_proof(SQUARE, drat.elaborate(clauses, "2 0\n", 9.0)) == 2
    with pytest.raises(NotCertified, match="unit propagation doesn't find"):
        drat.elaborate(clauses[:3], "-2 0\n0\n", 9.0)
    with pytest.raises(NotCertified, match="without the empty clause"):
        drat.elaborate(clauses, "d 1 2 0\n", 9.0)
    with pytest.raises(NotCertified, match="takes more than"):
        drat.elaborate(clauses, "2 0\n", -1.0)
    # Given as units, deleted while something rests on them; an empty clause from the start.
    assert drat.elaborate([(1,), (-1, 2), (-2,)], "", 9.0) == "4 0 1 2 3 0\n"
    assert drat.elaborate([(1, 2, 3), (-1,), (-2,), (-3, 4), (-4, 5), (-4, -5)], "d -1 0\nd 1 2 3 0\n", 9.0)
    assert drat.elaborate([()], "", 9.0) == "2 0 1 0\n"


def test_a_second_checker(tmp_path: Path) -> None:
    pytest.importorskip("dratify")
    cnf, right, wrong = tmp_path / "a.cnf", tmp_path / "right.lrat", tmp_path / "wrong.lrat"
    cnf.write_text(SQUARE)
    right.write_text("5 2 0 1 2 0\n6 0 5 3 4 0\n")
    wrong.write_text("5 2 0 1 2 0\n")
    assert second.second_opinion((str(cnf), str(right))).startswith("dratify 0.")
    with pytest.raises(Rejected, match="doesn't accept"):
        second.second_opinion((str(cnf), str(right), str(cnf), str(wrong)))
    assert second.second_opinion((str(cnf), str(tmp_path / "gone"))) == "dratify failed"
    assert second.without_hints("5 2 0 1 2 0\n6 0 5 3 4 0\n") == "2 0\n0\n"


def test_children_have_limits() -> None:
    assert child.run((sys.executable, "-c", "import time; time.sleep(60)"), 0.5) == (None, "")
    assert child.run((sys.executable, "-c", "print(3)"), 20.0) == (0, "3\n")
    done = child.run((sys.executable, "-c", f"bytearray({child.MEMORY})"), 20.0)
    assert done.code == 1
    assert "MemoryError" in done.output


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has gone")
def test_children_end_with_us(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    command = ("sh", "-c", f"echo $$ > {note}.new; mv {note}.new {note}; exec sleep 100")
    ours = f"from verify.certificates.child import run; run({command!r}, 100.0)"
    parent = subprocess.Popen((sys.executable, "-c", ours), env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert soon(note.exists)
    pid = int(note.read_text())
    assert alive(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert soon(lambda: not alive(pid))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def soon(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def program(folder: Path, script: str) -> str:
    """A program that stands in for CaDiCaL."""
    path = folder / "solver"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@needs_cadical
def test_what_is_made_is_right_and_says_so(tmp_path: Path) -> None:
    report = check(LOW_BITS, (), Options(certify=str(tmp_path / "out")))
    assert [c.certificate is not None for c in report.claims] == [True, True, False]
    for claim in report.claims[:2]:
        made = claim.certificate
        assert made is not None
        assert made.problem == ""
        found = recheck_one(made.folder)
        assert (found.claim, len(found.parts), found.clauses, found.steps) == (claim.claim, *made[1:4])
        manifest = json.loads((Path(made.folder) / "manifest.json").read_text())
        jsonschema.validate(manifest, json.loads((SCHEMAS / "certificate-1.json").read_text()))
        assert manifest["assumptions"] == ["count < 8"]
        readme = (Path(made.folder) / "README.md").read_text()
        assert "python -m verify recheck ." in readme
        assert claim.prove in readme
    assert sorted(p.name for p in (tmp_path / "out" / "low_bits").iterdir()) == sorted(NAMES)
    assert not list((tmp_path / "out").rglob("*.drat"))


@needs_cadical
def test_the_map_says_where_the_inputs_are(tmp_path: Path) -> None:
    """The bits of the assumptions' model, read by the map, satisfy the assumptions."""
    check(LOW_BITS, NAMES[:1], Options(certify=str(tmp_path)))
    folder = tmp_path / "low_bits" / NAMES[0]
    true = {int(word) for word in (folder / "assumptions.model").read_text().split()}
    (line,) = (folder / "assumptions.map").read_text().splitlines()
    width, *bits, name = line.split()
    assert (width, len(bits), name) == ("8", 8, "|count|")
    assert sum((int(bit) in true) << position for position, bit in enumerate(bits)) < 8


@needs_cadical
def test_another_run_replaces_the_certificates(tmp_path: Path) -> None:
    """A claim that isn't proved any more has none; what isn't ours stays."""
    spec = shutil.copytree(LOW_BITS, tmp_path / "spec")
    options = Options(certify=str(tmp_path / "out"))
    check(str(spec), (), options)
    assert len(list((tmp_path / "out").rglob("manifest.json"))) == 2
    (spec / "a.c").write_text((spec / "a.c").read_text().replace("- 1)", "- 2)"))
    report = check(str(spec), (), options)
    kept = {p.parent.name for p in (tmp_path / "out").rglob("manifest.json")}
    assert kept == {c.claim for c in report.claims if c.word == "proved"} < {*NAMES}
    folder = tmp_path / "out" / "spec" / next(iter(kept))
    (folder / "mine.txt").write_text("")
    with pytest.raises(InputError, match=r"mine\.txt` is no part of a certificate"):
        check(str(spec), (), options)
    assert sorted(p.name for p in folder.iterdir()) == sorted([*FILES, "mine.txt"])


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("exec sleep 60", "no answer within 0.3 s"),
        ("exit 0", "CaDiCaL ended with 0: memory or the size of its proof ran out"),
        ("echo out of luck; exit 3", "CaDiCaL ended with 3: out of luck"),
        ("kill -9 $$", "CaDiCaL ended with -9"),
    ],
)
def test_a_solver_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, problem: str) -> None:
    monkeypatch.setenv("CADICAL", program(tmp_path, script))
    with pytest.raises(NotCertified) as caught:
        cadical.solve(cadical.find(), "x.cnf", "x.drat", 0.3)
    assert problem in str(caught.value)


def test_a_solver_that_errs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never makes a certificate: neither a wrong answer nor a wrong proof or model passes."""
    options = Options(certify=str(tmp_path / "out"))
    monkeypatch.setenv("CADICAL", program(tmp_path, "exit 20"))
    with pytest.raises(InternalError, match="CaDiCaL finds `assumptions` of a proved claim unsatisfiable"):
        check(LOW_BITS, NAMES[:1], options)
    monkeypatch.setenv("CADICAL", program(tmp_path, "echo v 1 2 3 0; exit 10"))
    with pytest.raises(InternalError, match="finds `hazards` of a proved claim satisfiable"):
        check(LOW_BITS, NAMES[:1], options)
    model = (STORED / NAMES[0] / "assumptions.model").read_text().strip()
    monkeypatch.setenv(
        "CADICAL", program(tmp_path, "echo v -1 2 3 0; case $4 in *assumptions*) exit 10; esac; exit 20")
    )
    (claim,) = check(LOW_BITS, NAMES[:1], options).claims
    assert claim.certificate is not None
    assert claim.certificate.problem == "CaDiCaL's proof can't be read"
    for lie in ("echo v 1 -2 x 0; exit 10", "echo v; exit 10"):
        monkeypatch.setenv("CADICAL", program(tmp_path, lie))
        answer: object = None
        with contextlib.suppress(NotCertified):
            answer = cadical.solve(cadical.find(), "x.cnf", "x.drat", 5.0).model
        assert not answer
    lie = f'case $4 in *assumptions*) echo "v {model}"; exit 10;; esac; echo 0 > $5; exit 20'
    monkeypatch.setenv("CADICAL", program(tmp_path, lie))
    (claim,) = check(LOW_BITS, NAMES[:1], options).claims
    assert claim.certificate is not None
    assert "unit propagation doesn't find" in claim.certificate.problem
    assert not list((tmp_path / "out").rglob("*.*"))


def test_a_question_without_a_stored_form(tmp_path: Path) -> None:
    question = bundle.Question("claim", (t.ne(t.var("x", 1000), t.const(0, 1000)),))
    with pytest.raises(NotCertified, match="1000 bits are too many"):
        bundle._write_part(str(tmp_path), question, "cadical", 1.0)  # pyright: ignore[reportPrivateUsage]


def test_names_of_folders(tmp_path: Path) -> None:
    names = ["plain-name_1.x", "../up", "a/b", "a b", "a?b", "..", "", "ä"]
    folders = [bundle.folder_name(name) for name in names]
    assert folders[0] == names[0]
    assert len(set(folders)) == len(folders)
    for folder in folders:
        assert os.path.basename(os.path.normpath(tmp_path / folder)) == folder != ""


@needs_cadical
def test_every_proved_claim_of_feat_ctl(tmp_path: Path) -> None:
    done = run("check", "feat_ctl", "--certify", str(tmp_path), "--json")
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads((SCHEMAS / "report-1.json").read_text()))
    (spec,) = document["specs"]
    proved = {c["name"]: c["certificate"] for c in spec["claims"] if c["verdict"]["word"] == "proved"}
    assert done.returncode == 0
    assert len(proved) >= 10
    assert not any(certificate["problem"] for certificate in proved.values())
    assert all("certificate" not in c for c in spec["claims"] if c["name"] not in proved)
    again = run("recheck", str(tmp_path), "--json")
    found = json.loads(again.stdout)
    jsonschema.validate(found, json.loads((SCHEMAS / "recheck-1.json").read_text()))
    assert again.returncode == 0
    assert {c["claim"]: c["clauses"] for c in found["certificates"]} == {n: c["clauses"] for n, c in proved.items()}


def test_without_cadical(tmp_path: Path) -> None:
    done = run("check", LOW_BITS, "--certify", str(tmp_path / "out"), CADICAL="no-such-program")
    assert done.returncode == 2
    assert "there is no program `no-such-program`" in done.stderr
    assert "apt-get install cadical" in done.stderr


def test_not_certified_is_not_success(tmp_path: Path) -> None:
    spec = shutil.copytree(LOW_BITS, tmp_path / "spec")
    solver = program(tmp_path, "exit 3")
    done = run("check", str(spec), NAMES[0], "--certify", str(tmp_path / "out"), CADICAL=solver)
    assert "not certified: CaDiCaL ended with 3" in done.stdout
    assert "all as expected, 1 not certified" in done.stdout
    assert done.returncode == 3


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("check", LOW_BITS, NAMES[0], "--certify", str(tmp_path / "file"), CADICAL=program(tmp_path, "exit 3"))
    assert done.returncode == 2
    assert "can't be written" in done.stderr


def test_rechecking_needs_no_solver(tmp_path: Path) -> None:
    """Neither a solver nor the parser is imported, and no CaDiCaL is there."""
    code = (
        "import sys; from verify.cli import main; code = main(sys.argv[1:]); "
        "print(sorted({'z3', 'bitwuzla', 'cvc5', 'tree_sitter', 'verify.solving.z3', 'verify.pipeline'} & {*sys.modules})); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        (sys.executable, "-c", code, "recheck", str(STORED)),
        env={"PATH": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("\n[]\n")
    assert "2 certificates: all are right" in done.stdout


def test_a_rejected_certificate(one: Path) -> None:
    edit("claim.cnf", "p cnf", "q cnf")(one)
    done = run("recheck", str(one))
    assert done.returncode == 1
    assert "rejected" in done.stdout
    assert "`claim.cnf` was changed: its digest isn't the manifest's" in done.stdout
    document = json.loads(run("recheck", str(one), "--json").stdout)
    jsonschema.validate(document, json.loads((SCHEMAS / "recheck-1.json").read_text()))
    assert [c["right"] for c in document["certificates"]] == [False]


def test_a_text_that_asks_for_too_much(one: Path) -> None:
    """Thousands of multiplications aren't carried out where the clauses beside them are few."""
    lines = ["(declare-const |x| (_ BitVec 512))"]
    factors = ["|x|", *(f"?{n}" for n in range(1, 5000))]
    lines += [f"(define-fun ?{n} () (_ BitVec 512) (bvmul {f} |x|))" for n, f in enumerate(factors, 1)]
    (one / "claim.smt2").write_text(smt(*lines, "(assert true)"))
    forge(one)
    started = time.monotonic()
    assert "isn't what `claim.smt2` comes down to" in reason(one)
    assert time.monotonic() - started < 60
