"""Reports as JSON.  The shape is `docs/schema/report-1.json`; it changes only together with `SCHEMA`.

Values of inputs are strings, in hex and in decimal: JSON readers keep 53 bits of a number at most.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from verify.claims.spec import Broken, broken_of, claims_of
from verify.claims.verdict import (
    WORDS,
    Behaviour,
    Certificate,
    ClaimReport,
    Counterexample,
    HistoryStep,
    Induction,
    Input,
    MayDiffer,
    Mistaken,
    Proved,
    Refuted,
    Replayed,
    Row,
    SpecReport,
    Undecided,
    Unsupported,
    Vacuous,
    Verdict,
)
from verify.version import VERSION

if TYPE_CHECKING:
    from verify.claims.spec import Spec
    from verify.errors import VerifyError
    from verify.pipeline import Explanation

SCHEMA = 1
"""The version of the shape: raised when something is removed or changes its meaning, not when something is added."""

Object = dict[str, object]


def report_json(reports: Sequence[SpecReport], seconds: float, exit_code: int) -> str:
    """The reports of `check` (one) and `all`."""
    claims = [c for r in reports for c in r.claims]
    summary: Object = {
        "claims": len(claims),
        "as_expected": sum(c.as_expected for c in claims),
        "obligations": sum(c.obligations for c in claims),
        "verdicts": {word: sum(c.word == word for c in claims) for word in WORDS.values()},
        "seconds": _seconds(seconds),
        "exit_code": exit_code,
    }
    specs = [_spec_report(r) for r in reports if r.error is None]
    return _document("report", specs=specs, **_errors(broken_of(reports)), summary=summary)


def explanation_json(explanation: Explanation, exit_code: int) -> str:
    """The answer of `explain`."""
    return _document(
        "explanation",
        spec=_spec_report(explanation.spec),
        hypotheses=[{"c": c_text, "formula": formula} for c_text, formula in explanation.hypotheses],
        goal={"c": explanation.goal[0], "formula": explanation.goal[1]},
        negated=explanation.negated,
        asked=list(explanation.obligations),
        smtlib=explanation.smtlib,
        names=dict(explanation.names),
        exit_code=exit_code,
    )


def list_json(specs: Sequence[Spec], broken: Sequence[Broken] = ()) -> str:
    """The answer of `list`."""
    return _document("list", specs=[_spec(s) for s in specs], **_errors(broken))


def error_json(error: VerifyError, exit_code: int) -> str:
    """What is printed instead of a report where there is none."""
    return _document("error", **_error(error), exit_code=exit_code)


def _error(error: VerifyError) -> Object:
    place: Object | None = None
    if error.span is not None:
        line, column = error.span.source.position(error.span.start)
        place = {"file": error.span.source.name, "line": line, "column": column}
    return {"message": error.message, "hint": error.hint, "place": place}


def _errors(broken: Sequence[Broken]) -> Object:
    """The specs that couldn't be read or checked, if there are any."""
    return {"errors": [{"spec": b.name, "path": b.path, **_error(b.error)} for b in broken]} if broken else {}


def _document(kind: str, **content: object) -> str:
    document: Object = {"schema": SCHEMA, "kind": kind, "tool": {"name": "verify", "version": VERSION}, **content}
    return json.dumps(document, indent=2) + "\n"


def _spec(spec: Spec) -> Object:
    return {
        "name": spec.name,
        "title": spec.title,
        "about": spec.about,
        "path": spec.path,
        "versions": ["new"] if spec.code.old is None else ["old", "new"],
        "real_trees": spec.kernel is not None,
        "claims": [{"name": c.name, "says": c.says, "expect": c.expect} for c in claims_of(spec)],
    }


def _spec_report(report: SpecReport) -> Object:
    return {
        "name": report.name,
        "title": report.title,
        "path": report.path,
        "sources": [{"version": version, "path": path} for version, path in report.sources],
        "claims": [_claim(c) for c in report.claims],
        "read": [{"version": version, "name": name, "place": place} for version, name, place in report.read],
        "inlined": [{"version": version, "functions": list(names)} for version, names in report.inlined],
        "effects": [{"version": version, "functions": list(names)} for version, names in report.effects],
        "notes": [*report.notes, *report.remarks],
        "seconds": _seconds(report.seconds),
        **({"opinions": [o._asdict() for o in report.opinions]} if report.opinions else {}),
    }


def _claim(claim: ClaimReport) -> Object:
    return {
        "name": claim.claim,
        "says": claim.says,
        "assumptions": list(claim.assumptions),
        "prove": claim.prove,
        "expect": claim.expect,
        "verdict": verdict_object(claim.verdict),
        "as_expected": claim.as_expected,
        "rests_on": list(claim.rests_on),
        "obligations": claim.obligations,
        "solver": claim.solver,
        "seconds": _seconds(claim.seconds),
        **({"certificate": _certificate(claim.certificate)} if claim.certificate else {}),
        **({} if claim.compiled is None else {"compiled": replayed_object(claim.compiled)}),
        **({} if claim.induction is None else {"induction": _induction(claim.induction)}),
    }


def _induction(found: Induction) -> Object:
    return {
        "kind": found.kind,
        "code": found.code,
        "method": found.method,
        "k": found.k,
        "base": [_row(r) for r in found.base],
        "steps": [_row(r) for r in found.rows],
        "lemmas": [{"name": name, "c": " ".join(c.split())} for name, c in found.lemmas],
        "strengthening": list(found.found),
        "depth": found.depth,
    }


def _row(row: Row) -> Object:
    return {
        "operation": row.operation,
        "word": row.word,
        "reason": row.reason,
        **({} if row.counterexample is None else {"counterexample": _counterexample(row.counterexample)}),
    }


def replayed_object(found: Replayed) -> Object:
    """What a compiler says of a counterexample."""
    return {
        "confirmed_by": found.by,
        "not_replayed": found.reason,
        "checks": found.checks,
        "ubsan": found.ubsan,
        "path": found.path,
    }


def _certificate(certificate: Certificate) -> Object:
    return {**certificate._asdict(), "seconds": _seconds(certificate.seconds)}


def verdict_object(verdict: Verdict) -> Object:
    """A verdict with its counterexample or its reason."""
    word: Object = {"word": WORDS[type(verdict)]}
    match verdict:
        case Proved(construction):
            return {**word, "by_construction": construction}
        case Refuted(counterexample):
            return {**word, "counterexample": _counterexample(counterexample)}
        case MayDiffer(reason, counterexample):
            return {**word, "reason": reason, "counterexample": _counterexample(counterexample)}
        case Undecided(reason):
            return {**word, "reason": reason}
        case Vacuous(assumptions):
            return {**word, "assumptions": list(assumptions)}
        case Unsupported(message):
            return {**word, "reason": message}
        case Mistaken(error):
            return {**word, **_error(error)}


def _counterexample(found: Counterexample) -> Object:
    return {
        "inputs": [_input(i) for i in found.inputs],
        "behaviours": [_behaviour(b) for b in found.behaviours],
        "failing": list(found.failing),
        "nearest": [_input(i) for i in found.nearest],
        "replayed": found.replayed,
        **({"history": [_history_step(s) for s in found.history]} if found.history else {}),
    }


def _history_step(step: HistoryStep) -> Object:
    return {
        "operation": step.operation,
        "inputs": [_input(i) for i in step.inputs],
        "state": [_input(i) for i in step.state],
        "behaviour": _behaviour(step.behaviour),
    }


def _input(item: Input) -> Object:
    return {
        "name": item.name,
        "hex": f"{item.value:#x}",
        "decimal": str(item.value),
        "width": item.width,
        "bits": list(item.bits),
        "matters": item.matters,
    }


def _behaviour(behaviour: Behaviour) -> Object:
    return {
        "version": behaviour.version,
        "returns": behaviour.result,
        "stores": list(behaviour.stores),
        "calls": list(behaviour.calls),
        "warnings": list(behaviour.warnings),
    }


def _seconds(seconds: float) -> float:
    return round(seconds, 6)
