"""`verify recheck`: checks certificates without any solver."""

from __future__ import annotations

import argparse
import time

from verify.commands.common import Arguments, answer, option, style_of


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("certificates", metavar="DIR", help="a certificate's folder, or one with many below it")
    show = parser.add_argument_group("output")
    option(show, "--json", action="store_true", help="print JSON (docs/schema/recheck-1.json)")
    when = ("auto", "always", "never")
    option(show, "--color", metavar="WHEN", choices=when, help="auto (a terminal, no NO_COLOR), always, never")


def run(arguments: Arguments, started: float) -> int:
    from verify.certificates.recheck import Refused, recheck

    answers = recheck(arguments.certificates)
    code = 1 if any(isinstance(a, Refused) for a in answers) else 0
    seconds = time.perf_counter() - started
    if arguments.json:
        from verify.report.certificates import recheck_json

        return answer(recheck_json(answers, seconds, code), code)
    from verify.report.certificates import recheck_text

    return answer(recheck_text(answers, seconds, style_of(arguments)), code)
