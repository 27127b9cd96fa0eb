"""Writes and checks the certificate of a claim about all histories: a certificate for each question of its induction.

The folder of the claim has a folder for each question about one step or about the initial states, which is a
certificate of its own (`verify.certificates.bundle`), and a list of them all.  Trusted beyond what those trust: that
these questions make an induction (`verify.histories.prove`).
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from verify.certificates.bundle import (
    INDUCTION,
    README,
    SCHEMA,
    certify_at,
    clear,
    folder_name,
    folder_of,
    manifest_text,
    write,
)
from verify.certificates.errors import Rejected
from verify.claims.obligations import Posed
from verify.claims.verdict import Certificate, ClaimReport, Proved
from verify.errors import InputError
from verify.tuples import NamedTuple
from verify.version import VERSION


class Question(NamedTuple):
    """One question of an induction: the operation ("" of a state alone), what was asked, and the claim that it became.

    `vacuous`: the assumptions contradict one another, so that there is nothing to be shown.
    """

    operation: str
    says: str
    assume: tuple[str, ...]
    prove: str
    posed: Posed
    vacuous: bool


def certify_induction(root: str, report: ClaimReport, questions: Sequence[Question],
                      texts: Mapping[str, tuple[str, str]], seconds: float) -> Certificate | None:  # fmt: skip
    """Writes and checks the certificate of a proved claim below `root`; as `certify` does that of an ordinary one."""
    folder = folder_of(root, report)
    started = time.perf_counter()
    try:
        clear(folder)
        if not isinstance(report.verdict, Proved):
            return None
        method = report.induction.method if report.induction is not None else ""
        if not questions:
            problem = f"a proof by {method} has no certificate"
            return Certificate("", 0, 0, 0, time.perf_counter() - started, problem)
        entries: list[dict[str, str]] = []
        parts = clauses = steps = 0
        for number, question in enumerate(questions, 1):
            name = f"{number:03}-{folder_name(question.operation or 'initial')}"
            own = _as_claim(report, question)
            made = certify_at(os.path.join(folder, name), own, question.posed, texts, seconds, question.vacuous)
            if made is None or made.problem:
                clear(folder)
                return made and made._replace(folder=folder)
            parts, clauses, steps = parts + made.parts, clauses + made.clauses, steps + made.steps
            shows = {"folder": name, "shows": own.claim, "prove": own.prove}
            entries.append({**shows, "manifest": _digest(folder, name)})
        manifest: dict[str, Any] = {
            "schema": SCHEMA,
            "kind": "induction",
            "tool": {"name": "verify", "version": VERSION},
            "spec": report.spec,
            "claim": report.claim,
            "says": report.says,
            "assumptions": list(report.assumptions),
            "prove": report.prove,
            "method": method,
            "lemmas": [c for _, c in report.induction.lemmas] if report.induction is not None else [],
            "found": list(report.induction.found) if report.induction is not None else [],
            "rests_on": list(report.rests_on),
            "questions": entries,
        }
        write(os.path.join(folder, README), _readme(manifest))
        write(os.path.join(folder, INDUCTION), manifest_text({**manifest, "readme": _digest_of(folder, README)}))
    except OSError as error:
        raise InputError(f"the certificate `{folder}` can't be written: {error.strerror}") from None
    return Certificate(folder, parts, clauses, steps, time.perf_counter() - started, "")


def _as_claim(report: ClaimReport, question: Question) -> ClaimReport:
    """The question as a claim of its own."""
    where = question.operation or "the initial state"
    assume, prove = question.assume, question.prove
    if question.vacuous:
        assume, prove = (), f"never all of: {'; '.join((*assume, 'what the operation assumes'))}"
    return report._replace(
        claim=f"{report.claim}: {where}", says=f"{question.says} ({where}).", assumptions=assume, prove=prove,
        verdict=Proved(False), rests_on=question.posed.rests_on, induction=None,
    )  # fmt: skip


def listed(folder: str) -> dict[str, Any]:
    """The list of an induction's certificates, its shape and its digests being right.  Raises `Rejected`."""
    try:
        with open(os.path.join(folder, INDUCTION), encoding="utf-8") as file:
            text = file.read()
        manifest = json.loads(text)
    except (OSError, ValueError, RecursionError):
        raise Rejected(f"`{INDUCTION}` isn't whole") from None
    if not isinstance(manifest, dict):
        raise Rejected(f"`{INDUCTION}` isn't a list of questions")
    manifest = cast("dict[str, Any]", manifest)
    if manifest.get("schema") != SCHEMA:
        raise Rejected(f"`{INDUCTION}` isn't of schema {SCHEMA}, which this version of verify checks")
    if not _shaped(manifest):
        raise Rejected(f"`{INDUCTION}` isn't a list of questions")
    if manifest_text(manifest) != text:
        raise Rejected(f"`{INDUCTION}` was changed: its digest is wrong")
    names = [q["folder"] for q in manifest["questions"]]
    found = sorted(name for name in os.listdir(folder) if name not in (INDUCTION, README))
    if names != found:
        odd = sorted(set(names) ^ set(found)) or ["their order"]
        raise Rejected(f"the folders aren't those of the questions: {odd[0]}")
    if _digest_of(folder, README) != manifest["readme"]:
        raise Rejected(f"`{README}` was changed")
    for question in manifest["questions"]:
        if _digest(folder, question["folder"]) != question["manifest"]:
            raise Rejected(f"`{question['folder']}` isn't the certificate that belongs here")
    return manifest


def _shaped(manifest: Mapping[str, Any]) -> bool:
    questions: object = manifest.get("questions")
    if manifest.get("kind") != "induction" or not isinstance(questions, list) or not questions:
        return False
    texts: list[object] = [manifest.get("spec"), manifest.get("claim"), manifest.get("readme")]
    for question in cast("list[object]", questions):
        if not isinstance(question, dict):
            return False
        entry = cast("dict[str, object]", question)
        texts += [entry.get("folder"), entry.get("shows"), entry.get("manifest")]
    return all(isinstance(text, str) for text in texts) and all(
        os.path.basename(q["folder"]) == q["folder"] not in ("", ".", "..") for q in cast("list[Any]", questions)
    )


def _digest(folder: str, name: str) -> str:
    from verify.certificates.bundle import MANIFEST

    return _digest_of(os.path.join(folder, name), MANIFEST)


def _digest_of(folder: str, name: str) -> str:
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        raise Rejected(f"`{name}` is missing") from None


def _readme(manifest: Mapping[str, Any]) -> str:
    def items(texts: Sequence[str]) -> str:
        return "\n".join(f"- `{' '.join(text.split())}`" for text in texts) or "- nothing"

    questions = "\n".join(f"- `{q['folder']}`: `{' '.join(q['prove'].split())}`" for q in manifest["questions"])
    rests = "\n".join(f"- {text}" for text in manifest["rests_on"]) or "- nothing named"
    return f"""\
# Certificate: {manifest["claim"]} (spec {manifest["spec"]})

{" ".join(manifest["says"].split())}

Assuming before the step
{items(manifest["assumptions"])}

it is proved of all histories, however long, that
{items([manifest["prove"]])}

which rests on
{rests}

## The induction

The steps begin with states of which these are known, as they are preserved together:
{items([*manifest["lemmas"], *manifest["found"]])}

Each question has a certificate of its own:

{questions}

## Check it again

In this folder, with Python 3.11 or later and `verify`; z3 and CaDiCaL aren't used:

    python -m verify recheck .

## What remains trusted

What each of the certificates says in its README, and that these questions make an induction: that the initial states
(or those after each first operation) are all asked for, and each operation (`verify/histories/prove.py`).
"""
