"""`verify check`: one spec, or some claims of it."""

from __future__ import annotations

import argparse
import time

from verify.commands.common import Arguments, answer, common, evidence, options_of, style_of


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="a name below specs/, a folder or a file")
    claims = "names of claims; all of them if none is given"
    parser.add_argument("claims", metavar="CLAIM", nargs="*", default=(), help=claims)
    evidence(parser)
    common(parser)


def run(arguments: Arguments, started: float) -> int:
    if arguments.solver == "z3":
        from verify.solving.library import begin

        begin()
    from verify.claims.verdict import exit_code
    from verify.pipeline import check

    report = check(arguments.spec, arguments.claims, options_of(arguments))
    code = exit_code((report,))
    seconds = time.perf_counter() - started
    if arguments.json:
        from verify.report.json import report_json

        return answer(report_json((report,), seconds, code), code)
    from verify.report.text import check_text

    return answer(check_text(report, seconds, style_of(arguments), arguments.verbose), code)
