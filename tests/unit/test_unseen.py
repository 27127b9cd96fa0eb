"""Differences between the texts of two versions that no execution shows: each is named, and none that isn't there."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify import Options
from verify.changes.diff import diff

HEAD = """typedef unsigned int u32;
int work(int i);
int trace(const char *who, unsigned long from);
extern int table[4];
"""
ELSEWHERE = "int f(int n)\n{{\n{}\n\treturn work(n);\n#else\n\treturn work({});\n#endif\n}}\n"
LOOP = "int f(int n) {{ for (int i = 0; i < 3; i++) {{ work(i); {} }} {} return work(n); }}\n"
OTHER = "#ifdef CONFIG_64BIT\nint f(int n) {{ return {}; }}\n#else\nint f(int n) {{ return {}; }}\n#endif\n"
MACRO = "#ifdef CONFIG_64BIT\n#define K 1\n#else\n#define K {}\n#endif\nint f(int n) {{ return K; }}\n"
PLUS = "int f(int n)\n{{\n#ifdef __cplusplus\n\treturn {};\n#endif\n\treturn n;\n}}\n"
X86 = "that the machine is x86-64: code under `#if {}` isn't compared"
MOVED = "that `{}` moved into or out of a function doesn't matter"
NOTHING = "`{}()` counts for nothing here"

NAMED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    **{
        f"code behind {test}": (ELSEWHERE.format(test, 2), ELSEWHERE.format(test, 3), (X86.format(condition),))
        for test, condition in (
            ("#ifdef CONFIG_64BIT", "!defined(CONFIG_64BIT)"),
            ("#ifndef CONFIG_X86_32", "defined(CONFIG_X86_32)"),
            ("#if BITS_PER_LONG == 64", "!(BITS_PER_LONG == 64)"),
            ("#ifdef __LITTLE_ENDIAN", "!defined(__LITTLE_ENDIAN)"),
        )
    },
    "code that is new for another machine": (
        "int f(int n)\n{\n\treturn work(n);\n}\n",
        "int f(int n)\n{\n#ifdef CONFIG_X86_32\n\twork(0);\n#endif\n\treturn work(n);\n}\n",
        (X86.format("defined(CONFIG_X86_32)"),),
    ),
    "a function of another machine": (
        OTHER.format("n + 1", "1"), OTHER.format("1 + n", "2"),
        (X86.format("!defined(CONFIG_64BIT)"),),
    ),
    "a macro of another machine": (
        MACRO.format(2), MACRO.format(3),
        (X86.format("!defined(CONFIG_64BIT)"),),
    ),
    "a call that is gone": (LOOP.format("cond_resched();", ""), LOOP.format("", ""), (NOTHING.format("cond_resched"),)),
    "a call that left a loop": (
        LOOP.format("cond_resched();", ""), LOOP.format("", "cond_resched();"), (NOTHING.format("cond_resched"),)
    ),
    "calls in another order": (
        LOOP.format("", "barrier(); might_sleep();"), LOOP.format("", "might_sleep(); barrier();"),
        (NOTHING.format("barrier"), NOTHING.format("might_sleep")),
    ),
    "a call that a macro makes": (
        "#define W(i) do { might_sleep(); work(i); } while (0)\nint f(int n) { W(n); return 0; }\n",
        "#define W(i) do { work(i); } while (0)\nint f(int n) { W(n); return 0; }\n",
        (NOTHING.format("might_sleep"),),
    ),
    "speculation": (
        "int f(u32 i) { if (i >= 4) return 0; i = array_index_nospec(i, 4); return table[i]; }\n",
        "int f(u32 i) { if (i >= 4) return 0; return table[i]; }\n",
        ("`array_index_nospec()` counts for its value only",),
    ),
    "a function's name that moves into another": (
        "int f(int n) { trace(__func__, _RET_IP_); return n; }\n",
        "static void note(void) { trace(__func__, _RET_IP_); }\nint f(int n) { note(); return n; }\n",
        (MOVED.format("_RET_IP_"), MOVED.format("__func__")),
    ),
    "a function's name in another function": (
        "static void one(void) { trace(__func__, 0); }\nint f(int n) { one(); return n; }\n",
        "static void two(void) { trace(__func__, 0); }\nint f(int n) { two(); return n; }\n",
        ("`one` was renamed to `two`",),
    ),
    "a function's name that a macro takes along": (
        "#define T() trace(__func__, 0)\nint f(int n) { T(); return n; }\n",
        "#define T() trace(__func__, 0)\nstatic void note(void) { T(); }\nint f(int n) { note(); return n; }\n",
        (MOVED.format("__func__"),),
    ),
    "the place in the file, through a macro": (
        "#define T() work(__LINE__)\nint f(int n) { return T() + n; }\n",
        "#define T() work(__LINE__)\nint f(int n) { return (T() + n); }\n",
        ("that `__LINE__` may mean something else in the new version doesn't matter",),
    ),
}  # fmt: skip

SAME: dict[str, tuple[str, str]] = {
    "other machines' code that is the same": (
        ELSEWHERE.format("#ifdef CONFIG_64BIT", 2), ELSEWHERE.format("#ifdef CONFIG_64BIT", 2).replace("work(n)", "work(n + 0)")
    ),
    "a comment in other machines' code": (
        ELSEWHERE.format("#ifdef CONFIG_64BIT", 2), ELSEWHERE.format("#ifdef CONFIG_64BIT", "/* two */ 2"),
    ),
    "code for C++": (PLUS.format(1), PLUS.format(2)),
    "calls that stay": (
        "int f(int n) { might_sleep(); if (n) { barrier(); return work(n); } return 0; }\n",
        "int f(int n) { might_sleep(); if (!n) return 0; barrier(); return work(n); }\n",
    ),
    "a call that moves into a new function": (
        "int f(int n) { might_sleep(); return work(n); }\n",
        "static int do_f(int n) { might_sleep(); return work(n); }\nint f(int n) { return do_f(n); }\n",
    ),
    "a function's name that stays": (
        "int f(int n) { trace(__func__, 0); return n + 1; }\n", "int f(int n) { trace(__func__, 0); return 1 + n; }\n"
    ),
    "checks at compile time": (
        "int f(int n) { return n; }\n", "int f(int n) { BUILD_BUG_ON(sizeof(n) != 4); return n; }\n"
    ),
}  # fmt: skip


def _compared(folder: Path, old: str, new: str) -> tuple[str, tuple[str, ...]]:
    for name, text in (("old", old), ("new", new)):
        (folder / name).mkdir()
        (folder / name / "f.c").write_text(HEAD + text)
    (change,) = diff(str(folder / "old"), str(folder / "new"), ("f",), options=Options(timeout=20))
    return change.comparison.verdict, change.comparison.reasons


def test_what_the_compiler_defines_is_no_new_name(tmp_path: Path) -> None:
    old, new = (f"int f(int n) {{ return trace({word}, 0); }}\n" for word in ("__func__", "__FILE__"))
    verdict, reasons = _compared(tmp_path, old, new)
    assert not verdict.startswith("same") and not any("renamed" in reason for reason in reasons)


@pytest.mark.parametrize("name", NAMED)
def test_what_is_not_executed_is_named(name: str, tmp_path: Path) -> None:
    old, new, reasons = NAMED[name]
    verdict, found = _compared(tmp_path, old, new)
    assert verdict == "same under assumptions"
    assert set(reasons) <= set(found)


@pytest.mark.parametrize("name", SAME)
def test_nothing_is_named_that_is_the_same(name: str, tmp_path: Path) -> None:
    assert _compared(tmp_path, *SAME[name]) == ("same", ())
