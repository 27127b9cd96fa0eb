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
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

from verify.commands.common import Arguments, answer, common, harmless
from verify.errors import InputError, InternalError, VerifyError

INPUT_ERROR, INTERNAL_ERROR, INTERRUPTED, BROKEN_PIPE = 2, 4, 130, 141

_WIDTH = 100
_SHELLS = ("bash", "zsh", "fish")

# Name, usage and summary; the module of that name in verify/commands/ has the rest.
_COMMANDS = {
    "all": ("[OPTION ...]", "check every claim of every spec, in one table"),
    "check": ("[OPTION ...] SPEC [CLAIM ...]", "check one spec, or some claims of it"),
    "list": ("[OPTION ...] [SPEC]", "list the specs, or one spec's claims"),
    "explain": ("[OPTION ...] SPEC CLAIM", "show all about one claim: formulas, questions, answer"),
    "diff": ("[OPTION ...] OLD NEW", "compare two versions function by function, without a spec"),
    "validate": ("[OPTION ...] SPEC", "compare formulas, interpreter and compiled code on many inputs"),
    "table": ("[OPTION ...] SPEC", "list boundary inputs with what each version does"),
    "recheck": ("[OPTION ...] DIR", "check certificates again, without any solver"),
    "audit": ("[OPTION ...] SPEC | --all", "mutants, coverage, unneeded assumptions: what the verdicts are worth"),
    "sweep": ("[OPTION ...] OLD NEW --path DIR", "compare all functions of two trees that changed, and count"),
    "patch": ("[OPTION ...] FILE --git REPO", "compare each version of a patch series with the one before it"),
    "diagram": ("[OPTION ...] SPEC", "draw which operation leads from where to where (Mermaid or SVG)"),
    "completion": ("SHELL", "print a shell completion script"),
}

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
  {prog} audit feat_ctl --jobs 2        mutants of the new code: which claim notices each?
  {prog} diff linux-6.1 linux-6.12 --path arch/x86/kvm/vmx --function vmx_set_msr

exit codes:
  0 all as expected   1 a claim failed   2 usage or input error   3 undecided   4 internal error"""


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
    common(parser, "define_before")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", parser_class=_Parser)
    made: dict[str, _Parser] = {}
    for name, (_, summary) in _COMMANDS.items():
        made[name] = commands.add_parser(name, help=summary, **_settings(prog, name))
    return parser, made


def _settings(prog: str, name: str) -> dict[str, Any]:
    """What makes the parser of the command `name`."""
    usage, summary = _COMMANDS[name]
    full = f"{prog} {name}"
    description = f"{summary[0].upper()}{summary[1:]}."
    return {"prog": full, "usage": f"{full} {usage}", "description": description, "fill": partial(_fill, name)}


def _command(name: str) -> Any:
    """The module of a command: `verify/commands/`; the last of them is here, as it needs the parsers."""
    return import_module(f"verify.commands.{name}")


def _fill(name: str, parser: _Parser) -> None:
    if name == "completion":
        parser.add_argument("shell", metavar="SHELL", choices=_SHELLS, help=f"one of {', '.join(_SHELLS)}")
    else:
        _command(name).fill(parser)


def _completion(arguments: Arguments) -> int:
    try:
        import shtab
    except ImportError:
        hint = "pip install shtab"
        raise InputError("shell completion needs the package `shtab`", hint=hint) from None
    parser, commands = build_parser()
    for command in commands.values():
        command.fill()
    for one in (parser, *commands.values()):
        for action in one._actions:  # pyright: ignore[reportPrivateUsage]
            if action.metavar in ("DIR", "REPO"):
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
            elif action.metavar == "SPEC":
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    return answer(f"{shtab.complete(parser, arguments.shell).rstrip()}\n", 0)


def process() -> NoReturn:
    """Runs one command as a process of its own.

    It ends without tearing down Python and the solver, which takes a tenth of the whole time.  Syntax trees and terms
    live as long as the process, so looking for garbage among them is switched off: a quarter of the time.  Ctrl-C
    ends it as it ends a C program, since Python's own handler would wait until the solver returns.
    """
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    _open_streams()
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _open_streams() -> None:
    """Puts the null device where a standard stream is closed, before another file gets its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
            setattr(sys, name, open(number, "w" if number else "r"))  # noqa: SIM115 (as long as the process)


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
    prog = "python -m verify" if program == "__main__.py" else "verify"
    if words and words[0] in _COMMANDS:  # all that follows is the command's: the other parsers would only take time
        parser = _Parser(**_settings(prog, words[0]))
        arguments = Arguments(command=words[0], **vars(parser.parse_args(words[1:])))
    else:
        parser, _ = build_parser(prog)
        arguments = parser.parse_args(words, Arguments())
    if not arguments.command:
        sys.stderr.write(parser.format_help())
        return INPUT_ERROR
    if arguments.command == "completion":
        return _completion(arguments)
    return _command(arguments.command).run(arguments, started)


def _complain(error: VerifyError, kind: str, code: int, words: list[str]) -> int:
    """Prints `error` to standard error, and with --json also as a document to standard output."""
    from verify.report.colour import style_for

    if "--json" in words:
        from verify.report.json import error_json

        with suppress(InputError):  # the error may be that it can't be written
            answer(error_json(error, code), code)
    pairs = list(zip(words, words[1:], strict=False))  # noqa: RUF007 (itertools is one more import)
    when = next((w for w in ("always", "never") if f"--color={w}" in words or ("--color", w) in pairs), "auto")
    with suppress(OSError):  # then nobody can be told
        sys.stderr.write(f"{style_for(sys.stderr, when).paint('bad', kind)}: {harmless(str(error))}\n")
        sys.stderr.flush()
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
