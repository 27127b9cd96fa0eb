"""memset(), memcpy() and memmove() of whole objects: pairs that differ aren't the same, equal pairs haven't changed."""

from __future__ import annotations

from tests.unit.attacks import Attack, never_changed, never_the_same

_W = "struct w { u32 a; u32 b; };\n"
_P = "struct p { u8 x; u32 y; };\nextern void gp(struct p *q);\nextern void cp(void *q, u32 n);\n"
_N = "struct in { u16 a; u16 b; };\nstruct o { struct in in[2]; u64 z; struct o *next; };\n"
_U = "union v { u64 a; struct { u8 c; u32 d; } s; u8 b[8]; };\n"
_B = "struct bf { u32 a : 3; u32 b : 29; };\nstruct bo { bool t; u8 c; };\n"
_F = "struct fl { u32 n; u32 tail[]; };\n"

DIFFERENT = {
    "a member is set behind it": Attack(
        f"{_W}void f(struct w *p) {{ memset(p, 0, sizeof(*p)); }}",
        f"{_W}void f(struct w *p) {{ memset(p, 0, sizeof(*p)); p->b = 1; }}",
        "refuted", "changed",
    ),
    "a part only": Attack(
        f"{_W}void f(struct w *p) {{ memset(p, 0, sizeof(*p)); }}",
        f"{_W}void f(struct w *p) {{ memset(p, 0, sizeof(p->a)); }}",
        "open", "open",
    ),
    "a part only, by itself": Attack(
        f"{_W}void f(struct w *p) {{ memset(p, 0, 4); }}",
        f"{_W}void f(struct w *p) {{ p->a = 0; p->b = 0; }}",
        "open", "open",
    ),
    "the size of the pointer": Attack(
        "struct big { u64 a; u64 b; };\nvoid f(struct big *p) { memset(p, 0, sizeof(p)); }",
        "struct big { u64 a; u64 b; };\nvoid f(struct big *p) { p->a = 0; p->b = 0; }",
        "open", "open",
    ),
    "a size that is asked for": Attack(
        f"{_W}void f(struct w *p, u32 n) {{ memset(p, 0, n); }}",
        f"{_W}void f(struct w *p, u32 n) {{ p->a = 0; p->b = 0; }}",
        "open", "open",
    ),
    "another byte": Attack(
        "u32 f(u32 n) { u32 x; memset(&x, 1, sizeof(x)); return x; }",
        "u32 f(u32 n) { return 1; }",
        "refuted", "changed",
    ),
    "the byte is cut": Attack(
        "u32 f(u32 n) { u8 x[2]; memset(x, 0x1ff, sizeof(x)); return x[1]; }",
        "u32 f(u32 n) { return 0x1ff; }",
        "refuted", "changed",
    ),
    "more than padding": Attack(
        f"{_P}void f(struct p *p) {{ memset(p, 0, sizeof(*p)); }}",
        f"{_P}void f(struct p *p) {{ p->x = 0; p->y = 1; }}",
        "refuted", "changed",
    ),
    "more than padding, at times": Attack(
        f"{_P}void f(struct p *p, u32 n) {{ memset(p, 0, sizeof(*p)); }}",
        f"{_P}void f(struct p *p, u32 n) {{ p->x = 0; p->y = n; }}",
        "refuted", "changed",
    ),
    "more than padding, of a local": Attack(
        f"{_P}void f(u32 n) {{ struct p x; memset(&x, 0, sizeof(x)); x.y = n; cp(&x, sizeof(x)); }}",
        f"{_P}void f(u32 n) {{ struct p x = {{ .x = 1, .y = n }}; cp(&x, sizeof(x)); }}",
        "open", "open",
    ),
    "another order": Attack(
        f"{_W}void f(struct w *p) {{ memset(p, 0, sizeof(*p)); e(); }}",
        f"{_W}void f(struct w *p) {{ e(); memset(p, 0, sizeof(*p)); }}",
        "refuted", "changed",
    ),
    "padding that leaks": Attack(
        f"{_P}void f(u32 n) {{ struct p x; memset(&x, 0, sizeof(x)); x.y = n; cp(&x, sizeof(x)); }}",
        f"{_P}void f(u32 n) {{ struct p x = {{ .y = n }}; cp(&x, sizeof(x)); }}",
        "open", "open",
    ),
    "padding that leaks from memory": Attack(
        f"{_P}void f(struct p *p) {{ memset(p, 0, sizeof(*p)); cp(p, sizeof(*p)); }}",
        f"{_P}void f(struct p *p) {{ p->x = 0; p->y = 0; cp(p, sizeof(*p)); }}",
        "open", "open",
    ),
    "padding that leaks later": Attack(
        f"{_P}void f(struct p *p, struct p *q) {{ memmove(p, q, sizeof(*p)); }}",
        f"{_P}void f(struct p *p, struct p *q) {{ p->x = q->x; p->y = q->y; }}",
        "open", "open",
    ),
    "padding of an element that leaks": Attack(
        f"{_P}void f(u32 n) {{ struct p x[2]; memset(x, 0, sizeof(x)); cp(x, sizeof(x)); }}",
        f"{_P}void f(u32 n) {{ struct p x[2] = {{}}; cp(x, sizeof(x)); }}",
        "open", "open",
    ),
    "a hole between bit-fields": Attack(
        f"struct h {{ u32 a : 3; u32 : 5; u32 b : 24; }};\n{_P}"
        "void f(u32 n) { struct h x; memset(&x, 0, sizeof(x)); cp(&x, 4); }",
        f"struct h {{ u32 a : 3; u32 : 5; u32 b : 24; }};\n{_P}"
        "void f(u32 n) { struct h x = {}; cp(&x, 4); }",
        "open", "open",
    ),
    "padding seen through a union": Attack(
        f"{_U}u64 f(u32 n) {{ union v x; x.a = 0; memset(&x.s, 0x5a, sizeof(x.s)); return x.a; }}",
        f"{_U}u64 f(u32 n) {{ return 0x5a5a5a5a0000005aULL; }}",
        "open", "open",
    ),
    "the source is read first": Attack(
        f"{_W}u32 f(struct w *p, struct w *q) {{ struct w x; memcpy(&x, p, sizeof(x)); p->a = 1; return x.a; }}",
        f"{_W}u32 f(struct w *p, struct w *q) {{ p->a = 1; return p->a; }}",
        "refuted", "changed",
    ),
    "aliases": Attack(
        f"{_W}u32 f(struct w *p, struct w *q) {{ memset(p, 0, sizeof(*p)); return q->a; }}",
        f"{_W}u32 f(struct w *p, struct w *q) {{ u32 a = q->a; memset(p, 0, sizeof(*p)); return a; }}",
        "refuted", "changed",
    ),
    "aliases of what is copied": Attack(
        f"{_W}u32 f(struct w *p, struct w *q) {{ memmove(p, q, sizeof(*p)); q->a = 5; return p->a; }}",
        f"{_W}u32 f(struct w *p, struct w *q) {{ u32 a = q->a; memmove(p, q, sizeof(*p)); q->a = 5; return a; }}",
        "refuted", "changed",
    ),
    "memcpy that may overlap": Attack(
        f"{_W}void f(struct w *p, struct w *q) {{ *p = *q; }}",
        f"{_W}void f(struct w *p, struct w *q) {{ memcpy(p, q, sizeof(*p)); }}",
        "open", "open",
    ),
    "the other way round": Attack(
        f"{_W}void f(struct w *p, struct w *q) {{ memmove(p, q, sizeof(*p)); }}",
        f"{_W}void f(struct w *p, struct w *q) {{ memmove(q, p, sizeof(*p)); }}",
        "refuted", "changed",
    ),
    "of another member": Attack(
        f"{_N}void f(struct o *p, struct o *q) {{ memmove(&p->in[0], &q->in[1], sizeof(p->in[0])); }}",
        f"{_N}void f(struct o *p, struct o *q) {{ memmove(&p->in[1], &q->in[0], sizeof(p->in[0])); }}",
        "refuted", "changed",
    ),
    "a record inside is forgotten": Attack(
        f"{_N}void f(struct o *p) {{ memset(p, 0, sizeof(*p)); }}",
        f"{_N}void f(struct o *p) {{ p->z = 0; p->next = 0; p->in[0].a = 0; p->in[0].b = 0; p->in[1].a = 0; }}",
        "refuted", "changed",
    ),
    "an array's last element": Attack(
        "void f(struct s *p) { memset(p->arr, 0, sizeof(p->arr)); }",
        "void f(struct s *p) { u32 i; for (i = 0; i < 3; i++) p->arr[i] = 0; }",
        "refuted", "changed",
    ),
    "an array beyond the first element": Attack(
        "u32 f(u32 n) { u32 x[2] = { 5, 6 }; memset(&x[1], 0, sizeof(x[1])); return x[0]; }",
        "u32 f(u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "an array from its second element": Attack(
        "u32 f(u32 n) { u32 x[2] = { 5, 6 }; memset(&x[1], 0, sizeof(x)); return x[1]; }",
        "u32 f(u32 n) { return 0; }",
        "open", "open",
    ),
    "a bit-field": Attack(
        f"{_B}u32 f(u32 n) {{ struct bf x; memset(&x, 0xff, sizeof(x)); return x.a; }}",
        f"{_B}u32 f(u32 n) {{ return 0xff; }}",
        "refuted", "changed",
    ),
    "a bit-field of other bytes": Attack(
        f"{_B}u32 f(u32 n) {{ struct bf x; memset(&x, 1, sizeof(x)); return x.a; }}",
        f"{_B}u32 f(u32 n) {{ return 0; }}",
        "open", "open",
    ),
    "a bool of other bytes": Attack(
        f"{_B}u32 f(u32 n) {{ struct bo x; memset(&x, 2, sizeof(x)); return x.t; }}",
        f"{_B}u32 f(u32 n) {{ return 0; }}",
        "open", "open",
    ),
    "a flexible array": Attack(
        f"{_F}void f(struct fl *p) {{ p->tail[0] = 1; memset(p, 0, sizeof(*p)); }}",
        f"{_F}void f(struct fl *p) {{ p->tail[0] = 0; p->n = 0; }}",
        "open", "open",
    ),
    "a pointer that is kept": Attack(
        "u32 f(struct s *p, u32 n) { u32 x = n, *q[1] = { &x }; memset(q, 0, sizeof(q)); return q[0] == 0; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "its own memset": Attack(
        "static void memset(void *p, int c, unsigned long n) { u32 *q = p; *q = 5; }\n"
        "u32 f(u32 n) { u32 x = 0; memset(&x, 0, sizeof(x)); return x; }",
        "static void memset(void *p, int c, unsigned long n) { u32 *q = p; *q = 5; }\nu32 f(u32 n) { return 0; }",
        "refuted", "open",
    ),
    "its own macro": Attack(
        "#define memset(p, c, n) (*(p) = 5)\nu32 f(u32 n) { u32 x = 0; memset(&x, 0, sizeof(x)); return x; }",
        "#define memset(p, c, n) (*(p) = 5)\nu32 f(u32 n) { return 0; }",
        "open", "open",
    ),
    "its own of another type": Attack(
        "extern void memset(void *p, int c, u32 n);\nu32 f(u32 n) { u32 x = n; memset(&x, 0, sizeof(x)); return x; }",
        "extern void memset(void *p, int c, u32 n);\nu32 f(u32 n) { return 0; }",
        "open", "open",
    ),
    "a variable of that name": Attack(
        "u32 f(void (*memset)(u32 *, int, unsigned long)) { u32 x = 1; memset(&x, 0, sizeof(x)); return x; }",
        "u32 f(void (*memset)(u32 *, int, unsigned long)) { return 0; }",
        "open", "open",
    ),
    "seen as another record": Attack(
        f"{_W}struct other {{ u32 a; u32 b; }};\n"
        "u32 f(struct w *p) { p->a = 1; memset((struct other *)p, 0, sizeof(struct other)); return p->a; }",
        f"{_W}struct other {{ u32 a; u32 b; }};\nu32 f(struct w *p) {{ p->a = 1; p->b = 0; return 1; }}",
        "open", "open",
    ),
    "a null pointer": Attack(
        f"{_W}void f(struct w *p) {{ if (p) memset(p, 0, sizeof(*p)); }}",
        f"{_W}void f(struct w *p) {{ memset(p, 0, sizeof(*p)); }}",
        "open", "open",
    ),
    "on one path": Attack(
        f"{_W}void f(struct w *p, u32 n) {{ if (n) memset(p, 0, sizeof(*p)); else p->a = 0; }}",
        f"{_W}void f(struct w *p, u32 n) {{ p->a = 0; if (n > 1) p->b = 0; }}",
        "refuted", "changed",
    ),
    "the arguments' order": Attack(
        f"{_W}u32 f(struct w *p, u32 n) {{ memset(p, n++, sizeof(*p)); return n; }}",
        f"{_W}u32 f(struct w *p, u32 n) {{ memset(p, n, sizeof(*p)); return n; }}",
        "refuted", "changed",
    ),
}  # fmt: skip

EQUAL = {
    "member by member": Attack(
        f"{_W}void f(struct w *p) {{ memset(p, 0, sizeof(*p)); }}",
        f"{_W}void f(struct w *p) {{ p->a = 0; p->b = 0; }}",
        "proved", "same",
    ),
    "an empty list": Attack(
        f"{_W}void f(struct w *p) {{ memset(p, 0, sizeof(struct w)); }}",
        f"{_W}void f(struct w *p) {{ *p = (struct w){{}}; }}",
        "proved", "same",
    ),
    "a number for the size": Attack(
        f"{_W}void f(struct w *p) {{ memset(p, 0, 8); }}",
        f"{_W}void f(struct w *p) {{ p->a = 0; p->b = 0; }}",
        "proved", "same",
    ),
    "through void *": Attack(
        f"{_W}void f(struct w *p) {{ memset((void *)p, 0, sizeof(*p)); }}",
        f"{_W}void f(struct w *p) {{ p->a = 0; p->b = 0; }}",
        "proved", "same",
    ),
    "through a helper": Attack(
        "static void clear(void *p, unsigned long n) { memset(p, 0, n); }\n"
        "u32 f(u32 n) { u32 x[3]; clear(x, sizeof(x)); return x[n % 3]; }",
        "static void clear(void *p, unsigned long n) { memset(p, 0, n); }\nu32 f(u32 n) { return 0; }",
        "proved", "open",
    ),
    "the compiler's own": Attack(
        f"{_W}void f(struct w *p) {{ __builtin_memset(p, 0, sizeof(*p)); }}",
        f"{_W}void f(struct w *p) {{ memset(p, 0, sizeof(*p)); }}",
        "proved", "same",
    ),
    "padding that nobody sees": Attack(
        f"{_P}u32 f(u32 n) {{ struct p x; memset(&x, 0, sizeof(x)); x.y = n; return x.x + x.y; }}",
        f"{_P}u32 f(u32 n) {{ struct p x = {{ .y = n }}; return x.x + x.y; }}",
        "proved", "same",
    ),
    "padding in both": Attack(
        f"{_P}void f(struct p *p) {{ memset(p, 0, sizeof(*p)); p->y = 1; cp(p, sizeof(*p)); }}",
        f"{_P}void f(struct p *p) {{ memset(p, 0, sizeof(struct p)); p->y = 1; cp(p, sizeof(*p)); }}",
        "proved", "same",
    ),
    "padding in both, of a local": Attack(
        f"{_P}void f(u32 n) {{ struct p x; memset(&x, 0, sizeof(x)); x.y = n; cp(&x, sizeof(x)); }}",
        f"{_P}void f(u32 n) {{ struct p x; memset(&x, 0, sizeof(x)); x.y = n + 0; cp(&x, sizeof(x)); }}",
        "proved", "same",
    ),
    "padding that was never set": Attack(
        f"{_P}void f(struct p *p, u32 n) {{ struct p x = {{ .y = n }}; memcpy(p, &x, sizeof(x)); }}",
        f"{_P}void f(struct p *p, u32 n) {{ struct p x; x.x = 0; x.y = n; memcpy(p, &x, sizeof(x)); }}",
        "proved", "same",
    ),
    "padding, to one that knows its type": Attack(
        f"{_P}void f(u32 n) {{ struct p x; memset(&x, 0, sizeof(x)); x.y = n; gp(&x); }}",
        f"{_P}void f(u32 n) {{ struct p x = {{ .y = n }}; gp(&x); }}",
        "open", "open",
    ),
    "padding, to one that knows its type, and memory behind it": Attack(
        f"{_P}u32 f(struct s *s, u32 n) {{ struct p x; memset(&x, 0, sizeof(x)); x.y = n; gp(&x); return s->a; }}",
        f"{_P}u32 f(struct s *s, u32 n) {{ struct p x = {{ .y = n }}; gp(&x); return s->a; }}",
        "open", "open",
    ),
    "padding, to one that answers": Attack(
        f"{_P}extern u32 hp(struct p *q);\n"
        "u32 f(struct p *p) { memset(p, 0, sizeof(*p)); return hp(p); }",
        f"{_P}extern u32 hp(struct p *q);\nu32 f(struct p *p) {{ p->x = 0; p->y = 0; return hp(p); }}",
        "open", "open",
    ),
    "padding in memory": Attack(
        f"{_P}void f(struct p *p) {{ memset(p, 0, sizeof(*p)); }}",
        f"{_P}void f(struct p *p) {{ *p = (struct p){{}}; }}",
        "open", "open",
    ),
    "assignment": Attack(
        f"{_W}void f(struct w *p, struct w *q) {{ memmove(p, q, sizeof(*p)); }}",
        f"{_W}void f(struct w *p, struct w *q) {{ *p = *q; }}",
        "proved", "same",
    ),
    "assignment from memcpy": Attack(
        f"{_W}void f(struct w *p, struct w *q) {{ memcpy(p, q, sizeof(*p)); }}",
        f"{_W}void f(struct w *p, struct w *q) {{ *p = *q; }}",
        "open", "assuming",
    ),
    "memcpy in both": Attack(
        f"{_W}void f(struct w *p, struct w *q) {{ memcpy(p, q, sizeof(*p)); }}",
        f"{_W}void f(struct w *p, struct w *q) {{ memcpy(p, q, 8); }}",
        "open", "same",
    ),
    "memcpy of a local": Attack(
        f"{_W}u32 f(struct w *p) {{ struct w x; memcpy(&x, p, sizeof(x)); return x.a + x.b; }}",
        f"{_W}u32 f(struct w *p) {{ return p->a + p->b; }}",
        "proved", "same",
    ),
    "memmove onto itself": Attack(
        f"{_W}void f(struct w *p) {{ memmove(p, p, sizeof(*p)); }}",
        f"{_W}void f(struct w *p) {{ }}",
        "proved", "same",
    ),
    "an array": Attack(
        "void f(struct s *p) { memset(p->arr, 0xff, sizeof(p->arr)); }",
        "void f(struct s *p) { u32 i; for (i = 0; i < 4; i++) p->arr[i] = ~0; }",
        "proved", "same",
    ),
    "an array by its first element": Attack(
        "void f(struct s *p) { memset(&p->arr[0], 0, sizeof(p->arr)); }",
        "void f(struct s *p) { memset(&p->arr, 0, 16); }",
        "proved", "same",
    ),
    "an array that is copied": Attack(
        "void f(struct s *p) { u32 x[4]; memcpy(x, p->arr, sizeof(x)); memcpy(p->next->arr, x, sizeof(x)); }",
        "void f(struct s *p) { u32 x[4], i; for (i = 0; i < 4; i++) x[i] = p->arr[i];"
        " for (i = 0; i < 4; i++) p->next->arr[i] = x[i]; }",
        "proved", "same",
    ),
    "a union": Attack(
        f"{_U}u64 f(u32 n) {{ union v x; memset(&x, 0x5a, sizeof(x)); return x.a + x.b[3] + x.s.d; }}",
        f"{_U}u64 f(u32 n) {{ return 0x5a5a5a5a5a5a5a5aULL + 0x5a + 0x5a5a5a5a; }}",
        "proved", "same",
    ),
    "what it returns": Attack(
        f"{_W}u32 f(struct w *p) {{ struct w *q = memset(p, 0, sizeof(*p)); return q == p; }}",
        f"{_W}u32 f(struct w *p) {{ p->a = 0; p->b = 0; return 1; }}",
        "open", "open",
    ),
    "a symbolic byte": Attack(
        "u32 f(u32 n) { u32 x; memset(&x, n, sizeof(x)); return x; }",
        "u32 f(u32 n) { return (n & 0xff) * 0x01010101; }",
        "proved", "same",
    ),
    "records inside": Attack(
        f"{_N}void f(struct o *p) {{ memset(p, 0, sizeof(*p)); }}",
        f"{_N}void f(struct o *p) {{ *p = (struct o){{}}; }}",
        "proved", "same",
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)


test_never_changed = never_changed(EQUAL)
