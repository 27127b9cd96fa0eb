"""What isn't looked into, and is taken to do the same in both versions: the words in which a verdict names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from verify.claims.first_values import data_culprit, value_culprit
from verify.claims.likeness import Likeness
from verify.claims.spec import CallSpec
from verify.claims.variants import Variants
from verify.claims.versions import Version
from verify.claims.words import ALTHOUGH, shorten, shown_list
from verify.errors import UnsupportedC
from verify.execution.executor import Outcome
from verify.execution.state import code_of
from verify.patterns import pattern
from verify.syntax import ast
from verify.syntax.definitions import Definitions
from verify.syntax.index import Item
from verify.syntax.lexer import canonical

_UNKNOWN_NAME = pattern(r"`(?!__\w+__`)(\w+)` isn't known$")  # but for `__func__` and the like


class Trust:
    """Names what is trusted of the `versions`; `calls` are the spec's."""

    def __init__(
        self, versions: Mapping[str, Version], calls: Mapping[str, CallSpec], variants: Variants, strict: bool
    ) -> None:
        self._versions = versions
        self._calls = calls
        self._variants = variants
        self._strict = strict
        self.stepped: dict[str, frozenset[str]] = {}  # the texts of code that is stepped over; variables in reach
        self.likeness: Likeness | None = None  # what tells of callees, if it isn't their text alone

    def assumptions(self, outcomes: Iterable[Outcome]) -> Iterator[str]:
        """What is taken to do the same where both versions run it, in words for the verdict."""
        outcomes = list(outcomes)
        if len(outcomes) < 2:
            return
        one, other = outcomes
        both = set(one.effects) & set(other.effects) | (one.asked_only & other.asked_only)
        if not self._strict:
            both |= one.addresses & other.addresses  # whoever gets them may call them
        shared = {name: self._although(name) for name in sorted(both)}
        if not self._strict:  # there, that a call of one name is one act is what "same" means
            shared = {name: but for name, but in shared.items() if but}
        if shared:
            calls = ", ".join(f"{name}(){but}" for name, but in shared.items())
            yield f"what isn't looked into behaves the same in both versions: {calls}"
        asked = sorted(one.asked_only & other.asked_only)
        if asked and self._variants.trusting:  # else it is the same code, and so is all that it uses
            calls = ", ".join(f"{n}(){self._although(n)}" for n in asked)
            yield f"what isn't looked into answers the same in both versions: {calls}"
        steps = {s.label: s for o in outcomes for found in o.steps.values() for s in found}
        labels = [{s.label for found in o.steps.values() for s in found} for o in outcomes]
        for label in sorted(labels[0] & labels[1]):
            text = code_of(label)
            likeness = self.likeness or self._variants.likeness
            because = likeness.text_culprit(text, self.stepped[text]) if text in self.stepped else ""
            but = f", {ALTHOUGH} `{because}` differs" if because else ""
            unknown = _UNKNOWN_NAME.match(steps[label].why.message)
            missing = ""
            if not because and text in self.stepped:
                missing = likeness.undefined(text, self.stepped[text], unknown.group(1) if unknown else "")
            if missing:
                but = f", {ALTHOUGH} nothing that was read defines `{missing}`"
            elif not because and not self._strict and text in self.stepped:
                records = likeness.text_records(text, self.stepped[text])
                if not records:
                    continue  # it is the same code, and so is all that it uses
                but = f", {ALTHOUGH} {shown_list([f'`{r}`' for r in records])} changed"
            where = steps[label].span.use
            yield f"code that isn't looked into does the same in both versions: `{shorten(text)}` at {where}{but}"
        yield from self._data_assumptions(outcomes)

    def _data_assumptions(self, outcomes: Iterable[Outcome]) -> Iterator[str]:
        """What is assumed of variables that both versions name: of the functions that they point at, above all."""
        likeness = self.likeness or self._variants.likeness
        used = [{plain_name(address[1:]) for address in outcome.objects if address[0] == "&"} for outcome in outcomes]
        for name in sorted(used[0].intersection(*used[1:])):
            culprit = "" if self._variants.is_constant(name) else value_culprit(likeness, name)
            if culprit:
                but = "its definition" if culprit == name else f"`{culprit}`"
                yield f"what `{name}` holds does the same in both versions, {ALTHOUGH} {but} differs"

    def data_apart(self, outcomes: Iterable[Outcome]) -> str:
        """Data that differs and that code uses which neither version looks into; "" if there is none."""
        labels = [{s.label for found in o.steps.values() for s in found} for o in outcomes]
        for text in sorted({code_of(label) for label in labels[0].intersection(*labels[1:])} & self.stepped.keys()):
            found = data_culprit(self._variants.likeness, text, self.stepped[text])
            if found:
                return found
        return ""

    def _although(self, name: str) -> str:
        """What speaks against function `name` doing the same in both versions, in brackets; "" if nothing does."""
        known = [v.definitions.knows(name) for v in self._versions.values()]
        if not all(known):
            return f" ({ALTHOUGH} only one version declares it)" if any(known) and name not in self._calls else ""
        moved = self._moved_parameters(name)
        if moved:
            return f" ({ALTHOUGH} its parameters {shown_list(moved)} changed places)"
        likeness = self.likeness or self._variants.likeness
        culprit = likeness.culprit(name)
        if culprit:
            return f" ({ALTHOUGH} {'its code' if culprit == name else f'`{culprit}`, which it uses,'} differs)"
        records = likeness.changed_records(name)
        return f" ({ALTHOUGH} {shown_list([f'`{r}`' for r in records])} changed)" if records else ""

    def _moved_parameters(self, name: str) -> list[str]:
        """The parameters of the function `name` that changed places, if they are called the same in both versions."""
        sides = [v.definitions for v in self._versions.values()]
        one, other = ([_head(i.span.text) for i in _declaring(d, name)] for d in sides)
        if one == other:
            return []
        was, now = (_parameters(d, name) for d in sides)
        if not all(was) or sorted(was) != sorted(now):
            return []
        return [f"`{a}`" for a, b in zip(was, now, strict=True) if a != b]


def _declaring(definitions: Definitions, name: str) -> list[Item]:
    return [i for f in definitions.files_of(name) for table in (f.functions, f.globals) for i in table.get(name, ())]


def _head(text: str) -> str:
    return canonical(text.partition("{")[0])


def _parameters(definitions: Definitions, name: str) -> list[str]:
    """The names of a function's parameters, as far as they are known."""
    try:
        found = definitions.function(name)
        declared = definitions.declaration("globals", name) or () if found is None else ()
    except UnsupportedC:
        return []
    types = [d.type for d in declared if d.name == name and isinstance(d.type, ast.FunctionType)]
    params = found.params if found is not None else types[0].params if types else ()
    return [p.name or "" for p in params]


def plain_name(label: str) -> str:
    """A name without the version that it is told apart by (`verify.claims.variants`)."""
    return label.partition("@")[0]


__all__ = ["Trust", "plain_name"]
