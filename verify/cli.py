"""The command line: reads the arguments, calls the API, chooses how to print the answer.

Exit codes: 0 all as expected, 1 a claim failed, 2 usage or input error, 3 undecided, 4 internal error; 130 after
Ctrl-C, 141 if the reader of the output has gone.  Modules are imported only where a command needs
them: start-up counts.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from verify.errors import InputError, InternalError, VerifyError

if TYPE_CHECKING:
    from verify.claims.spec import Spec
    from verify.pipeline import Options
    from verify.report.colour import Style

INPUT_ERROR, INTERNAL_ERROR, INTERRUPTED, BROKEN_PIPE = 2, 4, 130, 141

_WIDTH = 100
_SOLVERS = ("z3", "bitwuzla", "cvc5")
_SHELLS = ("bash", "zsh", "fish")

_DESCRIPTION = """\
Proves claims about C patches, or prints a counterexample in the reviewer's own terms.

A spec (a TOML file) names two versions of a C function and what a reviewer claims about them;
each claim is proved for all inputs, or refuted by one input that was run and does violate it."""

_EXAMPLES = """\
examples:
  {prog} all                            check every claim of every spec below specs/
  {prog} check feat_ctl                 the claims of one spec, counterexamples included
  {prog} check feat_ctl warning-unreachable -v
  {prog} explain feat_ctl host-path-unchanged
  {prog} check feat_ctl --old-tree linux-6.1 --new-tree linux-6.12
  {prog} check feat_ctl --git ~/linux --old v6.1 --new v6.12
  {prog} all --json --jobs 2 > report.json
  {prog} diff linux-6.1 linux-6.12 --path arch/x86/kvm/vmx --function vmx_set_msr

exit codes:
  0 all as expected   1 a claim failed   2 usage or input error   3 undecided   4 internal error"""


class _Arguments(argparse.Namespace):
    """The arguments; what isn't given has its default here, so that options may stand before or after the command."""

    command: str = ""
    spec: str = ""
    claim: str = ""
    claims: Sequence[str] = ()
    specs: str = "specs"
    shell: str = ""
    json: bool = False
    timeout: float = 10.0
    jobs: int = 1
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


# ------------------------------------------------------------------------------------------------------------- parsing


class _Parser(argparse.ArgumentParser):
    """A parser whose arguments are added when it is first used, and whose errors are `InputError`s."""

    def __init__(self, *, fill: Callable[[_Parser], None] | None = None, **settings: object) -> None:
        # The default formatter imports shutil, and with it three compression libraries.
        super().__init__(formatter_class=_formatter, allow_abbrev=False, **settings)  # type: ignore[arg-type]
        self._fill = fill

    def fill(self) -> bool:
        """Adds the arguments; False iff they were there before."""
        fill, self._fill = self._fill, None
        if fill is not None:
            fill(self)
        return fill is not None

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, args: Any = None, namespace: Any = None
    ) -> Any:
        """As in the base class; options may also stand between a spec and its claims."""
        if self.fill():
            return self.parse_known_intermixed_args(args, namespace)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        raise InputError(message, hint=f"`{self.prog} --help` shows how it is used.")


def _formatter(prog: str) -> argparse.HelpFormatter:
    try:
        width = min(os.get_terminal_size().columns or _WIDTH, _WIDTH)
    except OSError:
        width = _WIDTH
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=28, width=width)


def build_parser(prog: str = "verify") -> tuple[argparse.ArgumentParser, dict[str, _Parser]]:
    """The parser and those of the commands by name; a command's arguments are there after `fill`."""
    from verify.version import VERSION

    usage = f"{prog} [OPTION ...] COMMAND [OPTION ...] [ARGUMENT ...]"
    parser = _Parser(prog=prog, usage=usage, description=_DESCRIPTION, epilog=_EXAMPLES.format(prog=prog))
    parser.add_argument("--version", action="version", version=f"verify {VERSION}", help="show the version and exit")
    _common(parser, "define_before")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", parser_class=_Parser)
    made: dict[str, _Parser] = {}
    for name, usage, summary, fill in (
        ("all", "[OPTION ...]", "check every claim of every spec, in one table", _fill_all),
        ("check", "[OPTION ...] SPEC [CLAIM ...]", "check one spec, or some claims of it", _fill_check),
        ("list", "[OPTION ...] [SPEC]", "list the specs, or one spec's claims", _fill_list),
        ("explain", "[OPTION ...] SPEC CLAIM", "show all about one claim: formulas, questions, answer", _fill_explain),
        ("diff", "[OPTION ...] OLD NEW", "compare two versions function by function, without a spec", _fill_diff),
        ("completion", "SHELL", "print a shell completion script", _fill_completion),
    ):
        description = f"{summary[0].upper()}{summary[1:]}."
        full = f"{prog} {name}"
        made[name] = commands.add_parser(
            name, help=summary, description=description, usage=f"{full} {usage}", fill=fill, prog=full
        )
    return parser, made


def _fill_all(parser: _Parser) -> None:
    _common(parser)


def _fill_check(parser: _Parser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="a name below specs/, a folder or a file")
    claims = "names of claims; all of them if none is given"
    parser.add_argument("claims", metavar="CLAIM", nargs="*", default=(), help=claims)
    _common(parser)


def _fill_list(parser: _Parser) -> None:
    parser.add_argument("spec", metavar="SPEC", nargs="?", default="", help="list this spec's claims")
    _common(parser)


def _fill_explain(parser: _Parser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="a name below specs/, a folder or a file")
    parser.add_argument("claim", metavar="CLAIM", help="the claim's name")
    _common(parser)


def _fill_diff(parser: _Parser) -> None:
    side = "a file, a directory or REPO@REVISION"
    parser.add_argument("before", metavar="OLD", help=f"the version before: {side}")
    parser.add_argument("after", metavar="NEW", help=f"the version after: {side}")
    _option(parser, "--function", metavar="NAME", action="append", help="compare this function; repeatable")
    _option(parser, "--path", metavar="DIR", help="of two trees, compare only what lies below this directory")
    _common(parser)


def _fill_completion(parser: _Parser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=_SHELLS, help=f"one of {', '.join(_SHELLS)}")


def _common(parser: argparse.ArgumentParser, define: str = "define") -> None:
    """The options that may stand before and after the command.  `define`: where `--define` is collected."""
    show = parser.add_argument_group("output")
    _option(show, "--json", action="store_true", help="print JSON (docs/schema/report-1.json)")
    _option(show, "-v", "--verbose", action="store_true", help="also print what was read, inlined and asked")
    when = ("auto", "always", "never")
    _option(show, "--color", metavar="WHEN", choices=when, help="auto (a terminal, no NO_COLOR), always, never")
    how = parser.add_argument_group("how to check")
    _option(how, "--specs", metavar="DIR", help="where the specs are (default: specs)")
    _option(how, "--timeout", metavar="SECONDS", type=_seconds, help="time limit for each claim (default: 10)")
    _option(how, "--jobs", metavar="N", type=_count, help="processes for `all` (default: 1)")
    _option(how, "--solver", metavar="NAME", type=_solver, help="z3 (default), bitwuzla, cvc5 or cmd:PROGRAM")
    _option(
        how,
        "--define",
        metavar="CONFIG_X=y|m|n",
        type=_definition,
        action="append",
        dest=define,
        help="fix a kernel configuration symbol; repeatable",
    )
    trees = parser.add_argument_group("real source, for specs with a [kernel] table")
    _option(trees, "--old-tree", metavar="DIR", help="source tree before the patch")
    _option(trees, "--new-tree", metavar="DIR", help="source tree after the patch")
    _option(trees, "--tree", metavar="DIR", help="one source tree, for specs of one version (or both sides of others)")
    _option(trees, "--git", metavar="REPO", help="read revisions of this git repository, without a checkout")
    _option(trees, "--old", metavar="REV", help="revision before the patch")
    _option(trees, "--new", metavar="REV", help="revision after the patch")


def _option(group: Any, *flags: str, **settings: object) -> None:
    """Adds an option without a default: `_Arguments` has it."""
    group.add_argument(*flags, default=argparse.SUPPRESS, **settings)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"`{text}` isn't a positive number of seconds")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"`{text}` isn't a positive whole number")
    return int(text)


def _solver(text: str) -> str:
    if text not in _SOLVERS and not (text.startswith("cmd:") and text.removeprefix("cmd:").strip()):
        raise argparse.ArgumentTypeError(f"`{text}` isn't one of {', '.join(_SOLVERS)}, cmd:PROGRAM")
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


def _options(arguments: _Arguments) -> Options:
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
        jobs=a.jobs,
        old_tree=a.tree or a.old_tree,
        new_tree=a.tree or a.new_tree,
        git=a.git,
        old_rev=a.old,
        new_rev=a.new,
        define=_config((*(a.define_before or ()), *(a.define or ()))),
        specs=a.specs,
    )


# ------------------------------------------------------------------------------------------------------------ commands


def _all(arguments: _Arguments, started: float) -> int:
    from verify.claims.spec import find_specs
    from verify.claims.verdict import exit_code
    from verify.pipeline import check_all

    options = _options(arguments)
    if options.jobs > 1 and signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the other processes have to be ended, too
    reports = tuple(check_all(_found(find_specs(arguments.specs), arguments.specs), options))
    code = exit_code(reports)
    seconds = time.perf_counter() - started
    if arguments.json:
        from verify.report.json import report_json

        return _print(report_json(reports, seconds, code), code)
    from verify.report.table import all_text

    return _print(all_text(reports, seconds, _style(arguments), arguments.verbose), code)


def _check(arguments: _Arguments, started: float) -> int:
    from verify.claims.verdict import exit_code
    from verify.pipeline import check

    report = check(arguments.spec, arguments.claims, _options(arguments))
    code = exit_code((report,))
    seconds = time.perf_counter() - started
    if arguments.json:
        from verify.report.json import report_json

        return _print(report_json((report,), seconds, code), code)
    from verify.report.text import check_text

    return _print(check_text(report, seconds, _style(arguments), arguments.verbose), code)


def _diff(arguments: _Arguments, started: float) -> int:
    from verify.changes.diff import diff
    from verify.report.changes import diff_json, diff_text, exit_code

    a = arguments
    changes = tuple(diff(a.before, a.after, a.function or (), a.path, _options(a)))
    code = exit_code(changes)
    seconds = time.perf_counter() - started
    if a.json:
        return _print(diff_json(changes, seconds, code), code)
    return _print(diff_text(changes, seconds, _style(a), a.verbose), code)


def _list(arguments: _Arguments, started: float) -> int:
    from verify.claims.spec import find_specs, locate_spec, read_spec

    root = arguments.specs
    paths = (locate_spec(arguments.spec, root),) if arguments.spec else _found(find_specs(root), root)
    specs: list[Spec] = [read_spec(path, root) for path in paths]
    if arguments.json:
        from verify.report.json import list_json

        return _print(list_json(specs), 0)
    from verify.report.table import claims_text, list_text

    style = _style(arguments)
    return _print(claims_text(specs[0], style) if arguments.spec else list_text(specs, style), 0)


def _explain(arguments: _Arguments, started: float) -> int:
    from verify.claims.verdict import exit_code
    from verify.pipeline import explain

    explanation = explain(arguments.spec, arguments.claim, _options(arguments))
    code = exit_code((explanation.spec,))
    if arguments.json:
        from verify.report.json import explanation_json

        return _print(explanation_json(explanation, code), code)
    from verify.report.text import explain_text

    return _print(explain_text(explanation, _style(arguments), arguments.verbose), code)


def _completion(arguments: _Arguments, started: float) -> int:
    try:
        import shtab
    except ImportError:
        raise InputError(
            "shell completion needs the package `shtab`", hint="pip install 'verify-c[completion]'"
        ) from None
    parser, commands = build_parser()
    for command in commands.values():
        command.fill()
    for one in (parser, *commands.values()):
        for action in one._actions:  # pyright: ignore[reportPrivateUsage]
            if action.metavar in ("DIR", "REPO"):
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
            elif action.metavar == "SPEC":
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    return _print(f"{shtab.complete(parser, arguments.shell).rstrip()}\n", 0)


_COMMANDS: dict[str, Callable[[_Arguments, float], int]] = {
    "all": _all,
    "check": _check,
    "list": _list,
    "explain": _explain,
    "diff": _diff,
    "completion": _completion,
}


def _found(paths: tuple[str, ...], root: str) -> tuple[str, ...]:
    if not paths:
        raise InputError(f"there is no spec below `{root}`", hint="A spec is a folder with a file `spec.toml`.")
    return paths


def _style(arguments: _Arguments) -> Style:
    from verify.report.colour import style_for

    return style_for(sys.stdout, arguments.color)


def _print(text: str, code: int) -> int:
    sys.stdout.write(text)
    sys.stdout.flush()
    return code


# ---------------------------------------------------------------------------------------------------------- the process


def process() -> NoReturn:
    """Runs one command as a process of its own.

    It ends without tearing down Python and the solver, which takes a tenth of the whole time.  Syntax trees and terms
    live as long as the process, so looking for garbage among them is switched off: a quarter of the time.  Ctrl-C
    ends it as it ends a C program, since Python's own handler would wait until the solver returns.
    """
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code.  No exception leaves it."""
    started = time.perf_counter()
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        _never_fail_on_encoding(stream)
    try:
        try:
            return _run(words, started)
        except SystemExit as stop:  # argparse, after --help and --version
            sys.stdout.flush()
            return stop.code if isinstance(stop.code, int) else 0
        except InputError as error:
            return _complain(error, "error", INPUT_ERROR, words)
        except Exception as error:
            if isinstance(error, BrokenPipeError):
                raise
            if os.environ.get("VERIFY_DEBUG") == "1":
                import traceback

                traceback.print_exc()
            return _complain(_as_internal(error), "internal error", INTERNAL_ERROR, words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # What is still buffered has no reader; Python would complain about it on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _run(words: list[str], started: float) -> int:
    program = os.path.basename(sys.argv[0]) if sys.argv and sys.argv[0] else "verify"
    parser, _ = build_parser("python -m verify" if program == "__main__.py" else "verify")
    arguments = parser.parse_args(words, _Arguments())
    if not arguments.command:
        sys.stderr.write(parser.format_help())
        return INPUT_ERROR
    return _COMMANDS[arguments.command](arguments, started)


def _complain(error: VerifyError, kind: str, code: int, words: list[str]) -> int:
    """Prints `error` to standard error, and with --json also as a document to standard output."""
    from verify.report.colour import style_for

    if "--json" in words:
        from verify.report.json import error_json

        _print(error_json(error, code), code)
    pairs = list(zip(words, words[1:], strict=False))  # noqa: RUF007 (itertools is one more import)
    when = next((w for w in ("always", "never") if f"--color={w}" in words or ("--color", w) in pairs), "auto")
    sys.stderr.write(f"{style_for(sys.stderr, when).paint('bad', kind)}: {error}\n")
    return code


def _as_internal(error: Exception) -> InternalError:
    own = error if isinstance(error, VerifyError) else None
    message = own.message if own else f"{type(error).__name__}: {error}"
    hint = "This is a bug of verify.  Please report it with the command and its input; VERIFY_DEBUG=1 shows where."
    return InternalError(message, own.span if own else None, hint)


def _never_fail_on_encoding(stream: object) -> None:
    """Characters that the stream's encoding lacks are escaped."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
