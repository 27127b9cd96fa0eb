"""`verify patch`: a patch or a series, applied without touching the repository, and compared step by step."""

from __future__ import annotations

import argparse
import sys
import time

from verify.commands.common import Arguments, answer, common, how_of, option, options_of, style_of, trying
from verify.errors import InputError

_FORMATS = ("text", "json", "b4", "markdown")


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("patch", metavar="FILE", help="a patch, an mbox or a series; `-` is standard input")
    option(parser, "--base", metavar="REV", help="what the series applies to (default: its base-commit, else HEAD)")
    option(parser, "--against", metavar="FILE", help="an older version of the series to compare with")
    option(parser, "--format", choices=_FORMATS, metavar="FORMAT", help="text (default), json, b4 or markdown")
    trying(parser)
    common(parser, schema="patch.json")


def run(arguments: Arguments, started: float) -> int:
    from verify.changes.series import review
    from verify.report.patch import exit_code, patch_b4, patch_json, patch_markdown, patch_text

    a = arguments
    if a.git is None:
        raise InputError("patch needs --git REPO", hint="`--git .` is the repository of this directory.")
    repository, a.git = a.git, None
    against = (_read(a.against), a.against) if a.against else None
    name = "standard input" if a.patch == "-" else a.patch
    found = review(_read(a.patch), name, repository, a.base, against, options_of(a))
    code, seconds = exit_code(found), time.perf_counter() - started
    match "json" if a.json else a.format:
        case "json":
            return answer(patch_json(found, seconds, code, how_of(a)), code)
        case "b4":
            return answer(patch_b4(found), 0)
        case "markdown":
            return answer(patch_markdown(found, how_of(a)), code)
        case _:
            return answer(patch_text(found, seconds, style_of(a), a.verbose, how_of(a)), code)


def _read(path: str) -> bytes:
    from verify.source.mails import MOST_BYTES

    if path == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        with open(path, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"can't read `{path}`: {error.strerror}") from None
