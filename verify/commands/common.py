"""What the commands share: the options, what they mean to the API, and how an answer is printed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from verify.deadline import OF_FUNCTION
from verify.errors import InputError
from verify.patterns import pattern

if TYPE_CHECKING:
    from verify.pipeline import Options
    from verify.report.changes import How
    from verify.report.colour import Style

SOLVERS = ("z3", "bitwuzla", "cvc5")


_PARALLEL = ("sweep",)  # commands that take minutes, and say the same however the work is shared


class Arguments(argparse.Namespace):
    """The arguments; what isn't given has its default here, so that options may stand before or after the command."""

    command: str = ""
    spec: str = ""
    claim: str = ""
    claims: Sequence[str] = ()
    specs: str = "specs"
    shell: str = ""
    json: bool = False
    timeout: float = 10.0
    jobs: int = 0  # as many as the command would like
    solver: str = "z3"
    tree: str | None = None
    old_tree: str | None = None
    new_tree: str | None = None
    git: str | None = None
    old: str | None = None
    new: str | None = None
    define: Sequence[tuple[str, str]] | None = None
    define_before: Sequence[tuple[str, str]] | None = None
    verbose: bool = False
    color: str = "auto"
    before: str = ""
    after: str = ""
    function: Sequence[str] | None = None
    path: str = ""
    certify: str | None = None
    certificates: str = ""
    replay: bool = False
    save_replay: str | None = None
    validate: int = 0
    cross_check: bool = False
    differences: bool = False
    cases: int = 1000
    functions: int = 1000
    seed: int = 0
    solver_cmd: Sequence[str] | None = None
    all_specs: bool = False
    paths: Sequence[str] = ()
    limit: float = OF_FUNCTION
    memory: int = 4096
    cache: str | None = None
    no_cache: bool = False
    retry: bool = False
    jsonl: str | None = None
    format: str = "mermaid"
    code: str = "new"
    patch: str = ""
    base: str = ""
    against: str = ""
    format: str = "text"


def common(parser: argparse.ArgumentParser, define: str = "define", schema: str = "report-1.json") -> None:
    """The options that may stand before and after the command.

    `define`: where `--define` is collected; `schema`: what tells the form of `--json`.
    """
    show = parser.add_argument_group("output")
    option(show, "--json", action="store_true", help=f"print JSON (docs/schema/{schema})")
    option(show, "-v", "--verbose", action="store_true", help="also print what was read, inlined and asked")
    when = ("auto", "always", "never")
    option(show, "--color", metavar="WHEN", choices=when, help="auto (a terminal, no NO_COLOR), always, never")
    how = parser.add_argument_group("how to check")
    option(how, "--specs", metavar="DIR", help="where the specs are (default: specs)")
    option(
        how,
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        help="time for each claim, and for executing the code (default: 10)",
    )
    option(
        how,
        "--jobs",
        metavar="N",
        type=count,
        help="processes (default: 1; for `sweep` as many as there are processors)",
    )
    option(how, "--solver", metavar="NAME", type=_solver, help="z3 (default), bitwuzla, cvc5 or cmd:PROGRAM")
    option(
        how,
        "--define",
        metavar="CONFIG_X=y|m|n",
        type=_definition,
        action="append",
        dest=define,
        help="fix a kernel configuration symbol; repeatable",
    )
    trees = parser.add_argument_group("real source, for specs with a [kernel] table")
    option(trees, "--old-tree", metavar="DIR", help="source tree before the patch")
    option(trees, "--new-tree", metavar="DIR", help="source tree after the patch")
    option(trees, "--tree", metavar="DIR", help="one source tree, for specs of one version (or both sides of others)")
    option(trees, "--git", metavar="REPO", help="read revisions of this git repository, without a checkout")
    option(trees, "--old", metavar="REV", help="revision before the patch")
    option(trees, "--new", metavar="REV", help="revision after the patch")


def evidence(parser: argparse.ArgumentParser) -> None:
    """The options of `check` and `all` that have verdicts confirmed by others."""
    group = replaying(parser)
    option(group, "--cross-check", action="store_true", help="have cvc5 and bitwuzla answer each question, too")
    command = "have this program answer each question: SMT-LIB on its standard input, or in the file {}; repeatable"
    option(group, "--solver-cmd", metavar="CMD", action="append", help=command)
    option(group, "--certify", metavar="DIR", help="write a certificate for each proved claim (docs/certificates.md)")


def replaying(parser: argparse.ArgumentParser) -> Any:
    """The options that have a compiler confirm counterexamples; returns their group."""
    group = parser.add_argument_group("evidence")
    option(group, "--replay", action="store_true", help="have a compiler confirm each counterexample")
    option(group, "--save-replay", metavar="DIR", help="the same, and keep the C files in this directory")
    return group


def trying(parser: argparse.ArgumentParser) -> None:
    """The options of `diff` and `patch` that have verdicts confirmed by a compiler."""
    what = "run compiled code on N inputs for each function that is the same"
    option(replaying(parser), "--validate", metavar="N", type=count, help=what)


def option(group: Any, *flags: str, **settings: object) -> None:
    """Adds an option without a default: `Arguments` has it."""
    group.add_argument(*flags, default=argparse.SUPPRESS, **settings)


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"`{text}` isn't a positive number of seconds")
    return value


def count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"`{text}` isn't a positive whole number")
    return int(text)


def _solver(text: str) -> str:
    if text not in SOLVERS and not (text.startswith("cmd:") and text.removeprefix("cmd:").strip()):
        raise argparse.ArgumentTypeError(f"`{text}` isn't one of {', '.join(SOLVERS)}, cmd:PROGRAM")
    return text


def _definition(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    values = ("y", "n") if name.endswith("_MODULE") else ("y", "m", "n")
    if not name.startswith("CONFIG_") or not name.isidentifier() or value not in values:
        raise argparse.ArgumentTypeError(f"`{text}` isn't of the form CONFIG_NAME=y, m or n")
    return name, value


def _config(definitions: Sequence[tuple[str, str]]) -> dict[str, bool]:
    """What `--define` says of the symbols that C sees; the last one of a name counts."""
    from verify.syntax.conditions import configured, overridden

    config: dict[str, bool] = {}
    for name, value in definitions:
        config = overridden(config, configured(name, value))
    return config


def how_of(arguments: Arguments) -> How:
    """Who is asked, and which symbols are fixed: the last definition of a symbol counts."""
    from verify.report.changes import How

    given = dict((*(arguments.define_before or ()), *(arguments.define or ())))
    return How(arguments.solver, tuple(f"{name}={value}" for name, value in given.items()))


def without_trees(arguments: Arguments) -> None:
    """Raises `InputError` if an option names source: this command is told by its arguments what to compare."""
    a = arguments
    for flag, value in (
        ("--git", a.git), ("--old", a.old), ("--new", a.new),
        ("--tree", a.tree), ("--old-tree", a.old_tree), ("--new-tree", a.new_tree),
    ):  # fmt: skip
        if value is not None:
            hint = "A revision is written REPO@REVISION, e.g. .@HEAD"
            raise InputError(f"`{a.command}` takes OLD and NEW, and no {flag}", hint=hint)


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def options_of(arguments: Arguments) -> Options:
    """What the API takes.  Raises `InputError` for options that contradict one another."""
    from verify.pipeline import Options

    a = arguments
    if a.git is not None and (a.tree or a.old_tree or a.new_tree):
        raise InputError("--git and source trees exclude each other")
    if a.git is None and (a.old is not None or a.new is not None):
        hint = "For directories: --old-tree, --new-tree."
        raise InputError("--old and --new name revisions of --git REPO", hint=hint)
    if a.git is not None and a.new is None:
        raise InputError("--git needs --new REV, and --old REV for specs of two versions")
    if a.tree is not None and (a.old_tree or a.new_tree):
        raise InputError("--tree stands for both --old-tree and --new-tree")
    return Options(
        solver=a.solver,
        timeout=a.timeout,
        jobs=a.jobs or (_processors() if a.command in _PARALLEL else 1),
        old_tree=a.tree or a.old_tree,
        new_tree=a.tree or a.new_tree,
        git=a.git,
        old_rev=a.old,
        new_rev=a.new,
        define=_config((*(a.define_before or ()), *(a.define or ()))),
        specs=a.specs,
        certify=a.certify,
        replay=a.replay,
        save_replay=a.save_replay,
        cross_check=a.cross_check,
        solver_commands=tuple(a.solver_cmd or ()),
        validate=a.validate,
    )


def found(paths: tuple[str, ...], root: str) -> tuple[str, ...]:
    if not paths:
        raise InputError(f"there is no spec below `{root}`", hint="A spec is a folder with a file `spec.toml`.")
    return paths


def style_of(arguments: Arguments) -> Style:
    from verify.report.colour import style_for

    return style_for(sys.stdout, arguments.color)


def answer(text: str, code: int) -> int:
    """Prints `text` and returns `code`.  Raises `InputError` if standard output doesn't take it."""
    try:
        sys.stdout.write(harmless(text))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"can't write to standard output: {error.strerror}") from None
    return code


# Control characters other than tabs, ends of lines, and our colours, as text may be hidden by them; and what has no
# width or turns the direction of writing, as text may be shown in another order than it is read.
_CONTROL = pattern(
    r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
    r"|\x1b(?!\[(?:[012]|3[123])m)"
)


def harmless(text: str) -> str:
    """`text` with control characters as `\\x1b`: what strangers wrote mustn't steer the terminal."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}" if found[0] < "\u0100" else ascii(found[0])[1:-1], text)
