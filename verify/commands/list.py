"""`verify list`: the specs, or one spec's claims; of specs that can't be read, why."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from verify.commands.common import Arguments, answer, common, found, style_of
from verify.errors import InputError

if TYPE_CHECKING:
    from verify.claims.spec import Spec


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", nargs="?", default="", help="list this spec's claims")
    common(parser)


def run(arguments: Arguments, started: float) -> int:
    from verify.claims.spec import Broken, find_specs, locate_spec, read_spec, spec_name

    root = arguments.specs
    specs: list[Spec] = []
    broken: list[Broken] = []
    if arguments.spec:
        specs.append(read_spec(locate_spec(arguments.spec, root), root))
    for path in () if arguments.spec else found(find_specs(root), root):
        try:
            specs.append(read_spec(path, root))
        except InputError as error:
            broken.append(Broken(spec_name(path, root), path, error))
    code = 2 if broken else 0
    if arguments.json:
        from verify.report.json import list_json

        return answer(list_json(specs, broken), code)
    from verify.report.table import claims_text, list_text

    style = style_of(arguments)
    return answer(claims_text(specs[0], style) if arguments.spec else list_text(specs, style, broken), code)
