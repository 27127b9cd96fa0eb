"""Writes a certificate: a folder with all that shows one claim to be proved, made and checked without the solvers.

A claim's questions are those that `verify.solving.decide` asks: the assumptions can hold together; no loop bound and
no undefined behaviour is within reach; the assumptions and the claim's negation can't hold together (one question here,
where the decider may ask many).  Each becomes SMT-LIB text, then clauses, then a proof or a model by CaDiCaL; `recheck`
has the last word.  Trusted: that these questions are those that the claim comes down to, and `verify.terms`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from verify.certificates import cadical, drat, formula
from verify.certificates.blast import Cnf, blast
from verify.certificates.errors import NotCertified, Rejected
from verify.claims.obligations import Posed
from verify.claims.verdict import Certificate, ClaimReport, Proved
from verify.errors import InputError, InternalError
from verify.terms import term as t
from verify.terms.cases import Cases
from verify.terms.flatten import flatten
from verify.terms.term import Term
from verify.tuples import NamedTuple
from verify.version import VERSION

SCHEMA = 1
"""Of the manifest and of the texts: raised whenever `recheck` would compute another text or other clauses."""

MANIFEST, README = "manifest.json", "README.md"
INDUCTION = "induction.json"  # the list of an induction's questions, each in a folder of its own
_OF_QUESTION = re.compile(r"\d{3,}-")

PARTS = {
    "assumptions": "The assumptions can hold together (the model is an input that satisfies them).",
    "bounds": "Under the assumptions no loop goes on past the bound to which it was followed.",
    "hazards": "Under the assumptions no undefined behaviour is within reach.",
    "claim": "The assumptions and the claim's negation can't hold together.",
}
"""What each part of a certificate shows.  `assumptions` is satisfiable, the others are unsatisfiable."""


class Question(NamedTuple):
    """A part, and the assertions over Booleans and bit-vectors that can (`assumptions`) or can't all hold."""

    part: str
    assertions: tuple[Term, ...]


def questions(posed: Posed) -> Iterator[Question]:
    """The questions that a claim comes down to."""
    if posed.hypotheses:
        yield Question("assumptions", flatten(posed.hypotheses).assertions)
    for part, hazards in (("bounds", posed.bounds), ("hazards", posed.hazards)):
        if hazards:
            reached = t.or_(*(h.condition for h in hazards))
            yield Question(part, flatten((*posed.hypotheses, reached)).assertions)
    yield Question("claim", flatten(_violated(posed)).assertions)


def _violated(posed: Posed) -> tuple[Term, ...]:
    """The assumptions and the claim's negation; case by case where the claim compares one term with many constants."""
    cases = Cases.find((*posed.hypotheses, posed.goal))
    if cases is None:
        return (*posed.hypotheses, t.not_(posed.goal))
    violated: list[Term] = []
    for case in cases:
        *hypotheses, goal = case.roots
        violated.append(t.and_(*hypotheses, *case.holds, t.not_(goal)))
    return (t.or_(*violated),)


_APART = "variables, functions and strings lie where they can"  # what a question may assume though no C says so


def satisfiable(part: str) -> bool:
    """True iff this part's clauses are to be satisfied by a model, not refuted by a proof."""
    return part.rpartition("/")[2] == "assumptions"


def certify(root: str, report: ClaimReport, posed: Posed | None, texts: Mapping[str, tuple[str, str]],
            seconds: float) -> Certificate | None:  # fmt: skip
    """Writes and checks the certificate of a proved claim below `root`; one of an earlier run gives way.

    `texts`: the name and the text of each source, by what it is ("spec", "old", "new").  `seconds`: for each call of
    CaDiCaL.  None if the claim isn't proved.  Raises `InputError` if CaDiCaL is missing or `root` can't be written.
    """
    return certify_at(folder_of(root, report), report, posed, texts, seconds)


def folder_of(root: str, report: ClaimReport) -> str:
    """Where the certificate of a claim is."""
    return os.path.join(root, *map(folder_name, report.spec.split(os.sep)), folder_name(report.claim))


def certify_at(folder: str, report: ClaimReport, posed: Posed | None, texts: Mapping[str, tuple[str, str]],
               seconds: float, vacuous: bool = False) -> Certificate | None:  # fmt: skip
    """The same for a certificate in `folder`; `vacuous`: the assumptions can't hold, which is all that is shown."""
    started = time.perf_counter()
    try:
        clear(folder)
        if posed is None or not isinstance(report.verdict, Proved):
            return None
        program = cadical.find()
        os.makedirs(folder, exist_ok=True)
        try:
            asked = [q for q in questions(posed) if not vacuous or q.part == "claim"]
            parts = [_write_part(folder, question, program, seconds) for question in asked]
        except NotCertified as problem:
            clear(folder)
            return Certificate(folder, 0, 0, 0, time.perf_counter() - started, str(problem))
        sources = [
            {"what": what, "name": name, "sha256": _digest(text.encode())} for what, (name, text) in texts.items()
        ]
        if not report.assumptions and any(satisfiable(question.part) for question in asked):
            report = report._replace(assumptions=(_APART,))
        _finish(folder, report, sources, parts)
    except OSError as error:
        raise InputError(f"the certificate `{folder}` can't be written: {error.strerror}") from None
    from verify.certificates.recheck import recheck_one

    try:
        checked = recheck_one(folder)
    except Rejected as error:
        raise InternalError(f"the certificate that was made is wrong: {error.message}", hint=folder) from error
    return Certificate(folder, len(checked.parts), checked.clauses, checked.steps, time.perf_counter() - started, "")


def folder_name(name: str) -> str:
    """`name` as a folder's; names that had to be changed get a digest of what they were."""
    plain = re.sub(r"[^A-Za-z0-9_.+-]", "-", name).lstrip(".")[:80]
    return plain if plain == name != "" else f"{plain}-{_digest(name.encode())[:8]}"


def clear(folder: str) -> None:
    """Removes a certificate, or one of an induction; what isn't part of one stays, and is an `InputError`."""
    if not os.path.isdir(folder):
        return
    own = {README, MANIFEST, INDUCTION, *(name for part in PARTS for name in (*file_names(part), f"{part}.drat"))}
    for name in sorted(os.listdir(folder)):
        if _OF_QUESTION.match(name) and os.path.isdir(os.path.join(folder, name)):
            clear(os.path.join(folder, name))
    names = sorted(os.listdir(folder))
    for name in names:
        if name not in own:
            hint = "Remove it, or give --certify another folder."
            raise InputError(f"`{os.path.join(folder, name)}` is no part of a certificate", hint=hint)
    for name in names:
        os.remove(os.path.join(folder, name))
    os.rmdir(folder)


def file_names(part: str) -> tuple[str, str, str, str]:
    """The files of a part: the text, the clauses, which clause variables are an input's bits, the evidence."""
    return f"{part}.smt2", f"{part}.cnf", f"{part}.map", f"{part}.{'model' if satisfiable(part) else 'lrat'}"


def input_map(cnf: Cnf) -> str:
    """A line for each input: its sort, its bits' variables (the lowest bit first), and its name."""
    return "".join(
        f"{'Bool' if sort == t.BOOL else sort} {' '.join(map(str, bits))} {name}\n" for name, sort, bits in cnf.inputs
    )


def _write_part(folder: str, question: Question, program: str, seconds: float) -> dict[str, object]:
    """Writes a part's files; returns its entry in the manifest."""
    part = question.part
    text = formula.write(question.assertions)
    try:
        cnf = blast(formula.read(text))
    except Rejected as error:
        raise NotCertified(f"the question has no stored form: {error.message}") from None
    smt, clauses, names, evidence = (os.path.join(folder, name) for name in file_names(part))
    for path, content in ((smt, text), (clauses, cnf.dimacs()), (names, input_map(cnf))):
        write(path, content)
    proof = os.path.join(folder, f"{part}.drat")
    answer = cadical.solve(program, clauses, proof, seconds)
    if (answer.model is not None) != satisfiable(part):
        said = "satisfiable" if answer.model is not None else "unsatisfiable"
        raise InternalError(f"CaDiCaL finds `{part}` of a proved claim {said}", hint=f"The question is in {smt}.")
    if answer.model is not None:
        content = " ".join(map(str, (*answer.model, 0))) + "\n"
        steps = 0
    else:
        content = drat.elaborate(cnf.clauses, cadical.proof_text(proof), seconds)
        steps = content.count("\n")
    if os.path.exists(proof):
        os.remove(proof)
    write(evidence, content)
    return {"part": part, "shows": PARTS[part], "variables": cnf.variables, "clauses": len(cnf.clauses), "steps": steps}


def _finish(folder: str, report: ClaimReport, sources: Sequence[object], parts: Sequence[object]) -> None:
    """Writes the README and the manifest."""
    verdict = report.verdict
    assert isinstance(verdict, Proved)
    manifest: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": "certificate",
        "tool": {"name": "verify", "version": VERSION},
        "spec": report.spec,
        "claim": report.claim,
        "says": report.says,
        "assumptions": list(report.assumptions),
        "prove": report.prove,
        "rests_on": list(report.rests_on),
        "by_construction": verdict.construction,
        "sources": sources,
        "parts": parts,
    }
    write(os.path.join(folder, README), _readme(manifest))
    files: dict[str, str] = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            files[name] = _digest(file.read())
    write(os.path.join(folder, MANIFEST), manifest_text({**manifest, "files": files}))


def manifest_text(manifest: Mapping[str, object]) -> str:
    """The one text of a manifest; `digest`, which it ends with, is that of the text with an empty `digest`."""
    content = {k: v for k, v in manifest.items() if k != "digest"}
    digest = _digest(json.dumps({**content, "digest": ""}, indent=2).encode())
    return json.dumps({**content, "digest": digest}, indent=2) + "\n"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write(path: str, content: str) -> None:
    """Writes a text as it is."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(content)


def _readme(manifest: Mapping[str, Any]) -> str:
    def listed(texts: Sequence[str]) -> str:
        return "\n".join(f"- `{' '.join(text.split())}`" for text in texts) or "- nothing"

    parts = "\n".join(
        f"- `{p['part']}`: {p['shows']} {p['clauses']} clauses"
        + ("." if satisfiable(p["part"]) else f", {p['steps']} step{'s' * (p['steps'] != 1)} of proof.")
        for p in manifest["parts"]
    )
    construction = (
        "Here the simplification of terms alone shows the claim: what is left for the proof is next to nothing.\n\n"
        if manifest["by_construction"]
        else ""
    )
    rests = "\n".join(f"- {text}" for text in manifest["rests_on"]) or "- nothing named"
    return f"""\
# Certificate: {manifest["claim"]} (spec {manifest["spec"]})

{" ".join(manifest["says"].split())}

Assuming
{listed(manifest["assumptions"])}

it is proved that
{listed([manifest["prove"]])}

for all inputs, which rests on
{rests}

## Check it again

In this folder, with Python 3.11 or later and `verify`; z3 and CaDiCaL aren't used:

    python -m verify recheck .

It reads each `.smt2`, computes the clauses (`.cnf`) and where each input's bits are (`.map`) from it once more,
compares them byte for byte, and follows the proof (`.lrat`) step by step or evaluates the clauses under the model
(`.model`). Other LRAT checkers take the same two files (`lrat-check claim.cnf claim.lrat`), SMT solvers the text.

{parts}

## What remains trusted

{construction}Not trusted: z3 or whichever solver decided the claim, CaDiCaL, what turned its proof into LRAT. Trusted:

1. the meaning of C: the parser, the executor, the memory model (`docs/soundness.md`), and that the `.smt2` files
   ask what the claim comes down to;
2. the simplification of terms while they are built (`verify/terms/term.py`, `worlds.py`, `cases.py`), and
   `flatten.py`, which replaces memory reads and what calls return by variables;
3. the reader of the SMT-LIB text and the bit-blaster (`verify/certificates/formula.py`, `blast.py`);
4. the proof checker (`verify/certificates/lrat.py`), Python, and the machine.

The digests in `{MANIFEST}` find damage, not forgery: they are no signature. Who forges a certificate can change what it
says of itself or leave a part out, but can't make a proof of what doesn't follow. To tie it to the code, certify the
sources that `{MANIFEST}` names once more.
"""
