"""Sharp corners of C, one a line: each evaluator agrees with gcc or refuses.

For what random programs meet too rarely.  A snippet is the body of `s32 f(s32 a0)`, or its definitions and the body.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from verify.differential.campaign import EVALUATORS, Evaluator
from verify.differential.compiler import JOBS, Library
from verify.differential.loading import Refused
from verify.differential.program import Input, Observed, Program

from .selfcheck import check_sanitizers, planted

PROGRAMS = int(os.environ.get("VERIFY_DIFF_PROGRAMS", "60"))
_THOROUGH = 200
_VALUES = (0, 1, 2, 3, 5, 8, 9, 127, 128, 255, 256, 300, 65535, 65536, 2**31 - 1, -1, -2, -3, -128, -129, -(2**31))

_INPUTS = [Input((value,)) for value in _VALUES]

# Macros whose bodies regroup with what stands around them, also where nothing is evaluated.
_MACROS = (
    ("#define K a0 || 4", "return 0 && K;"),
    ("#define K a0 && 0", "return 1 || K;"),
    ("#define K 1 ? 4 : 8", "return a0 > 9 && K != a0;"),
    ("#define K 1 ? 4 : 8", "return 1 ? a0 : K;"),
    ("#define K 1, 4", "return a0 ? (K) : 2;"),
    ("#define K 3 + 4", "return sizeof(char[1]) * K;"),
    ("#define K 3 + 4", "return a0 - K;"),
    ("#define K 3 + 4", "switch (a0) { case K: return 1; case 2 * K: return 2; } return 3;"),
    ("#define C(n) case n: a0 += n", "switch (a0) { C(1); C(2); break; C(3); default: a0 *= 7; } return a0;"),
    ("#define C break; case 2", "switch (a0) { case 1: a0 = 5; C: a0++; case 3: a0 += 2; } return a0;"),
    ("#define C(n) case n: return n##0", "switch (a0) { C(1); C(2); C(3); default: return a0; } return 4;"),
    ("#define C(n) case n: if (a0 & 1) break; a0++", "switch (a0) { C(1); C(2); C(8); } return a0;"),
    ("#define D default", "switch (a0) { D: return 7; case 2: return 8; } return 1;"),
    (
        "#define C(n) case n: a0 += n\n#define CC(n) C(n); C(n + 1)",
        "switch (a0) { CC(1); CC(8); return 9; } return a0;",
    ),
    ("#define K 2\n#define L K + 1", "u8 v[L * 2] = {}; return sizeof(v) + a0;"),
    ("#define F(a) -a", "return F(-a0);"),
    ("#define F(a) -a", "return a0 -F(a0);"),
    ("#define F(a) +a", "s32 v = a0; return F(+v) + v;"),
    ("#define F(a) a-1", "return F(a0)-1;"),
    ("#define F(a, b) a && b", "return F(a0, 2) || 0;"),
    ("#define F(a, b) a == b", "return 0 == F(a0, 2);"),
    ("#define F(a, b, c) a ? b : c", "return a0 ? 5 : F(a0 - 1, 2, 3);"),
    ("#define F(a, b, c) a ? b : c", "return 1 + F(a0, 2, 3);"),
    ("#define F(a) (u8)a", "return F(a0 + 300);"),
    ("#define F(a) a * a", "return F(a0 + 1);"),
    ("#define F(a) a * a", "return 100 / F(2) + a0;"),
    ("#define F(a, b) a & ~(b)", "return F(a0, 1) == 2;"),
    ("#define F(x) G(x) + 1\n#define G(x) x * 2", "return F(a0 + 1) * 3;"),
    ("#define F(a0) (a0 + 1)", "return F(a0 * 2);"),
    ("#define SET(v) if (v) a0 = 5", "if (a0 > 3) SET(a0 & 1); else a0 = 7; return a0;"),
    ("#define TWO(v) v++; v++", "if (a0 > 3) TWO(a0); return a0;"),
    ("#define EMPTY", "return EMPTY a0 EMPTY + 1;"),
    ("#define BLOCK { a0 = 2; }", "if (a0) BLOCK return a0;"),
    ("#define A0 a0", "s32 v = A0; { s32 a0 = 3; v += A0; } return v;"),
)
# Macros that stand for several items of an initialiser, or for none.
_LISTS = (
    ("#define L 1, 2, 3", "u32 v[] = { L, 4, L }; return v[a0 & 7 & 6] + sizeof(v);"),
    ("#define L 1, 2, 3", "static const u32 v[] = { L }; return v[a0 & 1] + sizeof(v);"),
    ("#define L 1, 2, 3", "u32 v[] = { (L), 5 }; return v[0] * 8 + sizeof(v);"),
    ("#define L 200, 5", "static const char v[] = { L }; return (u8)v[a0 & 1] + sizeof(v);"),
    ("#define L 1, 2, 3", "u32 v[] = { [2] = L, 5 }; return v[3] * 8 + v[5] + sizeof(v);"),
    ("#define L 1, 2, 3", "u32 v[8] = { L, [1] = L }; return v[a0 & 7];"),
    ("#define L [2] = 7, 8", "u32 v[] = { 1, L, 3 }; return v[a0 & 3] + v[4] * 16 + sizeof(v);"),
    ("#define L", "u32 v[] = { 1, 2 L }; return v[1] + sizeof(v) + a0;"),
    ("#define E(x) x, x + 1\n#define L E(a0), E(5)", "u32 v[] = { L, 9 }; return v[1] * 8 + v[3] + sizeof(v);"),
    ("#define E(x) x\n#define L E(1), E(2)", "u8 v[] = { E(L), 9 }; return v[0] * 8 + v[2] + sizeof(v) + a0;"),
    (
        "struct two { u32 a, b; };\n#define P(x) { x, 1 }\n#define L P(3), P(4)",
        "struct two v[] = { L, { 5, a0 } }; return v[1].a * 64 + v[2].b + sizeof(v);",
    ),
    (
        "struct two { u32 a, b; };\n#define L 3, 4",
        "struct two v = { L }; struct two w[] = { { L }, { 5 } }; return v.b * 64 + w[0].b + w[1].a + sizeof(w) + a0;",
    ),
)
_EXPRESSIONS = (
    "return likely(a0 > 1) - 2 < 0u;",
    "return unlikely(a0) >> (a0 & 63);",
    "return sizeof(likely(a0)) + sizeof(WARN_ON(0)) + sizeof(!a0) + sizeof('a') + sizeof(a0 > 1ULL);",
    "return -1 < 0u;",
    "return (u8)a0 << 24 >> 24;",
    "return ((u8)a0 << 24) < 0;",
    "return (u16)a0 * (u16)a0;",
    "return (s8)a0 == a0;",
    "return (bool)(a0 & 256) + (bool)(u8)(a0 & 256);",
    "return !a0 == 0;",
    "return a0 & 1 == 1;",
    "return a0 & 3 ?: 9;",
    "return a0 ? a0 > 0 ? 1 : 2 : 3;",
    "return a0 >> 1 == a0 / 2;",
    "return (a0 >> 1) / -3 * -3 + (a0 >> 1) % -3;",
    "return ~(u8)a0 >> 4;",
    "return (u32)~0 >> 28 | -1 >> 28;",
    "return 0x80000000 < 0 || 2147483648 < 0 || -2147483648 < 0;",
    "return 0x7fffffff + 1u > a0;",
    "return (s64)a0 + 0xffffffff > 0xffffffff;",
    "return (u64)a0 > 0xffffffffUL;",
    "return a0 - -1 - - 1;",
    "return - -a0;",
    "return (a0) - 1 + (a0) * 2 + ((a0) & 3);",
    "return (a0)-1;",
    "s32 v = a0; return (v) & v;",
    "s32 v = a0; return (v) - (v) + -(v);",
    "s32 v[2] = { a0, 7 }; return !v[0]--;",
    "s32 v = a0; return -v++;",
    "s32 v = a0; s32 *p = &v; return ~(*p)++;",
    "s32 v = a0; s32 *p = &v; return -*p;",
    "s32 v = a0; v++ ? (v = 3) : (v += 2); return v;",
    "s32 v = 1; return a0 && v++ || v;",
    "return (a0, a0 + 1, a0 + 2);",
    "u8 v = a0; v += 200; v >>= 1; v *= v; return v;",
    "s8 v = a0; v <<= 3; return v;",
    "bool v = a0; v += 5; v &= 3; return v;",
    "bool v = a0; v <<= 1; return v;",
    "u8 v = a0; return v++ + 0;",
    "u8 v = a0; return ++v;",
    "u8 v; return v = a0;",
    "u64 v = a0; return v >> 60;",
    "s64 v = (u32)a0; return v >> 31;",
    "return min((u8)a0, (u8)3) - 4 < 0;",
    "return min_t(u8, a0, 3) - max_t(s8, a0, 3);",
    "return clamp((s32)a0, -2, 100);",
    "return GENMASK(4, 1) & a0 | BIT(31) >> 20;",
    "return ({ s32 a = a0; a++; a * 2; });",
    "return ((void)0, a0);",
)
_STATEMENTS = (
    "if (a0) (void)(a0); else (void)(a0 + 1); return a0;",
    "if (a0 > 1) if (a0 > 5) return 1; else return 2; return 3;",
    "switch (a0) { default: return 1; case 3: a0++; case 5 ... 9: a0 += 2; } return a0;",
    "switch ((u8)a0) { case 255: return 1; case -1: return 2; } return 3;",
    "switch ((bool)a0) { case 1: return 5; default: return 6; }",
    "switch (a0 & 3) { case 0: break; case 1: { a0 = 9; break; } case 2: if (a0 > 5) break; a0++; } return a0;",
    "switch (a0) { s32 v; case 3: v = 1; return v; } return 0;",
    "for (s32 i = 0; i < 3; i++) { switch (i) { case 1: continue; } a0 += i; } return a0;",
    "for (u8 i = 3; i--; ) a0 += i; return a0;",
    "s32 i = 0; do { if (i == 1) continue; a0++; } while (i++ < 3); return a0 + i;",
    "s32 i; for (i = 0; i < 4; i++) { if (a0 > i) goto out; a0++; } a0 = 50; out: return a0 + i;",
    "s32 i; for (i = 0; i < 4; i++) { if (a0 > i) goto next; a0 += 2; next: a0--; } return a0;",
    "s32 v = a0; { s32 v = 3; v++; } return v;",
    "s32 v = a0; for (s32 v = 0; v < 2; v++) a0++; return v + a0;",
    "s32 v = 1; if (a0) goto skip; v = 2; { s32 w = 5; v += w; skip: v++; } return v;",
    "u32 v[3] = { [1] = a0 }; return v[0] + v[1] + v[(u32)a0 % 3];",
    "s32 x = a0, y = 2, *p = &x; if (a0 & 1) p = &y; *p = 7; return x * 10 + y;",
)
_RECORDS = (
    ("struct s { u32 a : 3; s32 b : 3; u8 c : 7; bool d : 1; };",
     "struct s t = { a0, a0, a0, a0 }; t.a++; t.b--; return t.a - 8 < 0 ? t.b : t.c + t.d;"),
    ("struct s { u32 a : 31; u32 b : 32; };", "struct s t = { a0, a0 }; return (t.a - 1 < 0) + 2 * (t.b - 1 < 0);"),
    ("struct s { s32 a : 1; };", "struct s t = { a0 }; return t.a == 1;"),
    ("struct s { u8 a : 4; u8 : 0; u8 b : 4; };",
     "struct s t = { .b = a0, .a = 1 }; return t.b * 16 + t.a + sizeof(t);"),
    ("union u { u32 w; u8 b[4]; struct { u16 lo; s16 hi; }; };",
     "union u t = { .w = a0 }; t.b[1] = 7; return t.lo + t.hi;"),
    ("union u { u64 q; struct { u32 a : 4; u32 b : 12; u32 c : 16; u8 d; }; };",
     "union u t = { .q = (u32)a0 }; t.b++; t.d = a0; return t.q >> 3 ^ t.c;"),
    ("struct in { s32 x; s16 y; }; struct s { u8 pad; struct in a[2]; };",
     "struct s t = { .a = { [1] = { a0, 2 } } }; t.a[0] = t.a[1]; t.a[a0 & 1].y++; return t.a[0].x + t.a[1].y;"),
    ("struct in { s32 x; }; struct s { u64 p; struct in m; };\n"
     "static inline struct s *up(struct in *i) { return container_of(i, struct s, m); }",
     "struct s t = { .m = { a0 } }; up(&t.m)->p = 5; return t.p + t.m.x;"),
    ("enum e { A, B = 5, C };", "enum e v = a0; return v - 6 < 0 ? A - 1 < 0 : C;"),
    ("enum e { A = -1, B = 5 };", "enum e v = a0; return v - 6 < 0;"),
    ("static s32 twice(void) { return 2; }", "return twice() * a0;"),
    ("static void bump(s32 *p) { (*p)++; ++*p; }", "bump(&a0); return a0;"),
    ("static u8 low(s32 v) { return v; }", "return low(a0);"),
    ("static bool truth(u8 v) { return v; }", "return truth(a0) + truth(a0 >> 8);"),
)  # fmt: skip
_W = "struct w { u32 a; s16 b; u8 c[2]; };"
_BLOCKS = (
    ("", "u32 v; memset(&v, a0, sizeof(v)); return v;"),
    ("", "s8 v[3]; memset(v, a0, sizeof(v)); return v[(u32)a0 % 3];"),
    ("", "u16 v[2][3]; memset(v, 0xa5, sizeof(v)); v[1][2] = a0; memset(v[0], 1, sizeof(v[0])); "
     "return v[0][2] + v[1][(u32)a0 % 3];"),
    ("", "u64 v[4] = { 1, 2, 3, a0 }, w[4]; memcpy(w, v, sizeof(w)); return w[3] + w[0];"),
    ("", "u64 v[4] = { 1, 2, 3, a0 }; memmove(v, v, sizeof(v)); return v[3] + v[(u32)a0 & 3];"),
    ("", "s32 v = a0, *p = &v; return memset(p, 0, sizeof(*p)) == p && !v;"),
    ("", "s32 v = a0, w; return *(s32 *)memcpy(&w, &v, sizeof(w)) + w;"),
    ("", "s32 v = a0; void *p = &v; memset(p, 0x80, sizeof(v)); return v >> 3;"),
    ("", "s32 v[2] = { a0, 7 }; memset(&v[a0 & 1], 0, sizeof(v[0])); return v[0] * 3 + v[1];"),
    ("", "s32 v[2] = { a0, 7 }; memset(&v[0], 2, sizeof(v)); return v[0] + v[1];"),
    ("", "s32 v = a0; memset(&v, v++, sizeof(u8) * 4); return v;"),
    ("", "s32 v = a0; if (a0 > 2) memset((void *)&v, -1, 4); return v + 1;"),
    (_W, "struct w t = { a0, a0, { 3, 4 } }, *p = &t; memset(p, 0x7f, sizeof(*p)); return t.a + t.b - t.c[1];"),
    (_W, "struct w t = { a0, a0, { 3, 4 } }, u; memcpy(&u, &t, sizeof(u)); t.a = 1; return u.a - u.b + u.c[0];"),
    (_W, "struct w t[2] = { { a0 } }; memmove(&t[1], &t[0], sizeof(t[0])); t[0].a++; return t[1].a * t[1].c[0];"),
    (_W, "struct w t[2] = { { a0 } }; memset(t, 0xff, sizeof(t)); return t[a0 & 1].b + t[1].c[1];"),
    (f"{_W}\nstatic s32 clear(struct w *p) {{ memset(p, 0, sizeof(struct w)); return p->a; }}",
     "struct w t = { 1, a0 }; return clear(&t) + t.b;"),
    ("struct s { u32 a : 3; s32 b : 29; u8 c; };",
     "struct s t; memset(&t, 0xff, sizeof(t)); t.c += a0; return t.a + t.b + t.c;"),
    ("struct s { u8 c; u64 d; bool e; };",
     "struct s t, u; memset(&t, 0, sizeof(t)); t.d = a0; memcpy(&u, &t, sizeof(u)); return u.c + u.d + u.e;"),
    ("struct in { u16 x; u16 y; }; struct s { struct in a[2]; struct in *p; };",
     "struct s t; memset(&t, 0, sizeof(t)); t.p = &t.a[1]; t.p->y = a0; memset(&t.a[0], 1, sizeof(t.a[0])); "
     "return t.a[0].x + t.a[1].y;"),
    ("union u { u32 w; u8 b[4]; struct { u16 lo; s16 hi; }; };",
     "union u t; memset(&t, a0, sizeof(t)); t.b[1] = 7; return t.lo ^ t.hi;"),
    ("union u { u32 w; u8 b[4]; }; struct s { union u u; u32 v; };",
     "struct s t = { .v = a0 }, r; memset(&t.u.b, 5, sizeof(t.u.b)); memcpy(&r, &t, sizeof(r)); return r.u.w + r.v;"),
)  # fmt: skip
_GOTOS = (
    "again: if (a0 > 4 && a0 < 40) { a0 -= 3; goto again; } return a0;",
    "s32 i = 0; again: i++; if (i < (a0 & 7)) goto again; return i;",
    "s32 i = 0; outer: i++; { s32 j = 0; inner: j++; a0 ^= j; if (j < 3) goto inner; } if (i < 4) goto outer; return a0;",
    "s32 i = 0; one: i++; two: a0 += i; if (i == 1) goto one; if (i++ < 5) goto two; return a0;",
    "s32 i = 0; again: if (a0 & 1) goto skip; i += 2; skip: i++; a0 >>= 1; if (i < 9) goto again; return i;",
    "s32 i = 0; goto in; again: i += 10; in: i++; if (i < 50) goto again; return i + a0;",
    "s32 i = 0; again: while (1) { i++; if (i == 3) goto again; if (i > 5) break; } return i + a0;",
    "s32 i = 0; again: switch (a0 & 3) { case 0: a0++; goto again; case 1: i++; a0 += 2; if (i < 3) goto again; } "
    "return a0 + i;",
    "s32 i = 0; switch (a0 & 3) { case 1: i = 1; again: case 2: i++; if (i < 5) goto again; break; case 3: goto again; } "
    "return i;",
    "s32 *p = 0, k = 0; again: if (p && k == 1) return *p; s32 x = a0; p = &x; k++; x++; goto again;",
    "s32 *p = 0, k = 0; again:; s32 x = a0; if (k == 1) return *p; p = &x; k++; x += 7; goto again;",
    "s32 k = 0; again:; s32 x[2] = { a0 }; x[1]++; if (k++ < 2) goto again; return x[1] + k;",
    "s32 k = 0, v = a0; again: { s32 x = v; v = x + k; } if (k++ < 3) goto again; return v;",
    "s32 k = 0; if (a0) { again: k += 2; } if (k++ < 8) goto again; return k;",
    "s32 k = 0; again: if (k < 6) { for (s32 i = 0; i < 4; i++) { k++; if (k == 3) goto again; } } return k + a0;",
)
_BUILTINS = (
    "return __builtin_popcount(a0) * 100 + __builtin_popcountl(a0) + __builtin_popcountll((u32)a0);",
    "return __builtin_parity(a0) + 2 * __builtin_parityl(a0) + 4 * __builtin_parityll((u32)a0);",
    "return a0 ? __builtin_ctz(a0) + 100 * __builtin_ctzl(a0) + 10000 * __builtin_ctzll((u64)a0 << 3) : -1;",
    "return a0 ? __builtin_clz(a0) + 100 * __builtin_clzl(a0) + 10000 * __builtin_clzll((u32)a0) : -1;",
    "return __builtin_ffs(a0) + 100 * __builtin_ffsl(a0) + 10000 * __builtin_ffsll((u64)a0 << 33);",
    "return __builtin_bswap16(a0) ^ __builtin_bswap32(a0);",
    "return __builtin_bswap64((u64)a0 << 7) >> 19;",
    "return sizeof(__builtin_bswap16(a0)) + 10 * sizeof(__builtin_bswap64(a0)) + 100 * sizeof(__builtin_ctzl(a0));",
    "return __builtin_popcount((s8)a0) + __builtin_ffs((u8)a0) - 9 < 0;",
    "return a0 && __builtin_ctz(a0) == 0;",
    "u64 v = 1ULL << (a0 & 31) << 7; return __builtin_ctzl(v) + __builtin_clzll(v);",
    "return (a0 ? __builtin_bswap16(a0) : 1) - 2 < 0;",
    "return __builtin_expect(a0 > 1, 0) + __builtin_constant_p(3);",
    "s32 v = a0; return __builtin_popcount(v++) + v;",
)
_ARRAYS = (
    ("", "s32 v[] = { 1, a0, [4] = 3, 7, [2] = 9 }; return v[(u32)a0 % 6] + sizeof(v);"),
    ("", "static const s16 v[] = { [2] = -3, 5, [0] = 1 }; return v[a0 & 3] + 100 * ARRAY_SIZE(v);"),
    ("static const s32 v[] = { 3, [3] = -1, 7 };", "return v[(u32)a0 % 5] + ARRAY_SIZE(v);"),
    ("struct s { s32 a; u8 b; };", "struct s v[] = { { a0 }, [2] = { 4, 5 } }; return v[a0 & 1].a + sizeof(v);"),
    ("", "s32 *p = (s32[]){ 1, a0, 3 }; return p[(u32)a0 % 3] + sizeof((u8[]){ 1, 2 });"),
    ("", "typeof(a0) v[] = { a0, 2 }; typeof(v) w = { [1] = a0 }; return v[0] + w[1] + ARRAY_SIZE(w);"),
    ("", "typeof((u8)a0 + 1ULL) v = a0; typeof(&v) p = &v; return (*p >> 40) + sizeof(typeof(v));"),
)
SNIPPETS = (
    *_ARRAYS,
    *(("", body) for body in _BUILTINS),
    *_BLOCKS,
    *(("", body) for body in _GOTOS),
    *_LISTS,
    *_MACROS,
    *(("", body) for body in _EXPRESSIONS),
    *(("", body) for body in _STATEMENTS),
    *_RECORDS,
)


@pytest.fixture(scope="module")
def expected() -> dict[tuple[str, str], list[Observed]]:
    """What gcc's build of each snippet does; each is a file of its own, as they define the same names."""

    def run(snippet: tuple[str, str]) -> list[Observed]:
        program = _program(*snippet)
        return Library([program], jobs=1).run(program, _INPUTS)

    with ThreadPoolExecutor(JOBS) as pool:
        return dict(zip(SNIPPETS, pool.map(run, SNIPPETS), strict=True))


def _program(definitions: str, body: str) -> Program:
    return planted(f"\t{body}", definitions)


@pytest.mark.parametrize(("definitions", "body"), SNIPPETS, ids=[f"{d} | {b}" for d, b in SNIPPETS])
@pytest.mark.parametrize("evaluator", EVALUATORS, ids=lambda e: e.name)
def test_agrees_with_gcc_or_refuses(
    evaluator: Evaluator, definitions: str, body: str, expected: dict[tuple[str, str], list[Observed]]
) -> None:
    try:
        got = evaluator.evaluate(_program(definitions, body), _INPUTS)
    except Refused as error:
        pytest.skip(f"refused: {error}")
    wrong = [
        f"{given.values[0]}: gcc {e.ret}, {evaluator.name} {g.ret}"
        for given, e, g in zip(_INPUTS, expected[definitions, body], got, strict=True)
        if e != g
    ]
    assert not wrong, "\n".join((definitions, body, *wrong))


@pytest.mark.skipif(PROGRAMS < _THOROUGH, reason=f"VERIFY_DIFF_PROGRAMS is less than {_THOROUGH}")
def test_snippets_are_defined() -> None:
    with ThreadPoolExecutor(JOBS) as pool:
        complaints = pool.map(lambda s: check_sanitizers([_program(*s)]), SNIPPETS)
    assert [(s, c) for s, c in zip(SNIPPETS, complaints, strict=True) if c] == []
