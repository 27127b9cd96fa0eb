"""Test programs by others as claims whose answer is known.

Takes the folders in which the user unpacked gcc's and CBMC's sources (`docs/trust.md` says how); returns `Case`s.
Nothing of these suites is part of this repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.suite_text import negated, prototypes, with_setup
from verify.limited import run_limited

MOST_MUTANTS = 2
_GCC = ("gcc", "-w", "-O0", "-fno-builtin", "-fwrapv", "-fno-strict-aliasing", "-x", "c", "-")
_SIGABRT = 6
_CONSTRUCTOR = re.compile(r"\b(?:__)?(?:con|de)structor(?:__)?\b")
_CONSTRUCTED = "a function runs before or after main()"
_NO_MAIN = "there is no main(), or it reads argv"
_COMPILE_SECONDS = 20.0
_RUN_SECONDS = 5.0

GCC_PRELUDE = "extern void abort(void) __attribute__((noreturn)); extern void exit(int) __attribute__((noreturn));\n"
CBMC_PRELUDE = "extern void verify_failed(void) __attribute__((noreturn)); \
extern void verify_stop(void) __attribute__((noreturn));\n"


class Case(NamedTuple):
    """`reached` is a function; the claim is that it is never called, which is right iff `holds`.

    `problem`: why the case can't be posed.  `whole`: the claim is about the program's own initial state; else a
    counterexample may start from another one.
    """

    suite: str
    name: str
    holds: bool
    text: str = ""
    entry: str = "main"
    reached: str = "abort"
    assume: tuple[str, ...] = ()
    whole: bool = True
    problem: str = ""


def gcc_names(folder: Path) -> list[Path]:
    """The programs of gcc's torture tests below `folder`."""
    found = sorted(folder.glob("**/gcc.c-torture/execute"))
    return sorted(found[0].glob("*.c")) if found else []


def gcc_cases(path: Path, scratch: Path) -> Iterator[Case]:
    """One program as it is, whose main never reaches abort(), and copies of it that do."""
    name = path.stem
    text = prototypes(path.read_text(encoding="utf-8", errors="replace"))
    ended = _run(text, scratch)
    if ended != 0:
        yield Case("gcc", name, True, problem=f"gcc: {ended}" if isinstance(ended, str) else "it doesn't exit with 0")
        return
    yield _posed("gcc", name, text, True)
    mutants = list(negated(text))
    chosen = mutants[:1] + mutants[-1:] if len(mutants) > 1 else mutants
    for number, mutant in enumerate(chosen[:MOST_MUTANTS], 1):
        if _run(mutant, scratch) == -_SIGABRT:
            yield _posed("gcc-broken", f"{name}#{number}", mutant, False)


def _posed(suite: str, name: str, text: str, holds: bool) -> Case:
    made = with_setup(text)
    if made is None:
        return Case(suite, name, holds, problem=_NO_MAIN)
    if _CONSTRUCTOR.search(text):
        return Case(suite, name, holds, problem=_CONSTRUCTED)
    return Case(suite, name, holds, GCC_PRELUDE + made.text, assume=made.assume, whole=made.whole)


def _run(text: str, scratch: Path) -> int | str:
    """The exit code of a program, or why it has none."""
    program = scratch / "program"
    built = run_limited((*_GCC, "-o", str(program), "-lm"), _COMPILE_SECONDS, given=text)
    if built.problem or built.code:
        return "it doesn't compile"
    ran = run_limited((str(program),), _RUN_SECONDS)
    return "it takes too long" if ran.timed_out else ran.code


_OPTION = re.compile(
    r"--(?:trace|verbosity \d+|no-simplify|floatbv|little-endian|stop-on-fail|slice-formula|full-slice|no-propagation"
    r"|no-standard-checks|(?:no-)?(?:bounds|pointer|div-by-zero|signed-overflow|unsigned-overflow|undefined-shift"
    r"|pointer-overflow|conversion|pointer-primitive|float-overflow|nan|enum-range)-check|no-malloc-may-fail"
    r"|unwinding-assertions|unwind \d+|no-built-in-assertions|beautify|fixedbv|refine|refine-arrays|arrays-uf-always"
    r"|string-abstraction|function \w+)(?=\s|\Z)"
)
_FAILING = re.compile(r"assertion.*FAILURE")
_NONDET = re.compile(r"\b(nondet_\w+|__VERIFIER_nondet_\w+)\s*\(\s*(?:void)?\s*\)")
_PROTOTYPE = re.compile(
    r"^[ \t]*(?:extern\s+)?[\w \t]+?[\w*]\s*\b(nondet_\w+|__VERIFIER_nondet_\w+)\s*\(\s*(?:void)?\s*\)\s*;", re.M
)
_NUMBERS = {
    "int": "int", "uint": "unsigned int", "unsigned_int": "unsigned int", "unsigned": "unsigned int", "bool": "_Bool",
    "_Bool": "_Bool", "long": "long", "ulong": "unsigned long", "unsigned_long": "unsigned long", "char": "char",
    "uchar": "unsigned char", "unsigned_char": "unsigned char", "short": "short", "ushort": "unsigned short",
    "size_t": "unsigned long", "signed_int": "int", "signed_char": "signed char",
}  # fmt: skip


def cbmc_names(folder: Path) -> list[Path]:
    """The `.desc` files of CBMC's regression tests below `folder`."""
    found = sorted(folder.glob("**/regression/cbmc"))
    return sorted(found[0].glob("*/*.desc")) if found else []


def cbmc_case(path: Path) -> Case:
    """One `.desc` file as a claim: no assertion of the program fails."""
    name = path.parent.name if path.stem == "test" else f"{path.parent.name}/{path.stem}"
    lines = [*path.read_text(encoding="utf-8", errors="replace").splitlines(), "", "", ""]
    body = lines[3 : lines.index("--", 3) if "--" in lines[3:] else None]
    expected = "\n".join(body)
    successful, failed = "VERIFICATION SUCCESSFUL" in expected, "VERIFICATION FAILED" in expected
    failing = _FAILING.search(expected.replace("\\", "")) is not None

    def cannot(why: str) -> Case:
        return Case("cbmc", name, successful, problem=why)

    if not lines[0].startswith(("CORE", "THOROUGH")):
        return cannot("a known bug of CBMC's, or to come")
    if successful == failed:
        return cannot("no verdict is expected")
    if failed and not failing:
        return cannot("another check than an assertion fails")
    left = _OPTION.sub("", lines[2]).strip()
    if left:
        return cannot(f"option {left.split()[0]}")
    if successful and "--unwind " in lines[2] and "--unwinding-assertions" not in lines[2]:
        return cannot("it is true up to a bound only")
    source = path.parent / lines[1].strip()
    if source.suffix != ".c" or not source.exists() or " " in lines[1].strip():
        return cannot("it isn't one C file")
    if len(list(path.parent.glob("*.[ch]"))) > 1 and '#include "' in source.read_text(errors="replace"):
        return cannot("it isn't one C file")
    function = re.search(r"--function (\w+)", lines[2])
    return _asserting(name, source.read_text(encoding="utf-8", errors="replace"), successful, function and function[1])


def _asserting(name: str, text: str, holds: bool, function: str | None) -> Case:
    """The claim that no assertion fails, unknown numbers being parts of arrays whose content is anything."""
    text = prototypes(text)
    kinds = sorted({m.group(1) for m in _NONDET.finditer(text)})
    types: dict[str, str] = {}
    for kind in kinds:
        type_ = _NUMBERS.get(re.sub(r"\A(?:__VERIFIER_)?nondet_", "", kind))
        declared = re.search(rf"^[ \t]*(?:extern\s+)?([\w \t]+?)\s*\b{kind}\s*\(", text, re.M)
        if declared and declared[1].strip() not in ("return", "else"):
            type_ = declared[1].strip()
        if type_ is None:
            return Case("cbmc", name, holds, problem="a nondet function of an unknown type")
        types[kind] = type_
    text = _PROTOTYPE.sub("", text)
    text = _NONDET.sub(lambda m: f"verify_{m[1]}[verify_next++ & 1023]", text)
    text = re.sub(r"\b__CPROVER_assert\s*\(", "verify_assert2(", text)
    text = re.sub(r"\b__CPROVER_assume\s*\(|\b__VERIFIER_assume\s*\(", "verify_assume(", text)
    text = re.sub(r"\bassert\s*\(", "verify_assert(", text)
    prelude = CBMC_PRELUDE + (
        "#define verify_assert2(condition, ...) ((condition) ? (void)0 : verify_failed())\n"
        "#define verify_assert(condition) ((condition) ? (void)0 : verify_failed())\n"
        "#define verify_assume(condition) ((condition) ? (void)0 : verify_stop())\n"
    )
    made = with_setup(text, function or "main")
    if made is None:
        return Case("cbmc", name, holds, problem=_NO_MAIN)
    if _CONSTRUCTOR.search(text):
        return Case("cbmc", name, holds, problem=_CONSTRUCTED)
    for kind, type_ in types.items():
        prelude += f"extern {type_} verify_{kind}[1024];\n"
    prelude += "extern unsigned int verify_next;\n"
    assume = ("verify_next == 0", *made.assume)
    return Case("cbmc", name, holds, prelude + made.text, function or "main", "verify_failed", assume, made.whole)
