"""`verify table`: boundary inputs with what each version does with them."""

from __future__ import annotations

import argparse
import time

from verify.commands.common import Arguments, answer, common, option, options_of, style_of


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="a name below specs/, a folder or a file")
    option(parser, "--replay", action="store_true", help="have a compiler confirm each row")
    option(parser, "--differences", action="store_true", help="only the rows in which the versions differ")
    common(parser, schema="evidence-1.json")


def run(arguments: Arguments, started: float) -> int:
    from verify.pipeline import table
    from verify.report.evidence import table_json, table_text

    found = table(arguments.spec, options_of(arguments), arguments.differences)
    code = 3 if found.boundary.reason else 0
    seconds = time.perf_counter() - started
    if arguments.json:
        return answer(table_json(found, seconds, code, arguments.differences), code)
    return answer(table_text(found, seconds, style_of(arguments), arguments.differences), code)
