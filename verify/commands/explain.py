"""`verify explain`: all about one claim."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from verify.commands.common import Arguments, answer, common, options_of, style_of

if TYPE_CHECKING:
    from verify.pipeline import Proof


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="a name below specs/, a folder or a file")
    parser.add_argument("claim", metavar="CLAIM", help="the claim's name")
    common(parser)


def run(arguments: Arguments, started: float) -> int:
    from verify.claims.verdict import exit_code
    from verify.pipeline import Proof, explain

    explanation = explain(arguments.spec, arguments.claim, options_of(arguments))
    if isinstance(explanation, Proof):
        return _proof(arguments, explanation)
    code = exit_code((explanation.spec,))
    if arguments.json:
        from verify.report.json import explanation_json

        return answer(explanation_json(explanation, code), code)
    from verify.report.text import explain_text

    return answer(explain_text(explanation, style_of(arguments), arguments.verbose), code)


def _proof(arguments: Arguments, proof: Proof) -> int:
    """A claim about histories."""
    from verify.claims.verdict import exit_code

    code = exit_code((proof.spec,))
    if arguments.json:
        from verify.report.json import report_json

        return answer(report_json((proof.spec,), proof.spec.seconds, code), code)
    from verify.report.histories import proof_text

    return answer(proof_text(proof, style_of(arguments)), code)
