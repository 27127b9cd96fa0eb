"""`verify audit`: what the verdicts of a spec, or of all specs, are worth."""

from __future__ import annotations

import argparse
import signal
import sys
import time

from verify.commands.common import Arguments, answer, common, found, option, options_of, style_of
from verify.errors import InputError


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", nargs="?", default="", help="a name below specs/, a folder or a file")
    option(parser, "--all", action="store_true", dest="all_specs", help="audit every spec; print the figures of all")
    option(
        parser, "--functions", metavar="N", type=_number, help="random C functions for gcc, with --all (default: 1000)"
    )
    common(parser, schema="audit.json")


def run(arguments: Arguments, started: float) -> int:
    from verify.audit.audit import audit, audit_all, exit_code
    from verify.claims.spec import find_specs
    from verify.report.audit import audit_json, audit_text, repository_text

    if bool(arguments.spec) == arguments.all_specs:
        raise InputError("audit takes either a spec or --all", hint="`python -m verify list` shows the specs.")
    options = options_of(arguments)
    if options.jobs > 1 and signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the other processes have to be ended, too
    progress = _progress if sys.stderr.isatty() else None
    if not arguments.all_specs:
        one = audit(arguments.spec, options, progress)
        _clear()
        code = exit_code((one,))
        if arguments.json:
            return answer(audit_json((one,), (), time.perf_counter() - started, code), code)
        return answer(audit_text(one, style_of(arguments), arguments.verbose), code)
    paths = found(find_specs(arguments.specs), arguments.specs)
    repository = audit_all(paths, options, progress, arguments.functions)
    _clear()
    code = exit_code(repository.audits, repository.figures)
    seconds = time.perf_counter() - started
    if arguments.json:
        return answer(audit_json(repository.audits, repository.figures, seconds, code), code)
    return answer(repository_text(repository, seconds, style_of(arguments), arguments.verbose), code)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"`{text}` isn't a whole number")
    return int(text)


def _progress(name: str, done: int, total: int) -> None:
    sys.stderr.write(f"\r\x1b[K{name}: {done} of {total} mutants")
    sys.stderr.flush()


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
