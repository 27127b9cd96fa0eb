"""What `diff` compares by name, and what it must name all the same (docs/diff.md, "What is compared by name")."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify import Options
from verify.changes.diff import diff
from verify.changes.pair import Comparison
from verify.source.text import Source
from verify.syntax.generated import parts_of, uses_in

ASSUMING = "same under assumptions"


def compared(folder: Path, old: str, new: str, header: tuple[str, str] = ("", "")) -> Comparison:
    """`f` in both versions; each text may use its own header."""
    for side, text, included in (("old", old, header[0]), ("new", new, header[1])):
        (folder / side).mkdir(exist_ok=True)
        (folder / side / "h.h").write_text(included)
        (folder / side / "f.c").write_text('#include "h.h"\n' + text)
    (only,) = diff(str(folder / "old"), str(folder / "new"), ("f",), options=Options())
    return only.comparison


RECORDS = """struct in {{ u32 x; struct in *next; }};
struct r {{ {0} u32 a; struct in in; struct in many[4]; }};
struct gone;
struct dark {{ struct gone g; u32 a; struct in in; }};
extern u32 k(struct in *p);
extern void bytes(void *p, u32 n);
extern void log_it(u64 x);
extern struct in *head;
extern u64 total;
"""
BY_NAME = [
    "p->in.x = n; return k(&p->in);",
    "return k(&p->many[n & 3]);",
    "head = &p->in; return 0;",
    "return container_of(head, struct r, in)->a;",
    "return head == &p->in;",
    "k(&q->in); return q->a;",
    "return sizeof(u32) + sizeof(p->a);",
]
AS_NUMBERS = [
    "return sizeof(*p);",
    "total = offsetof(struct r, in); return 0;",
    "log_it((u64)&p->in); return 0;",
    "if (sizeof(struct r) > 64) n++; return n;",
    "bytes(p, 8); return 0;",
    "bytes(&p->in, sizeof(*p)); return 0;",
    "return (void *)p == (void *)&p->in;",
    "return ((u64)&p->in & 7) == 0;",
    "switch (sizeof(*q)) { case 8: return 1; default: return 2; }",
]


def laid_out(folder: Path, body: str) -> Comparison:
    text = RECORDS + "u32 f(struct r *p, struct dark *q, u32 n) {{ {1} }}\n"
    return compared(folder, text.format("", "n += 1;" + body), text.format("u64 first;", "n++;" + body))


@pytest.mark.parametrize("body", BY_NAME)
def test_where_members_lie_is_no_assumption(body: str, tmp_path: Path) -> None:
    found = laid_out(tmp_path, body)
    assert (found.verdict, found.reasons) == ("same", ())


@pytest.mark.parametrize("body", AS_NUMBERS)
def test_a_layout_that_is_a_number_is_named(body: str, tmp_path: Path) -> None:
    found = laid_out(tmp_path, body)
    assert found.verdict == ASSUMING
    assert any("layout" in reason for reason in found.reasons), found.reasons


LOOP = "u32 i, t = 0; for (i = 0; i < n; i++) t += other(i); return t;"


def test_a_quiet_callee_that_differs_is_named(tmp_path: Path) -> None:
    """Both versions ask it, but it may answer otherwise."""
    head = "extern u32 other(u32 x);\nstruct s {{ u32 a[9]; }};\nstatic u32 asks(struct s *p, u32 n) {{ u32 i, t = {0}; for (i = 0; i < n; i++) t += p->a[i & 7]; return t; }}\n"
    body = "u32 f(struct s *p, u32 n) {{ return asks(p, n){1}; }}\n"
    found = compared(tmp_path, (head + body).format("0", " * 2"), (head + body).format("1", " << 1"))
    assert found.verdict != "same"
    assert found.verdict != ASSUMING or any("asks() (although its code differs)" in r for r in found.reasons)
    found = compared(tmp_path, (head + body).format("0", " * 2"), (head + body).format("0", " << 1"))
    assert (found.verdict, found.reasons) == ("same", ())


def test_a_callee_that_is_proved_to_be_the_same_is_no_assumption(tmp_path: Path) -> None:
    head = "extern u32 other(u32 x);\nstatic u32 g(u32 n) {{ u32 i, t = {0}; for (i = 0; i < n; i++) t += other(i); return t; }}\n"
    body = "u32 f(u32 n) {{ return g(n){1}; }}\n"
    found = compared(tmp_path, (head + body).format("0", " * 2"), (head + body).format("(1 - 1)", " << 1"))
    assert (found.verdict, found.reasons) == ("same", ())
    found = compared(tmp_path, (head + body).format("0", " * 2"), (head + body).format("1", " << 1"))
    assert found.verdict != "same"


def test_a_function_whose_address_is_passed_on_is_named_if_it_differs(tmp_path: Path) -> None:
    head = "extern u32 reg(u32 (*cb)(u32));\nstatic u32 cb(u32 x) {{ return x + {0}; }}\n"
    body = "u32 f(u32 n) {{ return reg(cb){1}; }}\n"
    found = compared(tmp_path, (head + body).format("0", " * 2"), (head + body).format("1", " << 1"))
    assert found.verdict == ASSUMING
    assert "cb() (although its code differs)" in found.reasons[0]
    found = compared(tmp_path, (head + body).format("2", " * 2"), (head + body).format("1 + 1", " << 1"))
    assert (found.verdict, found.reasons) == ("same", ())


def test_functions_that_call_each_other_do_not_prove_each_other(tmp_path: Path) -> None:
    head = """extern u32 other(u32 x);
static u32 odd(u32 n);
static u32 even(u32 n) {{ u32 i; for (i = 0; i < n; i++) other(i); return n ? odd(n - 1) : {0}; }}
static u32 odd(u32 n) {{ u32 i; for (i = 0; i < n; i++) other(i); return n ? even(n - 1) : 0; }}
"""
    body = "u32 f(u32 n) {{ return even(n){1}; }}\n"
    found = compared(tmp_path, (head + body).format("1", " * 2"), (head + body).format("2", " << 1"))
    assert found.verdict != "same"


MAKER = """extern u32 raw(u32 reg);
#define GETTER(name, reg) static inline u32 get_##name(void) {{ return raw(reg) + {0}; }}
GETTER(left, 3)
#ifdef CONFIG_A
GETTER(right, 4)
#endif
"""


def test_a_function_that_a_macro_makes_is_read(tmp_path: Path) -> None:
    body = "u32 f(u32 n) { return get_left() * 2; }\n", "u32 f(u32 n) { return get_left() << 1; }\n"
    one, other = MAKER.format(0), MAKER.format(1)
    found = compared(tmp_path, *body, (one, one))
    assert (found.verdict, found.reasons) == ("same", ())
    found = compared(tmp_path, *body, (one, other))
    assert found.verdict == ASSUMING and "get_left() (although its code differs)" in found.reasons[0]
    looked_into = "u32 f(u32 n) { return get_left(); }\n", "u32 f(u32 n) { return raw(3); }\n"
    assert compared(tmp_path, *looked_into, (one, one)).verdict == "same"
    assert compared(tmp_path, *looked_into, (other, other)).verdict == "changed"


def test_a_function_that_a_macro_makes_under_a_condition(tmp_path: Path) -> None:
    body = "u32 f(u32 n) { return get_right() * 2; }\n", "u32 f(u32 n) { return raw(4) << 1; }\n"
    one = MAKER.format(0)
    assert compared(tmp_path, *body, (one, one)).verdict in ("changed", "may differ", "unsupported")


def test_what_macros_make_counts_where_it_is_used_by_others(tmp_path: Path) -> None:
    """No text of `g` differs, but what get_left() is."""
    text = "static u32 g(u32 n) {{ u32 i; for (i = 0; i < n; i++) get_left(); return n; }}\nu32 f(u32 n) {{ return g(n){0}; }}\n"
    one, other = MAKER.format(0), MAKER.format(1)
    found = compared(tmp_path, text.format(" * 2"), text.format(" << 1"), (one, other))
    assert found.verdict != "same"
    found = compared(tmp_path, text.format(" * 2"), text.format(" << 1"), (one, one))
    assert (found.verdict, found.reasons) == ("same", ())


def test_trace_events_and_static_calls_are_calls(tmp_path: Path) -> None:
    head = "TRACE_EVENT(seen, TP_PROTO(u32 what, u64 much), TP_ARGS(what, much), x)\n"
    old = "u32 f(u32 n) { trace_seen(n, 1); return static_call(op)(n); }\n"
    new = "u32 f(u32 n) { u32 m = n; trace_seen(m, 1); return static_call_cond(op)(m); }\n"
    found = compared(tmp_path, old, new, (head, head))
    assert (found.verdict, found.reasons) == ("same", ())
    found = compared(tmp_path, old, new.replace("m, 1", "m, 2"), (head, head))
    assert found.verdict == "changed"


def test_a_name_that_nothing_declares_is_still_named(tmp_path: Path) -> None:
    found = compared(tmp_path, "u32 f(u32 n) { set(n); return n * 2; }\n", "u32 f(u32 n) { set(n); return n << 1; }\n")
    assert found.verdict == ASSUMING
    assert (
        "set() is a function, not a macro, and has the same type everywhere: nothing that was read declares it"
        in found.reasons
    )


def test_a_macro_that_makes_what_is_called_is_looked_for(tmp_path: Path) -> None:
    """However little was read before: `ops(get)(n)` is a call of what the header's macro makes of it."""
    head = "extern u32 do_get(u32 x);\n#define ops(name) do_##name\n"
    old, new = "u32 f(u32 n) { return ops(get)(n) * 2; }\n", "u32 f(u32 n) { return do_get(n) << 1; }\n"
    assert compared(tmp_path, old, new, (head, head)).verdict == "same"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("get_left", ["get_left", "left", "get"]),
        ("a_b_c", ["a_b_c", "a_b", "b_c", "a", "b", "c"]),
        ("PageReserved", ["PageReserved", "Reserved", "Page"]),
        ("__x", ["__x", "_x", "x"]),
        ("alone", ["alone"]),
    ],
)
def test_the_parts_that_a_name_may_be_made_of(name: str, parts: list[str]) -> None:
    assert list(dict.fromkeys(parts_of(name))) == parts


def test_uses_of_macros_at_the_beginning_of_lines() -> None:
    text = 'A(x, y)\nB(one, f(a, b), "c,)" /* , */, { 1, 2 }) int z;\n\tC(in)\nstatic d(e)\nE(open\n'
    found = [(u.macro, u.arguments) for u in uses_in(Source("x", text).text)]
    assert found == [("A", ("x", "y")), ("B", ("one", "f(a, b)", '"c,)"', "{ 1, 2 }")), ("d", ("e",))]
