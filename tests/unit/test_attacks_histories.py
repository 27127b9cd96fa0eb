"""Attacks on claims about histories: small systems, and what a verdict on them must not be.

What is right was found without the tool: by hand, or by a search through all states of the compiled code.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.test_soundness_histories import BOTH, OBJECT, STATE, operations
from verify import Options, check
from verify.errors import InputError

INVARIANT, STEP, REACH = "invariant", "trace-claim", "reach"
PROVED, REFUTED = "proved", "refuted"
TRUE = "proved|may differ|unknown|unsupported|error"  # of a claim that holds: what isn't wrong
FALSE = "refuted|may differ|unknown|unsupported|error"  # of one that doesn't hold
OPEN = "may differ|unknown|unsupported"


class System(NamedTuple):
    """Code, the spec's tables on operations, and claims: the kind, C, and the words of the verdict that aren't wrong.

    A goal that is reached counts as a claim that is refuted.
    """

    code: str
    tables: str
    claims: tuple[tuple[str, str, str], ...]


TWO = "struct object { u32 n; struct object *next; };\n"
POINTER = "struct object { u32 n; u64 p; };\n"
POINTED = '[state]\nn = "o->n"\np = "o->p"\ninitially = "n == 0 && p == 0"\n'
RING = "struct ring { u32 a, b, c; };\n"
TABLE = "struct object { u32 a[4]; u32 n; };\n"
ELEMENT = '[state]\nx = "o->a[2]"\ninitially = "x == 0"\n'
ROW = "struct row { u32 k; };\nstruct object { u32 n; const struct row *p; };\n"
LATE = '[state]\nn = "o->n"\n[histories]\ndepth = 3\n' + operations("make", more="first = true") + operations("up")

WRITES = {
    "a parameter that moves on": System(
        TWO + "void set(struct object *o) { o->n = 7; o = o->next; o->n = 1; }",
        STATE + operations("set"),
        ((INVARIANT, "n != 7", REFUTED), (INVARIANT, "n <= 1", REFUTED)),
    ),
    "another pointer to the object": System(
        OBJECT + "void set(struct object *o, struct object *p) { p->n = 5; }",
        STATE + operations("set"),
        ((INVARIANT, "n == 0", REFUTED),),
    ),
    "a pointer that is loaded": System(
        TWO + "void set(struct object *o, struct object *h) { h->next->n = 5; if (o->n == 7) o->n = 8; }",
        STATE + operations("set"),
        ((INVARIANT, "n == 0", REFUTED),),
    ),
    "a pointer that a call returns": System(
        OBJECT + "struct object *get(void);\nvoid set(struct object *o) { get()->n = 5; if (o->n == 7) o->n = 8; }",
        "[calls]\nget = { pure = true }\n" + STATE + operations("set"),
        ((INVARIANT, "n == 0", REFUTED),),
    ),
    "a variable of the file through a pointer": System(
        "struct object { u32 n; };\nstatic struct object g;\nvoid set(struct object *p) { p->n = 5; }\n"
        "void see(void) { if (g.n > 10) g.n = 0; }",
        '[state]\nn = "g.n"\ninitially = "n == 0"\n' + operations("set", "see"),
        ((INVARIANT, "n == 0", REFUTED),),
    ),
    "one of two variables through a pointer": System(
        "struct object { u32 n; };\nstatic struct object g, h;\nvoid set(struct object *p) { p->n = 5; }\n"
        "void see(void) { g.n |= 1; h.n |= 2; }",
        '[state]\nn = "g.n"\nm = "h.n"\ninitially = "n == 0 && m == 0"\n' + operations("set", "see"),
        ((INVARIANT, "!(n == 5 && m == 2)", REFUTED), (INVARIANT, "n == 0 || n & 1", PROVED)),
    ),
    "bytes of the record": System(
        OBJECT
        + "void set(struct object *o) { ((u8 *)o)[1] = 1; }\nvoid see(struct object *o) { if (o->n == 9) o->n = 0; }",
        STATE + operations("set", "see"),
        ((INVARIANT, "n == 0", FALSE),),
    ),
    "the record as another one": System(
        OBJECT + "struct twin { u32 x, y; };\nvoid set(struct object *o) { ((struct twin *)o)->x = 1; }\n"
        "void see(struct object *o) { if (o->n == 9) o->n = 0; }",
        STATE + operations("set", "see"),
        ((INVARIANT, "n == 0", FALSE),),
    ),
    "the spec sees a record where the code sees a number": System(
        OBJECT + "void set(u32 *p) { *p = 5; }\nvoid see(struct object *o) { if (o->n == 3) o->n = 4; }",
        STATE + operations("set", more='names = { o = "((struct object *)p)" }') + operations("see"),
        ((INVARIANT, "n == 0", FALSE),),
    ),
    "an untyped pointer": System(
        OBJECT + "void set(void *d) { struct object *o = d; o->n = 3; }\n"
        "void see(struct object *o) { if (o->n == 9) o->n = 0; }",
        STATE + operations("set", more='names = { o = "((struct object *)d)" }') + operations("see"),
        ((INVARIANT, "n == 0", REFUTED),),
    ),
    "another member of a union": System(
        "struct object { union { u32 n; struct { u16 lo, hi; } s; } u; };\n"
        "void set(struct object *o) { o->u.s.hi = 5; }\nvoid see(struct object *o) { if (o->u.n > 9) o->u.n = 0; }",
        '[state]\nn = "o->u.n"\ninitially = "n == 0"\n' + operations("set", "see"),
        ((INVARIANT, "n == 0", REFUTED), (INVARIANT, "n == 0 || n == 0x50000", PROVED)),
    ),
    "two places that overlap": System(
        "struct object { union { u32 w; struct { u32 lo : 4, hi : 28; }; }; };\n"
        "void inc(struct object *o) { o->w++; }\nvoid low(struct object *o) { o->lo = 9; }",
        '[state]\nw = "o->w"\nlow = "o->lo"\ninitially = "w == 0"\n' + operations("inc", "low"),
        ((INVARIANT, "low == (w & 15)", PROVED), (INVARIANT, "w < 9", REFUTED)),
    ),
    "one place under two names": System(
        OBJECT + "void inc(struct object *o) { o->n++; }",
        '[state]\nn = "o->n"\nk = "o->n"\ninitially = "n == 0"\n' + operations("inc"),
        ((INVARIANT, "n == k", PROVED), (INVARIANT, "k == 0", REFUTED)),
    ),
    "memset of the whole": System(
        OBJECT + "void set(struct object *o) { memset(o, 0xff, sizeof(*o)); }",
        STATE + operations("set"),
        ((INVARIANT, "n == 0", REFUTED),),
    ),
    "memset of a part": System(
        OBJECT + "void set(struct object *o) { memset(&o->n, 1, 2); }\n"
        "void see(struct object *o) { if (o->n == 0x01010101) o->n = 0; }",
        STATE + operations("set", "see"),
        ((INVARIANT, "n == 0", FALSE),),
    ),
    "an element that the input chooses": System(
        TABLE + "void set(struct object *o, u32 i) { if (i < 4) o->a[i ^ 1] = 1; }",
        ELEMENT + operations("set"),
        ((INVARIANT, "x == 0", REFUTED),),
    ),
    "an element behind the array's end": System(
        TABLE + "void set(struct object *o, u32 i) { o->a[i] = 1; }\n"
        "void see(struct object *o) { if (o->n == 9) o->n = 0; }",
        STATE + operations("set", "see"),
        ((INVARIANT, "n == 0", OPEN),),
    ),
    "a call with the address of a part": System(
        TABLE + "void put(u32 *p);\nvoid set(struct object *o) { put(&o->a[2]); o->n = 1; }\n"
        "void see(struct object *o) { if (o->a[2] == 7) o->a[2] = 8; }",
        '[calls]\nput = { preserves = ["o->n"] }\n' + ELEMENT + operations("set", "see"),
        ((INVARIANT, "x == 0", FALSE),),
    ),
    "narrow members cut off": System(
        "struct object { u32 n : 3; u32 m : 5; };\nvoid set(struct object *o) { o->n = 8; }\n"
        "void inc(struct object *o) { o->n++; }",
        STATE + operations("set", "inc"),
        ((INVARIANT, "n <= 7", PROVED), (INVARIANT, "n <= 6", REFUTED), (REACH, "n == 8", PROVED)),
    ),
    "a counter that wraps long after": System(
        "struct object { u8 n, m; };\nvoid inc(struct object *o) { o->n++; if (o->n == 0) o->m = 1; }",
        BOTH + operations("inc"),
        ((INVARIANT, "m == 0", FALSE),),
    ),
    "128 bits": System(
        "struct object { unsigned __int128 n; };\nvoid set(struct object *o) { o->n = ((unsigned __int128)1) << 64; }",
        STATE + operations("set"),
        ((INVARIANT, "n == 0", REFUTED), (INVARIANT, "!(u64)n", PROVED)),
    ),
}

BOUNDS = {
    "a loop past its bound": System(
        OBJECT + "void run(struct object *o, u32 k) { u32 i; for (i = 0; i < k; i++) o->m++; o->n = k > 50; }",
        BOTH + operations("run"),
        ((INVARIANT, "n == 0", OPEN), (STEP, "new.n == 0", OPEN), (REACH, "n == 1", OPEN), (REACH, "m == 2", REFUTED)),
    ),
    "a loop past its bound from where it begins": System(
        OBJECT + "void run(struct object *o) { while (1) { if (o->n > 60) break; o->n++; } o->m = 1; }",
        BOTH + operations("run"),
        ((INVARIANT, "m == 0", OPEN), (REACH, "n == 61", OPEN)),
    ),
    "a shift out of range beside one that isn't": System(
        OBJECT + "void shift(struct object *o, u32 k) { o->n = 1u << k; }",
        STATE + operations("shift"),
        ((INVARIANT, "n != 3", OPEN), (REACH, "n == 0x80000000", REFUTED), (REACH, "n == 2", REFUTED)),
    ),
    "what isn't initialised": System(
        OBJECT + "void set(struct object *o) { u32 x; o->n = x & 1; }",
        STATE + operations("set"),
        ((INVARIANT, "n == 0", OPEN),),
    ),
    "histories that are longer than looked for": System(
        OBJECT + "void make(struct object *o) { o->n = 0; }\nvoid up(struct object *o) { if (o->n < 9) o->n++; }",
        LATE,
        (
            (INVARIANT, "n < 9", FALSE),
            (INVARIANT, "n < 3", FALSE),
            (STEP, "new.n != 4", FALSE),
            (REACH, "n == 3", FALSE),
        ),
    ),
    "a claim that isn't defined": System(
        RING + "void turn(struct ring *r) { r->a = r->b; r->b = r->c; r->c = r->c & r->c; }\n"
        "void swap(struct ring *r) { u32 a = r->a; r->a = r->c; r->c = a; }",
        '[state]\na = "r->a"\nb = "r->b"\nc = "r->c"\ninitially = "a == 0 && b == 0 && c == 0"\n'
        + operations("turn", "swap"),
        ((STEP, "a != 7 && 1 / a != 99", OPEN), (INVARIANT, "1 << (a + 31)", OPEN)),
    ),
    "a NULL pointer that is written through": System(
        OBJECT + "void set(struct object *o) { o->n = 1; if (!o) o->n = 9; }",
        STATE + operations("set"),
        ((INVARIANT, "n != 9", TRUE),),
    ),
    "a number that is no NULL pointer yet": System(
        OBJECT + "void set(struct object *o, u64 base) { struct object *p = (struct object *)(base + 0x100000);"
        " p->n = base < 4096 ? 5 : o->n; }",
        STATE + operations("set"),
        ((INVARIANT, "n == 0", FALSE),),
    ),
    "a NULL pointer that isn't": System(
        OBJECT + "void set(struct object *o, struct object *p) { o->n = p ? p->m & 1 : 9; }",
        STATE + operations("set"),
        ((INVARIANT, "n != 9", REFUTED), (INVARIANT, "n < 2 || n == 9", PROVED)),
    ),
}

STAYS = {
    "where variables are": System(
        POINTER + "static u32 g, h;\nvoid one(struct object *o) { o->p = (u64)&g; }\n"
        "void two(struct object *o) { if (o->p == (u64)&h) o->n = 1; }",
        POINTED + operations("one", "two"),
        ((INVARIANT, "n == 0", PROVED),),
    ),
    "where functions are": System(
        "typedef void (*act)(void);\nstruct object { u32 n; act p; };\nstatic void f(void) {}\nstatic void g(void) {}\n"
        "void one(struct object *o) { o->p = f; }\nvoid two(struct object *o) { if (o->p == g) o->n = 1; }",
        POINTED + operations("one", "two"),
        ((INVARIANT, "n == 0", PROVED),),
    ),
    "where a variable is, in each step": System(
        POINTER
        + "static u32 g;\nvoid set(struct object *o) { if (o->p && o->p != (u64)&g) o->n = 1; o->p = (u64)&g; }",
        POINTED + operations("set"),
        ((INVARIANT, "n == 0", PROVED),),
    ),
    "where a local variable is, doesn't": System(
        POINTER + "void set(struct object *o) { int x = 0; if (o->p && o->p != (u64)&x) o->n = 1; o->p = (u64)&x; }",
        POINTED + operations("set"),
        ((INVARIANT, "n == 0", REFUTED),),
    ),
    "what a call returns, doesn't": System(
        POINTER + "void *get(void);\nvoid set(struct object *o) { u64 q = (u64)get(); if (o->p && o->p != q) o->n = 1;"
        " o->p = q; }",
        '[calls]\nget = { preserves = ["n", "p"] }\n' + POINTED + operations("set"),
        ((INVARIANT, "n == 0", REFUTED),),
    ),
    "the configuration": System(
        OBJECT + "void set(struct object *o) { o->n |= IS_ENABLED(CONFIG_A) ? 1 : 2; }",
        STATE + operations("set"),
        ((INVARIANT, "n != 3", PROVED), (INVARIANT, "n != 1", REFUTED), (INVARIANT, "n != 2", REFUTED)),
    ),
    "what a record of constants holds": System(
        "struct row { u32 k, v; };\nstatic const struct row tab[2] = { { 1, 2 }, { 2, 1 } };\n"
        + OBJECT
        + "void set(struct object *o, u32 i) { if (i < 2) o->n = tab[i].v; }",
        STATE + operations("set"),
        ((INVARIANT, "n <= 2", TRUE),),
    ),
    "what a pointer to constants leads to": System(
        ROW + "static const struct row g = { 1 }, h = { 2 };\n"
        "void set(struct object *o, u32 x) { o->p = x ? &g : &h; }\n"
        "void get(struct object *o) { if (o->p) o->n = o->p->k; }",
        POINTED + operations("set", "get"),
        ((INVARIANT, "n <= 2", TRUE), (INVARIANT, "n == 0", FALSE)),
    ),
    "what no operation changes": System(
        "struct object { u32 n, limit; };\nvoid inc(struct object *o) { if (o->n < o->limit) o->n++; }",
        '[state]\nn = "o->n"\nlimit = "o->limit"\ninitially = "n == 0"\n' + operations("inc"),
        ((INVARIANT, "n <= limit", PROVED), (INVARIANT, "n < limit", REFUTED), (STEP, "new.limit == limit", PROVED)),
    ),
    "a constant that is defined elsewhere": System(
        OBJECT + "extern const u32 k;\nvoid one(struct object *o) { if (k == 3) o->n |= 1; }\n"
        "void two(struct object *o) { if (k == 4) o->n |= 2; }",
        STATE + operations("one", "two"),
        ((INVARIANT, "n != 3", PROVED), (INVARIANT, "n != 1", REFUTED)),
    ),
    "elements of constants": System(
        OBJECT + "extern const u32 k[4], l[4];\nvoid one(struct object *o) { o->n |= k[1] == 3 ? 1 : 2; }\n"
        "void two(struct object *o, u32 i) { if (i < 1) o->m |= l[i] == 3 ? 1 : 2; }",
        BOTH + operations("one", "two"),
        ((INVARIANT, "n != 3", PROVED), (INVARIANT, "n != 1", REFUTED), (INVARIANT, "m != 3", TRUE)),
    ),
    "a constant that hardware changes, doesn't": System(
        OBJECT + "extern const volatile u32 k;\nvoid set(struct object *o) { o->n |= k == 3 ? 1 : 2; }",
        STATE + operations("set"),
        ((INVARIANT, "n != 3", REFUTED),),
    ),
    "what a constant pointer points at, doesn't": System(
        OBJECT + "extern const u32 *k;\nvoid set(struct object *o) { o->n |= k ? 1 : 2; }",
        STATE + operations("set"),
        ((INVARIANT, "n != 3", REFUTED),),
    ),
    "what [state] doesn't name, doesn't": System(
        OBJECT + "void set(struct object *o) { static u32 k; o->n |= k ? 2 : 1; k = 1; }",
        STATE + operations("set"),
        ((INVARIANT, "n != 3", REFUTED),),
    ),
}

CLAIMS = {
    "each by the other, of which one is wrong": System(
        OBJECT
        + "void mix(struct object *o) { if (o->n) o->m = 1; o->n = o->m; }\nvoid set(struct object *o) { o->m = 1; }",
        BOTH + operations("mix", "set"),
        ((INVARIANT, "n == 0", REFUTED), (INVARIANT, "m == 0", REFUTED)),
    ),
    "each by the other, of which one isn't so initially": System(
        OBJECT + "void mix(struct object *o) { o->n = o->m ? 5 : o->n; o->m = o->n ? 5 : o->m; }",
        '[state]\nn = "o->n"\nm = "o->m"\ninitially = "n == 0"\n' + operations("mix"),
        ((INVARIANT, "n == 0", REFUTED), (INVARIANT, "m == 0", REFUTED)),
    ),
    "each by the other": System(
        OBJECT + "void mix(struct object *o) { o->n = o->m ? 5 : o->n; o->m = o->n ? 5 : o->m; }",
        BOTH + operations("mix"),
        ((INVARIANT, "n == 0", PROVED), (INVARIANT, "m == 0", PROVED)),
    ),
    "false beside true": System(
        OBJECT + "void inc(struct object *o) { if (o->n < 7) o->n++; }",
        STATE + operations("inc"),
        ((INVARIANT, "0", REFUTED), (INVARIANT, "n <= 7", PROVED), (INVARIANT, "1", PROVED)),
    ),
    "what a comment leaves": System(
        OBJECT + "void set(struct object *o) { o->n = 1; o->m = 2; }",
        BOTH + operations("set"),
        ((INVARIANT, "n <= 1 // and\n && m == 0", REFUTED), (INVARIANT, "n <= 1 // and && m == 0", PROVED)),
    ),
    "the same, the other way round": System(
        OBJECT + "void set(struct object *o) { o->n = 1; o->m = 2; }",
        BOTH + operations("set"),
        ((INVARIANT, "n <= 1 // and && m == 0", PROVED), (INVARIANT, "n <= 1 // and\n && m == 0", REFUTED)),
    ),
    "a goal with a comment": System(
        OBJECT + "void set(struct object *o) { o->n = 1; o->m = 2; }",
        BOTH.replace('m == 0"', 'm == 0 // both"') + operations("set"),
        ((REACH, "n == 1 // so", REFUTED), (STEP, "new.n == 0 // not", REFUTED)),
    ),
    "implications": System(
        OBJECT + "void set(struct object *o) { o->n = 1; o->m = 2; }",
        BOTH + operations("set"),
        ((INVARIANT, "n == 1 ==> m == 2", PROVED), (REACH, "n == 1 ==> m == 3", REFUTED)),
    ),
    "after each first step, not before": System(
        OBJECT + "int make(struct object *o) { o->n = 1; o->m++; return 0; }\n"
        "void inc(struct object *o) { if (o->n < 3) o->n++; }",
        BOTH + operations("make", more="first = true") + operations("inc"),
        ((INVARIANT, "n != 0", PROVED), (INVARIANT, "m == 1", PROVED), (REACH, "n == 0", PROVED), (STEP, "n", PROVED)),
    ),
    "one entry, two operations": System(
        OBJECT + "void act(struct object *o, u32 x) { if (x) o->n++; else o->n = 0; }",
        STATE + '[[operation]]\nname = "up"\nentry = "act"\nassume = "x && n < 3"\n'
        '[[operation]]\nname = "zero"\nentry = "act"\nassume = "!x"\n',
        ((INVARIANT, "n <= 3", PROVED), (INVARIANT, "n <= 2", REFUTED), (STEP, "x ==> new.n == n + 1", PROVED)),
    ),
    "an operation that never happens": System(
        OBJECT + "void set(struct object *o) { o->n = 9; }\nvoid nop(struct object *o) { if (o->n > 100) o->n = 0; }",
        STATE + operations("set", more='assume = "n == 50"') + operations("nop"),
        ((INVARIANT, "n <= 3", PROVED), (STEP, "new.n == n", PROVED)),
    ),
    "the sign of what is compared": System(
        "struct object { int n; u32 m; };\nvoid set(struct object *o) { if (o->n < o->m) o->m = 7; else o->n = -1; }\n"
        "void one(struct object *o) { o->m = 1; }",
        BOTH + operations("set"),
        ((INVARIANT, "m == 0", PROVED), (INVARIANT, "n >= 0", REFUTED), (STEP, "n == -1 ==> new.n == -1", PROVED)),
    ),
    "a warning in a helper": System(
        OBJECT + "static void look(u32 v) { WARN_ON(v > 2); }\n"
        "void inc(struct object *o) { look(o->n); if (o->n < 3) o->n++; }",
        STATE + operations("inc"),
        ((STEP, "!new.warned", REFUTED), (STEP, "new.warned <==> n > 2", PROVED)),
    ),
}

PANIC = "void panic(void) __attribute__((noreturn));\n"
READ = "u32 get(struct object *o) { return o->n; }"
ENDS = {
    "nothing follows a panic": System(
        OBJECT + PANIC + "void set(struct object *o, u32 x) { o->n = x; if (x > 5) panic(); }\n" + READ,
        '[calls]\npanic = { preserves = ["n"] }\n' + STATE + operations("set", "get"),
        ((STEP, "n <= 5", TRUE), (STEP, "n <= 4", REFUTED), (INVARIANT, "n <= 5", REFUTED)),
    ),
    "nothing follows BUG()": System(
        OBJECT + "void set(struct object *o, u32 x) { o->n = x; BUG_ON(x > 5); }\n" + READ,
        STATE + operations("set", "get"),
        ((STEP, "n <= 5", TRUE), (STEP, "n <= 4", REFUTED), (REACH, "n == 9", REFUTED)),
    ),
}

ALL = {**ENDS, **WRITES, **BOUNDS, **STAYS, **CLAIMS}


@pytest.mark.parametrize("system", ALL.values(), ids=ALL.keys())
def test_a_system(system: System, tmp_path: Path) -> None:
    found = words(system, tmp_path)
    wrong = [
        (prove, word)
        for (_, prove, right), word in zip(system.claims, found, strict=True)
        if word not in right.split("|")
    ]
    assert not wrong


def words(system: System, folder: Path) -> list[str]:
    """The words of the verdicts."""
    (folder / "code.c").write_text(system.code + "\n")
    parts = [f'[code]\nnew = "code.c"\n{system.tables}']
    for number, (kind, prove, _) in enumerate(system.claims):
        key = "goal" if kind == REACH else "prove"
        parts.append(f"[[{kind}]]\nname = \"claim{number}\"\n{key} = '''{prove}'''\n")
    (folder / "spec.toml").write_text("".join(parts))
    by_name = {c.claim: c.word for c in check(str(folder), (), Options(timeout=10)).claims}
    return [by_name[f"claim{number}"] for number in range(len(system.claims))]


@pytest.mark.parametrize("word", ["ret", "new", "same", "2n"])
def test_a_word_that_no_name_of_an_operation_may_be(word: str, tmp_path: Path) -> None:
    code = OBJECT + "int set(struct object *o) { o->n = 1; return 1; }"
    tables = STATE + operations("set", more=f'names = {{ {word} = "o->m" }}')
    with pytest.raises(InputError, match=f"`{word}` can't be a name of operation set"):
        words(System(code, tables, ((STEP, "new.ret == 0", FALSE),)), tmp_path)
