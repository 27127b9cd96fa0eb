"""Objects of file scope and static locals that are `const`: what they hold is known, unless they are volatile."""

from __future__ import annotations

from tests.unit.attacks import ASSUMING, NAMED, OPEN, Attack, never_changed, never_the_same


def held(declared: str, value: str, expression: str = "k", parameters: str = "void", claim: str = OPEN) -> Attack:
    """`expression`, which reads what is `declared`, and the value that its initialiser says."""
    head = f"static u32 v;\n{declared}\nu32 f({parameters}) {{ return"
    return Attack(f"{head} {expression}; }}", f"{head} {value}; }}", claim, {"proved": "same"}.get(claim, OPEN))


def pointer(declared: str, claim: str = OPEN) -> Attack:
    return held(declared, "p == &v", "p == k", "const u32 *p", claim)


CONSTANT = {
    "number": held("static const u32 k = 3;", "3", claim="proved"),
    "number behind": held("static u32 const k = 3;", "3", claim="proved"),
    "typedef": held("typedef const u32 number;\nstatic number k = 3;", "3", claim="proved"),
    "element": held("static const u32 k[] = {1, 3};", "3", "k[1]", claim="proved"),
    "pointer": pointer("static u32 *const k = &v;", claim="proved"),
    "pointer to what is const": pointer("static const u32 *const k = &v;", claim="proved"),
    "typedef of a pointer": pointer("typedef u32 *pointer;\nstatic const pointer k = &v;", claim="proved"),
    "through the pointer": held("static u32 *const k = &v;", "v", "*k", claim="proved"),
}
CHANGING = {
    "volatile": held("static const volatile u32 k = 3;", "3"),
    "volatile in front": held("static volatile const u32 k = 3;", "3"),
    "volatile as gcc spells it": held("static const __volatile__ u32 k = 3;", "3"),
    "volatile element": held("static const volatile u32 k[] = {1, 3};", "3", "k[1]"),
    "volatile pointer": pointer("static u32 *const volatile k = &v;"),
    "volatile typedef": held("typedef volatile u32 number;\nstatic const number k = 3;", "3"),
    "typedef of both": held("typedef const volatile u32 number;\nstatic number k = 3;", "3"),
    "not the pointer": pointer("static const u32 *k = &v;"),
    "not the typedef of a pointer": pointer("typedef const u32 *pointer;\nstatic pointer k = &v;"),
    "another number": held("static const u32 k = 3;", "4"),
    "another pointer": held("static u32 w;\nstatic u32 *const k = &w;", "p == &v", "p == k", "u32 *p"),
}
LOCAL = Attack(
    "u32 f(void) { static const volatile u32 k = 3; return k; }",
    "u32 f(void) { static const volatile u32 k = 3; return 3; }",
    "refuted",
    "changed",
)


test_constants_are_what_they_are_said_to_be = never_changed(CONSTANT)


test_never_the_same = never_the_same(CHANGING)


test_a_volatile_static_local = never_the_same({"static": LOCAL})


STRING = {
    "at an index": Attack("u32 f(void) { const char *s = \"abc\"; return (u8)s[1]; }", "u32 f(void) { return 'b'; }", OPEN, OPEN),
    "its end": Attack("u32 f(void) { return !*\"\"; }", "u32 f(void) { return 1; }", OPEN, OPEN),
    "one of two": Attack(
        "u32 f(u32 x) { const char *s = x ? \"a\" : \"b\"; return (u8)*s - 'a'; }", "u32 f(u32 x) { return !x; }", OPEN, OPEN
    ),
    "at any index": Attack(
        "u32 f(u32 x) { return (u8)\"aaa\"[x & 1]; }", "u32 f(u32 x) { return 'a'; }", OPEN, OPEN
    ),
    "what it is of": Attack(
        "u32 f(u32 x) { return (u8)\"abc\"[x]; }", "u32 f(u32 x) { return (u8)*(\"abc\" + x); }", NAMED, ASSUMING
    ),
}  # fmt: skip


test_what_a_string_holds_is_no_difference = never_changed(STRING)
