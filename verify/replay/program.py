"""A counterexample as one C file: both versions' code, the inputs, and checks of all that each version does.

Takes the recordings of a run of each version; returns the text and how often it has to check something.  Every object
is put at the address that the counterexample gives it.  Whatever a version may change is compared with an image in
which only the expected stores were made, before each call with an effect and at the end: a store too many is noticed.
Raises `NotReplayable` for what can't be written in C like that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache

from verify.errors import UnsupportedC
from verify.execution.concrete_values import Place
from verify.execution.interpreter import NotReplayable
from verify.execution.state import PROMOTED_TYPES, promoted_type_of, unknown_result
from verify.replay.layout import is_layout
from verify.replay.record import LOWEST, Asked, Copied, Event, Read, Recording, Store
from verify.replay.text import Section, Unknown, section_of, signature, spelling
from verify.syntax.ctypes import CType, FunctionOf, IntType, PointerTo, RecordType, VoidType, is_scalar, width_of
from verify.syntax.types import ANONYMOUS
from verify.tuples import NamedTuple

_PAGE = 1 << 12
_ROOM = 16 * _PAGE  # bytes that are mapped on either side of what is used
_BYTES = {8: "unsigned char", 16: "unsigned short", 32: "unsigned int", 64: "unsigned long long"}
_IMAGE = " + verify_away"
_MOST_WARNINGS = 64
_MOST_LOCALS = 64
_SHAPE = "@SHAPE@"


class Program(NamedTuple):
    """`checks`: how many checks a whole run makes."""

    text: str
    checks: int


@cache
def _prelude() -> str:
    with open(os.path.join(os.path.dirname(__file__), "prelude.h"), encoding="utf-8") as file:
        return file.read()


def program_of(title: str, recordings: Sequence[Recording], short: bool = False) -> Program:
    """The C file for one counterexample; `title` is what it says of itself, as lines of text.

    With `short`, statements that didn't run are left out.
    """
    parts = [_comment(title), _prelude()]
    checks = 0
    for recording in recordings:
        run = Run(recording)
        section = _section([recording], short)
        body = section.told_apart(run.text(section.globals))
        checks += run.checks
        parts += [*_opening(section, recording), body, section.closing]
    names = [r.version.name for r in recordings]
    runs = "\n".join(f"\tverify_{name}();" for name in names)
    parts.append(
        f'int main(void)\n{{\n{runs}\n\tprintf("all %d checks hold\\n", verify_checks);\n\tfflush(stdout);\n'
        "\treturn verify_done;\n}\n"
    )
    return Program("\n".join(parts), checks)


class Table(NamedTuple):
    """A C file that runs many cases; `rows` are the numbers that it reads, in its order.  `checks` in all.

    `runs`: the positions of the recordings that it runs; the others can't be set up in a program.
    """

    text: str
    rows: tuple[tuple[int, ...], ...]
    checks: int
    runs: tuple[int, ...]


def table_of(title: str, recordings: Sequence[Recording], short: bool = False) -> Table:
    """The C file for many runs of one version: runs that do the same with other numbers share their text.

    With `short`, statements that ran in none of them are left out.  Raises `NotReplayable` if it can run none.
    """
    section = _section(recordings, short)
    shapes: dict[str, list[tuple[int, ...]]] = {}
    checks = 0
    runs: list[int] = []
    problem: NotReplayable | None = None
    for position, recording in enumerate(recordings):
        try:
            run = Run(recording, table=True)
            text = section.told_apart(run.text(section.globals))
        except NotReplayable as error:
            problem = problem or error
            continue
        shapes.setdefault(text, []).append(tuple(run.row))
        checks += run.checks
        runs.append(position)
    if problem is not None and not runs:
        raise problem
    parts = [_comment(title), _prelude(), *_opening(section, recordings[0])]
    calls: list[str] = []
    for number, (text, rows) in enumerate(shapes.items()):
        parts.append(text.replace(_SHAPE, f"shape_{number}"))
        shape = f"verify_shape_{number}"
        calls.append(f"\tverify_rows({shape}, {shape}_map, {shape}_unmap, {len(rows)}, {len(rows[0])});")
    parts += [_ROWS, "int main(void)\n{", *calls]
    parts += ['\tprintf("all %d checks hold\\n", verify_checks);', "\tfflush(stdout);\n\treturn verify_done;\n}\n"]
    return Table("\n".join(parts), tuple(row for rows in shapes.values() for row in rows), checks, tuple(runs))


_ROWS = """\
static void verify_rows(void (*run)(void), void (*map)(void), void (*unmap)(void), long count, int width)
{
	static verify_number row[4096];
	long i;

	map();
	for (i = 0; i < count; i++) {
		verify_case++;
		if (fread(row, sizeof(row[0]), width, stdin) != (unsigned long)width)
			_Exit(verify_failed);
		verify_row = row;
		run();
	}
	unmap();
}
"""


def _section(recordings: Sequence[Recording], short: bool = False) -> Section:
    """The text that all of these runs, of one version and one configuration, need."""
    version = recordings[0].version
    inlined = frozenset(name for r in recordings for name in r.inlined)
    asked: dict[str, Unknown] = {}
    for recording in recordings:
        for event in recording.events:
            if isinstance(event, Asked):
                asked.setdefault(event.name, Unknown(len(event.arguments), _result_of(event.name, recording)))
    placed = {name: where for r in recordings for name, where in r.placed.items()}
    config = {n: bool(v) for r in recordings for n, v in r.constants.items() if n.startswith("CONFIG_")}
    layout = recordings[0].layout
    ran = frozenset[tuple[str, int]]().union(*(r.ran for r in recordings)) if short else None
    constants = dict.fromkeys(c for r in recordings for c in r.constants if is_layout(c))
    section = section_of(
        version, inlined, asked, config, recordings[0].prototype, layout, constants, ran, recordings[0].silent, placed
    )
    for event in (e for r in recordings for e in r.events if isinstance(e, Read | Store)):
        name = _global_name(event.place.location)
        if event.place.location.startswith("global ") and name not in section.globals:
            raise NotReplayable(f"the declaration of `{name}` isn't known")
    return section


def _result_of(name: str, recording: Recording) -> str:
    """The type that the result of `name` was taken to have, if nothing declares it."""
    promoted = recording.constants.get(promoted_type_of(unknown_result(name)))
    return "verify_number" if promoted is None else spelling(PROMOTED_TYPES[promoted])


def _opening(section: Section, recording: Recording) -> list[str]:
    """The version's code, and the functions that it calls."""
    name = recording.version.name
    return [
        f"/* The {name} version's code. */",
        section.opening,
        f"/* What the {name} version runs in, and what it has to do there. */",
        *(_image(f"verify_{name}_{g}", g) for g in section.globals),
        *(_stub(recording, function, type_) for function, type_ in section.stubs),
    ]


def _image(prefix: str, name: str) -> str:
    """What the variable `name` should hold by now; in a union, as it may be const itself."""
    held = f"static union {{ char bytes[sizeof({name})]; typeof({name}) object; }} {prefix}_held;"
    return f"{held}\n#define {prefix}_image {prefix}_held.object"


def _stub(recording: Recording, name: str, type_: FunctionOf) -> str:
    """A function that isn't looked into: it asks for its answer."""
    values = [_as_number(f"verify_{i}", _scalar(p)) for i, p in enumerate(type_.params)]
    lines = [
        f"static {signature(name, type_)}\n{{",
        f"\tverify_number arguments[] = {{ {', '.join((*values, '0'))} }};",
        f'\tverify_number answer = verify_answer("{name}", {len(values)}, arguments);\n\t(void)answer;',
    ]
    if recording.version.definitions.never_returns(name):
        lines.append("\tverify_stop();")
    if isinstance(type_.returns, PointerTo):
        lines.append("\treturn (void *)(unsigned long)answer;")
    elif not isinstance(type_.returns, VoidType):
        lines.append(f"\treturn ({spelling(type_.returns)})answer;")
    return "\n".join((*lines, "}\n"))


def _comment(title: str) -> str:
    lines = title.replace("*/", "* /").replace("/*", "/ *").splitlines()
    return "/*\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"


class Run:
    """A run of one version as C functions: set up, answer calls, run, check.

    In a `table`, numbers are taken from a row, so that runs of the same shape have the same text.
    """

    def __init__(self, recording: Recording, table: bool = False) -> None:
        self.recording = recording
        self.types = recording.version.types
        self.name = recording.version.name
        self.table = table
        self.label = _SHAPE if table else self.name
        self.checks = 0
        self.row: list[int] = []
        self.used: list[int] = []  # addresses
        self._symbols, self._texts, self._locals = _symbols(recording)
        passed = [(e.epoch + 1, set(e.arguments)) for e in recording.events if isinstance(e, Asked) and e.effect]
        # Since which call the file knows the address of a local variable.
        self._passed = {n: next((k for k, given in passed if n in given), None) for n in self._locals}

    def text(self, globals_: Sequence[str]) -> str:
        answers = self._answers()
        run = self._run()
        regions = self._regions()
        name, label = self.name, self.label
        lines = [f"static void verify_{label}_map(void)\n{{"]
        lines += [f"\tverify_map({start:#x}UL, {size:#x}UL);" for start, size in regions]
        lines += ["}\n", f"static void verify_{label}_image(void)\n{{"]
        lines += [f"\tverify_image({start:#x}UL, {size:#x}UL);" for start, size in regions]
        lines += [f"\tverify_copy(&verify_{name}_{g}_image, &{g}, sizeof({g}));" for g in globals_]
        lines += ["}\n", f"static int verify_{label}_alike(void)\n{{", "\treturn 1"]
        lines += [f"\t\t&& verify_alike({start:#x}UL, {size:#x}UL)" for start, size in regions]
        lines += [f"\t\t&& verify_equal(&verify_{name}_{g}_image, &{g}, sizeof({g}))" for g in globals_]
        lines += ["\t\t;\n}\n", f"static void verify_{label}_fill(void)\n{{"]
        lines += [f"\tverify_fill({start:#x}UL, {size:#x}UL);" for start, size in regions]
        stored = [e.place.location for e in self.recording.events if isinstance(e, Store)]
        written = dict.fromkeys(_global_name(where) for where in stored if where.startswith("global "))
        lines += [f"\tverify_fill((unsigned long)&{g}, sizeof({g}));" for g in written]
        lines += ["}\n", f"static void verify_{label}_unmap(void)\n{{"]
        lines += [f"\tverify_unmap({start:#x}UL, {size:#x}UL);" for start, size in regions]
        return "\n".join((*lines, "}\n", answers, run))

    def _number(self, number: int) -> str:
        """A number as C, or where it stands in the row."""
        if number in self._symbols:
            return self._symbols[number]
        if number in self._texts or number in self._locals or self._is_near(number):
            raise NotReplayable("the address of a local variable or of a text is stored or returned")
        if not self.table:
            return f"{number:#x}ULL"
        self.row.append(number)
        return f"verify_row[{len(self.row) - 1}]"

    def _is_near(self, number: int) -> bool:
        """True iff it may be computed from an address that is another one in the program."""
        known = (*self._symbols, *self._texts, *self._locals)
        return any(abs(number - address) < _PAGE for address in known)

    def _is_argument(self, number: int, position: int, binds: bool) -> str:
        """The condition that an argument is the expected one; one that `binds` may tell where a variable lies."""
        given = f"arguments[{position}]"
        if number in self._texts:
            return f"verify_same((const char *)(unsigned long){given}, {self._texts[number]})"
        if number in self._locals and binds:
            return f"verify_is_local({self._locals[number][0]}, {given})"
        return f"{given} == {self._number(number)}"

    def _shown(self, number: int) -> str:
        return "what is expected" if self.table else f"{number:#x}"

    def _answers(self) -> str:
        """The function that says what calls return, and checks that they are the expected ones."""
        events = self.recording.events
        calls = [(i, e) for i, e in enumerate(events) if isinstance(e, Asked)]
        lines = [
            f"static verify_number verify_{self.label}_answer"
            "(const char *name, int count, const verify_number *arguments)\n{"
        ]
        questions = [e for _, e in calls if not e.effect]
        self._must_not_contradict(questions)
        for question in dict.fromkeys(questions):
            same = "".join(f" && {self._is_argument(a, i, False)}" for i, a in enumerate(question.arguments))
            lines += [
                f'\tif (verify_effects == {question.epoch} && verify_same(name, "{question.name}")'
                f" && count == {len(question.arguments)}{same})",
                f"\t\treturn {self._number(question.number)};",
            ]
        lines.append("\tswitch (verify_effects++) {")
        start = 0
        effects = [(i, e) for i, e in calls if e.effect]
        for number, (position, call) in enumerate(effects):
            lines.append(f"\tcase {number}:")
            lines.append(self._check(f'verify_same(name, "{call.name}")', f"call {number + 1} is of {call.name}()", 2))
            given = [f"count == {len(call.arguments)}"]
            given += [self._is_argument(a, i, True) for i, a in enumerate(call.arguments)]
            values = ", ".join(map(self._shown, call.arguments))
            lines.append(self._check(" && ".join(given), f"call {number + 1} is {call.name}({values})", 2))
            lines += self._stored(events[start:position], 2)
            text = f"memory when {call.name}() is called as call {number + 1}"
            lines.append(self._check(f"verify_{self.label}_alike()", text, 2))
            lines += self._found(number + 1)
            lines.append(f"\t\treturn {self._number(call.number)};")
            start = position
        lines += [
            "\t}",
            f'\tverify_surprise("{self.name}", name);\n\treturn 0;\n}}\n',
        ]
        return "\n".join(lines)

    def _must_not_contradict(self, questions: Sequence[Asked]) -> None:
        answers: dict[tuple[str, tuple[int, ...], int], int] = {}
        for question in questions:
            key = (question.name, question.arguments, question.epoch)
            if answers.setdefault(key, question.number) != question.number:
                raise NotReplayable(f"{question.name}() is asked the same twice and answers differently")

    def _run(self) -> str:
        recording = self.recording
        entry = recording.version.entry
        types = [self.types.resolve(p.type, "") for p in entry.params]
        arguments = ", ".join(
            f"({spelling(_scalar(type_))}){self._argument(type_, number)}"
            for type_, number in zip(types, recording.parameters, strict=True)
        )
        for type_, number in zip(types, recording.parameters, strict=True):
            if isinstance(_scalar(type_), PointerTo) and number:
                self.used.append(number)
        name, called = self.label, f"{entry.name}({arguments})"
        returns = recording.result_type
        if recording.result is not None:
            called = f"result = {_as_number(called, returns)}"
        elif not isinstance(returns, VoidType) and not is_scalar(returns):
            raise NotReplayable(f"a `{returns}` is returned")
        last = max((i + 1 for i, e in enumerate(recording.events) if isinstance(e, Asked) and e.effect), default=0)
        lines = [
            f"static void verify_{name}(void)\n{{\n\tverify_number result = 0;\n\tvolatile int stopped = 1;\n",
            *([] if self.table else [f"\tverify_{name}_map();"]),
            f"\tverify_{name}_fill();",
            f"\tverify_answer = verify_{name}_answer;",
            *self._found(0, 1, images=False),
            f"\tverify_{name}_image();",
            "\tverify_begin();",
            "\tif (!setjmp(verify_end)) {",
            f"\t\t{called};",
            "\t\tstopped = 0;\n\t}",
            self._check(f"stopped == {int(recording.stopped)}", "it " + _ending(recording.stopped)),
        ]
        if recording.result is not None:
            lines.append(
                self._check(
                    f"result == {self._number(recording.result)}", f"it returns {self._shown(recording.result)}"
                )
            )
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
        lines.append("}\n" if self.table else f"\tverify_{name}_unmap();\n}}\n")
        return "\n".join(lines)

    def _argument(self, type_: CType, number: int) -> str:
        return f"{number:#x}ULL" if isinstance(_scalar(type_), PointerTo) else self._number(number)

    def _check(self, condition: str, what: str, depth: int = 1) -> str:
        self.checks += 1
        return f'{chr(9) * depth}verify_check({condition}, "{self.name} version: {_escaped(what)}");'

    def _found(self, epoch: int, depth: int = 2, images: bool = True) -> list[str]:
        """Memory as it is on entry, or as the call before `epoch` leaves it."""
        lines: list[str] = []
        known: dict[str, int] = {}
        for event in self.recording.events:
            if isinstance(event, Read) and event.epoch == epoch:
                if event.place.owner is not None and epoch < (self._since(event.place) or epoch + 1):
                    raise NotReplayable("a call writes to a local variable whose address it didn't get")
                where = self._lvalue(event.place)
                if where in known:
                    if known[where] != event.number:
                        raise NotReplayable("one place in memory is read in two ways")
                    continue
                known[where] = event.number
                lines.append(self._assignment(where, event.number, depth))
                if images and event.place.owner is None:
                    lines.append(self._assignment(self._lvalue(event.place, image=True), event.number, depth))
        return lines

    def _assignment(self, where: str, number: int, depth: int) -> str:
        return f"{chr(9) * depth}{where} = {self._number(number)};"

    def _stored(self, events: Sequence[Event], depth: int) -> list[str]:
        """Makes the expected stores in the image."""
        lines: list[str] = []
        for event in events:
            if isinstance(event, Copied):  # all but the padding is stored below
                self.used += (event.address, event.address + event.size - 1)
                target = f"(void *)({event.address:#x}UL{_IMAGE})"
                lines.append(f"{chr(9) * depth}verify_copy({target}, (void *){event.address:#x}UL, {event.size});")
            elif isinstance(event, Store):
                lines.append(self._assignment(self._lvalue(event.place, image=True), event.number, depth))
        return lines

    def _final(self, events: Sequence[Event]) -> Iterator[str]:
        """One check for each place that was stored to after the last call."""
        held: dict[str, tuple[Place, int]] = {}
        for event in events:
            if isinstance(event, Store):
                held[self._lvalue(event.place)] = (event.place, event.number)
        for where, (place, number) in held.items():
            width = place.whole or place.bits or width_of(place.type)
            mask = (1 << width) - 1
            value = f"({_number_of(where, place)} & {mask:#x}ULL) == {self._number(number)}"
            yield self._check(value, f"{place.location.removeprefix('global ')} = {self._shown(number)}")

    def _lvalue(self, place: Place, image: bool = False) -> str:
        """C's name for a place in memory, or for its image."""
        away = _IMAGE if image else ""
        if place.owner is not None:
            return self._local(place)
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

    def _since(self, place: Place) -> int | None:
        """Since which call the program knows where a local variable lies."""
        assert place.owner is not None
        found = (self._passed[n] for n, (_, name) in self._locals.items() if name == place.owner.name)
        return next(found, None)

    def _local(self, place: Place) -> str:
        """A part of a local variable whose address a call got."""
        assert place.owner is not None
        which = next((k for k, name in self._locals.values() if name == place.owner.name), None)
        kind = _BYTES.get(place.whole or width_of(place.type))
        if which is None or kind is None or place.at is None or place.bits is not None or place.whole is not None:
            raise NotReplayable(f"where `{place.location}` lies isn't known")
        return f"(*({kind} *)(verify_locals[{which}] + {place.at}))"

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
                return f"{kind} {key}", ".".join(m for m in members if not m.startswith(ANONYMOUS))
        return None

    def _regions(self) -> list[tuple[int, int]]:
        """What has to be mapped: start and size of each region, in order."""
        regions: list[tuple[int, int]] = []
        for address in sorted(set(self.used)):
            if not LOWEST <= address < 1 << 43:
                raise NotReplayable(f"an object lies at {address:#x}, where no program can have one")
            room = _PAGE if self.table else _ROOM
            start = max(LOWEST, (address - room) // _PAGE * _PAGE)
            end = (address + room + _PAGE) // _PAGE * _PAGE
            if regions and start <= regions[-1][0] + regions[-1][1]:
                first = regions.pop()[0]
                regions.append((first, end - first))
            else:
                regions.append((start, end - start))
        return regions


def _symbols(recording: Recording) -> tuple[dict[int, str], dict[int, str], dict[int, tuple[int, str]]]:
    """The addresses that are others in the program: of functions, with their C text; of string literals, with theirs;
    of local variables, with their numbers in the program and their names."""
    functions: dict[int, str] = {}
    texts: dict[int, str] = {}
    own: dict[int, tuple[int, str]] = {}
    for constant, number in recording.constants.items():
        what, _, rest = constant.partition(" ")
        if constant.startswith("&"):
            name = constant[1:].partition("@")[0]
            if name not in recording.placed and recording.prototype(name) is not None:
                functions[number] = f"(verify_number)(unsigned long){name}"
        elif what == "string":
            texts[number] = rest
        elif what == "address":
            own[number] = len(own), rest.removeprefix("of ")
    if len(functions) + len(texts) + len(own) > len({*functions, *texts, *own}):
        raise NotReplayable("two things have one address")
    if len(own) > _MOST_LOCALS:
        raise NotReplayable(f"the addresses of {len(own)} local variables are passed on")
    return functions, texts, own


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


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
