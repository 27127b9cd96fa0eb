"""`verify diagram`: which operation leads from where to where."""

from __future__ import annotations

import argparse

from verify.commands.common import Arguments, answer, common, option, options_of


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="a name below specs/, a folder or a file")
    option(parser, "--format", metavar="FORMAT", choices=("mermaid", "svg"), help="mermaid (default) or svg")
    option(parser, "--code", metavar="NAME", help="new (default), old, or a variant of the spec")
    common(parser, schema="diagram-1.json")


def run(arguments: Arguments, started: float) -> int:
    from verify.pipeline import diagram
    from verify.report.diagram import diagram_json, mermaid, svg

    del started
    found = diagram(arguments.spec, arguments.code, options_of(arguments))
    if arguments.json:
        return answer(diagram_json(found), 0)
    return answer(svg(found) if arguments.format == "svg" else mermaid(found), 0)
