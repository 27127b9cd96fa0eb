"""`verify validate`: is the spec's code encoded as a compiler reads it?"""

from __future__ import annotations

import argparse
import time

from verify.commands.common import Arguments, answer, common, count, option, options_of, style_of


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="a name below specs/, a folder or a file")
    option(parser, "--cases", metavar="N", type=count, help="inputs for each version (default: 1000)")
    option(parser, "--seed", metavar="N", type=_seed, help="which random inputs (default: 0)")
    common(parser, schema="evidence-1.json")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"`{text}` isn't a whole number")
    return int(text)


def run(arguments: Arguments, started: float) -> int:
    from verify.pipeline import validate
    from verify.report.evidence import validation_json, validation_text

    found = validate(arguments.spec, arguments.cases, arguments.seed, options_of(arguments))
    code = 0 if all(c.compiled for c in found.checked) else 3
    seconds = time.perf_counter() - started
    if arguments.json:
        return answer(validation_json(found, seconds, code), code)
    return answer(validation_text(found, seconds, style_of(arguments)), code)
