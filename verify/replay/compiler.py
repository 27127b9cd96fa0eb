"""Compiles a C file with the system's compiler and runs it, in a scratch directory and under limits.

The first of gcc, clang and tcc that compiles at all is taken; UBSan is used where it is there.
"""

from __future__ import annotations

import os
import re
import shutil

from verify.limited import Finished, run_limited
from verify.tuples import NamedTuple

_COMPILE_SECONDS = 20.0
_RUN_SECONDS = 10.0
_FLAGS = ("-std=gnu11", "-O0", "-w", "-fwrapv", "-fno-strict-aliasing", "-fgnu89-inline")
_UBSAN = (
    "-fsanitize=undefined",
    "-fno-sanitize=shift-base,alignment,null,pointer-overflow",
    "-fno-sanitize-recover=all",
)
_PROBE = "int main(void) { return 79; }\n"


class Compiler(NamedTuple):
    """A compiler that works; `called` is its name and version, e.g. "gcc 12.2"."""

    path: str
    called: str
    flags: tuple[str, ...]

    @property
    def ubsan(self) -> bool:
        return _UBSAN[0] in self.flags


DONE = 79  # exit codes of the programs; see prelude.h
_UNABLE = (76, 77)


class Ran(NamedTuple):
    """`problem`: why it wasn't compiled or didn't come to its end; else the program's exit code and output."""

    problem: str
    code: int
    output: str
    compiled: bool = True
    hangs: bool = False

    @property
    def unable(self) -> str:
        """Why it can't tell anything; "" if it can."""
        if not self.compiled:
            return self.problem
        return self.output.strip() if self.code in _UNABLE else ""


def find_compiler(scratch: str, path: str | None = None) -> Compiler | str:
    """A compiler that works, or why there is none; it's tried out in `scratch`.  `path` is searched instead of PATH."""
    path = os.environ.get("PATH", "") if path is None else path
    if path not in _known:
        _known[path] = _find(scratch, path)
    return _known[path]


_known: dict[str, Compiler | str] = {}


def _find(scratch: str, path: str) -> Compiler | str:
    tried: list[str] = []
    for name in ("gcc", "clang", "tcc"):
        program = shutil.which(name, path=path) if path else None
        if program is None:
            continue
        source = os.path.join(scratch, "probe.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(_PROBE)
        problem = ""
        for flags in ((*_FLAGS, *_UBSAN), _FLAGS):
            if name == "tcc" and flags is not _FLAGS:
                continue
            compiler = Compiler(program, "", flags)
            ran = compile_and_run(compiler, source, scratch)
            problem = ran.problem or ("" if ran.code == 79 else f"its programs end with {ran.code}")
            if not problem:
                return compiler._replace(called=_version(program, name))
            if ran.hangs:
                break
        tried.append(f"{name}: {problem}")
    return "; ".join(tried) if tried else "there is no gcc, clang or tcc on PATH"


def _version(program: str, name: str) -> str:
    flag = {"gcc": "-dumpfullversion", "clang": "--version", "tcc": "-v"}[name]
    said = run_limited([program, flag], _COMPILE_SECONDS)
    match = re.search(r"\d+\.\d+(\.[1-9]\d*)?", said.output + said.errors)
    return f"{name} {match.group()}" if match else name


def compile_and_run(
    compiler: Compiler, source: str, scratch: str, given: str | None = None, seconds: float = _RUN_SECONDS
) -> Ran:
    """Compiles the file `source` into the directory `scratch` and runs what comes out; it may read the file `given`."""
    program = os.path.join(scratch, os.path.basename(source).removesuffix(".c") + ".out")
    command = [compiler.path, *compiler.flags, "-o", program, source]
    environment = {**os.environ, "LC_ALL": "C", "TMPDIR": scratch}
    compiled = run_limited(command, _COMPILE_SECONDS, directory=scratch, environment=environment)
    if compiled.problem:
        return Ran(f"the compiler gave up: {compiled.problem}", 0, "", False, compiled.timed_out)
    if compiled.code != 0 or not os.path.exists(program):
        return Ran(f"it doesn't compile: {_first_error(compiled)}", 0, "", False)
    ran = run_limited([program], seconds, directory=scratch, file=given)
    return Ran(ran.problem, ran.code, ran.output + ran.errors)


def _first_error(done: Finished) -> str:
    lines = (done.errors + done.output).splitlines()
    errors = [line for line in lines if re.search(r"\berror\b|undefined reference", line)]
    text = (errors or lines or [f"exit code {done.code}"])[0]
    return re.sub(r"^\S*?:(\d+):(?:\d+:)?\s*", r"line \1: ", text).replace("fatal error: ", "").replace("error: ", "")
