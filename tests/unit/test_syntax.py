"""C's text to trees, macros and types: what is read as a compiler would, and what is refused."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from verify.errors import UnsupportedC
from verify.source.text import Source, Span
from verify.syntax import ast
from verify.syntax.conditions import truth
from verify.syntax.convert import convert_declaration, convert_expression, convert_statements
from verify.syntax.ctypes import CType, RecordType
from verify.syntax.definitions import Definitions
from verify.syntax.index import Macro, index_file
from verify.syntax.lexer import canonical, is_balanced, names_in, tokens, unpaired, without_comments
from verify.syntax.substitution import substitute
from verify.syntax.types import Types

NAMED_TYPES = frozenset("u8 u16 u32 u64 s64 bool size_t gpa_t".split())


def is_type(name: str) -> bool:
    return name in NAMED_TYPES


def expression(text: str) -> ast.Expr:
    return convert_expression(Source("x.c", text), 0, len(text), is_type)[0]


def statements(text: str) -> ast.Block:
    return convert_statements(Source("x.c", text), 0, len(text), is_type)


def types_of(text: str, config: Mapping[str, bool] | None = None) -> Types:
    return Types(Definitions([index_file(Source("x.c", text))], config or {}))


def show_type(node: ast.TypeSyntax) -> str:
    match node:
        case ast.NamedType(name, _):
            return name
        case ast.TagType(kind, tag, _, _, _):
            return f"{kind} {tag}"
        case ast.PointerType(to, _):
            return f"{show_type(to)}*"
        case ast.ArrayType(of, length, _):
            return f"{show_type(of)}[{show(length) if length else ''}]"
        case ast.FunctionType(returns, params, variadic, _):
            inside = [show_type(p.type) for p in params] + ["..."] * variadic
            return f"{show_type(returns)}({', '.join(inside)})"
        case ast.TypeofType(operand, _):
            return f"typeof({show_type(operand) if isinstance(operand, ast.TypeSyntax) else show(operand)})"
        case _:
            return f"BAD {node.reason}"


def show(node: ast.Expr) -> str:
    """The tree with all its parentheses."""
    match node:
        case ast.Number(value, suffix, _, _):
            return f"{value}{suffix}"
        case ast.Character(value, _):
            return f"'{value}"
        case ast.String(text, _):
            return text
        case ast.Ident(name, _, _):
            return name
        case ast.Unary(op, operand, _):
            return f"({op}{show(operand)})"
        case ast.IncDec(op, prefix, operand, _):
            return f"({op}{show(operand)})" if prefix else f"({show(operand)}{op})"
        case ast.Binary(op, left, right, _) | ast.Assign(op, left, right, _):
            return f"({show(left)} {op} {show(right)})"
        case ast.Conditional(condition, then, otherwise, _):
            return f"({show(condition)} ? {show(then) if then else ''} : {show(otherwise)})"
        case ast.Call(function, arguments, _, _, _):
            return f"{show(function)}({', '.join(map(show, arguments))})"
        case ast.TypeArgument(type_, _):
            return f"<{show_type(type_)}>"
        case ast.Field(inner, name, arrow, _):
            return f"{show(inner)}{'->' if arrow else '.'}{name}"
        case ast.Index(inner, position, _):
            return f"{show(inner)}[{show(position)}]"
        case ast.Cast(type_, operand, _):
            return f"(<{show_type(type_)}>{show(operand)})"
        case ast.Sizeof(operand, _):
            return f"sizeof<{show_type(operand) if isinstance(operand, ast.TypeSyntax) else show(operand)}>"
        case ast.Offsetof(type_, path, _):
            return f"offsetof<{show_type(type_)}, {'.'.join(path)}>"
        case ast.Comma(left, right, _):
            return f"({show(left)}, {show(right)})"
        case ast.StatementExpr(block, _):
            return f"({{{'; '.join(map(show_statement, block.items))}}})"
        case ast.CompoundLiteral(type_, init, _):
            return f"(<{show_type(type_)}>{show(init)})"
        case ast.InitList(items, _):
            return f"{{{', '.join(show_item(path, value) for path, value in items)}}}"
        case ast.Generic(operand, choices, _):
            parts = (f"{'default' if type_ is None else show_type(type_)}: {show(value)}" for type_, value in choices)
            return f"_Generic({', '.join((show(operand), *parts))})"
        case ast.BadExpr(reason, _):
            return f"BAD {reason}"


def show_item(path: tuple[str | ast.Expr, ...], value: ast.Expr) -> str:
    designators = "".join(f".{p}" if isinstance(p, str) else f"[{show(p)}]" for p in path)
    return f"{designators}={show(value)}" if path else show(value)


def show_statement(node: ast.Stmt) -> str:
    match node:
        case ast.ExprStmt(expr, _):
            return show(expr)
        case ast.Declaration(declarators, _):
            return ", ".join(
                f"{show_type(d.type)} {d.name}{f' = {show(d.init)}' if d.init else ''}" for d in declarators
            )
        case ast.Case(low, high, _):
            return f"case {show(low)}{f'...{show(high)}' if high else ''}"
        case ast.Switch(value, items, _):
            return f"switch {show(value)} {{{'; '.join(map(show_statement, items))}}}"
        case ast.Block(items, _):
            return f"{{{'; '.join(map(show_statement, items))}}}"
        case ast.If(condition, then, otherwise, _):
            rest = f" else {show_statement(otherwise)}" if otherwise else ""
            return f"if {show(condition)} {show_statement(then)}{rest}"
        case ast.While(condition, body, first, _):
            return f"{'do-' if first else ''}while {show(condition)} {show_statement(body)}"
        case ast.For(init, condition, step, body, _):
            head = "; ".join((show_statement(init) if init else "", show(condition) if condition else "",
                              show(step) if step else ""))  # fmt: skip
            return f"for ({head}) {show_statement(body)}"
        case ast.ForEach(head, body, _):
            return f"each {show(head)} {show_statement(body)}"
        case ast.ConfigIf(condition, then, otherwise, _):
            parts = ("; ".join(map(show_statement, part)) for part in (then, otherwise))
            return f"#if {condition} {{{'} {'.join(parts)}}}"
        case ast.Label(name, _) | ast.Goto(name, _):
            return f"{type(node).__name__.lower()} {name}"
        case ast.Return(value, _):
            return f"return {show(value)}" if value else "return"
        case _:
            return type(node).__name__.lower()


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        # casts that a grammar without a table of types reads otherwise
        ("(u64)-1", "(<u64>(-1))"),
        ("(u32)(x)", "(<u32>x)"),
        ("(u32)(x) + 1", "((<u32>x) + 1)"),
        ("(u32)(x)[1]", "(<u32>x[1])"),
        ("(u32)*p", "(<u32>(*p))"),
        ("(u32)&x", "(<u32>(&x))"),
        ("(u32)~x", "(<u32>(~x))"),
        ("(u32)!x", "(<u32>(!x))"),
        ("(u32)x->y.z", "(<u32>x->y.z)"),
        ("(u64)(u32)x", "(<u64>(<u32>x))"),
        ("(u8 *)p + 1", "((<u8*>p) + 1)"),
        ("(unsigned long)x >> 3", "((<unsigned long>x) >> 3)"),
        ("(const struct s *)p", "(<struct s*>p)"),
        ("*(u32 *)p", "(*(<u32*>p))"),
        ("(void *)(unsigned long)x", "(<void*>(<unsigned long>x))"),
        ("(int)-1 < (u32)1", "((<int>(-1)) < (<u32>1))"),
        ("-(u32)x", "(-(<u32>x))"),
        ("!!(u32)x", "(!(!(<u32>x)))"),
        ("(long long unsigned)x", "(<unsigned long long>x)"),
        # … and names in parentheses, which aren't casts
        ("(x) - 1", "(x - 1)"),
        ("(x) & y", "(x & y)"),
        ("(x) * y", "(x * y)"),
        ("(x) + y", "(x + y)"),
        ("(f(x)) - 1", "(f(x) - 1)"),
        ("(x->y) & ~z", "(x->y & (~z))"),
        ("if_(x) & y", "(if_(x) & y)"),
        ("a[i] & (b) & c", "((a[i] & b) & c)"),
        ("sizeof(x) * 2", "(sizeof<x> * 2)"),
        # precedence (C17 6.5)
        ("a + b * c - d", "((a + (b * c)) - d)"),
        ("a << b + c", "(a << (b + c))"),
        ("a & b == c", "(a & (b == c))"),
        ("a | b ^ c & d", "(a | (b ^ (c & d)))"),
        ("a && b || c && d", "((a && b) || (c && d))"),
        ("a < b == c > d", "((a < b) == (c > d))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a = b = c", "(a = (b = c))"),
        ("a <<= b | c", "(a <<= (b | c))"),
        ("*p++", "(*(p++))"),
        ("++*p", "(++(*p))"),
        ("a, b, c", "(a, (b, c))"),
        ("!x == y", "((!x) == y)"),
        ("a - -1", "(a - (-1))"),
        ("a - b - c", "((a - b) - c)"),
        ("a % b / c", "((a % b) / c)"),
        # literals
        ("0x1fUL", "31lu"),
        ("017", "15"),
        ("0b101", "5"),
        ("10ull", "10llu"),
        ("-1", "(-1)"),
        ("08", "BAD not an integer literal"),
        ("1.5", "BAD not an integer literal"),
        ("1e3", "BAD not an integer literal"),
        ("'a'", "'97"),
        ("'\\n'", "'10"),
        ("'\\''", "'39"),
        ("'ab'", "BAD this character literal isn't supported"),
        ("L'a'", "BAD wide character literals aren't supported"),
        ('"a" "b"', '"a" "b"'),
        # GNU C
        ("x ?: y", "(x ?  : y)"),
        ("({ int t = x; t; })", "({int t = x; t})"),
        ("({ x; }) + 1", "(({x}) + 1)"),
        ("(typeof(x))y", "(<typeof(x)>y)"),
        ("(__typeof__(a + b) *)y", "(<typeof((a + b))*>y)"),
        ("(typeof(u32))y", "(<typeof(u32)>y)"),
        ("container_of(p, struct s, m)", "container_of(p, <struct s>, m)"),
        ("container_of(p, u32, m)->x", "container_of(p, <u32>, m)->x"),
        ("min_t(unsigned long, a, b)", "min_t(<unsigned long>, a, b)"),
        ("f(a, const struct s *, b)", "f(a, <struct s*>, b)"),
        ("f(u32)", "f(<u32>)"),
        ("offsetof(struct s, a.b)", "offsetof<struct s, a.b>"),
        ("__builtin_offsetof(u32, a)", "offsetof<u32, a>"),
        ("offsetof(struct s, a[1])", "BAD this offsetof isn't supported"),
        ("sizeof(u32)", "sizeof<u32>"),
        ("sizeof(struct s)", "sizeof<struct s>"),
        ("sizeof(u32 *)", "sizeof<u32*>"),
        ("sizeof x", "sizeof<x>"),
        ("sizeof(*p)", "sizeof<(*p)>"),
        ("(struct s){ .a = 1, .b.c = 2 }", "(<struct s>{.a=1, .b.c=2})"),
        ("(u32[]){ 1, [3] = 2 }", "(<u32[]>{1, [3]=2})"),
        # comments and line continuations
        ("a /* + b */ + c", "(a + c)"),
        ("a + \\\n b", "(a + b)"),
        ("f(a, /* x */ b)", "f(a, b)"),
    ],
)
def test_expressions(text: str, tree: str) -> None:
    assert show(expression(text)) == tree


@pytest.mark.parametrize(
    "text",
    ["", "  ", "a +", "a b", "(a", "a)", "a) + (b", "a; b", "return x", "a ? b", "x = ", "{ 1 }", "f(,)"],
)
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(UnsupportedC):
        expression(text)


@pytest.mark.parametrize(("text", "name"), [("(foo)(x)", "foo"), ("(T)(x)[1]", "T")])
def test_a_call_of_what_may_be_a_type_is_refused(text: str, name: str) -> None:
    assert f"is `{name}` a type or a function?" in show(expression(text))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("switch (x) { case 1: case 2 ... 4: f(); break; default: return 1; }",
         "switch x {case 1; case 2...4; f(); break; default; return 1}"),
        ("switch (x) { case 0x10 ... 0x1f: ; }", "switch x {case 16...31}"),
        ("switch (x) { case A || B: f(); }", "switch x {case (A || B); f()}"),
        ("switch (x) { case (1 ... 2): f(); }", None),
        ("u32 a = 1, *b, c[3];", "u32 a = 1, u32* b, u32[3] c"),
        ("typeof(x) y = x;", "typeof(x) y = x"),
        ("const u32 __maybe_unused a;", "u32 a"),
        ("static const char *s = \"x\";", "char* s = \"x\""),
        ("struct s x = { .a = 1 }, *p = &x;", "struct s x = {.a=1}, struct s* p = (&x)"),
        ("if (a) if (b) c; else d;", "if a if b c else d"),
        ("if (x) & y;", "if x (&y)"),
        ("do x--; while (x);", "do-while x (x--)"),
        ("for (int i = 0; i < 3; i++) ;", "for (int i = 0; (i < 3); (i++)) {}"),
        ("for (;;) break;", "for (; ; ) break"),
        ("; for_each_set_bit(i, &x, 64) f(i);", "each for_each_set_bit(i, (&x), 64) f(i)"),
        ("{} list_for_each_entry(p, &head, link) { f(p); }", "{}; each list_for_each_entry(p, (&head), link) {f(p)}"),
        ("out: return;", "label out; return"),
        ("goto out;", "goto out"),
        ("{} u32: return;", "{}; label u32; return"),
        ("#ifdef CONFIG_A\nf();\n#else\ng();\n#endif", "#if defined(CONFIG_A) {f()} {g()}"),
        ("#ifndef CONFIG_A\nf();\n#endif", "#if !defined(CONFIG_A) {f()} {}"),
        ("#if A > 1\nf();\n#elif B\ng();\n#else\nh();\n#endif", "#if A > 1 {f()} {#if B {g()} {h()}}"),
        ("asm(\"nop\");", None),
        ("likely(x);", "likely(x)"),
        (";", ""),
    ],
)  # fmt: skip
def test_statements(text: str, tree: str | None) -> None:
    if tree is not None:
        assert "; ".join(map(show_statement, statements(text).items)) == tree
        return
    try:
        block = statements(text)
    except UnsupportedC:
        return
    assert "BAD" in repr(block) or "Bad" in repr(block), block


@pytest.mark.parametrize("text", ["-x++", "!x--", "~x++"])
def test_postfix_binds_tighter_than_prefix(text: str) -> None:
    tree = expression(text)
    assert isinstance(tree, ast.Unary)


def test_a_range_without_spaces_is_one() -> None:
    (found,) = statements("switch (x) { case A...B: f(); }").items
    assert show_statement(found) == "switch x {case A...B; f()}"


def test_a_local_function_pointer() -> None:
    (found,) = statements("int (*f)(u32, void *) = g;").items
    assert show_statement(found) == "int(u32, void*)* f = g"


@pytest.mark.parametrize("text", ["for_each_set_bit(i, &x, 64) f(i);", "u32: return;"])
def test_what_begins_a_statement_at_the_very_start(text: str) -> None:
    assert statements(text).items


SPANNED = """
u32 f(struct s *p, u32 count)
{
	u64 total = (u64)-1 & ~(u32)(count);	/* a comment, (u32)(x) */
	typeof(total) other = container_of(p, struct s, a)->b ?: 3;

	switch (count) {
	case 1 ... 3:
		total += p->a[count - 1].b;
		break;
	default:
		total = ({ u32 t = count; t * 2; });
	}
	for_each_bit(count, p)
		total <<= 1;
	if (unlikely(total == 4) || !p)
		return other ? total : sizeof(struct s);
	return (total) & -1;
}
"""


def nodes(value: object) -> Iterator[tuple[object, ...]]:
    """All nodes of the tree below `value` that have a span."""
    if isinstance(value, Span) or not isinstance(value, tuple):
        return
    if hasattr(value, "span"):
        yield value
    for inner in value:
        yield from nodes(inner)


def test_spans_are_the_source_text() -> None:
    source = Source("x.c", SPANNED)
    definitions = Definitions([index_file(source)], {})
    function = definitions.function("f")
    assert function is not None
    seen: set[str] = set()
    for node in nodes(function):
        span: Span = node.span  # type: ignore[attr-defined]
        assert span.source is source
        match node:
            case ast.Ident(name, _, _):
                assert span.text == name
            case ast.Number() | ast.Unary() | ast.Binary() | ast.Cast() | ast.Conditional() | ast.Index() | ast.Field():
                seen.add(" ".join(span.text.split()))
            case ast.NamedType(name, _):
                assert span.text == name
            case ast.Return() | ast.ExprStmt() | ast.Declaration():
                assert span.text.endswith(";") or "for_each" in SPANNED[span.start - 30 : span.start]
            case _:
                assert span.text.strip()
    assert {
        "(u64)-1 & ~(u32)(count)", "(u64)-1", "~(u32)(count)", "(u32)(count)", "count - 1", "p->a[count - 1].b",
        "p->a[count - 1]", "container_of(p, struct s, a)->b ?: 3", "t * 2", "unlikely(total == 4) || !p", "1", "3",
        "other ? total : sizeof(struct s)", "(total) & -1",
    } <= seen  # fmt: skip


def test_positions_are_lines_and_columns() -> None:
    function = Definitions([index_file(Source("x.c", SPANNED))], {}).function("f")
    assert function is not None
    (number,) = [n for n in nodes(function) if isinstance(n, ast.Number) and n.value == 4]
    assert str(number.span) == "x.c:16:24"
    assert number.span.excerpt() == "    \tif (unlikely(total == 4) || !p)\n    \t                      ^"


@pytest.mark.parametrize(
    "text",
    [
        SPANNED,
        'a="\\"//x"/*"*/;',
        "x\\\n+y // z\n",
        "'\"' + \"'\"",
        "a<<=b>>=c->d++ +e...f",
        "#define X(a) #a ## b",
        "é @ `",
    ],
)
def test_tokens_are_the_whole_text(text: str) -> None:
    assert "".join(t.group() for t in tokens(text)) == text


def test_lexer_tables() -> None:
    assert canonical("a /* x */ +b// y\n;") == "a + b ;"
    assert canonical("ab") != canonical("a b")
    assert names_in('a + "b" /* c */ 0xd e1') == {"a", "e1"}
    assert without_comments("a /* b\nc */ d // e\n") == "a     \n     d     \n"
    assert [is_balanced(t) for t in ("", "(a[{}])", "(", ")", "([)]", '"("', "'('", "/*(*/")] == [
        True, True, False, False, False, True, True, True,
    ]  # fmt: skip
    assert unpaired("a) ==> (b && c[d]) || (e[f") == ("(", "])")


FILE = """
#ifndef X_H
#define X_H
#include <linux/kvm.h>
#include "x86.h"
#define ONE 1
#define ADD(a, b) ((a) + \\
	(b))
#ifdef CONFIG_A
#define TWO 2
static inline int __must_check f(int x) { return x; }
#else
static inline int f(int x) { return 0; }
#endif
struct s { int a; struct { int b; }; };
union u { int a; } shared;
typedef struct t { int a; } t_t, *tp_t;
typedef int (*callback_t)(int);
typedef unsigned long word_t;
enum e { E_ONE, E_TWO = (1 << 3), /* E_NOT, */ E_THREE };
enum { E_FOUR __attribute__((unused)) };
extern int declared(int x) __attribute__((const));
static int table[] = { 1, 2 }, other = 3;
int __init annotated(void)
	__acquires(lock)
{
	if (x) {
		return '}';
	}
	return "}"[0]; /* } */
}
DEFINE_PER_CPU(int, cpu);
#if defined(CONFIG_B) && !defined(CONFIG_C)
int conditional;
#elif CONFIG_D
int conditional;
#endif
#undef ONE
#endif
int last;
"""


def test_what_the_length_of_an_array_calls_is_no_function() -> None:
    index = index_file(
        Source("f.h", "extern long map[A(1)][B(N) + 2];\nint f(int a[C(2)]);\nextern int (*t[D(2)])(int);\n")
    )
    assert list(index.globals) == ["map", "f", "t"]


def test_index_finds_every_item() -> None:
    found = index_file(Source("x.h", FILE))
    assert found.includes == ("linux/kvm.h", "x86.h")
    assert set(found.macros) == {"ONE", "ADD", "TWO"}
    assert found.macros["ADD"][0].params == ("a", "b")
    assert {n: [i.condition for i in items] for n, items in found.functions.items()} == {
        "f": ["defined(CONFIG_A)", "!defined(CONFIG_A)"],
        "annotated": [""],
    }
    assert set(found.tags) == {"struct s", "struct t", "union u", "enum e"}
    assert {"t_t", "tp_t", "callback_t", "word_t"} <= set(found.typedefs)
    assert {"E_ONE", "E_TWO", "E_THREE"} <= set(found.enumerators)
    assert "E_NOT" not in found.enumerators
    assert {"declared", "table", "shared", "conditional", "last"} <= set(found.globals)
    assert [i.condition for i in found.globals["conditional"]] == [
        "(defined(CONFIG_B) && !defined(CONFIG_C))", "!(defined(CONFIG_B) && !defined(CONFIG_C)) && (CONFIG_D)",
    ]  # fmt: skip
    assert found.macros["TWO"][0].condition == "defined(CONFIG_A)"
    assert list(found.undefined) == ["ONE"]


@pytest.mark.parametrize(
    ("text", "table", "name"),
    [
        ("typedef struct { int a; } t_t;", "typedefs", "t_t"),
        ("typedef union\n{ int a; } t_t;", "typedefs", "t_t"),
        ("enum { A, B };", "enumerators", "B"),
        ("static struct { int a; } shared;", "globals", "shared"),
    ],
)
def test_untagged_types_are_indexed(text: str, table: str, name: str) -> None:
    found = index_file(Source("x.h", text))
    assert set(getattr(found, table)) == {name} | ({"A"} if name == "B" else set())


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("#ifndef G\n#define G\nint x;\n#endif", ""),
        ("/* c */\n#ifndef G\n#define G\nint x;\n#endif", ""),
        ("#ifndef G\nint x;\n#define G\n#endif", "!defined(G)"),
        ("#ifndef G\n#define H\nint x;\n#endif", "!defined(G)"),
        ("#ifdef A\n#ifdef B\n#endif\nint x;\n#endif", "defined(A)"),
        ("#if A\n#else\nint x;\n#endif", "!(A)"),
        ("#if A // why\nint x;\n#endif", "(A)"),
        ("#if A && \\\n B\nint x;\n#endif", None),
        ("#if 0\nint y;\n#endif\nint x;", ""),
    ],
)
def test_conditions_of_items(text: str, condition: str | None) -> None:
    (item,) = index_file(Source("x.h", text)).globals["x"]
    assert item.condition == condition if condition is not None else canonical(item.condition) == "( A && B )"


@pytest.mark.parametrize(
    ("text", "config", "expected"),
    [
        ("", {}, True),
        ("defined(CONFIG_A)", {}, None),
        ("defined CONFIG_A", {"CONFIG_A": True}, True),
        ("!defined(CONFIG_A)", {"CONFIG_A": True}, False),
        ("IS_ENABLED(CONFIG_A) && defined(CONFIG_B)", {"CONFIG_A": False}, False),
        ("IS_ENABLED(CONFIG_A) || defined(CONFIG_B)", {"CONFIG_A": False}, None),
        ("IS_ENABLED(CONFIG_A) || defined(CONFIG_B)", {"CONFIG_B": True}, True),
        ("defined(CONFIG_X86_64)", {}, True),
        ("defined(CONFIG_X86_32)", {}, False),
        ("defined(CONFIG_X86_32)", {"CONFIG_X86_32": True}, True),
        ("0", {}, False),
        ("1", {}, True),
        ("X > 3", {}, None),
        ("!(X > 3) && 0", {}, False),
        ("this is (no expression", {}, None),
    ],
)
def test_truth_of_conditions(text: str, config: dict[str, bool], expected: bool | None) -> None:
    assert truth(text, config) is expected


USE = Span(Source("use.c", "use"), 0, 3)


@pytest.mark.parametrize(
    ("definition", "arguments", "expected"),
    [
        ("F(x) ((x) + 1)", ("a * b",), "((a * b) + 1)"),
        ("F(x, y) x+y", ("a", "b"), "a+b"),
        ("F(x) xx x_x x", ("a",), "xx x_x a"),
        ('F(x) "x" x', ("a",), '"x" a'),
        ("F(x) #x", ("a + b",), '"a + b"'),
        ("F(x) #x", ('"a\\n"',), '"\\"a\\\\n\\""'),
        ("F(a, b) a##b", ("x", "y"), "xy"),
        ("F(a, b) a ## b ## _t", ("x", "y"), "xy_t"),
        ("F(a) CONFIG_##a", ("KVM",), "CONFIG_KVM"),
        ("F(...) f(__VA_ARGS__)", ("a", "b", "c"), "f(a, b, c)"),
        ("F(...) f(__VA_ARGS__)", (), "f()"),
        ("F(x, ...) f(x, ##__VA_ARGS__)", ("a",), "f(a)"),
        ("F(x, ...) f(x, ##__VA_ARGS__)", ("a", "b", "c"), "f(a,b, c)"),
        ("F(x, args...) f(x, args)", ("a", "b", "c"), "f(a, b, c)"),
        ("F() 3", (), "3"),
        ("F(x) (x)", (), "()"),
        ("F(x) G(x)", ("F(1)",), "G(F(1))"),
        ("F(x) x", ("x + x",), "x + x"),
        ("F(x, y) x y", ("y", "x"), "y x"),
    ],
)
def test_substitution(definition: str, arguments: tuple[str, ...], expected: str) -> None:
    macro = one_macro(definition)
    assert canonical(substitute(macro, macro.body, arguments, USE)) == canonical(expected)


def one_macro(definition: str) -> Macro:
    return index_file(Source("m.h", f"#define {definition}\n")).macros["F"][0]


@pytest.mark.parametrize(
    ("definition", "arguments"),
    [("F(x) x", ("a", "b")), ("F(x, y) x", ("a",)), ("F() 1", ("a",)), ("F(x, y, ...) x", ("a",))],
)
def test_wrong_numbers_of_arguments(definition: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(UnsupportedC, match="the macro `F` takes"):
        substitute(one_macro(definition), "x", arguments, USE)


@pytest.mark.parametrize(
    ("macros", "text", "value"),
    [
        ("#define A 3", "A", 3),
        ("#define A (1 + 2)", "A * 2", 6),
        ("#define A -1", "A", -1),
        ("#define A -1", "A + 3", 2),
        ("#define A ~0U", "A & 7", 7),
        ("#define A(x) ((x) << 2)", "A(1 + 1) | 1", 9),
        ("#define A B\n#define B C\n#define C 7", "A", 7),
        ("#define A(x) B(x)\n#define B(x) (x + 1)", "A(3)", 4),
        ("#define A(x, y) x##y\n", "A(1, 2)", 12),
        ("#define A 1 + 2", "(A)", 3),
        ("#define A 1 + 2", "f[A]", None),
        ("enum e { A = 4, B, C = B * 2 };", "A + B + C", 19),
        ("enum e { A = 4, B, };\n#define C (B)", "C", 5),
        ("#define A sizeof(u32)", "A * 2", 8),
        ("", "BIT(3) | BIT_ULL(40)", (1 << 40) | 8),
        ("", "GENMASK(7, 4)", 0xF0),
        ("", "GENMASK_ULL(63, 0)", 2**64 - 1),
        ("", "(u8)~0", 255),
        ("", "1 ? 2 : 3", 2),
        ("", "-1 < 1u", 0),
        ("", "-7 / 2 * 10 + -7 % 2", -31),
        ("", "1 || 1 / 0", 1),
    ],
)
def test_macros_in_constants(macros: str, text: str, value: int | None) -> None:
    types = types_of(macros)
    tree = convert_expression(Source("x.c", text), 0, len(text), types.definitions.is_type)[0]
    if value is None:
        with pytest.raises(UnsupportedC):
            types.constant(tree)
    else:
        assert types.constant(tree) == value


def expand_all(definitions: Definitions, tree: ast.Expr) -> None:
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            definitions.expand_call(node)
        elif isinstance(node, ast.Ident):
            definitions.expand_name(node)


@pytest.mark.parametrize(
    ("macros", "text", "message"),
    [
        ("#define A 1 + 2", "A * 2", "which its neighbours may tear apart"),
        ("#define A 1 + 2", "-A", "which its neighbours may tear apart"),
        ("#define A(x) x + 1", "A(1) << 2", "which its neighbours may tear apart"),
        ("#define A -x", "A->b", "which its neighbours may tear apart"),
        ("#define A a, b", "(A)", "expands to a comma expression"),
        ("#define A A + 1", "A", "the macro `A` uses its own name"),
        ("#define A(x) A(x)", "A(1)", "the macro `A` uses its own name"),
        ("#ifdef CONFIG_A\n#define A 1\n#else\n#define A 2\n#endif", "A", "`A` has several definitions"),
        ("#ifndef B\n#define A 1\n#endif\nextern int A;", "A", "`A` is defined only under `#if !defined(B)`"),
        ("#define A (1", "A", "doesn't read as an expression"),
    ],
)
def test_macros_that_are_refused(macros: str, text: str, message: str) -> None:
    definitions = types_of(macros).definitions
    tree = convert_expression(Source("x.c", text), 0, len(text), definitions.is_type)[0]
    with pytest.raises(UnsupportedC) as caught:
        expand_all(definitions, tree)
    assert message in caught.value.message
    assert caught.value.span is not None


@pytest.mark.parametrize(
    ("macros", "config", "value"),
    [
        ("#ifdef CONFIG_A\n#define A 1\n#else\n#define A 2\n#endif", {"CONFIG_A": True}, 1),
        ("#ifdef CONFIG_A\n#define A 1\n#else\n#define A 2\n#endif", {"CONFIG_A": False}, 2),
        ("#define A 1 /* x */\n#ifdef CONFIG_A\n#define  A  1\n#endif", {}, 1),
        ("#ifdef CONFIG_X86_64\n#define A 1\n#else\n#define A 2\n#endif", {}, 1),
    ],
)
def test_macros_under_conditions(macros: str, config: dict[str, bool], value: int) -> None:
    types = types_of(macros, config)
    assert types.constant(expression("A")) == value


def test_a_macro_named_like_itself_is_none() -> None:
    definitions = types_of("#define A A\nenum e { A = 3 };").definitions
    assert definitions.macro("A") is None
    assert types_of("#define A A\nenum e { A = 3 };").constant(expression("A")) == 3


@pytest.mark.parametrize("cycle", ["#define A B\n#define B A", "#define A(x) B(x)\n#define B(x) A(x)"])
def test_macros_in_a_circle_end(cycle: str) -> None:
    with pytest.raises(UnsupportedC):
        types_of(cycle).constant(expression("A(1)" if "(" in cycle else "A"))


def test_spans_of_expanded_text_tell_where_it_was_used() -> None:
    text = "#define A (1 + nowhere)\n"
    definitions = types_of(text).definitions
    tree = expression("x + A")
    assert isinstance(tree, ast.Binary)
    assert isinstance(tree.right, ast.Ident)
    inner = definitions.expand_name(tree.right)
    assert inner is not None
    assert inner.span.text == "1 + nowhere"
    assert str(inner.span.use) == "x.c:1:5"
    assert "expanded from x.c:1:5" in inner.span.excerpt()


@pytest.mark.parametrize(
    ("declaration", "type_"),
    [
        ("u32 x;", "unsigned int"),
        ("bool x;", "_Bool"),
        ("unsigned x;", "unsigned int"),
        ("long unsigned int x;", "unsigned long"),
        ("signed char x;", "signed char"),
        ("short x;", "short"),
        ("unsigned long long x;", "unsigned long long"),
        ("u32 *x;", "unsigned int *"),
        ("u32 **x[3];", "unsigned int * *[3]"),
        ("u32 x[2][3];", "unsigned int[3][2]"),
        ("struct s *x;", "struct s *"),
        ("int (*x)(u32, struct s *);", "int (unsigned int, struct s *) *"),
        ("int (*x[4])(void);", "int () *[4]"),
        ("void (*x)(const char *, ...);", "void (char *) *"),
        ("u32 __user *x;", "unsigned int *"),
        ("u32 x __aligned(8);", "unsigned int"),
        ("volatile u32 x;", "unsigned int"),
        ("enum { A, B } x;", "unsigned int"),
        ("enum { A = -1, B } x;", "int"),
    ],
)
def test_declarations(declaration: str, type_: str) -> None:
    types = types_of("")
    (found,) = [
        d
        for d in convert_declaration(Source("x.c", declaration), 0, len(declaration), types.definitions.is_type)
        if d.name == "x"
    ]
    assert str(types.resolve(found.type, "x")) == type_


@pytest.mark.parametrize(
    ("text", "config", "known"),
    [
        ("struct s { int a;\n#ifdef CONFIG_A\nint b;\n#endif\nint c; };", {}, {"a": 0, "c": None}),
        ("struct s { int a;\n#ifdef CONFIG_A\nint b;\n#endif\nint c; };", {"CONFIG_A": True}, {"a": 0, "b": 4, "c": 8}),
        ("struct s { int a;\n#ifdef CONFIG_A\nint b;\n#endif\nint c; };", {"CONFIG_A": False}, {"a": 0, "c": 4}),
        ("struct s { int a;\n#ifdef CONFIG_X86_64\nlong b;\n#else\nint b;\n#endif\n};", {}, {"a": 0, "b": 8}),
        ("struct s { char a; unknown_t b; int c; };", {}, {"a": 0, "c": None}),
        ("struct s { unknown_t a; int c; };", {}, {"a": 0, "c": None}),
        ("struct s { char a; int b; } __packed;", {}, {"a": 0, "b": None}),
        ("struct s { char a; int b __aligned(16); };", {}, {"a": 0, "b": None}),
        ("struct s { char a; int b; } __attribute__((packed));", {}, {"b": None}),
    ],
)
def test_layout_that_is_not_certain_is_none(text: str, config: dict[str, bool], known: dict[str, int | None]) -> None:
    types = types_of(text, config)
    assert {name: types.offset_of(RecordType("struct", "s"), name) for name in known} == known


def test_members() -> None:
    types = types_of(
        "struct s { int a; union { u64 b; struct { u32 low, high; }; }; struct { int x; } in; u32 f:3; u32 :5;"
        "u32 g:1;\n"
        "#ifdef CONFIG_A\nint hidden;\n#endif\nint (*call)(struct s *, int); struct t { int y; } tagged; };"
    )
    s = RecordType("struct", "s")
    for name, shown in {
        "a": "int", "b": "unsigned long long", "high": "unsigned int", "call": "int (struct s *, int) *",
        "f": "unsigned int", "hidden": "int", "tagged": "struct t", "in": "struct s.in",
    }.items():  # fmt: skip
        assert str(types.member(s, name).type) == shown
    assert [types.member(s, n).bits for n in ("f", "g", "a")] == [3, 1, None]
    assert [len(types.member(s, n).path) for n in ("a", "b", "high", "in")] == [0, 1, 2, 0]
    assert str(types.member(RecordType("struct", "s.in"), "x").type) == "int"
    assert str(types.member(RecordType("struct", "t"), "y").type) == "int"
    with pytest.raises(UnsupportedC, match="has no member `hig`") as caught:
        types.member(s, "hig")
    assert "hidden" in caught.value.hint or "high" in caught.value.hint or caught.value.hint == ""


def test_an_unnamed_bit_field_among_others() -> None:
    types = types_of("struct s { unsigned a:3, :0, b:4; };")
    assert types.member(RecordType("struct", "s"), "a").bits == 3
    assert types.slot_of(RecordType("struct", "s"), "b") == (32, 4)


LAYOUTS = """
struct plain { char a; short b; int c; long d; char e; };
struct nested { char a; struct plain b; struct { char x; long y; } c; char d; };
struct anonymous { int a; union { long b; struct { char c; int d; }; char e[13]; }; short f; };
struct arrays { char a[3]; int b[2][3]; void *c[2]; char d; long e[]; };
struct bits { unsigned a:3; unsigned b:30; unsigned c:1; unsigned long d:33; unsigned char e:7, f:2; int g; };
struct bits_unnamed { unsigned a:3; unsigned :0; unsigned b:4; unsigned char :7;
  unsigned char c:1; unsigned long :40; char d; };
struct bits_tight { char a; unsigned b:8; unsigned c:20; unsigned long d:4; short e; unsigned f:16; };
union mixed { char a[9]; long b; struct plain c; unsigned d:5; };
struct pointers { int (*a)(int); char b; struct plain *c; void (*d[3])(void); _Bool e; enum colour f; };
struct wide { char a; __int128 b; char c; };
struct empty_tail { long a; char b; };
struct holder { struct empty_tail a; char b; union mixed c; struct bits d; char e; struct bits_unnamed f; char g; };
struct typedefs { bool a; u16 b; u64 c; s8 d; gpa_t e; size_t f; };
"""
PREAMBLE = """#include <stddef.h>
#include <stdio.h>
#include <string.h>
typedef _Bool bool; typedef unsigned char u8; typedef signed char s8; typedef unsigned short u16;
typedef unsigned int u32; typedef unsigned long long u64; typedef u64 gpa_t;
enum colour { RED, GREEN };
"""


def expected_layouts(folder: Path) -> dict[str, str]:
    """What gcc says: a line for each type's size and for each member's first and last bit."""
    types = types_of("enum colour { RED, GREEN };" + LAYOUTS)
    program = [PREAMBLE, LAYOUTS, "int main(void) {"]
    for record, members in all_members(types):
        kind = f"{record.kind} {record.key}"
        program.append(f'printf("{kind} %zu\\n", sizeof({kind}));')
        for name, bits in members:
            if bits is None:
                program.append(f'printf("{kind}.{name} %zu\\n", offsetof({kind}, {name}) * 8);')
            else:
                program.append(
                    f"{{ {kind} x; unsigned char b[sizeof x]; memset(&x, 0, sizeof x); x.{name} = ~0;"
                    f" memcpy(b, &x, sizeof x); size_t i = 0; while (!(b[i / 8] >> i % 8 & 1)) i++;"
                    f' printf("{kind}.{name} %zu\\n", i); }}'
                )
    program.append("return 0; }")
    (folder / "layout.c").write_text("\n".join(program))
    subprocess.run(["gcc", "-w", "-O0", "-o", str(folder / "layout"), str(folder / "layout.c")], check=True)
    printed = subprocess.run([str(folder / "layout")], check=True, capture_output=True, text=True).stdout
    return dict(line.rsplit(" ", 1) for line in printed.splitlines())  # type: ignore[misc]


def all_members(types: Types) -> Iterator[tuple[RecordType, list[tuple[str, int | None]]]]:
    for kind, key in re.findall(r"^(struct|union) (\w+)", LAYOUTS, re.M):
        record = RecordType(kind, key)
        body = types.record(record)
        names = [n for n, _ in body.members if n]
        if key == "anonymous":
            names += ["b", "c", "d", "e"]
        yield record, [(n, types.member(record, n).bits) for n in names]


def bit_offset(types: Types, record: RecordType, name: str) -> int | None:
    """The offset of a member in bits, through the anonymous members on the way."""
    info = types.member(record, name)
    total, current = 0, record
    for step in (*info.path, name):
        slot = types.slot_of(current, step)
        if slot is None:
            return None
        total += slot.offset
        if step != name:
            inner: CType = types.anonymous_member(current, step)
            assert isinstance(inner, RecordType)
            current = inner
    return total


def test_layouts_are_gccs(tmp_path: Path) -> None:
    types = types_of("enum colour { RED, GREEN };" + LAYOUTS)
    expected = expected_layouts(tmp_path)
    found: dict[str, str] = {}
    for record, members in all_members(types):
        found[f"{record.kind} {record.key}"] = str(types.size_of(record))
        for name, _ in members:
            found[f"{record.kind} {record.key}.{name}"] = str(bit_offset(types, record, name))
    assert found == expected
