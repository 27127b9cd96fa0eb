"""Specs: what is refused, with file and line; and the claim language's arrows."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify.claims.language import conjuncts, parse, side_of, sides_mentioned
from verify.claims.spec import Expression, find_specs, locate_spec, parse_spec, read_spec, spec_name
from verify.errors import SpecError
from verify.source.text import Source, Span
from verify.syntax import ast

CODE = '[code]\nnew = "a.c"\nentry = "f"\n'
CLAIM = '[[claim]]\nname = "c"\nprove = "1"\n'
GOOD = CODE + CLAIM


def refused(text: str) -> SpecError:
    with pytest.raises(SpecError) as caught:
        parse_spec(text, "dir/spec.toml", "name")
    return caught.value


def test_defaults() -> None:
    spec = parse_spec(GOOD, "dir/spec.toml", "name")
    assert (spec.name, spec.path, spec.title, spec.about) == ("name", "dir/spec.toml", "name", "")
    assert spec.code == (None, "a.c", (), "f", "f")
    assert spec.kernel is None
    assert (spec.assume, spec.define, spec.unroll, spec.names, spec.bits, spec.calls) == ((), {}, None, {}, {}, {})
    (claim,) = spec.claims
    assert (claim.name, claim.says, claim.assume, claim.prove.text, claim.expect) == ("c", "c", (), "1", "proved")


def test_everything() -> None:
    text = """
title = "T"
about = "A\\n"
[code]
old = "b.c"
new = "a.c"
headers = ["k.h"]
entry_old = "g"
entry_new = "f"
assume = ["x == 1", "y == 2"]
define = { CONFIG_A = "y", CONFIG_B = "n", CONFIG_C = true, CONFIG_D = false, CONFIG_E = "m" }
unroll = 40
[kernel]
file = "arch/x.c"
headers = "arch/x.h"
[names]
data = "msr->data"
[bits]
data = "FEAT_"
ret = ["E", "F"]
[calls]
leave = { preserves = ["data"] }
has = { pure = true }
log2 = { constant = true }
trace = { silent = true }
[vars]
bit = "unsigned int"
[[claim]]
name = "one"
says = "One."
assume = "x == 3"
prove = "old.ret == new.ret"
expect = "may differ"
[[claim]]
name = "two"
prove = "data == 1"
"""
    spec = parse_spec(text, "spec.toml", "name")
    assert spec.title == "T"
    assert spec.about == "A"
    assert spec.code == ("b.c", "a.c", ("k.h",), "g", "f")
    assert spec.kernel == ("arch/x.c", "arch/x.c", ("arch/x.h",), "g", "f")
    assert [e.text for e in spec.assume] == ["x == 1", "y == 2"]
    assert dict(spec.define) == dict(
        zip(("CONFIG_" + c for c in ("A", "B", "C", "D", "E_MODULE")), (True, False, True, False, True), strict=True)
    )
    assert spec.unroll == 40
    assert spec.bits == {"data": ("FEAT_",), "ret": ("E", "F")}
    assert {n: c[1:5] for n, c in spec.calls.items()} == {
        "leave": (False, False, False, False),
        "has": (True, False, False, False),
        "log2": (False, True, False, False),
        "trace": (False, False, True, False),
    }
    assert [e.text for e in spec.calls["leave"].preserves] == ["data"]
    assert [(c.name, c.expect, [e.text for e in c.assume]) for c in spec.claims] == [
        ("one", "may differ", ["x == 3"]),
        ("two", "proved", []),
    ]


def test_expressions_know_their_place() -> None:
    text = (
        CODE + 'assume = ["x == 1"]\n[[claim]]\nname = "c"\nprove = "x == 1"\n[[claim]]\nname = "d"\nprove = "x == 1"\n'
    )
    spec = parse_spec(text, "spec.toml", "name")
    assert str(spec.assume[0].span) == "spec.toml:4:12"
    assert [str(c.prove.span) for c in spec.claims] == ["spec.toml:7:10", "spec.toml:10:10"]
    assert all(e.span.text == e.text for e in (spec.assume[0], *(c.prove for c in spec.claims)))


@pytest.mark.parametrize(
    ("value", "place", "shown"),
    [
        ('"""\nx == 1 &&\n  y = = 2\n"""', "8:7", "  y = = 2"),
        ("'''\nx == 1 &&\n  y = = 2'''", "8:7", "  y = = 2'''"),
        ("'y = = 2'", "6:14", "prove = 'y = = 2'"),
        ('"x ==\\t1 && \\u0079 = = 2"', "6:30", 'prove = "x ==\\t1 && \\u0079 = = 2"'),
        ('"""\nx == 1 \\\n   && y = = 2"""', "8:11", '   && y = = 2"""'),
        ('"""\r\nx == 1\r\n&& y = = 2"""', "8:8", '&& y = = 2"""'),
        ('"p = = 2"', "6:14", 'prove = "p = = 2"'),
    ],
)
def test_the_place_of_a_mistake_in_a_claim(value: str, place: str, shown: str) -> None:
    text = f'{CODE}[[claim]]\nname = "c"\nprove = {value}\n'
    (claim,) = parse_spec(text, "spec.toml", "name").claims
    assert claim.prove.span.text == claim.prove.text
    with pytest.raises(SpecError) as caught:
        parse(claim.prove, lambda name: False)
    first, line, caret = str(caught.value).split("\n")[:3]
    assert first.startswith(f"spec.toml:{place}: ")
    assert line == f"    {shown}"
    assert (line + " ")[caret.index("^")] == "="


def test_the_place_of_a_short_expression() -> None:
    spec = parse_spec(CODE + '[[claim]]\nname = "p"\nprove = "p"\nassume = ["e", "p"]\n', "spec.toml", "name")
    (claim,) = spec.claims
    assert [str(e.span) for e in (claim.prove, *claim.assume)] == ["spec.toml:6:10", "spec.toml:7:12", "spec.toml:7:17"]


@pytest.mark.parametrize(
    "text", ["[code", "x = ", "x = 1\nx = 2", "= 3", 'x = "open', "[[claim]]\nname = 'a'\n[claim]\n", "x = 2024-13-45"]
)
def test_bad_toml(text: str) -> None:
    error = refused(text)
    assert error.message.startswith("this isn't valid TOML")
    assert error.span is not None and error.span.source.name == "dir/spec.toml"
    assert "toml.io" in error.hint


def test_toml_that_is_nested_deeply() -> None:
    error = refused("x = " + "[" * 100_000)
    assert error.message.startswith("dir/spec.toml: this ")


@pytest.mark.parametrize(
    ("text", "message", "place", "hint"),
    [
        # unknown keys
        ("titel = 1\n" + GOOD, "unknown key `titel` in the spec", "dir/spec.toml:1:1", "Did you mean `title`?"),
        (CODE + "heders = []\n" + CLAIM, "unknown key `heders` in [code]", "dir/spec.toml:4:1", "`headers`"),
        (GOOD + "sais = 1\n", "unknown key `sais` in [[claim]]", "dir/spec.toml:7:1", "Did you mean `says`?"),
        (CODE + "zzz = 1\n" + CLAIM, "unknown key `zzz` in [code]", "dir/spec.toml:4:1", "Known keys: old, new"),
        (
            GOOD + "[calls]\ng = { pur = true }\n",
            "unknown key `pur` in [calls] g",
            "dir/spec.toml:8:7",
            "Did you mean `pure`?",
        ),
        (GOOD + '[kernel]\nfile = "a"\nold = "b"\n', "unknown key `old` in [kernel]", "dir/spec.toml:9:1", "entry_old"),
        # missing keys
        (CLAIM, "`[code]` is missing", "dir/spec.toml: ", ""),
        ('[code]\nentry = "f"\n' + CLAIM, "`new` (the file with the code) is missing", "dir/spec.toml:1:1", ""),
        ('[code]\nnew = "a.c"\n' + CLAIM, "`entry` (the function's name) is missing", "dir/spec.toml:1:1", ""),
        (
            '[code]\nold = "a.c"\nnew = "a.c"\nentry_new = "f"\n' + CLAIM,
            "`entry` (the function's name) is missing",
            "dir/spec.toml:1:1",
            "",
        ),
        (CODE, "the spec has no [[claim]]", "dir/spec.toml: ", "at least one claim"),
        ("claim = []\n" + CODE, "the spec has no [[claim]]", "dir/spec.toml: ", "at least one claim"),
        (CODE + '[[claim]]\nname = "c"\n', "`prove` is missing in claim c", "dir/spec.toml", ""),
        (CODE + '[[claim]]\nprove = "1"\n', "`name` is missing in [[claim]]", "dir/spec.toml:4:3", ""),
        (GOOD + "[kernel]\n", "`file` is missing in [kernel]", "dir/spec.toml:7:2", ""),
        # wrong types
        ("title = 1\n" + GOOD, "`title` in the spec must be a string", "dir/spec.toml:1:1", ""),
        ("code = 1\n" + CLAIM, "[code] must be a table", "dir/spec.toml", ""),
        ("[code]\nnew = 1\nentry = 'f'\n" + CLAIM, "`new`", "dir/spec.toml:1:1", ""),
        (CODE + "old = 1\n" + CLAIM, "`old` in [code] must be a string", "dir/spec.toml:4:1", ""),
        (CODE + "headers = [1]\n" + CLAIM, "`headers` in [code] must be a string or a list", "dir/spec.toml:4:1", ""),
        (CODE + "headers = {}\n" + CLAIM, "`headers` in [code] must be a string or a list", "dir/spec.toml:4:1", ""),
        (CODE + "assume = 3\n" + CLAIM, "`assume` in [code] must be a string or a list", "dir/spec.toml:4:1", ""),
        (CODE + "unroll = 0\n" + CLAIM, "`unroll` must be a number from 1", "dir/spec.toml:4:1", ""),
        (CODE + "unroll = true\n" + CLAIM, "`unroll` must be a number from 1", "dir/spec.toml:4:1", ""),
        (CODE + 'unroll = "3"\n' + CLAIM, "`unroll` must be a number from 1", "dir/spec.toml:4:1", ""),
        (CODE + "unroll = 10001\n" + CLAIM, "`unroll` must be a number from 1", "dir/spec.toml:4:1", ""),
        (CODE + 'define = "A"\n' + CLAIM, "`define` must be a table", "dir/spec.toml:4:1", ""),
        (CODE + "define = { CONFIG_A = 'x' }\n" + CLAIM, "`CONFIG_A` in `define` must be", "dir/spec.toml:4:12", ""),
        ("names = 3\n" + GOOD, "`names` must be a table", "dir/spec.toml:1:1", ""),
        (GOOD + "[names]\nn = 3\n", "`n` in [names] must be a string", "dir/spec.toml", ""),
        (GOOD + "[vars]\nv = 3\n", "`v` in [vars] must be a string", "dir/spec.toml", ""),
        (GOOD + "[calls]\ng = 3\n", "[calls] g must be a table", "dir/spec.toml", ""),
        (GOOD + "[calls]\ng = { pure = 1 }\n", "`pure` in [calls] g must be true or false", "dir/spec.toml:8:7", ""),
        (GOOD + "expect = 3\n", "`expect` in claim c must be a string", "dir/spec.toml:7:1", ""),
        (CODE + '[[claim]]\nname = 3\nprove = "1"\n', "`name` in [[claim]] must be a string", "dir/spec.toml:5:1", ""),
        ("claim = [1]\n" + CODE, "[[claim]] must be a table", "dir/spec.toml", ""),
        # what can't be right
        (GOOD + 'expect = "true"\n', "`expect` must be one of proved, refuted", "dir/spec.toml:7:11", ""),
        (GOOD + CLAIM, "two claims are called `c`", "dir/spec.toml:8:8", ""),
        (CODE + 'file = "b.c"\n' + CLAIM, "[code] has both `new` and `file`", "dir/spec.toml:4:1", ""),
        (
            GOOD + "[calls]\ng = { pure = true, silent = true }\n",
            "[calls] g says more than one of",
            "dir/spec.toml:8:1",
            "",
        ),
        (GOOD + "[calls]\ng = { preserves = 'x', pure = true }\n", "says more than one of", "dir/spec.toml", ""),
        (GOOD + "[bits]\ndata = 'FEAT_'\n", "[bits] speaks of `data`", "dir/spec.toml:8:1", ""),
        (GOOD + "[names]\nold = 'x'\n", "`old` can't be a name of a spec", "dir/spec.toml:8:1", ""),
        (GOOD + "[names]\n'a b' = 'x'\n", "`a b` can't be a name of a spec", "dir/spec.toml:8:2", ""),
        (GOOD + "[vars]\nret = 'int'\n", "`ret` can't be a name of a spec", "dir/spec.toml:8:1", ""),
        # paths that lead outside
        ('[code]\nnew = "/etc/passwd"\nentry = "f"\n' + CLAIM, "leads outside of the spec's", "dir/spec.toml:2:8", ""),
        ('[code]\nnew = "../a.c"\nentry = "f"\n' + CLAIM, "leads outside of the spec's", "dir/spec.toml:2:8", ""),
        (CODE + 'old = "x/../../a.c"\n' + CLAIM, "leads outside of the spec's", "dir/spec.toml:4:8", ""),
        (CODE + 'headers = ["k.h", "../k.h"]\n' + CLAIM, "leads outside of the spec's", "dir/spec.toml:4:20", ""),
        (GOOD + '[kernel]\nfile = "../a.c"\n', "leads outside of the tree", "dir/spec.toml:8:9", ""),
        (GOOD + '[kernel]\nfile = "a.c"\nheaders = "/k.h"\n', "leads outside of the tree", "dir/spec.toml:9:12", ""),
    ],
)
def test_refused_with_place_and_hint(text: str, message: str, place: str, hint: str) -> None:
    error = refused(text)
    assert message in error.message
    assert str(error).startswith(place)
    assert hint in error.hint


def test_the_place_of_a_key_that_another_word_holds() -> None:
    assert str(refused(GOOD + "prov = 1\n")).startswith("dir/spec.toml:7:1: unknown key `prov`")


def test_messages_show_the_line_with_a_caret() -> None:
    assert str(refused(CODE + "heders = []\n" + CLAIM)).split("\n") == [
        "dir/spec.toml:4:1: unknown key `heders` in [code]",
        "    heders = []",
        "    ^^^^^^",
        "  Did you mean `headers`?",
    ]


def test_specs_behind_symbolic_links(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "spec.toml").write_text(GOOD)
    (tmp_path / "specs" / "linked").symlink_to(tmp_path / "mine")
    (tmp_path / "mine" / "loop").symlink_to(tmp_path / "specs")
    root = str(tmp_path / "specs")
    assert [spec_name(p, root) for p in find_specs(root)] == ["linked"]


def test_specs_on_disk(tmp_path: Path) -> None:
    root = tmp_path / "specs"
    for name in ("b", "a", "examples/deep"):
        (root / name).mkdir(parents=True)
        (root / name / "spec.toml").write_text(GOOD)
    (root / "empty").mkdir()
    found = find_specs(str(root))
    assert [spec_name(p, str(root)) for p in found] == ["a", "b", "examples/deep"]
    assert locate_spec("a", str(root)) == str(root / "a" / "spec.toml")
    assert locate_spec("deep", str(root)) == str(root / "examples" / "deep" / "spec.toml")
    assert locate_spec(str(root / "b"), str(root)) == str(root / "b" / "spec.toml")
    assert locate_spec(str(root / "b" / "spec.toml"), str(root)) == str(root / "b" / "spec.toml")
    assert read_spec(str(root / "b" / "spec.toml"), str(root)).name == "b"
    assert read_spec(str(root / "b" / "spec.toml"), str(tmp_path / "elsewhere")).name == "b"


def test_specs_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "vmx-msr").mkdir()
    (tmp_path / "vmx-msr" / "spec.toml").write_text(GOOD)
    with pytest.raises(SpecError, match="there is no spec `vmx-mrs`") as caught:
        locate_spec("vmx-mrs", str(tmp_path))
    assert caught.value.hint == "Did you mean vmx-msr?"
    with pytest.raises(SpecError, match="there is no directory"):
        find_specs(str(tmp_path / "nowhere"))
    with pytest.raises(SpecError, match=r"can't read .*: No such file"):
        read_spec(str(tmp_path / "nowhere.toml"))
    (tmp_path / "latin.toml").write_bytes(b"title = '\xe9'")
    with pytest.raises(SpecError, match="isn't UTF-8"):
        read_spec(str(tmp_path / "latin.toml"))


def claim(text: str) -> ast.Expr:
    source = Source("spec.toml", f'prove = "{text}"\n')
    return parse(Expression(text, Span(source, 9, 9 + len(text))), lambda name: name in ("u32", "u64"))


def shape(node: ast.Expr) -> str:
    """The tree with all its parentheses."""
    match node:
        case ast.Binary(op, left, right, _):
            return f"({shape(left)} {op} {shape(right)})"
        case ast.Unary(op, operand, _):
            return f"{op}{shape(operand)}"
        case ast.Ident(name, _, _):
            return name
        case ast.Number(value=value):
            return str(value)
        case ast.Conditional(condition, then, otherwise, _):
            return f"({shape(condition)} ? {shape(then) if then else ''} : {shape(otherwise)})"
        case ast.Call(function, arguments, _, _, _):
            return f"{shape(function)}({', '.join(map(shape, arguments))})"
        case ast.Field(inner, name, arrow, _):
            return f"{shape(inner)}{'->' if arrow else '.'}{name}"
        case ast.Index(inner, position, _):
            return f"{shape(inner)}[{shape(position)}]"
        case ast.Cast(operand=operand):
            return f"(cast){shape(operand)}"
        case _:
            return type(node).__name__


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ==> b", "(a ==> b)"),
        ("a<==>b", "(a <==> b)"),
        ("a ==> b ==> c", "(a ==> (b ==> c))"),
        ("a <==> b <==> c", "(a <==> (b <==> c))"),
        ("a ==> b <==> c ==> d", "((a ==> b) <==> (c ==> d))"),
        ("a <==> b ==> c", "(a <==> (b ==> c))"),
        ("a || b ==> c && d", "((a || b) ==> (c && d))"),
        ("a ? b : c ==> d", "((a ? b : c) ==> d)"),
        ("a == b ==> c != d", "((a == b) ==> (c != d))"),
        ("!(a ==> b)", "!(a ==> b)"),
        ("(a ==> b) && (c <==> d)", "((a ==> b) && (c <==> d))"),
        ("f((a ==> b), c)", "f((a ==> b), c)"),
        ("((a ==> b))", "(a ==> b)"),
        ("(a) ==> (b) ==> (c)", "(a ==> (b ==> c))"),
        ("a ==> (b ==> c)", "(a ==> (b ==> c))"),
        ("(a ==> b) <==> (c ==> d)", "((a ==> b) <==> (c ==> d))"),
        ("a ? (b ==> c) : d", "(a ? (b ==> c) : d)"),
        ("x[(a ==> b)]", "x[(a ==> b)]"),
        ("(u32)x ==> (u64)-1 == y", "((cast)x ==> ((cast)-1 == y))"),
        ("old.ret == new.ret", "(old.ret == new.ret)"),
        ("same(old, new, except(ret, calls))", "same(old, new, except(ret, calls))"),
        ("new.p->a.b[3] <= 7", "(new.p->a.b[3] <= 7)"),
        ("a >= b", "(a >= b)"),
        ("a <= b ==> b >= a", "((a <= b) ==> (b >= a))"),
        ("a\n\t==>\n b", "(a ==> b)"),
    ],
)
def test_arrows_bind_loosest(text: str, expected: str) -> None:
    assert shape(claim(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a ==> b) ==> c", "((a ==> b) ==> c)"),
        ("a ==> (b <==> c)", "(a ==> (b <==> c))"),
        ("(a <==> b) ==> c", "((a <==> b) ==> c)"),
        ("(a <==> b) <==> c", "((a <==> b) <==> c)"),
        ("(a <==> b) <==> (c <==> d)", "((a <==> b) <==> (c <==> d))"),
    ],
)
def test_parentheses_around_arrows(text: str, expected: str) -> None:
    assert shape(claim(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this expression is empty"),
        ("   ", "this expression is empty"),
        ("a ==>", "can't be read"),
        ("==> a", "can't be read"),
        ("a ==> ==> b", "can't be read"),
        ("(a", "the brackets of this expression don't match"),
        ("a) && (b", "the brackets of this expression don't match"),
        ("a ==> (b", "the brackets of this expression don't match"),
        ("f(a ==> b)", "an arrow without its two sides"),
        ("a, b", "a comma in a claim"),
        ("a ==> b, c", "a comma in a claim"),
        ("a; b", "can't be read"),
        ("a b", "can't be read"),
        ("if (a) b", "can't be read"),
        ("a = = b", "can't be read"),
    ],
)
def test_what_is_no_claim(text: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        claim(text)
    assert message in caught.value.message or "without its two sides" in caught.value.message
    assert str(caught.value).startswith("spec.toml:1:")


def test_a_name_that_looks_like_a_parsed_arrow_is_none() -> None:
    for text in ("a && _", "__ == 3", "f(a, _, b)"):
        with pytest.raises(SpecError, match="arrow without its two sides"):
            claim(text)


def test_spans_of_claims_are_their_text() -> None:
    tree = claim("a == 1 ==> bb && ccc")
    assert isinstance(tree, ast.Binary)
    assert [n.span.text for n in (tree, tree.left, tree.right)] == ["a == 1 ==> bb && ccc", "a == 1", "bb && ccc"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("old.x", ("old", "x")),
        ("new.p->a.b", ("new", "p->a.b")),
        ("new.p->a[i].b", ("new", "p->a[i].b")),
        ("new.called(f)", ("new", "called(f)")),
        ("old.f(x).y", ("old", "f(x).y")),
        ("older.x", None),
        ("old->x", None),
        ("p.old.x", None),
        ("x", None),
        ("f(old.x)", None),
    ],
)
def test_side_of(text: str, expected: tuple[str, str] | None) -> None:
    found = side_of(claim(text))
    assert (None if found is None else (found[0], shape(found[1]))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x == 1", set()),
        ("old.x", {"old"}),
        ("a ? f(new.x) : b[old.y]", {"old", "new"}),
        ("same(before, new)", {"new"}),
        ("(u32)old.x", {"old"}),
    ],
)
def test_sides_mentioned(text: str, expected: set[str]) -> None:
    assert sides_mentioned(claim(text), {}) == expected


def test_conjuncts() -> None:
    parts = conjuncts(claim("a && (b || c) && (d && e)"))
    assert [shape(p) for p in parts] == ["a", "(b || c)", "d", "e"]
    assert [shape(p) for p in conjuncts(claim("a && b ==> c"))] == ["((a && b) ==> c)"]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("title = \n", "1:9", "this isn't valid TOML: Invalid value"),
        ('title = "\r\n', "1:10", "this isn't valid TOML: Illegal character '\\n'"),
        ("title = [1,\n", "1:12", "this isn't valid TOML: Invalid value, at the end of the file"),
        ('title = "\\u001b[31m"\n' + GOOD, "1:1", "`title` in the spec has a control character"),
        (GOOD.replace('entry = "f"', "entry = 3"), "3:1", "`entry` in [code] must be a string"),
        (GOOD.replace("[[claim]]", "[claim]"), "4:2", "[claim] must be [[claim]]"),
        (GOOD.replace('"c"', '"a\\nb"'), "5:1", "a claim's `name` must be one line of text"),
        (GOOD.replace('"1"', '" "'), "6:1", "`prove` is empty"),
        (GOOD + '[names]\nsizeof = "1"\n', "8:1", "`sizeof` can't be a name of a spec"),
        (GOOD + '[names]\n"d\u0430ta" = "1"\n', "8:2", "`d\u0430ta` can't be a name of a spec"),
        (CODE + 'define = { X = "y" }\n' + CLAIM, "4:12", "`X` in `define` is no configuration symbol"),
    ],
)
def test_place_and_message(text: str, place: str, message: str) -> None:
    error = refused(text)
    assert str(error).startswith(f"dir/spec.toml:{place}: {message}")


def test_a_short_text_is_found_where_it_stands() -> None:
    spec = parse_spec(CODE + CLAIM.replace('"1"', '"d"') + '[names]\nd = "n"\n', "spec.toml", "name")
    assert [str(e.span) for e in (spec.claims[0].prove, spec.names["d"])] == ["spec.toml:6:10", "spec.toml:8:6"]


def test_of_a_long_line_a_part_is_shown() -> None:
    text = GOOD.replace('"1"', f'"{"x" * 500} = {"y" * 500}"')
    place = text.index(" = y") + 1
    shown, caret = Span(Source("spec.toml", text), place, place + 1).excerpt().splitlines()
    assert len(shown) < 120
    assert shown[caret.index("^")] == "="


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "specs" / "odd" / "spec.toml").mkdir(parents=True)
    with pytest.raises(SpecError, match="isn't a file"):
        locate_spec("odd", str(tmp_path / "specs"))
    with pytest.raises(SpecError, match="no directory `nowhere`") as caught:
        locate_spec("feat_ctl", "nowhere")
    assert "--specs" in caught.value.hint
