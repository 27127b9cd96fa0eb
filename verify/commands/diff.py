"""`verify diff`: two versions, function by function, without a spec."""

from __future__ import annotations

import argparse
import time

from verify.commands.common import (
    Arguments,
    answer,
    common,
    how_of,
    option,
    options_of,
    style_of,
    trying,
    without_trees,
)


def fill(parser: argparse.ArgumentParser) -> None:
    side = "a file, a directory or REPO@REVISION"
    parser.add_argument("before", metavar="OLD", help=f"the version before: {side}")
    parser.add_argument("after", metavar="NEW", help=f"the version after: {side}")
    option(parser, "--function", metavar="NAME", action="append", help="compare this function; repeatable")
    option(parser, "--path", metavar="DIR", help="of two trees, compare only what lies below this directory")
    trying(parser)
    common(parser, schema="diff-1.json")


def run(arguments: Arguments, started: float) -> int:
    from verify.changes.diff import Beside, diff
    from verify.report.changes import conventions, diff_json, diff_text, exit_code

    a = arguments
    without_trees(a)
    beside: list[Beside] = []
    changes = tuple(diff(a.before, a.after, a.function or (), a.path, options_of(a), beside))
    if a.function:
        beside.clear()
    code = exit_code(changes)
    seconds = time.perf_counter() - started
    if a.json:
        return answer(diff_json(changes, seconds, code, beside, how_of(a)), code)
    text = diff_text(changes, seconds, style_of(a), a.verbose, beside, how_of(a))
    meaning = conventions({c.comparison.verdict for c in changes}, style_of(a))
    return answer("".join((text, *(f"{line}\n" for line in meaning))), code)
