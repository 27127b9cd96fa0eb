"""Rewrites a piece of C so that tree-sitter-c parses it as a compiler would, and remembers where each token came from.

tree-sitter has no table of typedef names, so it guesses, often silently wrong: `(u32)(x)` becomes a call and
`(u64)-1` a subtraction.  We tell it: each known type name `T` becomes `struct __type_T`.  A type among a call's
arguments becomes a name, `typeof(…)` a type, GNU's case range an operator, and annotations that don't change what code
does are dropped.  All of it is undone when the tree is converted (`verify.syntax.convert`).
"""

from __future__ import annotations

from collections.abc import Callable

from verify.patterns import pattern
from verify.syntax.lexer import OPENING, TOKEN
from verify.tuples import NamedTuple

TYPE_PREFIX = "__type_"
TYPEOF_PREFIX = "__typeof_"
ARGUMENT_PREFIX = "__typearg_"
RANGE_OPERATOR = "||"
FOR_EACH_PREFIX = "__each_"

# Words that say where code or data lives or who may call it, never what it computes.
ANNOTATIONS = frozenset(
    """__init __exit __initdata __initconst __exitdata __meminit __cpuinit __devinit __always_inline __inline __inline__
    __always_unused __maybe_unused __used __unused __user __kernel __iomem __rcu __percpu __force __bitwise __nocast
    __private __read_mostly __ro_after_init __visible __cold __pure __attribute_const__ __must_check __deprecated
    __weak __noreturn __malloc __cpuidle __ref __refdata __sched __lockfunc __latent_entropy __noclone __nonstring
    __no_sanitize_address __no_kcsan __no_kasan_or_inline __noinitretpoline __nocfi __flatten __cacheline_aligned
    __cacheline_aligned_in_smp ____cacheline_aligned ____cacheline_aligned_in_smp __jiffy_arch_data noinstr notrace
    noinline noinline_for_stack nokprobe_inline asmlinkage __noendbr __extension__ __randomize_layout
    __no_randomize_layout __counted_by_ptr
    """.split()
)
# The same, with an argument list of their own.
ANNOTATION_CALLS = frozenset(
    """__attribute__ __attribute __printf __scanf __releases __acquires __must_hold __section __alloc_size __aligned
    __cond_acquires __counted_by __no_sanitize __assume_aligned __diag_push __diag_pop _Static_assert""".split()
)
# The attributes that change neither what code does nor a type, but for a layout (see LAYOUT_WORDS).
ATTRIBUTES = frozenset(
    """access address_space aligned alloc_align alloc_size always_inline artificial assume_aligned bitwise
    btf_decl_tag btf_type_tag cold const constructor context counted_by deprecated designated_init destructor error
    externally_visible fallthrough flatten force format format_arg gnu_inline hot leaf malloc may_alias
    no_instrument_function no_profile_instrument_function no_reorder no_sanitize no_sanitize_address
    no_sanitize_thread no_sanitize_undefined no_split_stack no_stack_protector nocast noclone nocf_check noderef
    noinline noipa nonnull nonstring noreturn nothrow optimize packed patchable_function_entry pure randomize_layout
    no_randomize_layout require_context retain returns_nonnull section sentinel target target_clones tls_model
    unused used visibility warn_unused_result warning weak zero_call_used_regs""".split()
)
_C23_ATTRIBUTES = frozenset(("deprecated", "fallthrough", "maybe_unused", "nodiscard", "noreturn"))
_REFUSED_CALLS = frozenset(("__alias", "__cleanup", "__free", "__mode"))
_CLEANUPS = {"__cleanup": "", "__free": "__free_"}  # the kernel's words for it; how the functions' names begin
REFUSED = "@"  # no character of C: stands for an attribute that may change what code does
# Annotations that do change a layout: the words that `verify.syntax.types` looks for.
LAYOUT_WORDS = pattern(
    r"\b(?:__packed|packed|__packed__|__aligned|aligned|__aligned__|__(?:__)?cacheline_aligned\w*|_Alignas|alignas"
    r"|__randomize_layout|randomize_layout)\b"
)
# Words whose own definition as a macro would change how everything else reads.
C_WORDS = frozenset(
    """auto break case char const continue default do double else enum extern float for goto if inline int long
    register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
    _Bool typeof __typeof__ asm""".split()
)
_MORE_DROPPED = frozenset(("__packed",))
_TYPEOF = frozenset(("typeof", "__typeof__", "__typeof", "__typeof_unqual__", "typeof_unqual"))
_STATEMENT_STARTS = frozenset(("", "{", "}", ";", ")", ":", "else", "do"))
_TAG_WORDS = frozenset(("struct", "union", "enum"))
_VOLATILE = frozenset(("volatile", "__volatile__", "__volatile"))
_QUALIFIERS = _VOLATILE | {"const"}
_KEPT_BETWEEN = ANNOTATIONS | _MORE_DROPPED | _QUALIFIERS
_BUILTIN = _QUALIFIERS.union("void char short int long float double signed unsigned _Bool bool __signed__".split())
_FOR_EACH = pattern(r"\w*(?:for_each|FOR_EACH)\w*")
_NOT_CALLED = frozenset("sizeof if while for switch return typeof __typeof__ __alignof__ _Alignof alignof".split())
_OFFSETOF = frozenset(("offsetof", "__builtin_offsetof"))
_ALIGNOF = frozenset(("__alignof__", "__alignof", "_Alignof"))
_ASM = frozenset(("asm", "__asm__", "__asm"))
_ASM_QUALIFIERS = _VOLATILE | {"inline", "__inline", "__inline__"}
# A preprocessing number that is no number of C, but may be a macro's argument, to be pasted (C17 6.4.8).
_ONLY_PASTED = pattern(r"(?!0[bB][01]+[uUlL]*$)\d+(?![xX])(?![eE][-+.\d])(?![uUlL]+$)[A-Za-z_]\w*")
_REWRITTEN = (
    ANNOTATIONS
    | _MORE_DROPPED
    | _VOLATILE
    | ANNOTATION_CALLS
    | _REFUSED_CALLS
    | _TYPEOF
    | _OFFSETOF
    | _ALIGNOF
    | _ASM
    | {"__UNIQUE_ID"}
)
_DECLARED_ENDS = frozenset(";,[)")
_NO_TYPE_AFTER = frozenset((".", "->", "struct", "union", "enum", "goto"))


class Prepared(NamedTuple):
    """`text` for tree-sitter (ASCII).

    `starts[i]` is where the character at offset i of it begins in the original text, and `ends[i]` where it ends; of a
    rewritten token all characters begin and end where the token does.  `typeofs` are the operand ranges, in the
    original text, of each `typeof`; `cleanups` where GNU's attribute of that name stands, and the function it names.
    """

    text: str
    starts: list[int]
    ends: list[int]
    typeofs: list[tuple[int, int]]
    cleanups: list[tuple[int, str]]


def prepare(text: str, is_type: Callable[[str], bool], *, in_body: bool, body_start: int = 0) -> Prepared:
    """Rewrites `text`; `is_type` tells typedef names.

    `in_body`: the text is that of statements, from `body_start` on; there, types may be arguments of calls.
    """
    words = [(t.group(), t.start(), kind) for t in TOKEN.finditer(text) if (kind := t.lastgroup) != "space"]
    made = _Rewriting(text)
    replace = made.replace
    typeofs: list[tuple[int, int]] = []
    cleanups: list[tuple[int, str]] = []
    position = 0
    previous = ""
    i = 0
    count = len(words)
    closers: dict[int, str] = {}  # what to add behind the word with this index
    bare: set[int] = set()  # the words that close parentheses around a function's name
    called: list[bool] = []  # for each open bracket: it opens the arguments of a name
    unread = False  # it may be one that isn't known
    typed = False  # what stands just before, but for qualifiers and annotations, is a type

    while i < count:
        word, start, kind = words[i]
        gap = text[position:start]
        if gap and not (gap.isspace() and gap.isascii()):
            newlines = gap.replace("\\\n", "  ").count("\n")
            replace(position, start, "\n" * newlines if newlines else " ")
        position = start + len(word)
        following = words[i + 1][0] if i + 1 < count else ""
        named = False  # it is the name of a type
        if kind == "string":
            if not word.isascii():
                replace(start, position, word.encode("ascii", "replace").decode())
        elif kind == "op":
            if word == "...":
                if previous not in ("(", ","):
                    replace(start, position, f" {RANGE_OPERATOR} ")
            elif word == ":" and in_body is False and (previous == "," or previous in _BUILTIN):
                replace(start, position, "__unnamed:")
            elif ord(word[0]) > 126:
                replace(start, position, "?")
            elif word == "[" and following == "[" and not _is_plain_attribute(words, i):
                replace(start, position, REFUSED)
            elif i in closers:
                replace(start, position, word + closers[i])
            elif (
                word == "("
                and not in_body
                and (typed or previous == "*")
                and (name := _bare_name(words, i))
                and not (called and is_type(name))  # which would be a parameter's type (C17 6.7.6.3p11)
            ):
                # tree-sitter doesn't read `int (f)(int);` as C does (C17 6.7.6p6).
                made.drop(start, position)
                bare.add(i + 2)
                i += 1
                continue
            elif i in bare:
                made.drop(start, position)
                i += 1
                continue
            if word == "(" and (end := _misread_as_cast(words, i, is_type)) > 0:
                made.double(start, position)
                closers[end] = ")"
            if word in OPENING:
                called.append(word == "(" and i > 0 and words[i - 1][2] == "name" and previous not in _NOT_CALLED)
            elif word in (")", "]", "}") and called:
                called.pop()
            if in_body and word in ("(", ",") and start >= body_start and called and called[-1]:
                end = _type_argument(words, i + 1, is_type)
                if end > i + 1:
                    first = words[i + 1][1]
                    i = end - 1
                    made.drop(position, first)
                    position = words[i][1] + len(words[i][0])
                    replace(first, position, f" {ARGUMENT_PREFIX}{first}_{position}")
        elif kind == "number" and _ONLY_PASTED.fullmatch(word) and previous in ("(", ",") and following in (")", ","):
            replace(start, position, f"{ARGUMENT_PREFIX}{start}_{position}")
        elif kind != "name":
            pass
        elif (special := word in _REWRITTEN or "for_each" in word or "FOR_EACH" in word) and (
            word in ANNOTATIONS or word in _MORE_DROPPED
        ):
            made.drop(start, position)
        elif special and word in _VOLATILE:
            replace(start, position, "volatile")
        elif special and in_body and start >= body_start and (found := _cleanup(words, i)) is not None:
            i, function = found
            cleanups.append((start, function))
            position = words[i][1] + 1
            made.drop(start, position)
        elif special and word in ANNOTATION_CALLS and following == "(":
            end = _closing(words, i + 1)
            if end >= 0:
                refused = word.startswith("__attribute") and not _is_harmless(words, i + 2, end)
                if refused:
                    replace(start, position, REFUSED)
                i = end
                behind = words[i][1] + 1
                made.drop(position if refused else start, behind)
                position = behind
                if not refused:
                    previous = ")" if made.is_empty else previous
                    i += 1
                    continue
        elif special and word in _REFUSED_CALLS and following == "(":
            replace(start, position, REFUSED)
        elif special and word == "__UNIQUE_ID" and (end := _closing(words, i + 1)) == i + 3:
            i, position = end, words[end][1] + 1
            replace(start, position, f"{word}_{words[end - 1][0]}")
        elif special and word in _TYPEOF and following == "(" and (end := _closing(words, i + 1)) > 0:
            i, opening = end, words[i + 1][1] + 1
            position = words[i][1] + 1
            replace(start, position, f"struct {TYPEOF_PREFIX}{len(typeofs)}")
            typeofs.append((opening, words[end][1]))
        elif (
            special
            and _FOR_EACH.fullmatch(word)
            and previous in _STATEMENT_STARTS
            and (end := _closing(words, i + 1)) > 0
        ):
            if end + 1 < count and words[end + 1][0] != ";":
                replace(start, position, f"for({FOR_EACH_PREFIX}{word}")
                closers[end] = ";;)"
        elif special and word in _ASM and in_body and (opening := _asm_operands(words, i + 1)) > 0:
            # What it does isn't looked into; its operands may be macros that don't parse.
            end = _closing(words, opening)
            behind = words[opening][1] + 1
            replace(behind, words[end][1], '""')
            i, position = end, words[end][1] + 1
        elif special and word in _ALIGNOF and following == "(":
            replace(start, position, "__verify_alignof")  # which is refused where it is evaluated
        elif special and word in _OFFSETOF:
            replace(start, position, "__offsetof")
        elif (
            previous not in _NO_TYPE_AFTER
            and is_type(word)
            # Else it is what is being declared, behind a type that is known, or one that isn't read yet.
            and (in_body or not (typed or previous in ("*", "}") or (unread and following in _DECLARED_ENDS)))
            and not (in_body and following == ":" and previous in _STATEMENT_STARTS)
        ):
            unnamed = following == ":" and not in_body
            named = not unnamed
            replace(start, position, f"struct {TYPE_PREFIX}{word}{' __unnamed' if unnamed else ''}")
        if word not in _KEPT_BETWEEN:
            typed = named or (kind == "name" and (word in _BUILTIN or previous in _TAG_WORDS))
            unread = kind == "name" and word not in C_WORDS
        previous = words[i][0]
        i += 1
    made.drop(position, len(text))
    return Prepared("".join(made.out), made.starts, made.ends, typeofs, cleanups)


class _Rewriting:
    """A text that is copied, but for the pieces that are replaced, in order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._copied = 0  # up to where the text was dealt with

    @property
    def is_empty(self) -> bool:
        """True iff nothing was written yet."""
        return not self.out

    def replace(self, start: int, end: int, piece: str) -> None:
        """Writes `piece` for what stands from `start` to `end`."""
        self.drop(start, end)
        self._write(piece, start, end)

    def drop(self, start: int, end: int) -> None:
        """Leaves out what stands from `start` to `end`, and copies what stands before it."""
        if self._copied < start:
            self.out.append(self.text[self._copied : start])
            self.starts += range(self._copied, start)
            self.ends += range(self._copied + 1, start + 1)
        self._copied = end

    def double(self, start: int, end: int) -> None:
        """Writes once more what stands from `start` to `end`."""
        self.drop(end, max(end, self._copied))
        self._write(self.text[start:end], start, end)

    def _write(self, piece: str, start: int, end: int) -> None:
        self.out.append(piece)
        self.starts += [start] * len(piece)
        self.ends += [end] * len(piece)


def _asm_operands(words: list[tuple[str, int, str | None]], i: int) -> int:
    """The index of the `(` of an asm statement with operands, which has no labels to jump to; -1 for others."""
    while i < len(words) and words[i][0] in _ASM_QUALIFIERS:
        i += 1
    opens = i < len(words) and words[i][0] == "(" and _closing(words, i) > 0
    return i if opens and any(word == ":" for word, *_ in words[i : _closing(words, i)]) else -1


def _misread_as_cast(words: list[tuple[str, int, str | None]], i: int, is_type: Callable[[str], bool]) -> int:
    """The index of the closing parenthesis if `(` at word `i` opens an expression that tree-sitter may take for a cast.

    `(x) & y` and `(f(x)) - 1` look like casts to it; with doubled parentheses they don't.
    """
    following = words[i + 1] if i + 1 < len(words) else ("", 0, None)
    if following[2] != "name" or following[0] in _TAG_WORDS or following[0] in _BUILTIN or is_type(following[0]):
        return -1
    if i > 0 and (words[i - 1][2] == "name" or words[i - 1][0] in (")", "]")):
        return -1  # a call, or the condition of an if
    if following[0] in _TYPEOF or following[0] in ANNOTATIONS:
        return -1
    end = _closing(words, i)
    return end if end > 0 and end + 1 < len(words) and words[end + 1][0] in ("&", "*", "-", "+") else -1


def _bare_name(words: list[tuple[str, int, str | None]], i: int) -> str:
    """The name that is declared as a function, if `(` at word `i` stands around that and nothing else; else ""."""
    texts = [word for word, *_ in words[i + 1 : i + 4]]
    return texts[0] if texts[1:] == [")", "("] and words[i + 1][2] == "name" else ""


def _is_harmless(words: list[tuple[str, int, str | None]], start: int, end: int) -> bool:
    """True iff the attributes between the words `start` and `end` may be dropped."""
    depth = 0
    for word, _, kind in words[start:end]:
        depth += (word == "(") - (word == ")")
        if depth == 1 and kind == "name" and word.strip("_") not in ATTRIBUTES:
            return False
    return True


def _is_plain_attribute(words: list[tuple[str, int, str | None]], i: int) -> bool:
    """True iff a harmless attribute, and no other, stands in the two brackets at word index `i` (C23 6.7.12.1)."""
    texts = [word for word, *_ in words[i + 2 : i + 5]]
    return texts[1:] == ["]", "]"] and texts[0].strip("_") in _C23_ATTRIBUTES


def _cleanup(words: list[tuple[str, int, str | None]], i: int) -> tuple[int, str] | None:
    """The index of the last word of GNU's attribute `cleanup` at word `i`, and the function that it names."""
    texts = [word for word, *_ in words[i : i + 8]]
    if texts[0] in _CLEANUPS and len(texts) > 3 and (texts[1], texts[3]) == ("(", ")"):
        return i + 3, _CLEANUPS[texts[0]] + texts[2]
    is_attribute = texts[0].startswith("__attribute") and texts[1:3] == ["(", "("] and texts[6:] == [")", ")"]
    if is_attribute and texts[3].strip("_") == "cleanup" and texts[4] == "(":
        return (i + 8, texts[5]) if words[i + 8 : i + 9] and words[i + 8][0] == ")" else None
    return None


def _closing(words: list[tuple[str, int, str | None]], at: int) -> int:
    """The index of the word that closes the parenthesis at word index `at`, or -1."""
    depth = 0
    for k in range(at, len(words)):
        if words[k][0] == "(":
            depth += 1
        elif words[k][0] == ")":
            depth -= 1
            if depth == 0:
                return k
        elif depth == 0:
            break
    return -1


def _type_argument(words: list[tuple[str, int, str | None]], i: int, is_type: Callable[[str], bool]) -> int:
    """The index behind the type that starts at word `i` and fills a whole argument, or `i` if there is none."""
    start = i
    seen = False
    while i < len(words):
        word, _, kind = words[i]
        if kind == "name" and word in _TAG_WORDS and i + 1 < len(words) and words[i + 1][2] == "name":
            i += 2
            seen = True
        elif kind == "name" and (word in _BUILTIN or (not seen and is_type(word))):
            seen = seen or word not in _QUALIFIERS
            i += 1
        elif word in _TYPEOF and not seen and (end := _closing(words, i + 1)) > 0:
            i = end + 1
            seen = True
        elif word == "*" and seen:
            i += 1
        else:
            break
    return i if seen and i < len(words) and words[i][0] in (",", ")") else start
