"""A counterexample as one C file: both versions' code, the inputs, and checks of all that each version does.

Takes the recordings of a run of each version; returns the text and how often it has to check something.  Every object
is put at the address that the counterexample gives it.  Whatever a version may change is compared with an image in
which only the expected stores were made, before each call with an effect and at the end; so a store too many is noticed.
Raises `NotReplayable` for what can't be written in C like that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from verify.errors import UnsupportedC
from verify.execution.concrete_values import Place
from verify.execution.interpreter import NotReplayable
from verify.replay.record import Asked, Event, Read, Recording, Store
from verify.replay.text import Section, section_of, signature, spelling
from verify.syntax.ctypes import CType, FunctionOf, IntType, PointerTo, RecordType, VoidType, is_scalar, width_of

_PAGE = 1 << 12
_ROOM = 16 * _PAGE  # bytes that are mapped on either side of what is used
_LOWEST = 1 << 16  # Linux maps nothing below (vm.mmap_min_addr)
_BYTES = {8: "unsigned char", 16: "unsigned short", 32: "unsigned int", 64: "unsigned long long"}
_IMAGE = " + verify_away"
_MOST_WARNINGS = 64


class Program(NamedTuple):
    """`checks`: how many checks a whole run makes."""

    text: str
    checks: int


@cache
def _prelude() -> str:
    with open(os.path.join(os.path.dirname(__file__), "prelude.h"), encoding="utf-8") as file:
        return file.read()


def program_of(title: str, recordings: Sequence[Recording]) -> Program:
    """The C file for one counterexample; `title` is what it says of itself, as lines of text."""
    parts = [_comment(title), _prelude()]
    checks = 0
    for recording in recordings:
        part = _Part(recording)
        text = part.text()
        checks += part.checks
        parts.append(text)
    names = [r.version.name for r in recordings]
    runs = "\n".join(f"\tverify_{name}();" for name in names)
    parts.append(
        f'int main(void)\n{{\n{runs}\n\tprintf("all %d checks hold\\n", verify_checks);\n\tfflush(stdout);\n'
        "\treturn verify_done;\n}\n"
    )
    return Program("\n".join(parts), checks)


def _comment(title: str) -> str:
    lines = title.replace("*/", "* /").replace("/*", "/ *").splitlines()
    return "/*\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"


class _Part:
    """One version: its code, then a function that sets it up, runs it and checks it."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.types = recording.version.types
        self.name = recording.version.name
        self.checks = 0
        self.used: list[int] = []  # addresses
        self.declared: set[str] = set()

    def text(self) -> str:
        recording = self.recording
        config = {n: bool(v) for n, v in recording.constants.items() if n.startswith("CONFIG_")}
        asked = [e.name for e in recording.events if isinstance(e, Asked)]
        globals_ = [e.place.location for e in recording.events if isinstance(e, Read | Store)]
        section = section_of(recording.version, recording.inlined, asked, config, recording.prototype)
        self.declared.update(section.globals)
        for location in globals_:
            if location.startswith("global ") and _global_name(location) not in self.declared:
                raise NotReplayable(f"the declaration of `{_global_name(location)}` isn't known")
        stubs = self._stubs(section)
        run = self._run(section)
        regions = self._regions()
        memory = "\n".join(
            [
                f"static void verify_{self.name}_map(void)\n{{",
                *(f"\tverify_map({start:#x}UL, {size:#x}UL);" for start, size in regions),
                "}\n",
                f"static void verify_{self.name}_image(void)\n{{",
                *(f"\tverify_image({start:#x}UL, {size:#x}UL);" for start, size in regions),
                *(f"\tverify_copy(&verify_{self.name}_{g}_image, &{g}, sizeof({g}));" for g in section.globals),
                "}\n",
                f"static int verify_{self.name}_alike(void)\n{{",
                "\treturn 1",
                *(f"\t\t&& verify_alike({start:#x}UL, {size:#x}UL)" for start, size in regions),
                *(f"\t\t&& verify_equal(&verify_{self.name}_{g}_image, &{g}, sizeof({g}))" for g in section.globals),
                "\t\t;\n}\n",
                f"static void verify_{self.name}_unmap(void)\n{{",
                *(
                    f"\tverify_unmap({start:#x}UL, {size:#x}UL);" for start, size in regions
                ),
                "}\n",
            ]
        )
        images = "\n".join(f"static typeof({g}) verify_{self.name}_{g}_image;" for g in section.globals)
        return "\n".join(
            (
                f"/* The {self.name} version's code. */",
                section.opening,
                f"/* What the {self.name} version runs in, and what it has to do there. */",
                images,
                memory,
                stubs,
                run,
                section.closing,
            )
        )

    # ------------------------------------------------------------------------------------------------------ calls

    def _stubs(self, section: Section) -> str:
        """The functions that aren't looked into; each asks what it has to answer."""
        events = self.recording.events
        calls = [(i, e) for i, e in enumerate(events) if isinstance(e, Asked)]
        lines = [
            f"static verify_number verify_{self.name}_answer"
            "(const char *name, int count, const verify_number *arguments)\n{"
        ]
        questions = [e for _, e in calls if not e.effect]
        self._must_not_contradict(questions)
        for question in dict.fromkeys(questions):
            same = "".join(f" && arguments[{i}] == {a:#x}ULL" for i, a in enumerate(question.arguments))
            lines += [
                f'\tif (verify_effects == {question.epoch} && verify_same(name, "{question.name}")'
                f" && count == {len(question.arguments)}{same})",
                f"\t\treturn {question.number:#x}ULL;",
            ]
        lines.append("\tswitch (verify_effects++) {")
        start = 0
        effects = [(i, e) for i, e in calls if e.effect]
        for number, (position, call) in enumerate(effects):
            lines.append(f"\tcase {number}:")
            lines.append(self._check(f'verify_same(name, "{call.name}")', f"call {number + 1} is of {call.name}()", 2))
            given = [f"count == {len(call.arguments)}"]
            given += [f"arguments[{i}] == {a:#x}ULL" for i, a in enumerate(call.arguments)]
            values = ", ".join(f"{a:#x}" for a in call.arguments)
            lines.append(self._check(" && ".join(given), f"call {number + 1} is {call.name}({values})", 2))
            lines += self._stored(events[start:position], 2)
            text = f"memory when {call.name}() is called as call {number + 1}"
            lines.append(self._check(f"verify_{self.name}_alike()", text, 2))
            lines += self._found(number + 1)
            lines.append(f"\t\treturn {call.number:#x}ULL;")
            start = position
        lines += [
            "\t}",
            f'\tverify_surprise("{self.name}", name);\n\treturn 0;\n}}\n',
        ]
        return "\n".join([*lines, *(self._stub(name, type_) for name, type_ in section.stubs)])

    def _must_not_contradict(self, questions: Sequence[Asked]) -> None:
        answers: dict[tuple[str, tuple[int, ...], int], int] = {}
        for question in questions:
            key = (question.name, question.arguments, question.epoch)
            if answers.setdefault(key, question.number) != question.number:
                raise NotReplayable(f"{question.name}() is asked the same twice and answers differently")

    def _stub(self, name: str, type_: FunctionOf) -> str:
        values = [_as_number(f"verify_{i}", _scalar(p)) for i, p in enumerate(type_.params)]
        lines = [f"static {signature(name, type_)}\n{{"]
        lines.append(f"\tverify_number arguments[] = {{ {', '.join((*values, '0'))} }};")
        lines.append(
            f'\tverify_number answer = verify_{self.name}_answer("{name}", {len(values)}, arguments);\n\t(void)answer;'
        )
        if self.recording.version.definitions.never_returns(name):
            lines.append("\tverify_stop();")
        if isinstance(type_.returns, PointerTo):
            lines.append("\treturn (void *)(unsigned long)answer;")
        elif not isinstance(type_.returns, VoidType):
            lines.append(f"\treturn ({spelling(type_.returns)})answer;")
        return "\n".join((*lines, "}\n"))

    # ---------------------------------------------------------------------------------------------------- the run

    def _run(self, section: Section) -> str:
        recording = self.recording
        entry = recording.version.entry
        types = [self.types.resolve(p.type, "") for p in entry.params]
        arguments = ", ".join(
            f"({spelling(_scalar(type_))}){number:#x}ULL"
            for type_, number in zip(types, recording.parameters, strict=True)
        )
        for type_, number in zip(types, recording.parameters, strict=True):
            if isinstance(_scalar(type_), PointerTo) and number:
                self.used.append(number)
        name, called = self.name, f"{entry.name}({arguments})"
        returns = recording.result_type
        if recording.result is not None:
            called = f"result = {_as_number(called, returns)}"
        elif not isinstance(returns, VoidType) and not is_scalar(returns):
            raise NotReplayable(f"a `{returns}` is returned")
        last = max((i + 1 for i, e in enumerate(recording.events) if isinstance(e, Asked) and e.effect), default=0)
        lines = [
            f"static void verify_{name}(void)\n{{\n\tverify_number result = 0;\n\tvolatile int stopped = 1;\n",
            f"\tverify_{name}_map();",
            *self._found(0, 1, images=False),
            f"\tverify_{name}_image();",
            "\tverify_effects = verify_warnings = 0;",
            "\tif (!setjmp(verify_end)) {",
            f"\t\t{called};",
            "\t\tstopped = 0;\n\t}",
            self._check(f"stopped == {int(recording.stopped)}", "it " + _ending(recording.stopped)),
        ]
        if recording.result is not None:
            lines.append(self._check(f"result == {recording.result:#x}ULL", f"it returns {recording.result:#x}"))
        lines += self._stored(recording.events[last:], 1)
        lines += self._final(recording.events[last:])
        lines.append(self._check(f"verify_{name}_alike()", "memory at the end, where nothing else is stored"))
        effects = sum(1 for e in recording.events if isinstance(e, Asked) and e.effect)
        lines.append(self._check(f"verify_effects == {effects}", f"the number of calls is {effects}"))
        count = len(recording.warnings)
        if count > _MOST_WARNINGS:
            raise NotReplayable(f"it warns {count} times")
        lines.append(self._check(f"verify_warnings == {count}", f"the number of warnings is {count}"))
        for i, warning in enumerate(recording.warnings):
            lines.append(self._check(f'verify_same(verify_warned[{i}], "{warning}")', f"warning {i + 1} is {warning}"))
        lines.append(f"\tverify_{name}_unmap();\n}}\n")
        del section
        return "\n".join(lines)

    def _check(self, condition: str, what: str, depth: int = 1) -> str:
        self.checks += 1
        return f"{chr(9) * depth}verify_check({condition}, \"{self.name} version: {_escaped(what)}\");"

    def _found(self, epoch: int, depth: int = 2, images: bool = True) -> list[str]:
        """Memory as it is on entry, or as the call before `epoch` leaves it."""
        lines: list[str] = []
        known: dict[str, int] = {}
        for event in self.recording.events:
            if isinstance(event, Read) and event.epoch == epoch:
                where = self._lvalue(event.place)
                if known.setdefault(where, event.number) != event.number:
                    raise NotReplayable("one place in memory is read in two ways")
                lines.append(_assignment(where, event.number, depth))
                if images:
                    lines.append(_assignment(self._lvalue(event.place, image=True), event.number, depth))
        return list(dict.fromkeys(lines))

    def _stored(self, events: Sequence[Event], depth: int) -> list[str]:
        """Makes the expected stores in the image."""
        return [
            _assignment(self._lvalue(e.place, image=True), e.number, depth) for e in events if isinstance(e, Store)
        ]

    def _final(self, events: Sequence[Event]) -> Iterator[str]:
        """One check for each place that was stored to after the last call."""
        held: dict[str, tuple[Place, int]] = {}
        for event in events:
            if isinstance(event, Store):
                held[self._lvalue(event.place)] = (event.place, event.number)
        for where, (place, number) in held.items():
            width = place.whole or place.bits or width_of(place.type)
            mask = (1 << width) - 1
            value = f"({_number_of(where, place)} & {mask:#x}ULL) == {number:#x}ULL"
            yield self._check(value, f"{place.location.removeprefix('global ')} = {number:#x}")

    # ----------------------------------------------------------------------------------------------------- places

    def _lvalue(self, place: Place, image: bool = False) -> str:
        """C's name for a place in memory, or for its image."""
        away = _IMAGE if image else ""
        if place.location.startswith("global "):
            if place.indices or "." in place.location or place.whole is not None:
                raise NotReplayable(f"a part of the variable `{_global_name(place.location)}` is used")
            name = _global_name(place.location)
            return f"verify_{self.name}_{name}_image" if image else name
        if place.at is not None:
            self.used.append(place.at - place.shift // 8)
        elif place.indices:
            self.used.append(place.indices[0])
        path = self._path(place)
        if path is not None:
            return f"((({path[0]} *)({place.indices[0]:#x}UL{away}))->{path[1]})"
        width = place.whole or width_of(place.type)
        kind = "_Bool" if width == 1 else _BYTES.get(width)
        if place.at is None or place.bits is not None or kind is None:
            raise NotReplayable(f"the address of `{place.location}` isn't known")
        return f"(*({kind} *)({place.at - (place.shift // 8 if place.whole else 0):#x}UL{away}))"

    def _path(self, place: Place) -> tuple[str, str] | None:
        """The record's type and the member, e.g. ("struct s", "a.b"), if the place is named like that."""
        key, *members = place.location.split(".")
        if place.whole is not None or len(place.indices) != 1 or not members:
            return None
        definitions = self.recording.version.definitions
        for kind in ("struct", "union"):
            if any(f"{kind} {key}" in f.tags for f in definitions.files):
                record = RecordType(kind, key)
                try:
                    self.types.record(record)
                except UnsupportedC:
                    return None
                return f"{kind} {key}", ".".join(m for m in members if not m.startswith("@"))
        return None

    def _regions(self) -> list[tuple[int, int]]:
        """What has to be mapped: start and size of each region, in order."""
        regions: list[tuple[int, int]] = []
        for address in sorted(set(self.used)):
            if not _LOWEST <= address < 1 << 43:
                raise NotReplayable(f"an object lies at {address:#x}, where no program can have one")
            start = max(_LOWEST, (address - _ROOM) // _PAGE * _PAGE)
            end = (address + _ROOM) // _PAGE * _PAGE
            if regions and start <= regions[-1][0] + regions[-1][1]:
                first = regions.pop()[0]
                regions.append((first, end - first))
            else:
                regions.append((start, end - start))
        return regions


def _ending(stopped: bool) -> str:
    return "doesn't return" if stopped else "returns"


def _global_name(location: str) -> str:
    return location.removeprefix("global ").partition("@")[0].partition(".")[0]


def _scalar(type_: CType) -> CType:
    """A parameter's type as a value."""
    return type_ if is_scalar(type_) else PointerTo(type_)


def _as_number(text: str, type_: CType) -> str:
    """An expression of a scalar type as unsigned bits."""
    if not isinstance(type_, IntType):
        return f"(verify_number)(unsigned long)({text})"
    return f"((verify_number)({text}) & {(1 << type_.width) - 1:#x}ULL)"


def _number_of(where: str, place: Place) -> str:
    pointer = isinstance(place.type, PointerTo) and place.whole is None
    return f"(verify_number){'(unsigned long)' if pointer else ''}{where}"


def _assignment(where: str, number: int, depth: int) -> str:
    # typeof of a bit-field isn't C; adding 0 gives the promoted type.
    return f"{chr(9) * depth}{where} = {number:#x}ULL;"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("%", "%%") if text else text
