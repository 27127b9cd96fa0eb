"""Pairs that differ only in how C reads them: macros, attributes, enums, types.  None may be proved the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify import check
from verify.source.text import Source
from verify.syntax.definitions import Definitions
from verify.syntax.index import index_file

S = "struct s { u32 a; u32 b; u32 arr[4]; struct s *next; u32 *out; };\nextern u32 g(u32 x);\nextern void h(u32 *p);\n"

# name: (old, new); the entry is f; claim: same(old, new)
DIFFERENT = {
    "a macro within a string": (
        '#define FMT "a"\nextern void log(const char *);\nu32 f(u32 n) { log("x" FMT); return n; }',
        '#define FMT "b"\nextern void log(const char *);\nu32 f(u32 n) { log("x" FMT); return n; }',
    ),
    "a macro made a string by another": (
        "#define STR(x) #x\n#define XSTR(x) STR(x)\n#define K 1\nextern void log(const char *);\n"
        "u32 f(u32 n) { log(XSTR(K)); return n; }",
        "#define STR(x) #x\n#define XSTR(x) STR(x)\n#define K 2\nextern void log(const char *);\n"
        "u32 f(u32 n) { log(XSTR(K)); return n; }",
    ),
    "a macro pasted by another": (
        "#define CAT(a, b) a##b\n#define XCAT(a, b) CAT(a, b)\n#define N 1\nstruct t { u32 m1; u32 mN; };\n"
        "u32 f(struct t *p) { return p->XCAT(m, N); }",
        "struct t { u32 m1; u32 mN; };\nu32 f(struct t *p) { return p->mN; }",
    ),
    "an enum in a block": (
        "enum { A = 7 };\nu32 f(u32 n) { { enum { A = 3 }; } return A; }",
        "u32 f(u32 n) { return 3; }",
    ),
    "an enum in a block and a parameter": (
        "u32 f(u32 A) { { enum { A = 3 }; return A; } }",
        "u32 f(u32 A) { return A; }",
    ),
    "a struct in a function": (
        "struct t { u8 x; };\nu32 f(u32 n) { struct t { u32 x; } v; v.x = n; return v.x; }",
        "struct t { u8 x; };\nu32 f(u32 n) { struct t v; v.x = n; return v.x; }",
    ),
    "a macro behind its use": (
        "static u32 k(u32 x) { return x; }\nu32 f(u32 n) { return k(n); }\n#define k(x) 0",
        "u32 f(u32 n) { return 0; }",
    ),
    "a macro that another macro uses before its definition": (
        "static u32 K(u32 x) { return x; }\n#define M(x) K(x)\n"
        "static u32 j(u32 n) { return M(n); }\n#define K(x) 0\nu32 f(u32 n) { return M(n) + j(n); }",
        "#define K(x) 0\nu32 f(u32 n) { return 0; }",
    ),
    "#undef": (
        "static u32 k(u32 x) { return x; }\n#define k(x) 0\n#undef k\nu32 f(u32 n) { return k(n); }",
        "u32 f(u32 n) { return 0; }",
    ),
    "#undef of an idiom": (
        "#undef BIT\nextern u64 BIT(int);\nu64 f(u32 n) { return BIT(1); }",
        "u64 f(u32 n) { return 2; }",
    ),
    "a macro called like a member": (
        "#define a b\nu32 f(struct s *p) { return p->a; }",
        "u32 f(struct s *p) { return p->a; }",
    ),
    "a macro called like a variable": (
        "#define VAR x, y\nu32 f(u32 n) { u32 y = 1; { u32 VAR = 5; return y; } }",
        "u32 f(u32 n) { return 1; }",
    ),
    "a macro called like a type": (
        "#define u32 u8\nu64 f(u64 n) { return (u32)n; }",
        "u64 f(u64 n) { return (u32)n; }",
    ),
    "a macro called like an annotation": (
        "#define __used , y = 3\nu32 f(u32 n) { u32 y = 1; { u32 x __used; return y; } }",
        "u32 f(u32 n) { return 1; }",
    ),
    "one's own BIT": (
        "#define BIT(n) (2UL << (n))\nu64 f(u32 n) { return BIT(1); }",
        "u64 f(u32 n) { return 2; }",
    ),
    "one's own min": (
        "#define min(a, b) ((a) < (b) ? (a) : (b))\nu32 f(u32 n) { return min(g(n), 5u); }",
        "u32 f(u32 n) { return min(g(n), 5u); }",
    ),
    "a function called like an idiom": (
        "static inline u32 max3(u32 a, u32 b, u32 c) { return 7; }\nu32 f(u32 n) { return max3(n, n, n); }",
        "u32 f(u32 n) { return n; }",
    ),
    "one's own gfn_t": (
        "typedef u16 gfn_t;\nu64 f(u64 n) { gfn_t x = n; return x; }",
        "u64 f(u64 n) { return n; }",
    ),
    "__builtin_constant_p": (
        "u32 f(u32 n) { return __builtin_constant_p(5); }",
        "u32 f(u32 n) { return 0; }",
    ),
    "__builtin_constant_p of an inlined parameter": (
        "static inline u32 k(u32 x) { return __builtin_constant_p(x); }\nu32 f(u32 n) { return k(5); }",
        "u32 f(u32 n) { return 0; }",
    ),
    "cleanup": (
        "u32 f(u32 n) { u32 x __attribute__((cleanup(h))) = 1; return n; }",
        "u32 f(u32 n) { u32 x = 1; return n; }",
    ),
    "__free": ("u32 f(u32 n) { u32 x __free(h) = 1; return n; }", "u32 f(u32 n) { u32 x = 1; return n; }"),
    "mode": (
        "u64 f(u64 n) { unsigned int __attribute__((mode(QI))) x = n; return x; }",
        "u64 f(u64 n) { unsigned int x = n; return x; }",
    ),
    "alias": (
        'static u32 k1(u32 x) { return 1; }\nu32 k(u32 x) __attribute__((alias("k1")));\nu32 f(u32 n) { return k(n); }',
        'static u32 k1(u32 x) { return 2; }\nu32 k(u32 x) __attribute__((alias("k1")));\nu32 f(u32 n) { return k(n); }',
    ),
    "weak": (
        "__weak u32 k(u32 x) { return 1; }\nu32 f(u32 n) { return k(n); }",
        "u32 f(u32 n) { return 1; }",
    ),
    "a macro called like a member that is called": (
        "struct o { u32 (*fn)(u32); u32 (*other)(u32); };\n#define fn(x) other(x)\n"
        "u32 f(struct o *p, u32 n) { return p->fn(n); }",
        "struct o { u32 (*fn)(u32); u32 (*other)(u32); };\nu32 f(struct o *p, u32 n) { return p->fn(n); }",
    ),
    "a member behind an attribute's macro": (
        "#define MYAL __attribute__((aligned(16)))\nstruct t { u8 a; MYAL u32 b; };\n"
        "u32 f(u32 n) { return sizeof(struct t); }",
        "u32 f(u32 n) { return 8; }",
    ),
    "a variable behind an attribute's macro": (
        "#define MYMODE __attribute__((mode(QI)))\nu32 f(u32 n) { MYMODE u32 x = n; return x; }",
        "u32 f(u32 n) { u32 x = n; return x; }",
    ),
    "a variable called like a type": (
        "typedef u8 T;\nu32 f(u32 n) { u32 T = n; return (T) & 3; }",
        "u32 f(u32 n) { return (u8)n & 3; }",
    ),
    "a conditional #undef": (
        "#define K 1\n#ifdef CONFIG_A\n#undef K\n#define K 2\n#endif\nu32 f(u32 n) { return K; }",
        "u32 f(u32 n) { return 1; }",
    ),
    "packed by a macro": (
        "#define MYPACKED __attribute__((packed))\nstruct t { u8 a; u32 b; } MYPACKED;\n"
        "u32 f(u32 n) { return sizeof(struct t); }",
        "u32 f(u32 n) { return 8; }",
    ),
    "packed by a pragma": (
        "#pragma pack(1)\nstruct t { u8 a; u32 b; };\nu32 f(u32 n) { return sizeof(struct t); }",
        "u32 f(u32 n) { return 8; }",
    ),
    "_Alignas": (
        "struct t { u8 a; _Alignas(16) u8 b; };\nu32 f(u32 n) { return sizeof(struct t); }",
        "u32 f(u32 n) { return 2; }",
    ),
    "a typedef with an alignment": (
        "typedef u64 __attribute__((aligned(4))) cu64;\nstruct t { u32 a; cu64 b; };\n"
        "u32 f(u32 n) { return sizeof(struct t); }",
        "u32 f(u32 n) { return 16; }",
    ),
    "a typedef of a typedef with an alignment": (
        "typedef u64 __attribute__((aligned(4))) cu64;\ntypedef cu64 du64;\nstruct t { u32 a; du64 b[2]; };\n"
        "u32 f(u32 n) { return sizeof(struct t); }",
        "u32 f(u32 n) { return 24; }",
    ),
    "a packed enum": (
        "enum e { A } __packed;\nu32 f(u32 n) { return sizeof(enum e); }",
        "u32 f(u32 n) { return 4; }",
    ),
    "a shuffled struct": (
        "struct t { u32 a; u32 b; } __randomize_layout;\nu32 f(u32 n) { return offsetof(struct t, b); }",
        "u32 f(u32 n) { return 4; }",
    ),
    "the first member of a shuffled struct": (
        "struct t { u32 a; u32 b; } __randomize_layout;\nu32 f(u32 n) { return offsetof(struct t, a); }",
        "u32 f(u32 n) { return 0; }",
    ),
    "arguments of a warning": (
        'u32 f(u32 n) { WARN(n, "x", g(1)); return 0; }',
        'u32 f(u32 n) { WARN(n, "x"); return 0; }',
    ),
    "what only looks like an include guard": (
        "#ifndef CONFIG_A\n#define CONFIG_A\nstatic u32 k(u32 n) { return n; }\n#endif\nu32 f(u32 n) { return k(n); }",
        "u32 f(u32 n) { return n; }",
    ),
    "members from a macro": (
        "#define FIELDS u32 x; u32 y;\nstruct t { FIELDS };\nu32 f(u32 n) { return sizeof(struct t); }",
        "u32 f(u32 n) { return 0; }",
    ),
    "two members from a macro's name": (
        "#define XY x, y\nstruct t { u32 XY; };\nu32 f(u32 n) { return sizeof(struct t); }",
        "u32 f(u32 n) { return 4; }",
    ),
    "members from a file": (
        'struct t { u32 a;\n#include "list.h"\n};\nu32 f(u32 n) { return sizeof(struct t); }',
        "u32 f(u32 n) { return 4; }",
    ),
    "enumerators from a macro": (
        "#define LIST X1, X2\nenum { A, LIST, D };\nu32 f(u32 n) { return D; }",
        "u32 f(u32 n) { return 2; }",
    ),
    "enumerators from a file": (
        'enum { A,\n#include "list.h"\nD };\nu32 f(u32 n) { return D; }',
        "u32 f(u32 n) { return 1; }",
    ),
    "a comment that goes on": (
        "u32 f(u32 n) { // comment \\\n\treturn 5;\n\treturn n; }",
        "u32 f(u32 n) { return 5; }",
    ),
    "a type without a tag and a tag of one name": (
        "typedef struct { u8 a; } foo;\nstruct foo { u32 a; u32 c; };\n"
        "u32 f(u32 n) { foo x; x.a = 1; return sizeof(foo) + sizeof(struct foo); }",
        "u32 f(u32 n) { return 2; }",
    ),
    "a narrow type of one's own": (
        "typedef u8 my_t;\nu32 f(u32 n) { my_t x = n; return x; }",
        "typedef u16 my_t;\nu32 f(u32 n) { my_t x = n; return x; }",
    ),
    "a typedef with a width of vectors": (
        "typedef u32 v4 __attribute__((vector_size(16)));\nu32 f(u32 n) { return sizeof(v4); }",
        "u32 f(u32 n) { return 4; }",
    ),
}  # fmt: skip

# The harmless forms: both sides are proved the same.
SAME = {
    "strings": (
        '#define FMT "a"\nextern void log(const char *);\nu32 f(u32 n) { log("x" FMT); return n; }',
        '#define FMT  "a"\nextern void log(const char *);\nu32 f(u32 n) { log("x" FMT); return n + 0; }',
    ),
    "an argument made a string": (
        "#define STR(x) #x\nextern void log(const char *);\nu32 f(u32 n) { log(STR(n)); return n; }",
        '#define STR(x) #x\nextern void log(const char *);\nu32 f(u32 n) { log("n"); return n; }',
    ),
    "pasting": (
        "#define CAT(a, b) a##b\nstruct t { u32 m1; };\nu32 f(struct t *p) { return p->m1 + CAT(1, 0); }",
        "struct t { u32 m1; };\nu32 f(struct t *p) { return p->m1 + 10; }",
    ),
    "pasting the name of a macro with parameters": (
        "#define UL(x) 7\n#define CAT(a, b) a##b\n#define XCAT(a, b) CAT(a, b)\nu64 f(u32 n) { return XCAT(5, UL); }",
        "u64 f(u32 n) { return 5; }",
    ),
    "a macro in front of its use": (
        "#define k(x) 0\nu32 f(u32 n) { return k(n); }",
        "u32 f(u32 n) { return 0; }",
    ),
    "a macro between its definition and its #undef": (
        "#undef K\n#define K 5\nu32 f(u32 n) { return K; }\n#undef K",
        "u32 f(u32 n) { return 5; }",
    ),
    "a macro that tells of itself": (
        "enum { A = 4, B };\n#define A A\nu32 f(u32 n) { return A + B; }",
        "u32 f(u32 n) { return 9; }",
    ),
    "a macro with parameters and a member of its name": (
        "#define a(x) 7\nu32 f(struct s *p) { return p->a; }",
        "u32 f(struct s *p) { return p->a + 0; }",
    ),
    "a struct of a function's own": (
        "u32 f(u32 n) { struct t { u32 x; } v; v.x = n; return v.x; }",
        "u32 f(u32 n) { return n; }",
    ),
    "an idiom defined as the kernel does": (
        "#define BIT(nr) (1UL << (nr))\n#define __used __attribute__((__used__))\nu64 f(u32 n) { return BIT(1); }",
        "u64 f(u32 n) { return 2; }",
    ),
    "types as the kernel defines them": (
        "typedef unsigned char u8;\ntypedef u8 __u8;\nu32 f(u32 n) { return (u8)n; }",
        "u32 f(u32 n) { return n & 255; }",
    ),
    "__builtin_constant_p of a variable": (
        "u32 f(u32 n) { return __builtin_constant_p(n) ? n : n + 0; }",
        "u32 f(u32 n) { return n; }",
    ),
    "harmless attributes": (
        "static __attribute__((noinline, section(\".text.k\"))) u32 k(u32 x) { return x; }\n"
        "u32 f(u32 n) { u32 x __attribute__((unused)) = 1; return k(n); }",
        "u32 f(u32 n) { return n; }",
    ),
    "a layout without attributes": (
        "struct t { u8 a; u32 b; } t;\nu32 f(u32 n) { return sizeof(struct t); }",
        "u32 f(u32 n) { return 8; }",
    ),
    "the first member of a packed struct": (
        "struct t { u32 a; u32 b; } __packed;\nu32 f(u32 n) { return offsetof(struct t, a); }",
        "u32 f(u32 n) { return 0; }",
    ),
    "a warning's format": (
        'u32 f(struct s *p, u32 n) { WARN(n, "x %d", p->a); return 0; }',
        'u32 f(struct s *p, u32 n) { WARN(n, "y"); return 0; }',
    ),
    "an include guard": (
        "/* a */\n#ifndef X_H\n#define X_H\nstatic u32 k(u32 n) { return n; }\nu32 f(u32 n) { return k(n); }\n#endif",
        "u32 f(u32 n) { return n; }",
    ),
    "an apostrophe under #if 0": (
        "#if 0\nit's broken {\n#endif\nu32 f(u32 n) { return n; }\n#if 0\n#else\n#define K 1\n#endif",
        "u32 f(u32 n) { return n; }",
    ),
    "a typedef of a scalar": ("typedef u8 T;\nu32 f(u32 n) { return (T)n; }", "u32 f(u32 n) { return n & 0xff; }"),
    "a typedef of a struct": (
        "typedef struct { u32 v; } p_t, *pp_t;\nu32 f(p_t *n) { return n->v; }",
        "typedef struct { u32 v; } p_t;\nu32 f(p_t *n) { return n->v + 0; }",
    ),
    "a typedef of a tag": (
        "typedef struct s T;\nu32 f(T *n) { return n->a; }",
        "u32 f(struct s *n) { return n->a; }",
    ),
    "a typedef of a function pointer": (
        "typedef u32 (*fn_t)(u32);\nu32 f(fn_t k) { return k(1); }",
        "typedef u32 (*fn_t)(u32);\nu32 f(fn_t k) { return k(1) + 0; }",
    ),
    "a typedef with annotations": (
        "typedef u32 __attribute__((unused)) __bitwise q_t;\nu32 f(q_t n) { return (q_t)5; }",
        "u32 f(u32 n) { return 5; }",
    ),
    "a member called like a type": (
        "typedef u16 T;\nstruct t { T T; u8 u8; };\nu32 f(struct t *p) { return p->T + p->u8; }",
        "struct t { u16 T; u8 u8; };\nu32 f(struct t *p) { return p->T + p->u8; }",
    ),
}  # fmt: skip


def spec(folder: Path, old: str, new: str, claim: str = "same(old, new)") -> str:
    (folder / "before.c").write_text(S + old)
    (folder / "after.c").write_text(S + new)
    code = '[code]\nold = "before.c"\nnew = "after.c"\nentry = "f"\n'
    (folder / "spec.toml").write_text(f'{code}[[claim]]\nname = "claim"\nprove = "{claim}"\n')
    return str(folder)


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_is_not_proved(name: str, tmp_path: Path) -> None:
    claim = check(spec(tmp_path, *DIFFERENT[name])).claims[0]
    assert claim.word in ("refuted", "unsupported", "may differ"), claim


@pytest.mark.parametrize("name", SAME)
def test_the_harmless_form_is_proved(name: str, tmp_path: Path) -> None:
    claim = check(spec(tmp_path, *SAME[name])).claims[0]
    assert claim.word == "proved", claim


def test_an_include_guard_may_have_a_value(tmp_path: Path) -> None:
    text = "#ifndef X_H\n#define X_H 1\nu32 f(u32 n) { return n; }\n#endif"
    assert check(spec(tmp_path, text, text)).claims[0].word == "proved"


def test_nothing_is_called_behind_what_never_returns(tmp_path: Path) -> None:
    text = "extern void panic(const char *s) __attribute__((noreturn));\nu32 f(u32 n) { panic(0); g(1); return 0; }"
    assert check(spec(tmp_path, text, text, "new.called(g)")).claims[0].word == "refuted"


def test_that_something_is_no_constant_is_named(tmp_path: Path) -> None:
    text = "u32 f(u32 n) { return __builtin_constant_p(n) ? 1 : n; }"
    claim = check(spec(tmp_path, text, text)).claims[0]
    assert any("__builtin_constant_p" in assumption for assumption in claim.rests_on)


def test_a_refused_attribute_is_shown(tmp_path: Path) -> None:
    old = "u32 f(u32 n) { u32 x __attribute__((mode(SI))) = 1; return n; }"
    claim = check(spec(tmp_path, old, old)).claims[0]
    assert "this attribute may change what the code does" in str(claim)


@pytest.mark.parametrize(("end", "replaced"), [("#undef u32\n", False), ("", True)])
def test_a_macro_that_its_header_undefines_again_replaces_nothing(end: str, replaced: bool) -> None:
    """arch/x86/include/asm/apicdef.h does so with u32."""
    code = index_file(Source("f.c", "struct s { u32 x; };\nint f(struct s *p) { return p->x; }\n"))
    header = index_file(Source("h.h", "#define u32 unsigned int\nstruct t { u32 y; };\n" + end))
    definitions = Definitions([code, header], {})
    assert definitions.is_replaced("u32", code.functions["f"][0].span) is replaced
    assert definitions.is_replaced("u32", header.tags["struct t"][0].span)


@pytest.mark.parametrize("before", ["", '#include "other.h"\n'])
def test_a_macro_in_front_of_the_include_that_brings_it(before: str, tmp_path: Path) -> None:
    (tmp_path / "k.h").write_text("#define K 5\n")
    text = before + 'static int K;\nint f(int n) { return n + VALUE; }\n#include "k.h"\n'
    for name, value in (("old", "K"), ("new", "5")):
        (tmp_path / f"{name}.c").write_text(text.replace("VALUE", value))
    code = '[code]\nold = "old.c"\nnew = "new.c"\nheaders = ["k.h"]\nentry = "f"\n'
    (tmp_path / "spec.toml").write_text(code + '[[claim]]\nname = "claim"\nprove = "same(old, new)"\n')
    assert check(str(tmp_path)).claims[0].word == "unsupported"


@pytest.mark.parametrize(
    "end", ["", "#ifdef CONFIG_A\n#undef v\n#endif\n", "/*\n#undef v\n*/\n", "#if 0\n#undef v\n#endif\n"]
)
def test_a_macro_that_a_header_brings_which_nothing_else_needs(end: str, tmp_path: Path) -> None:
    """As a variable's name it makes `v` the parameter; only an #undef that certainly comes ends it."""
    (tmp_path / "h.h").write_text("#define v w\n" + end)
    for name, body in (("old", "{ u32 v = 1; return w; }"), ("new", "return w;")):
        (tmp_path / f"{name}.c").write_text(
            f'#include "h.h"\nunsigned f(unsigned w) {{ {body.replace("u32", "unsigned")} }}\n'
        )
    code = '[code]\nold = "old.c"\nnew = "new.c"\nentry = "f"\n'
    (tmp_path / "spec.toml").write_text(code + '[[claim]]\nname = "claim"\nprove = "same(old, new)"\n')
    assert check(str(tmp_path)).claims[0].word == "unsupported"
