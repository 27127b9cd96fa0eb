"""`verify all`: every claim of every spec, in one table."""

from __future__ import annotations

import argparse
import signal
import time

from verify.commands.common import Arguments, answer, common, evidence, found, options_of, style_of


def fill(parser: argparse.ArgumentParser) -> None:
    evidence(parser)
    common(parser)


def run(arguments: Arguments, started: float) -> int:
    from verify.claims.spec import find_specs
    from verify.claims.verdict import exit_code
    from verify.pipeline import check_all

    options = options_of(arguments)
    if options.jobs == 1 and options.solver == "z3":
        from verify.solving.library import begin

        begin()
    if options.jobs > 1 and signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the other processes have to be ended, too
    reports = tuple(check_all(found(find_specs(arguments.specs), arguments.specs), options))
    if reports[0].error is not None and all(str(r.error) == str(reports[0].error) for r in reports):
        raise reports[0].error  # it isn't about the specs
    code = exit_code(reports)
    seconds = time.perf_counter() - started
    if arguments.json:
        from verify.report.json import report_json

        return answer(report_json(reports, seconds, code), code)
    from verify.report.table import all_text

    return answer(all_text(reports, seconds, style_of(arguments), arguments.verbose), code)
