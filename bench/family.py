"""The synthetic family: one switch with N register branches, each with its own masks and lock bit.

`python -m bench.family N DIRECTORY` writes `dev.h`, `before.c`, `after.c` and `spec.toml` for `verify`,
`peer/harness.c` over the same two versions for C model checkers, and `guest_path.smt2`, the same question by hand in
SMT-LIB.  The new version lets the host write a wider mask.  The claim is that the guest's path is unchanged, the index
being symbolic; the control, the same without the assumption, is false.

The model checkers get a `dev.h` of their own, where the registers are one array: ESBMC is ten times faster with it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

U64 = (1 << 64) - 1

SPEC = """\
title = "{count} registers: the host may write a wider mask"

[code]
old = "before.c"
new = "after.c"
headers = ["dev.h"]
entry = "set_reg"

[names]
host = "w->host"

[[claim]]
name = "guest-path-unchanged"
says = "A guest's write to any register has the same result and leaves the same state as before."
assume = "!host"
prove = "same(old, new)"
expect = "proved"

[[claim]]
name = "path-unchanged"
says = "The control: the same for every write is false, as the host's mask is wider."
prove = "same(old, new)"
expect = "refuted"
"""

HARNESS = """\
#if defined(ESBMC)
#define PROPERTY(condition, name) __ESBMC_assert(condition, name)
#elif defined(CBMC)
#define PROPERTY(condition, name) __CPROVER_assert(condition, name)
#else
#error "say which tool: -DESBMC or -DCBMC"
#endif

#include "dev.h"
#define set_reg set_reg_old
#include "../before.c"
#undef set_reg
#define set_reg set_reg_new
#include "../after.c"
#undef set_reg

int main(void)
{
	struct dev start, old, new;
	struct write w;

	old = start;
	new = start;
	_Bool same = set_reg_old(&old, &w) == set_reg_new(&new, &w);
%s
	PROPERTY(w.host || same, "guest-path-unchanged");
	PROPERTY(same, "path-unchanged");
	PROPERTY(w.host, "control-guest-is-possible");
	return 0;
}
"""

SMT_HEAD = """\
(set-logic QF_BV)
(declare-const data (_ BitVec 64))
(declare-const reg (_ BitVec 64))
(declare-const host Bool)
(define-const zero (_ BitVec 64) #x0000000000000000)
(define-fun accepts ((allowed (_ BitVec 64)) (lock (_ BitVec 64))) Bool
  (and (= (bvand data (bvnot allowed)) zero) (or host (= (bvand reg lock) zero))))
(define-fun differ ((old Bool) (new Bool)) Bool
  (or (distinct old new) (distinct (ite old data reg) (ite new data reg))))
"""

SMT_BRANCH = """\
(push 1)
(assert (not host))
(assert {differ})
(set-info :status unsat)
(check-sat)
(pop 1)
"""

SMT_CONTROL = """\
(assert {differ})
(set-info :status sat)
(check-sat)
"""


class Register(NamedTuple):
    """One branch: what `case` it is, what may be written before, what the host may write after, and the lock."""

    name: str
    number: int
    mask: int
    wide: int
    lock: int


def registers(count: int) -> list[Register]:
    """The first `count` registers of the family; `wide` is a strict superset of `mask`, which holds the lock."""
    made: list[Register] = []
    for k in range(count):
        lock = 1 << k % 64
        mask = (k + 1) * 0x9E3779B97F4A7C15 & U64 | lock
        lowest_clear = ~mask & (mask + 1)
        wide = mask | (k + 1) * 0xC2B2AE3D27D4EB4F & U64 | lowest_clear
        made.append(Register(f"reg_{k}", 0x100 + 3 * k, mask, wide, lock))
    return made


def header(family: list[Register], as_array: bool) -> str:
    """`dev.h`: the register numbers, masks and locks, the device (fields, or one array) and the write."""
    lines = ["#ifndef DEV_H", "#define DEV_H", "", "typedef unsigned int u32;", "typedef unsigned long long u64;", ""]
    for r in family:
        upper = r.name.upper()
        lines += [
            f"#define {upper}\t{r.number:#x}",
            f"#define {upper}_MASK\t{r.mask:#x}ull",
            f"#define {upper}_WIDE\t{r.wide:#x}ull",
            f"#define {upper}_LOCK\t{r.lock:#x}ull",
        ]
    fields = [f"\tu64 regs[{len(family)}];"] if as_array else [f"\tu64 {r.name};" for r in family]
    lines += ["", "struct dev {", *fields, "};", ""]
    if as_array:
        lines += [f"#define {r.name} regs[{k}]" for k, r in enumerate(family)]
    lines += ["struct write {", "\tu32 index;", "\tu64 data;", "\t_Bool host;", "};", "", "#endif", ""]
    return "\n".join(lines)


def source(family: list[Register], widened: bool) -> str:
    """One version of `set_reg`; `widened`: the host is held against the wider mask."""
    lines = ['#include "dev.h"', "", "int set_reg(struct dev *dev, struct write *w)", "{", "\tswitch (w->index) {"]
    for r in family:
        upper = r.name.upper()
        allowed = f"(w->host ? {upper}_WIDE : {upper}_MASK)" if widened else f"{upper}_MASK"
        lines += [
            f"\tcase {upper}:",
            f"\t\tif (w->data & ~{allowed} ||",
            f"\t\t    (dev->{r.name} & {upper}_LOCK && !w->host))",
            "\t\t\treturn 1;",
            f"\t\tdev->{r.name} = w->data;",
            "\t\tbreak;",
        ]
    lines += ["\tdefault:", "\t\treturn 1;", "\t}", "\treturn 0;", "}", ""]
    return "\n".join(lines)


def harness(family: list[Register]) -> str:
    """Both versions on one symbolic device and write, for ESBMC and CBMC."""
    return HARNESS % "\n".join(f"\tsame = same && old.{r.name} == new.{r.name};" for r in family)


def smtlib(family: list[Register]) -> str:
    """One question a branch, as an expert would write it by hand, and the control on the last branch."""

    def differ(r: Register) -> str:
        mask, wide, lock = (f"#x{value:016x}" for value in (r.mask, r.wide, r.lock))
        return f"(differ (accepts {mask} {lock}) (accepts (ite host {wide} {mask}) {lock}))"

    branches = [SMT_BRANCH.format(differ=differ(r)) for r in family]
    return "".join([SMT_HEAD, *branches, SMT_CONTROL.format(differ=differ(family[-1]))])


def generate(count: int, directory: Path) -> None:
    """Write the family's `count`-branch member into `directory`."""
    family = registers(count)
    (directory / "peer").mkdir(parents=True, exist_ok=True)
    files = {
        "dev.h": header(family, as_array=False),
        "peer/dev.h": header(family, as_array=True),
        "before.c": source(family, widened=False),
        "after.c": source(family, widened=True),
        "spec.toml": SPEC.format(count=count),
        "peer/harness.c": harness(family),
        "guest_path.smt2": smtlib(family),
    }
    for name, text in files.items():
        (directory / name).write_text(text)


if __name__ == "__main__":
    generate(int(sys.argv[1]), Path(sys.argv[2]))
