"""Functions whose code one version only has at hand, and those that are macros elsewhere: neither may be overlooked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import HEAD
from verify import Options
from verify.changes.diff import diff

IDLE = "static inline u32 q(struct s *p) { return p->b; }"
DECLARED = "extern u32 q(struct s *p);"
CALLS = "u32 f(struct s *p) { q(p); return p->a; }"
CALLS_NOT = "u32 f(struct s *p) { return p->a; }"
THROUGH = "static u32 z(struct s *p) { return q(p); }\n"
FUNCTION = "#ifdef CONFIG_X\nstatic u32 q(u32 a) { return a; }\n#endif\n"
DECLARATION = "#ifdef CONFIG_X\nextern u32 q(u32 a);\n#endif\n"
ONE, TWO = "#ifndef CONFIG_X\n#define q(a) 1\n#endif\n", "#ifndef CONFIG_X\n#define q(a) 2\n#endif\n"
ACTS = "#ifdef CONFIG_X\n#define q(a) 1\n#endif\n"
RETURNS = "u32 f(u32 a) { return q(a); }"
NESTED, STORED = "u32 f(u32 a) { return q(g(a)); }", "u32 f(u32 a) { u32 b = g(a); return q(b); }"
# The code of both versions, and their headers linux/k.h.
DIFFERENT = {
    "changes nothing in the version that doesn't call it": ((CALLS_NOT, IDLE), (CALLS, DECLARED)),
    "the same the other way round": ((CALLS, DECLARED), (CALLS_NOT, IDLE)),
    "the same behind a callee": ((THROUGH + CALLS_NOT, IDLE), (THROUGH + CALLS.replace("q(", "z("), DECLARED)),
    "its value is used": (
        ("u32 f(struct s *p) { u32 r = q(p); return p->a + r; }", IDLE),
        ("u32 f(struct s *p) { u32 a = p->a; return a + q(p); }", IDLE.replace("return p->b", "return p->a++")),
    ),
    "a function here, another macro there": ((FUNCTION + RETURNS, ONE), (FUNCTION + RETURNS, TWO)),
    "declared here, another macro there": ((DECLARATION + RETURNS, ONE), (DECLARATION + RETURNS, TWO)),
    "a function here, a macro there": ((FUNCTION + NESTED, ONE), (FUNCTION + STORED, ONE)),
    "declared here, a macro there": ((DECLARATION + NESTED, ONE), (DECLARATION + STORED, ONE)),
    "declared on no condition": ((DECLARATION.split("\n")[1] + NESTED, ACTS), (DECLARATION.split("\n")[1] + STORED, ACTS)),
    "a constant here, another macro there": (
        ("enum { Q = 1 };\nu32 f(void) { return Q; }", "#ifdef CONFIG_X\n#define Q 1\n#endif"),
        ("enum { Q = 1 };\nu32 f(void) { return Q; }", "#ifdef CONFIG_X\n#define Q 2\n#endif"),
    ),
    "a macro here, another one there": (
        ("#define Q 1\n#include <linux/k.h>\nu32 f(void) { return Q; }", "#ifdef CONFIG_X\n#undef Q\n#define Q 1\n#endif"),
        ("#define Q 1\n#include <linux/k.h>\nu32 f(void) { return Q; }", "#ifdef CONFIG_X\n#undef Q\n#define Q 2\n#endif"),
    ),
    "a callee that is proved the same, and a macro": (
        ("#define Q(a) R(a)\nstatic u32 R(u32 a) { return 1; }\nu32 f(u32 a) { return Q(a); }", "#ifdef CONFIG_X\n#define R(a) 1\n#endif"),
        ("#define Q(a) R(a)\nstatic u32 R(u32 a) { return 1; }\nu32 f(u32 a) { return Q(a); }", "#ifdef CONFIG_X\n#define R(a) 2\n#endif"),
    ),
    "declared here, with a body elsewhere": (
        ('#include "l.h"\nextern u32 q(u32 a);\nu32 f(u32 a) { return q(a); }\n// l.h\nu32 q(u32 a) { return 1; }', ""),
        ('#include "l.h"\nextern u32 q(u32 a);\nu32 f(u32 a) { return q(a); }\n// l.h\nu32 q(u32 a) { return 2; }', ""),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENT)
def test_it_is_not_the_same(name: str, tmp_path: Path) -> None:
    for version, (code, header) in zip(("old", "new"), DIFFERENT[name], strict=True):
        (tmp_path / version / "include" / "linux").mkdir(parents=True)
        code, _, own = code.partition("\n// l.h\n")
        (tmp_path / version / "f.c").write_text(f"{HEAD}#include <linux/k.h>\n{code}\n")
        (tmp_path / version / "l.h").write_text(f"{own}\n")
        (tmp_path / version / "include" / "linux" / "k.h").write_text(f"{header}\n")
    (change,) = diff(str(tmp_path / "old"), str(tmp_path / "new"), ("f",), options=Options(timeout=20))
    verdict, reasons = change.comparison.verdict, change.comparison.reasons
    assert verdict != "same"
    assert verdict != "same under assumptions" or any("although" in reason for reason in reasons)
