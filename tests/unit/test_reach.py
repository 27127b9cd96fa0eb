"""What lets `diff` decide where it can't look: code in doubt, loops, CONFIG symbols, macros that declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify import Options
from verify.changes.diff import Change, diff
from verify.claims.quiet import Quiet
from verify.errors import UnsupportedC
from verify.execution.executor import Executor
from verify.execution.memory import Setting
from verify.source.text import Source
from verify.syntax.conditions import decided, undecided_symbols
from verify.syntax.ctypes import ArrayOf, RecordType
from verify.syntax.definitions import Definitions
from verify.syntax.index import index_file
from verify.syntax.types import Types

HEAD = """
typedef unsigned int u32;
typedef unsigned long long u64;
struct s { u32 a; u32 b; u32 arr[8]; u32 *left; };
extern u32 g(u32 x);
extern void h(u32 *p);
"""


def change(folder: Path, old: str, new: str, head: str = "") -> Change:
    """What `diff` finds about `f`."""
    for name, text in (("old", old), ("new", new)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "f.c").write_text(HEAD + head + text)
    (only,) = diff(str(folder / "old"), str(folder / "new"), ("f",), options=Options())
    return only


def f(body: str) -> str:
    return "u32 f(struct s *p, u32 n)\n{\n" + body + "\n}\n"


SUM = "u32 i, t = 0; for (i = 0; i < n; i++) t += p->arr[i & 7]; return t;"
TWICE = "u32 i, t = 0; for (i = 0; i < n; i++) t += p->arr[i & 7] * 2; return t;"
TURNED = "u32 i, t = 0; for (i = 0; i < n; i++) t = p->arr[i & 7] + t; return t;"


def test_loops_that_differ_within_a_few_iterations_changed(tmp_path: Path) -> None:
    found = change(tmp_path, f(SUM), f(TWICE))
    assert found.comparison.verdict == "changed"
    assert found.map is not None and not found.map.complete
    assert "a few iterations" in found.map.why


def test_loops_that_agree_within_a_few_iterations_are_not_the_same_yet(tmp_path: Path) -> None:
    later = SUM.replace("t += p->arr[i & 7]", "t += i == 5 ? 1 : p->arr[i & 7]")
    assert change(tmp_path, f(SUM), f(later)).comparison.verdict == "may differ"
    assert change(tmp_path, f(SUM), f(TURNED)).comparison.verdict == "may differ"


SPLIT = "#ifdef CONFIG_A\nint limit = 1;\n#else\nint limit = 2;\n#endif\n"


def test_the_cases_of_the_functions_own_ifs_decide(tmp_path: Path) -> None:
    found = change(tmp_path, f(SPLIT + "return n + limit;"), f(SPLIT + "return limit + n;")).comparison
    assert found.verdict in ("same", "same under assumptions")
    turned = SPLIT.replace("ifdef", "ifndef")
    found = change(tmp_path, f(SPLIT + "return n + limit;"), f(turned + "return n + limit;")).comparison
    assert (found.verdict, found.config) == ("changed", (("CONFIG_A", "y"),))
    assert any("CONFIG_A=y" in reason for reason in found.reasons)


LOCKS = "#ifdef CONFIG_A\n#define take(x) g(x)\n#else\n#define take(x) (x)\n#endif\n"


@pytest.mark.parametrize(
    ("new", "expected"),
    [("u32 v = take(n); return 1 + v;", ("same", "same under assumptions")), ("return take(n) + 2;", ("changed",))],
)
def test_the_cases_of_a_definition_in_doubt_decide(tmp_path: Path, new: str, expected: tuple[str, ...]) -> None:
    asm = 'asm volatile("x" : "+r" (n)); '
    found = change(tmp_path, f(asm + "return take(n) + 1;"), f(asm + new), LOCKS).comparison
    assert found.verdict in expected


def test_a_group_that_the_configuration_decides_is_left_out_at_equal_length() -> None:
    text = "a\n#ifdef CONFIG_A\nb\n#else\nc\n#endif\nd\n"
    assert decided(text, {"CONFIG_A": True}).split() == ["a", "b", "d"]
    assert decided(text, {"CONFIG_A": False}).split() == ["a", "c", "d"]
    assert decided(text, {}) == text
    assert len(decided(text, {"CONFIG_A": True})) == len(text)
    assert undecided_symbols(text, {}) == ["CONFIG_A"]
    assert undecided_symbols(text, {"CONFIG_A": True}) == []


def test_results_of_unknown_type_are_compared(tmp_path: Path) -> None:
    one, other = f("if (unknown(n) == 0) return 1; return 2;"), f("return unknown(n) ? 2 : 1;")
    assert change(tmp_path, one, other).comparison.verdict == "same under assumptions"
    assert change(tmp_path, one, f("return unknown(n) ? 1 : 2;")).comparison.verdict == "changed"


def test_calls_that_certainly_differ_decide(tmp_path: Path) -> None:
    """What comes behind them can't be run, but doesn't matter."""
    asm = ' asm volatile("x" : "+r" (n)); return n;'
    assert change(tmp_path, f("g(1);" + asm), f("g(2);" + asm)).comparison.verdict == "changed"


def test_what_a_call_wrote_to_a_local_of_an_inlined_function_is_known(tmp_path: Path) -> None:
    helper = "static u32 help(u32 n)\n{\n\tu32 x = n;\n\th(&x);\n\treturn x;\n}\n"
    found = change(
        tmp_path, helper + f("u32 x = 0; h(&x); return help(n) + x;"), helper + f("u32 x = 0; h(&x); return help(n);")
    )
    assert found.comparison.verdict == "changed"
    assert found.comparison.counterexample is not None and found.comparison.counterexample.replayed


def types(text: str) -> Types:
    return Types(Definitions([index_file(Source("x.c", text))], {}))


BITMAP = "#define DECLARE_BITMAP(name, bits) unsigned long name[((bits) + 63) / 64]\n"


def test_a_macro_declares_a_member() -> None:
    found = types(BITMAP + "struct s { int a; struct { DECLARE_BITMAP(set, 65); } in; DECLARE_BITMAP(one, 1); };\n")
    outer = RecordType("struct", "s")
    inner = found.member_type(found.record(outer), 1)
    assert isinstance(inner, RecordType)
    set_, one = found.member_type(found.record(inner), 0), found.member_type(found.record(outer), 2)
    assert isinstance(set_, ArrayOf) and set_.length == 2
    assert isinstance(one, ArrayOf) and one.length == 1
    assert found.size_of(outer) == 32


def test_a_macros_attribute_leaves_the_layout_open() -> None:
    text = "#define LINE(type, name) type name __attribute__((aligned(64)))\nstruct s { int a; LINE(int, b); };\n"
    assert types(text).size_of(RecordType("struct", "s")) is None


def test_statements_in_a_macros_arguments_declare_nothing() -> None:
    text = "TRACE_EVENT(kick,\n\tTP_fast_assign(\n\t\tentry->x = x;\n\t\tentry->y = y;\n\t),\n);\nint after;\n"
    index = index_file(Source("trace.h", text))
    assert list(index.globals) == ["after"]


def test_a_typedef_by_a_macro_names_its_first_argument() -> None:
    index = index_file(Source("x.h", BITMAP + "typedef DECLARE_BITMAP(mask_t, 8);\ntypedef int (fn)(int);\n"))
    assert set(index.typedefs) == {"mask_t", "fn"}


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("u64 arg) { return (u32)arg;", "u32 arg) { return arg;", "same under assumptions"),
        ("u64 arg) { return arg >> 32;", "u32 arg) { return 0;", "changed"),
        ("int x) { return x < 0;", "u64 x) { return (int)x < 0;", "same under assumptions"),
        ("int x) { return x < 0;", "long x) { return x < 0;", "changed"),
        ("int on) { return on != 0;", "bool on) { return on;", "same under assumptions"),
        ("int on) { return on == 1;", "bool on) { return on;", "changed"),
        ("u64 a, u32 b) { return (u32)a + b;", "u32 a, u64 b) { return a + (u32)b;", "same under assumptions"),
        ("u64 a, u32 b) { return (u32)a + b;", "u32 b, u64 a) { return (u32)a + b;", "same under assumptions"),
        ("u32 more, u64 a) { return (u32)a;", "u32 a) { return a;", "same under assumptions"),
        ("u32 more, u64 a) { return a >> 1;", "u32 a) { return a >> 1;", "changed"),
        ("u64 a, u32 b) { return (u32)a + b;", "u64 b, u32 a) { return a + (u32)b;", "same under assumptions"),
        ("u64 a, u32 a_old) { return (u32)a + a_old;", "u32 a, u32 a_old) { return a + a_old;", "unsupported"),
        ("u64 a) { return (u32)a;", "struct s *a) { return (u32)(u64)a;", "same"),
        ("u32 a) { return a;", "struct s *a) { return (u32)(u64)a;", "unsupported"),
    ],
)
def test_a_parameter_of_another_width(old: str, new: str, verdict: str, tmp_path: Path) -> None:
    """One argument is passed for both; C converts it to either type."""
    found = change(tmp_path, f"u64 f({old} }}\n", f"u64 f({new} }}\n")
    assert found.comparison.verdict == verdict
    if verdict == "changed":
        assert found.map is not None and found.map.complete
        assert any(text.endswith("one argument is passed for both") for text in found.map.given)


def test_parentheses_around_a_functions_name(tmp_path: Path) -> None:
    head = "typedef u32 (fetch_t)(struct s *p, u32 n);\nu32 (plain)(struct s *p);\n"
    one, other = f("return plain(p) + 1;"), "fetch_t *get = 0; u32 t = plain(p); return get ? 0 : t + 1;"
    assert change(tmp_path, one, f(other), head).comparison.verdict == "same"
    assert change(tmp_path, one, f(other.replace("= 0;", "= (fetch_t *)p;")), head).comparison.verdict == "changed"


def test_a_function_that_only_one_version_has_under_a_condition(tmp_path: Path) -> None:
    """Where that doesn't hold, a header may have another one, or nobody has."""
    one, other = f("return n;"), f("return n + 0;")
    found = change(tmp_path, f"#ifdef CONFIG_A\n{one}#endif\n", other).comparison
    named = "`defined(CONFIG_A)` holds, under which alone the old version defines it"
    assert (found.verdict, found.reasons) == ("same under assumptions", (named,))
    found = change(tmp_path, f"#ifdef CONFIG_A\n{one}#endif\n", f"#ifdef CONFIG_A\n{other}#endif\n").comparison
    assert found.verdict == "same"


def test_per_cpu_variables(tmp_path: Path) -> None:
    head = "extern struct s *all;\n"
    one = f("u32 cpu = smp_processor_id(); struct s *q = per_cpu_ptr(all, cpu); return q->a;")
    assert change(tmp_path, one, f("return this_cpu_ptr(all)->a;"), head).comparison.verdict == "same"
    assert change(tmp_path, one, f("return this_cpu_ptr(all)->b;"), head).comparison.verdict == "changed"


def test_the_task_that_runs_is_one_and_the_same(tmp_path: Path) -> None:
    """However a version finds it, and whatever is called in between."""
    kept = {"old": "DECLARE_PER_CPU(struct task_struct *, at);", "new": "struct hot { struct task_struct *at; } hot;"}
    for side, variable in kept.items():
        (tmp_path / side / "include" / "asm").mkdir(parents=True)
        found = f"this_cpu_read_stable({'at' if side == 'old' else 'hot.at'})"
        (tmp_path / side / "include" / "asm" / "current.h").write_text(
            f"struct task_struct {{ u32 a; }};\n{variable}\n#define current get_current()\n"
            f"static inline struct task_struct *get_current(void) {{ return {found}; }}\n"
        )
    one = f("h(n); current->a = n; h(n); return current->a;")
    other = f("struct task_struct *t = current; h(n); t->a = n; h(n); return t->a;")
    head = "#include <asm/current.h>\nvoid h(u32 n);\n"
    assert change(tmp_path, one, other, head).comparison.verdict == "same"
    assert change(tmp_path, one, other.replace("t->a = n;", "t->a = 1;"), head).comparison.verdict == "changed"
    own = "struct task_struct { u32 a; } *pick(void);\n#define current get_current()\n"
    own += "static struct task_struct *get_current(void) { return pick(); }\n"
    local = f("u32 current = n; current++; return current;")
    assert change(tmp_path, local, f("return n + 1;")).comparison.verdict == "same"
    assert change(tmp_path, one, other, f"{own}void h(u32 n);\n").comparison.verdict == "changed"


def test_the_files_own_definition_counts(tmp_path: Path) -> None:
    """C allows no second one, so whatever a header defines under a condition isn't meant."""
    head = '#include "other.h"\nstatic u32 pick(u32 x)\n{\n\treturn x + 1;\n}\n'
    for side in ("old", "new"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "other.h").write_text("#ifdef CONFIG_B\nstatic u32 pick(u32 x)\n{\n\treturn x;\n}\n#endif\n")
    assert change(tmp_path, f("return pick(n);"), f("return n + 1;"), head).comparison.verdict == "same"


QUIET = {
    "a test": "return p->a & 1;",
    "its own variables": "struct s own; u32 i, t = 0; own.a = 1; for (i = 0; i < 3; i++) t += own.a; return t;",
    "a macro with its own variable": "#define TWICE(x) ({ u32 y = (x); y + y; })\n\treturn TWICE(p->a);",
    "a function like it": "return other(p);",
    "a parameter": "p = p; return p->b;",
    "a loop's variable": "u32 t = 0; for (u32 i = 0; i < 3; i++) { u32 j = i; j++; t += j; } return t;",
    "a variable from outside of a block": "u32 t = 0; { u32 j = 1; { t += j; j++; } } while (t) t--; return t;",
    "a loop by a macro": "#define for_each(i) for (u32 i = 0; i < 3; i++)\n\tu32 t = 0; for_each(n) { t += n; n++; } return t;",
    "a variable of either kind": "\n#ifdef CONFIG_A\n\tu32 t = 0;\n#else\n\tu32 t = 1;\n#endif\n\tt++; return t;",
    "a variable in a switch": "switch (p->a) { case 1: { u32 t = 0; t++; } break; default: break; } return 0;",
}
LOUD = {
    "a store": "p->a = 1; return 0;",
    "through a pointer": "u32 *q = &p->a; *q = 1; return 0;",
    "an element of what a pointer points at": "p->arr[1]++; return 0;",
    "a static variable": "static u32 seen; seen = 1; return 0;",
    "a file's variable": "counter += 1; return 0;",
    "a call": "return g(p->a);",
    "a call by a macro": "#define ASK(x) g(x)\n\treturn ASK(p->a);",
    "a store by a macro": "#define SET (p->a = 1)\n\treturn SET;",
    "assembly": 'asm volatile("x"); return 0;',
    "a pointer to a function": "return p->ops(p->a);",
    "a warning": "WARN_ON(p->a); return 0;",
    "a loud function": "return noisy(p);",
    "a file's variable behind a loop with its own": "for (u32 counter = 0; counter < 3; counter++) ; counter++; return 0;",
    "a file's variable behind a block": "{ u32 counter = 0; counter++; } counter++; return 0;",
    "a file's variable behind a statement expression": "u32 a = ({ u32 counter = 1; counter; }); counter++; return a;",
    "a file's variable in front of its own": "counter++; u32 counter = 0; return counter;",
    "a file's variable behind a loop by a macro": "#define for_each(i) for (u32 i = 0; i < 3; i++)\n\tfor_each(counter) ; counter++; return 0;",
    "a variable that may be a file's": "\n#ifdef CONFIG_A\n\tu32 counter = 0;\n#endif\n\tcounter++; return 0;",
    "a static variable again": "static u32 seen; { u32 seen = 1; seen++; } seen++; return 0;",
}


def quiet(body: str) -> Quiet:
    text = (
        "typedef unsigned int u32;\nstruct s { u32 a, b, arr[4]; u32 (*ops)(u32); };\nextern u32 g(u32 x);\nu32 counter;\n"
        "static u32 other(struct s *p)\n{\n\treturn p->b;\n}\nstatic u32 noisy(struct s *p)\n{\n\treturn g(p->b);\n}\n"
        f"static u32 help(struct s *p)\n{{\n\t{body}\n}}\n"
    )
    return Quiet(Definitions([index_file(Source("x.c", text))], {}), frozenset())


@pytest.mark.parametrize("name", QUIET)
def test_code_shows_that_it_changes_nothing(name: str) -> None:
    assert quiet(QUIET[name]).is_quiet("help")


@pytest.mark.parametrize("name", LOUD)
def test_code_that_may_change_something(name: str) -> None:
    assert not quiet(LOUD[name]).is_quiet("help")


def test_what_only_one_version_asks_is_no_change_yet(tmp_path: Path) -> None:
    """Real: nested_sync_vmcs12_to_shadow(), where a test moved into a helper with a body for each configuration."""
    helper = "#ifdef CONFIG_A\nstatic u32 ready(struct s *p)\n{\n\treturn p->a;\n}\n#else\nstatic u32 ready(struct s *p)\n{\n\treturn 0;\n}\n#endif\n"
    found = change(tmp_path, f('asm("x"); return p->a ? 1 : 2;'), helper + f('asm("x"); return ready(p) ? 1 : 2;'))
    assert found.comparison.verdict != "same"
    loud = helper.replace("return 0;", "p->a = 0;\n\treturn 0;")
    found = change(tmp_path, f('asm("x"); return p->a ? 1 : 2;'), loud + f('asm("x"); return ready(p) ? 1 : 2;'))
    assert found.comparison.verdict == "changed"


def test_a_parameter_is_renamed_only_if_its_type_stays(tmp_path: Path) -> None:
    same = change(tmp_path, "u32 f(u32 a)\n{\n\treturn a + 1;\n}\n", "u32 f(u32 b)\n{\n\treturn b + 1;\n}\n")
    assert same.comparison.verdict == "same under assumptions"
    assert same.comparison.reasons == ("the parameter `a` is now called `b`",)
    other = change(tmp_path, "u64 f(u64 a)\n{\n\treturn a;\n}\n", "u64 f(struct s *b)\n{\n\treturn (u64)b;\n}\n")
    assert other.comparison.verdict == "changed"


PAIR = "struct pair { u32 a; u32 b; };\nunion word { u32 whole; struct { u32 low : 16; u32 high : 16; }; };\n"
RECORD = PAIR + "extern u32 takes(struct pair x, u32 n);\nextern u32 word(union word w);\n"


def by_value(folder: Path, old: str, new: str) -> str:
    one, other = (f"u32 f(struct pair x, union word w, u32 n) {{ {body} }}\n" for body in (old, new))
    return change(folder, one, other, RECORD).comparison.verdict


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return x.a + w.low;", "return w.low + x.a;", "same"),
        ("return x.a;", "return x.b;", "changed"),
        ("x.a = n; return x.a;", "return n;", "same"),  # a parameter is a copy
        ("return takes(x, n) + 1;", "return 1 + takes(x, n);", "same"),
        ("x.b = 1; return takes(x, n);", "struct pair y = x; y.b = 1; return takes(y, n);", "same"),
        ("return takes(x, n);", "x.b++; return takes(x, n);", "changed"),
        ("return word(w);", "union word v; v.whole = w.whole; return word(v);", "same"),
        ("return word(w);", "w.high = 0; return word(w);", "changed"),
    ],
)
def test_records_by_value(old: str, new: str, expected: str, tmp_path: Path) -> None:
    assert by_value(tmp_path, old, new) == expected


def test_a_record_with_other_members_is_no_equal_argument(tmp_path: Path) -> None:
    old = RECORD + "u32 f(u32 n) { struct pair x = { 1, n }; return takes(x, n); }\n"
    for members in ("u32 a; u32 b; u32 c;", "u32 b; u32 a;"):
        found = change(tmp_path, old, old.replace("u32 a; u32 b;", members).replace("{ 1, n }", "{ n, 1 }"))
        assert found.comparison.verdict == ("may differ" if "c" in members else "same under assumptions"), members


def test_a_goto_back_into_a_statement_is_refused_before_anything_is_executed(tmp_path: Path) -> None:
    old = f("if (n > 3) { again: n--; } if (n) goto again; return n;")
    found = change(tmp_path, old, f("return n;")).comparison
    assert found.verdict == "unsupported" and "a goto backwards into a nested statement" in found.reasons[0]
    loop = f("again: if (n) { n--; goto again; } return n;")
    assert change(tmp_path, loop, f("return n;")).comparison.verdict == "changed"
    found = change(tmp_path, loop, f("return 0;")).comparison
    assert found.verdict == "unsupported" and "a loop whose end isn't known" in found.reasons[0]
    configured = f("again: n++;\n#ifdef CONFIG_A\ngoto again;\n#endif\nreturn n;")
    found = change(tmp_path, configured, f("return n + 1;"))
    assert found.comparison.verdict != "same"


def test_what_is_no_number_may_be_an_argument_of_a_macro(tmp_path: Path) -> None:
    head = "#define BIT_3DNOW 3\n#define F(x) (1U << BIT_##x)\n"
    assert change(tmp_path, f("return F(3DNOW);"), f("return 8;"), head).comparison.verdict == "same"
    assert change(tmp_path, f("return F(3DNOW);"), f("return 9;"), head).comparison.verdict == "changed"


def test_a_constant_that_rests_on_one_in_doubt_is_looked_up_once() -> None:
    text = "enum e {\n#ifdef CONFIG_A\nA,\n#endif\nB,\nC = B + B,\nD = 7,\nE = D + D };\nenum { X = Y, Y = X };\n"
    types = Types(Definitions([index_file(Source("f.c", text))], {}))
    assert types.enumerator("E") == 14
    for name in ("C", "X"):
        with pytest.raises(UnsupportedC, match=f"the value of `{name}` depends on the configuration"):
            types.enumerator(name)


def test_what_a_macro_hides_is_looked_up_for_each_file() -> None:
    """A header's function is parsed once for all files that include it, which may define its macros differently."""
    header = index_file(
        Source("h.h", "int f(int x) { int r = 0; switch (x) { case 1: { NEXT(r); } break; } return r; }\n")
    )
    plain, hiding = (
        Definitions([index_file(Source(f"{i}.c", f"#define NEXT(r) {body}\n")), header], {})
        for i, body in enumerate(("r = 1", "break; case 2: r = 1"))
    )
    functions = [definitions.function("f") for definitions in (plain, hiding)]
    assert functions[0] is not None and functions[1] is not None
    assert functions[0].body is functions[1].body
    setting = Setting("new", {}, lambda kind, name: "")
    Executor(Types(plain), setting, {}).run(functions[0], ("x",))
    with pytest.raises(UnsupportedC, match="`NEXT` may be a macro that holds case labels"):
        Executor(Types(hiding), setting, {}).run(functions[1], ("x",))
