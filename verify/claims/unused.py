"""What a spec says to no effect: names that no claim uses, rules for functions that nobody calls, bits without a macro.

`unused` takes a spec and the `Subject`s that were executed under it; it returns sentences with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verify.claims.obligations import Subject
from verify.claims.spec import Expression, Spec
from verify.errors import SpecError, UnsupportedC
from verify.patterns import pattern

_WORD = pattern(r"[A-Za-z_]\w*")
_SYMBOL = pattern(r"\bCONFIG_\w+")
_LIKE = 0.8  # how alike a word and what it may be a misspelling of are at least


def unused(spec: Spec, subjects: Sequence[Subject], given: Iterable[str] = ()) -> tuple[str, ...]:
    """One sentence for each entry of the spec without effect, and for each CONFIG symbol that is `given` besides."""
    words = _words_used(spec)
    return (
        *(f"{e.span}: no claim uses `{name}` of [vars]" for name, e in spec.variables.items() if name not in words),
        *_names(spec, subjects, words),
        *_bits(spec, subjects),
        *_calls(spec, subjects),
        *_symbols(spec, subjects, given),
    )


def _words_used(spec: Spec) -> set[str]:
    """The words of all that the spec claims and assumes, and of the names that these use."""
    said: list[Expression] = [*spec.assume, *(e for c in spec.claims for e in (*c.assume, c.prove))]
    said += [e for call in spec.calls.values() for e in call.preserves]
    names = dict(spec.names)
    if spec.system is not None:
        system = spec.system
        said += [*system.state.values(), *system.initially, *system.predicates.values()]
        said += [e for o in system.operations for e in (*o.assume, *o.names.values())]
        said += [e for p in system.properties for e in (*p.assume, p.prove)]
    words: set[str] = set()
    while said:
        new = set(_WORD.findall(said.pop().text)) - words
        words |= new
        said += [names[w] for w in new if w in names]
    return words


def _names(spec: Spec, subjects: Sequence[Subject], words: set[str]) -> Iterator[str]:
    """A name that no claim uses may still be shown with counterexamples, if it is something before the call."""
    for name, expression in spec.names.items():
        problems = [] if name in words else [_no_input(subject, name) for subject in subjects]
        if problems and all(problems):
            yield f"{expression.span}: no claim uses `{name}` of [names], and no counterexample shows it: {problems[0]}"


def _no_input(subject: Subject, name: str) -> str:
    """Why `name` is nothing before the call; "" if it is."""
    try:
        subject.sides.before.place_or_value(subject.names[name])
    except (SpecError, UnsupportedC) as error:
        return error.message
    return ""


def _bits(spec: Spec, subjects: Sequence[Subject]) -> Iterator[str]:
    files = [f for s in subjects for v in s.versions.values() for f in v.definitions.files]
    for name, prefixes in spec.bits.items() if subjects else ():
        for prefix in prefixes:
            if not any(m.startswith(prefix) for f in files for m in f.macros):
                known = sorted({m[: m.rindex("_") + 1] for f in files for m in f.macros if "_" in m[1:-1]})
                where, meant = spec.places.get(f"[bits] {name}", spec.path), _meant(prefix, known)
                yield f"{where}: no macro begins with `{prefix}`, which [bits] gives for `{name}`{meant}"


def _calls(spec: Spec, subjects: Sequence[Subject]) -> Iterator[str]:
    called = {n.partition("@")[0] for s in subjects for o in s.outcomes.values() for n in (*o.inlined, *o.effects)}
    missing = [n for n in spec.calls if n not in called] if subjects else []
    if not missing:
        return
    versions = [v for s in subjects for v in s.versions.values()]
    read = {w for v in versions for span in v.definitions.read.values() for w in _WORD.findall(span.text)}
    for name in missing:
        meant = _meant(name, sorted(called - spec.calls.keys()))
        # What only real source calls is no mistake in a spec that is for both.
        if name not in read and (meant or spec.kernel is None):
            where = spec.places.get(f"[calls] {name}", spec.path)
            yield f"{where}: the code doesn't call `{name}`, of which [calls] speaks{meant}"


def _symbols(spec: Spec, subjects: Sequence[Subject], given: Iterable[str]) -> Iterator[str]:
    """CONFIG symbols that are fixed and that nothing asks for; real source may ask for those of a spec."""
    fixed = dict.fromkeys((*(spec.define if spec.kernel is None else ()), *given))
    texts = [f.source.text for s in subjects for v in s.versions.values() for f in v.definitions.files] if fixed else []
    known = {symbol.removesuffix("_MODULE") for text in texts for symbol in _SYMBOL.findall(text)}
    for symbol in dict.fromkeys(s.removesuffix("_MODULE") for s in fixed) if texts else ():
        if symbol not in known:
            yield f"nothing that was read speaks of {symbol}, which is fixed{_meant(symbol, sorted(known))}"


def _meant(word: str, known: Iterable[str]) -> str:
    import difflib

    close = difflib.get_close_matches(word, list(known), 1, _LIKE)
    return f"; did you mean `{close[0]}`?" if close else ""
