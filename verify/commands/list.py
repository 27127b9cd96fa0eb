"""`verify list`: the specs, or one spec's claims."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from verify.commands.common import Arguments, answer, common, found, style_of

if TYPE_CHECKING:
    from verify.claims.spec import Spec


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", nargs="?", default="", help="list this spec's claims")
    common(parser)


def run(arguments: Arguments, started: float) -> int:
    from verify.claims.spec import find_specs, locate_spec, read_spec

    root = arguments.specs
    paths = (locate_spec(arguments.spec, root),) if arguments.spec else found(find_specs(root), root)
    specs: list[Spec] = [read_spec(path, root) for path in paths]
    if arguments.json:
        from verify.report.json import list_json

        return answer(list_json(specs), 0)
    from verify.report.table import claims_text, list_text

    style = style_of(arguments)
    return answer(claims_text(specs[0], style) if arguments.spec else list_text(specs, style), 0)
