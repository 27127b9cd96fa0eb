"""Gotos backwards: pairs that differ aren't the same, equal pairs haven't changed."""

from __future__ import annotations

from tests.unit.attacks import Attack, never_changed, never_the_same

DIFFERENT = {
    "once more": Attack(
        "u32 f(u32 n) { u32 i = 0; again: i++; if (i < 3) goto again; return i; }",
        "u32 f(u32 n) { u32 i = 0; again: i++; if (i < 4) goto again; return i; }",
        "refuted", "changed",
    ),
    "without an end": Attack(
        "u32 f(u32 n) { u32 i = 0; again: if (i < n) { i++; goto again; } return i; }",
        "u32 f(u32 n) { u32 i = 0; again: if (i < n) { i++; goto again; } return i + 1; }",
        "open", "changed",
    ),
    "another end": Attack(
        "u32 f(u32 n) { u32 r; again: r = g(n); if (r == 5) goto again; return r; }",
        "u32 f(u32 n) { u32 r; again: r = g(n); if (r == 6) goto again; return r; }",
        "open", "changed",
    ),
    "far beyond the bound": Attack(
        "u32 f(u32 n) { u32 i = 0; again: i++; if (i < 1000) goto again; return i; }",
        "u32 f(u32 n) { return 1001; }",
        "open", "open",
    ),
    "beyond the bound, at times": Attack(
        "u32 f(u32 n) { u32 i = 0; again: i++; if (i < n) goto again; return i < 200; }",
        "u32 f(u32 n) { return 1; }",
        "open", "open",
    ),
    "to another label": Attack(
        "u32 f(u32 n) { u32 i = 0; one: i++; two: i += 2; if (i < 7) goto one; return i; }",
        "u32 f(u32 n) { u32 i = 0; one: i++; two: i += 2; if (i < 7) goto two; return i; }",
        "refuted", "changed",
    ),
    "crossed": Attack(
        "u32 f(u32 n) { u32 i = 0; one: i++; two: i += 2; if (i == 3) goto one; if (i < 9) goto two; return i; }",
        "u32 f(u32 n) { u32 i = 0; one: i++; two: i += 2; if (i == 3) goto two; if (i < 9) goto one; return i; }",
        "refuted", "changed",
    ),
    "a call each time": Attack(
        "void f(u32 n) { u32 i = 0; again: e(); if (++i < 2) goto again; }",
        "void f(u32 n) { e(); }",
        "refuted", "changed",
    ),
    "the last time it warns": Attack(
        "u32 f(u32 n) { u32 i = 0; again: if (i < 2) { i++; goto again; } WARN_ON(i == 2); return i; }",
        "u32 f(u32 n) { return 2; }",
        "refuted", "changed",
    ),
    "a value that is kept": Attack(
        "u32 f(u32 n) { u32 *p = 0, k = 0; again: if (p) return *p + k; u32 x = 5; p = &x; x = n; k++; goto again; }",
        "u32 f(u32 n) { return 6; }",
        "refuted", "changed",
    ),
    "leaves a loop": Attack(
        "u32 f(u32 n) { u32 k = 0, i; again: for (i = 0; i < 3; i++) { if (++k == 2) goto again; } return k; }",
        "u32 f(u32 n) { return 3; }",
        "refuted", "changed",
    ),
    "in a callee": Attack(
        "static u32 up(u32 v) { again: if (v & 1) { v += 3; goto again; } return v; }\nu32 f(u32 n) { return up(n); }",
        "static u32 up(u32 v) { again: if (v & 1) { v += 1; goto again; } return v; }\nu32 f(u32 n) { return up(n); }",
        "refuted", "assuming",
    ),
    "forward in a loop": Attack(
        "u32 f(struct s *p, u32 n) { u32 i; for (i = 0; i < 4; i++) { if (p->arr[i] > n) goto next; p->arr[i]++; next:; }"
        " return i; }",
        "u32 f(struct s *p, u32 n) { u32 i; for (i = 0; i < 4; i++) { if (p->arr[i] > n) goto out; p->arr[i]++; } out:"
        " return 4; }",
        "refuted", "changed",
    ),
    "into a loop, from behind it": Attack(
        "u32 f(u32 n) { u32 i, k = 0; for (i = 0; i < 2; i++) { k++; in:; k += 2; } if (k < 9) goto in; return k; }",
        "u32 f(u32 n) { return 6; }",
        "open", "open",
    ),
    "into a block": Attack(
        "u32 f(u32 n) { u32 k = 0; if (n) { again: k += 2; } if (k++ < 4) goto again; return k; }",
        "u32 f(u32 n) { return 5; }",
        "open", "open",
    ),
    "for ever": Attack(
        "u32 f(u32 n) { again: if (n) goto again; return 1; }",
        "u32 f(u32 n) { return 1; }",
        "open", "open",
    ),
    "under an #if": Attack(
        "u32 f(u32 n) { again: n++;\n#ifdef CONFIG_A\nif (n & 1) goto again;\n#endif\nreturn n; }",
        "u32 f(u32 n) { n++; return n; }",
        "refuted", "open",
    ),
}  # fmt: skip

EQUAL = {
    "do while": Attack(
        "u32 f(u32 n) { u32 i = 0; again: i++; if (i < 3) goto again; return i + n; }",
        "u32 f(u32 n) { u32 i = 0; do i++; while (i < 3); return i + n; }",
        "proved", "same",
    ),
    "while": Attack(
        "u32 f(struct s *p, u32 n) { u32 i = 0; again: if (i < 4) { p->arr[i] = n; i++; goto again; } return i; }",
        "u32 f(struct s *p, u32 n) { u32 i = 0; while (i < 4) { p->arr[i] = n; i++; } return i; }",
        "proved", "same",
    ),
    "a forward goto inside": Attack(
        "u32 f(u32 n) { u32 i = 0; again: if (n & 1) goto skip; i += 2; skip: n >>= 1; if (i++ < 3) goto again; return i; }",
        "u32 f(u32 n) { u32 i = 0; do { if (!(n & 1)) i += 2; n >>= 1; } while (i++ < 3); return i; }",
        "proved", "open",
    ),
    "jumped into": Attack(
        "u32 f(u32 n) { u32 i = 0; goto in; again: i += 10; in: i++; if (i < 20) goto again; return i + n; }",
        "u32 f(u32 n) { u32 i = 1; while (i < 20) i += 11; return i + n; }",
        "proved", "same",
    ),
    "nested": Attack(
        "u32 f(u32 n) { u32 i = 0, k = 0; one: i++; two: k++; if (k % 3) goto two; if (i < 3) goto one; return k; }",
        "u32 f(u32 n) { return 9; }",
        "proved", "same",
    ),
    "retry once": Attack(
        "u32 f(u32 n) { u32 r, tries = 0; again: r = g(n); if (!r && !tries++) goto again; return r; }",
        "u32 f(u32 n) { u32 r = g(n); if (!r) r = g(n); return r; }",
        "proved", "same",
    ),
    "the same object": Attack(
        "u32 f(u32 n) { u32 *p = 0, k = 0; again:; u32 x = 7 + n; if (k == 1) return *p; p = &x; k++; x++; goto again; }",
        "u32 f(u32 n) { return 7 + n; }",
        "proved", "same",
    ),
    "forward in a loop": Attack(
        "u32 f(struct s *p, u32 n) { u32 i; for (i = 0; i < 4; i++) { if (p->arr[i] > n) goto next; p->arr[i]++; next:; }"
        " return i; }",
        "u32 f(struct s *p, u32 n) { u32 i; for (i = 0; i < 4; i++) if (p->arr[i] <= n) p->arr[i]++; return i; }",
        "proved", "same",
    ),
    "an error path above": Attack(
        "u32 f(struct s *p, u32 n) { if (0) { out: return 1; } if (n) return 2; p->a = 1; return 3; }",
        "u32 f(struct s *p, u32 n) { if (n) return 2; p->a = 1; return 3; }",
        "open", "open",
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)


test_never_changed = never_changed(EQUAL)
