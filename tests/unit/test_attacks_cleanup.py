"""Variables that are cleaned up where their scope is left (GNU's attribute), as guard(), CLASS() and __free() declare.

What a pair does is also seen by compiling it and logging the calls.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.attacks import ASSUMING, HEAD, OPEN, Attack, never_changed, never_the_same

WORDS = """#define __cleanup(f) __attribute__((__cleanup__(f)))
#define CLASS(_name, var) \\
    class_##_name##_t var __cleanup(class_##_name##_destructor) = class_##_name##_constructor
#define guard(_name) CLASS(_name, __UNIQUE_ID(guard))
#define __free(_name) __cleanup(__free_##_name)
#define hold(p) guard(mutex)(&(p)->m)
struct mutex { int v; };
struct d { int v; struct mutex m; int w; };
typedef struct mutex *class_mutex_t;
extern void mutex_lock(struct mutex *m);
extern void mutex_unlock(struct mutex *m);
extern void a(void);
extern void b(void);
extern void *get(u32 n);
extern void put(void *p);
extern void unlock(int **l);
static inline void undo(int **l) { unlock(l); }
#define undo(l) ((void)(l))
static inline void class_mutex_destructor(struct mutex **p) { struct mutex *_T = *p; if (_T) { mutex_unlock(_T); } }
static inline struct mutex *class_mutex_constructor(struct mutex *_T)
{ struct mutex *t = ({ mutex_lock(_T); _T; }); return t; }
static inline void __free_put(void *p) { void *_T = *(void **)p; if (_T) put(_T); }
"""
LOCK, UNLOCK = "mutex_lock(&d->m);", "mutex_unlock(&d->m);"
GUARD = "guard(mutex)(&d->m);"
RETURNS = f"{GUARD} if (x) return 1; a(); return 0;"
LEAVES = f"for (int i = 0; i < 3; i++) {{ {GUARD} if (i == x) continue; if (i == d->v) break; a(); }} b(); return 0;"
AGAIN = f"int i = 0; again: ; {GUARD} a(); if (i++ < 2) goto again; b(); return 0;"
FREED = "u8 *p __free(put) = get(x); if (!p) return -12; p[0] = 1; a(); return 0;"


class Pair(NamedTuple):
    """Two bodies of `int f(struct d *d, int x)`, and whether they do the same."""

    old: str
    new: str
    same: bool
    change: str = ""


PAIRS = {
    "an early return": Pair(RETURNS, f"{LOCK} if (x) {{ {UNLOCK} return 1; }} a(); {UNLOCK} return 0;", True, ASSUMING),
    "goto out": Pair(
        RETURNS, f"int r = 1; {LOCK} if (x) goto out; a(); r = 0; out: {UNLOCK} return r;", True, ASSUMING
    ),
    "a forgotten unlock": Pair(RETURNS, f"{LOCK} if (x) {{ return 1; }} a(); {UNLOCK} return 0;", False, "changed"),
    "a wider scope": Pair(f"{{ {GUARD} a(); }} b(); return 0;", f"{GUARD} a(); b(); return 0;", False, "changed"),
    "a value that is read before it is unlocked": Pair(
        f"{GUARD} a(); return d->v;", f"{LOCK} a(); {UNLOCK} return d->v;", False, "changed"
    ),
    "break and continue": Pair(
        LEAVES,
        f"for (int i = 0; i < 3; i++) {{ {LOCK} if (i == x) {{ {UNLOCK} continue; }} if (i == d->v) {{ {UNLOCK} break; }}"
        f" a(); {UNLOCK} }} b(); return 0;",
        True, ASSUMING,
    ),
    "a break that doesn't unlock": Pair(
        LEAVES,
        f"for (int i = 0; i < 3; i++) {{ {LOCK} if (i == x) {{ {UNLOCK} continue; }} if (i == d->v) break;"
        f" a(); {UNLOCK} }} b(); return 0;",
        False, "changed",
    ),
    "two, the last one first": Pair(
        f"struct mutex *n = get(2); if (!n) return 1; {GUARD} guard(mutex)(n); a(); return 0;",
        f"struct mutex *n = get(2); if (!n) return 1; {LOCK} mutex_lock(n); a(); mutex_unlock(n); {UNLOCK} return 0;",
        True, ASSUMING,
    ),
    "two, the first one first": Pair(
        f"struct mutex *n = get(2); if (!n) return 1; {GUARD} guard(mutex)(n); a(); return 0;",
        f"struct mutex *n = get(2); if (!n) return 1; {LOCK} mutex_lock(n); a(); {UNLOCK} mutex_unlock(n); return 0;",
        False, "changed",
    ),
    "in a switch": Pair(
        f"switch (x) {{ case 1: {{ {GUARD} a(); break; }} default: b(); }} a(); return 0;",
        f"switch (x) {{ case 1: {LOCK} a(); {UNLOCK} break; default: b(); }} a(); return 0;",
        True, ASSUMING,
    ),
    "a goto back": Pair(
        AGAIN, f"for (int i = 0; i < 3; i++) {{ {LOCK} a(); if (i == 2) b(); {UNLOCK} }} return 0;", True, ASSUMING
    ),
    "a goto back that stays locked": Pair(
        AGAIN, f"for (int i = 0; i < 3; i++) {{ {LOCK} a(); }} b(); {UNLOCK} {UNLOCK} {UNLOCK} return 0;", False, "changed"
    ),
    "__free()": Pair(
        FREED, "u8 *p = get(x); if (!p) return -12; p[0] = 1; a(); put(p); return 0;", True, ASSUMING
    ),
    "__free(), and a leak": Pair(
        FREED, "u8 *p = get(x); if (!p) return -12; p[0] = 1; a(); return 0;", False, "changed"
    ),
    "a name that is hidden": Pair(
        "int *g __attribute__((cleanup(unlock))) = &x; { int g = 3; return g; }", "int *g = &x; unlock(&g); return 3;", True
    ),
    "behind a macro": Pair("hold(d); a(); b(); return 0;", "{ hold(d); a(); } b(); return 0;", False),
    "the attribute, in a wider scope": Pair(
        "{ int *g __attribute__((cleanup(unlock))) = &x; a(); } b(); return 0;",
        "int *g __attribute__((cleanup(unlock))) = &x; a(); b(); return 0;", False, "changed",
    ),
    "the attribute, behind a comma": Pair(
        "int *g = 0, __attribute__((cleanup(unlock))) *k = &x; a(); return 0;",
        "int *g = 0, *k = &x; a(); k = 0; unlock(&g); return 0;", True,
    ),
    "the attribute, as C23 writes it": Pair(
        "int *g [[gnu::cleanup(unlock)]] = &x; a(); return 0;", "int *g = &x; a(); return 0;", False
    ),
    "a macro that is called as what cleans up": Pair(
        "int *g __attribute__((cleanup(undo))) = &x; a(); return 0;", "b(); a(); return 0;", False
    ),
}  # fmt: skip


QUIET = "static u32 q(struct d *d) { int n __attribute__((cleanup(log))) = 3; return d->v; }\n"
ATTACK = Attack(
    f"{WORDS}extern void log(int *n);\n{QUIET}u32 f(struct d *d, u32 x) {{ return x ? q(d) : q(d); }}",
    f"{WORDS}extern void log(int *n);\n{QUIET}u32 f(struct d *d, u32 x) {{ q(d); return q(d); }}", OPEN, "changed",
)  # fmt: skip
test_a_function_that_cleans_up_does_something = never_the_same({"twice": ATTACK})


BRANCHES = (
    "for (int i = 0; i < 2; i++) { %s if (x == 1) { int p = i; ext(&p); a(); } else if (x == 2) %s b(); %s } return 0;"
)
OTHER = f"{WORDS}extern void ext(int *p);\nint f(struct d *d, int x) {{ "
NAMED_ALIKE = Attack(
    OTHER + BRANCHES % (GUARD, "continue;", "") + "}",
    OTHER + BRANCHES.replace("a();", "") % (LOCK, f"{{ {UNLOCK} continue; }}", UNLOCK) + "}", OPEN, OPEN,
)  # fmt: skip
test_a_local_called_like_what_cleans_up_has = never_the_same({"a call less": NAMED_ALIKE})


def _function(body: str) -> str:
    return f"{WORDS}int f(struct d *d, int x) {{ {body} }}"


ATTACKS = {n: (p, Attack(_function(p.old), _function(p.new), OPEN, p.change or OPEN)) for n, p in PAIRS.items()}
test_never_changed = never_changed({n: attack for n, (p, attack) in ATTACKS.items() if p.same})
test_never_the_same = never_the_same({n: attack for n, (p, attack) in ATTACKS.items() if not p.same})

LOG = """#include <stdio.h>
#define __PASTE2(a, b) a##b
#define __PASTE(a, b) __PASTE2(a, b)
#define __UNIQUE_ID(p) __PASTE(__UNIQUE_ID_##p, __COUNTER__)
static struct d here; static struct mutex other; static int taken;
void mutex_lock(struct mutex *m) { printf("lock %d\\n", m == &here.m); }
void mutex_unlock(struct mutex *m) { printf("unlock %d\\n", m == &here.m); here.v = 7; }
void a(void) { puts("a"); }
void b(void) { puts("b"); }
void *get(u32 n) { printf("get %u\\n", n); return taken++ % 3 ? &other : NULL; }
void put(void *p) { puts("put"); }
void unlock(int **l) { puts("unlock"); }
int main(void) {
    for (int x = -1; x < 4; x++)
        for (here.v = 0; here.v < 3; here.v++) {
            int v = here.v;
            for (int again = 0; again < 3; again++) { here.v = v; printf("= %d\\n", f(&here, x)); }
            here.v = v;
        }
    return 0;
}
"""


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc")
@pytest.mark.parametrize("name", PAIRS)
def test_compiled_code_says_so_too(name: str, tmp_path: Path) -> None:
    pair = PAIRS[name]
    said: list[str] = []
    for body in (pair.old, pair.new):
        head, tail = LOG.split("static struct d here;", 1)
        source = tmp_path / "f.c"
        source.write_text(f"{head}{HEAD}{_function(body)}\nstatic struct d here;{tail}")
        subprocess.run(["gcc", "-w", "-o", tmp_path / "f", source], check=True)
        said.append(subprocess.run([tmp_path / "f"], check=True, capture_output=True, text=True).stdout)
    assert (said[0] == said[1]) is pair.same
