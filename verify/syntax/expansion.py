"""What macros' uses stand for: expressions, statements, initialisers, loops, strings (C17 6.10.3).

Each is replaced where it is needed, never before.  A use whose neighbours may tear its text apart, and text whose
names would mean something else than where they were looked up, are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from verify.errors import TornMacro, UnsupportedC
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.syntax import ast
from verify.syntax.convert import convert_expression, convert_initialiser, convert_statements
from verify.syntax.convert_expressions import parse_literal
from verify.syntax.convert_piece import IsType
from verify.syntax.generated import arguments_of
from verify.syntax.index import FileIndex, Macro
from verify.syntax.lexer import TOKEN, joined_strings, names_in
from verify.syntax.lookup import IDIOMS, OF_IDIOMS, Lookup
from verify.syntax.prepare import ANNOTATION_CALLS, ANNOTATIONS, ATTRIBUTES, C_WORDS
from verify.syntax.substitution import substitute
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.source.tree import Surroundings

_READ_AS_C = ANNOTATIONS | ANNOTATION_CALLS | C_WORDS
_ANNOTATING = ATTRIBUTES | {"attribute", "inline"}
_DEEPEST_STRING = 20
_BRACED = pattern(r"\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*")
_DEEPEST_PIECE = 8  # macros within macros
_OPENING = pattern(r"\s*\(")
_LABEL_WORD = pattern(r"\b(?:case|default)\b")
_Made = TypeVar("_Made")
_NAMING = frozenset((ast.Declarator, ast.Param, ast.Call, ast.ArrayType, ast.TagType, ast.Label, ast.Goto))
_NO_NAMES = frozenset((Span, str, int, bool, type(None), ast.Ident, ast.Number))
_NOT_ENTERED = frozenset((Span, str, int, bool, type(None), ast.Number, *ast.Stmt.__args__))


def _refuse_captured(text: str, use: Span) -> None:
    """Refuses code that names an idiom's variable: it may stand within the idiom."""
    if OF_IDIOMS in text:
        raise UnsupportedC(f"names that begin with `{OF_IDIOMS}` are those of `verify`", use)


class Expansion(NamedTuple):
    """A macro's use turned into syntax, how tightly its text binds (`verify.syntax.ast`), and the use."""

    node: ast.Expr
    binds: int
    use: Span


class Expander(Lookup):
    """Replaces the macros of one version."""

    def __init__(
        self,
        files: Iterable[FileIndex],
        config: Mapping[str, bool],
        around: Surroundings | None = None,
    ) -> None:
        super().__init__(files, config, around)
        self._expressions: dict[tuple[str, tuple[str, ...] | None], Expansion] = {}
        # What macros' uses stand for, by the `id` of the use.
        self._statements: dict[int, tuple[ast.Expr | ast.Stmt, ast.Block]] = {}
        self._hiding: dict[str, bool] = {}  # whether macros hold labels
        self._labelled: dict[int, tuple[tuple[ast.Stmt, ...], tuple[ast.Stmt, ...]]] = {}
        self._initialisers: dict[int, tuple[ast.Expr, ast.InitList]] = {}
        self._lists: dict[int, tuple[ast.InitList, ast.InitList]] = {}  # initialisers with what macros list in them
        self._whole: dict[int, ast.Stmt | ast.Expr] = {}
        self.behind_macros: set[str] = set()  # functions that code calls by guard() and the like
        self._no_macros: set[str] = set()  # names that no file, read or only included, defines as a macro

    def _add(self, index: FileIndex) -> None:
        super()._add(index)
        self._statements.clear()
        self._labelled.clear()
        self._hiding.clear()
        self._initialisers.clear()
        self._lists.clear()

    def replacement(self, name: str, arguments: tuple[str, ...], use: Span) -> Span | None:
        """The text that the use of the function-like macro `name` stands for, or None if there is none such."""
        macro = self._macro_in_reach(name, use)
        return None if macro is None or macro.params is None else self._expanded_text(macro, arguments, use, ";")[1]

    def stands_for(self, name: str, use: Span | None) -> Span | None:
        """The text that `name`, which isn't an expression here, is replaced by; None if it is no macro.

        Raises `UnsupportedC` where that isn't certain.
        """
        if name in self._no_macros:
            return None
        if self._replacing(name, use, called=False) is None:
            if self._replacing(name, None, called=False) is None:
                self._no_macros.add(name)
            return None
        self.discover(name)
        macro = None if use is None else self.macro(name, use)
        if use is None or macro is None or not self._is_only(macro):
            self.refuse_replaced(name, use)
            return None
        return self._expanded_text(macro, None, use)[1]

    def _refuse_names(self, node: object) -> None:
        """Refuses what code within a function declares so that names would be looked up wrong.

        These are variables, labels, and members that are called, that may be macros, constants of an enum, and records
        called like one outside of the function.
        """
        stack: list[object] = [node]
        while stack:
            part = stack.pop()
            if part.__class__ not in _NAMING:
                pass
            elif isinstance(part, ast.Declarator | ast.Param) and part.name:
                self.refuse_replaced(part.name, part.span)
            elif isinstance(part, ast.Label | ast.Goto):
                self.refuse_replaced(part.name if isinstance(part, ast.Label) else part.label, part.span)
            elif isinstance(part, ast.Call) and isinstance(part.function, ast.Field):
                self.refuse_replaced(part.function.name, part.span, called=True)
            elif isinstance(part, ast.ArrayType) and part.length is not None and self._may_change(part.length):
                raise UnsupportedC("an array's length that is computed when it is declared", part.length.span)
            elif isinstance(part, ast.TagType):
                if part.enumerators is not None:
                    raise UnsupportedC("an enum that is defined inside of a function", part.span, "Move it out.")
                if part.members is not None and part.tag and self._is_tag(f"{part.kind} {part.tag}"):
                    raise UnsupportedC(f"`{part.kind} {part.tag}` is also defined outside of the function", part.span)
            if isinstance(part, tuple):
                stack.extend([p for p in cast("tuple[object, ...]", part) if p.__class__ not in _NO_NAMES])

    def _may_change(self, length: ast.Expr) -> bool:
        """True iff an array's length does something, which types don't show (C17 6.7.6.2p5)."""
        stack: list[object] = [length]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.Assign | ast.IncDec):
                return True
            if isinstance(part, ast.Call) and isinstance(part.function, ast.Ident):
                called = part.function.name
                if any(called in f.functions or called in f.globals for f in self.files_of(called)):
                    return True
            if isinstance(part, tuple):
                stack.extend([p for p in cast("tuple[object, ...]", part) if p.__class__ is not Span])
        return False

    def _refuse_own_words(self, span: Span) -> None:
        """Refuses a text in which a word of C, or an annotation that is dropped unread, is an own macro."""
        for name in sorted(_READ_AS_C.intersection(names_in(span.text))):
            own = self.own_items("macros", name)
            if not all(isinstance(macro, Macro) and _is_annotation(macro) for macro in own):
                raise UnsupportedC(f"`{name}` is a word of C or an annotation, but a macro here", span)

    def is_one_item(self, node: ast.Expr) -> bool:
        """True iff an initialiser's item is certainly one; a macro may stand for several, or for none."""
        name, arguments = _use(node)
        if not name:
            return True
        if not self.knows(name):
            self.discover(name)
        try:
            macro = self.macro(name, node.span)
            if macro is None or (macro.params is None) != (arguments is None):
                return True
            text, span = self._expanded_text(macro, arguments, node.span)
            if _BRACED.fullmatch(text):
                return True
            inner, _ = convert_expression(span.source, span.start, span.end, self.is_type, span.via)
        except UnsupportedC:
            return False
        return not isinstance(inner, ast.Comma | ast.BadExpr) and bool(text.strip()) and self.is_one_item(inner)

    def has_effect(self, node: ast.Expr) -> bool:
        """True iff evaluating `node` may do more than give a value."""
        stack: list[object] = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.Assign | ast.IncDec | ast.StatementExpr | ast.BadExpr):
                return True
            if isinstance(part, ast.Ident | ast.Call):
                expanded = self._replaced(part)
                if expanded is None and isinstance(part, ast.Call):
                    return True
                stack.append(expanded)
            if isinstance(part, tuple) and not isinstance(part, ast.Call):
                stack.extend([p for p in cast("tuple[object, ...]", part) if p.__class__ is not Span])
        return False

    def _replaced(self, node: ast.Ident | ast.Call) -> ast.Expr | None:
        try:
            if isinstance(node, ast.Ident):
                return self.expand_name(node)
            return self.expand_call(node) if isinstance(node.function, ast.Ident) else None
        except UnsupportedC:
            return None

    def expand_name(self, node: ast.Ident) -> ast.Expr | None:
        """The expression that the object-like macro `node` stands for, or None if it is no macro."""
        name = node.name
        if name in self._macros and self._macros[name] is None:
            return None  # most names are none
        macro = self.macro(name, node.span)
        if macro is None or macro.params is not None:
            return None
        return self._expand(macro, None, node.binding, node.span)

    def expand_call(self, node: ast.Call) -> ast.Expr | None:
        """The expression that the function-like macro's use stands for, or None if it is no macro."""
        assert isinstance(node.function, ast.Ident)
        macro = self.macro(node.function.name, node.span)
        if macro is None or macro.params is None:
            return None
        return self._expand(macro, node.arguments_text, node.binding, node.span)

    def callee(self, node: ast.Call) -> ast.Expr:
        """What `node` calls: where a macro's use stands for a name, as in `static_call(f)(x)`, that name."""
        function = node.function
        if isinstance(function, ast.Call) and isinstance(function.function, ast.Ident):
            if not self.knows(function.function.name):
                self.discover(function.function.name)
            expanded = self.expand_call(function)
            if isinstance(expanded, ast.Call | ast.Ident | ast.Generic):
                return self.callee(node._replace(function=expanded))
        return function

    def _expand(self, macro: Macro, arguments: tuple[str, ...] | None, needed: int, use: Span) -> ast.Expr:
        key = (macro.name, arguments)
        found = self._expressions.get(key)
        if found is not None and use.use.source is found.use.source and use.use.start < found.use.start:
            found = None  # what it uses may be defined between the two uses
        if found is None:
            text, span = self._expanded_text(macro, arguments, use)
            literal = parse_literal(text, span)
            node, binds = (literal, ast.PRIMARY) if literal is not None else self._converted(span, convert_expression)
            found = self._expressions[key] = Expansion(node, binds, use.use)
            if (
                isinstance(node, ast.Ident | ast.Call)
                and "(" not in node.span.source.text[span.start : node.span.start]
            ):
                found = self._expressions[key] = found._replace(binds=min(binds, self._binding_of(node)))
            self.check_whole(node)
            if not isinstance(node, ast.Ident | ast.Number):
                self._refuse_names(node)
        if found.binds < needed:
            raise TornMacro(
                f"the macro `{macro.name}` expands to `{macro.body}`, which its neighbours may tear apart",
                use,
                "Put parentheses around the use or the macro's body.",
            )
        if isinstance(found.node, ast.Comma) and found.binds == ast.ANYTHING:
            raise UnsupportedC(f"the macro `{macro.name}` expands to a comma expression", use)
        return found.node

    def _binding_of(self, use: ast.Ident | ast.Call) -> int:
        """How tightly `use` binds; if it is a macro's, what that stands for does."""
        if isinstance(use, ast.Call) and not isinstance(use.function, ast.Ident):
            return ast.PRIMARY
        for binding in (ast.PRIMARY, ast.UNARY):
            try:
                self._expand_whole(use._replace(binding=binding))
            except TornMacro:
                continue
            return binding
        return ast.ANYTHING

    def check_whole(self, node: ast.Stmt | ast.Expr) -> None:
        """Raises `TornMacro` if the text of a macro in `node` would be torn apart, whether or not it is evaluated.

        Statements and expressions inside of it that stand between brackets of their own are left to their own check.
        """
        if id(node) in self._whole:
            return
        stack: list[Any] = [node]
        while stack:
            part = stack.pop()
            kind = part.__class__
            if kind is ast.Ident:
                if part.binding == ast.ANYTHING or self._macros.get(part.name, part) is None:
                    continue  # most names are no macros
                known = self._expressions.get((part.name, None))
                if known is None or known.binds < ast.PRIMARY:
                    self._expand_whole(part)
                continue
            if kind is ast.Call and part.binding > ast.ANYTHING and isinstance(part.function, ast.Ident):
                self._expand_whole(part)
            stack += [p for p in part if p.__class__ not in _NOT_ENTERED]
        self._whole[id(node)] = node

    def _expand_whole(self, use: ast.Ident | ast.Call) -> None:
        """Raises `TornMacro` if `use` is a macro whose text would be torn apart."""
        try:
            _ = self.expand_name(use) if isinstance(use, ast.Ident) else self.expand_call(use)
        except TornMacro:
            raise
        except UnsupportedC:
            pass  # counts only if it is evaluated

    def check_alone(self, node: ast.Stmt | None) -> None:
        """Raises `TornMacro` if `node`, a branch or body without braces, is a macro's use that isn't one statement."""
        if not isinstance(node, ast.ExprStmt):
            return
        try:
            block = self.expand_statements(node.expr)
        except UnsupportedC:
            return  # an expression, or refused where it is executed
        if block is None:
            return
        last = block.items[0] if len(block.items) == 1 else None
        if isinstance(last, ast.ExprStmt):
            self.check_alone(last)
        elif not isinstance(last, ast.Block) and not (isinstance(last, ast.While) and last.body_first):
            raise TornMacro("this macro isn't one statement, so its neighbours may tear it apart", node.span)

    def expand_statements(self, node: ast.Expr) -> ast.Block | None:
        """The statements that a macro's use as a whole statement stands for, or None if it is no macro."""
        name, arguments = _use(node)
        macro = self.macro(name, node.span) if name else None
        if macro is None or (macro.params is None) != (arguments is None):
            return None
        known = self._statements.get(id(node))
        if known is not None:
            return known[1]
        _, span = self._expanded_text(macro, arguments, node.span, tail=";")
        block = self._converted(span, convert_statements)
        self._refuse_names(block)
        self._statements[id(node)] = node, block
        return block

    def labelled(self, items: tuple[ast.Stmt, ...]) -> tuple[ast.Stmt, ...]:
        """A switch's `items`, with what macros that hold case labels stand for, as `C(A);` for `case A: return 1;`."""
        known = self._labelled.get(id(items))
        if known is None:
            found: list[ast.Stmt] = []
            for item in items:
                name = _use(item.expr)[0] if isinstance(item, ast.ExprStmt) else ""
                hides = bool(name) and self.hides_labels(name)
                block = self.expand_statements(item.expr) if hides and isinstance(item, ast.ExprStmt) else None
                found += (item,) if block is None else self.labelled(block.items)
            known = self._labelled[id(items)] = items, tuple(found)
        return known[1]

    def scoped(self, items: tuple[ast.Stmt, ...]) -> tuple[ast.Stmt, ...]:
        """A block's `items`; where a variable is cleaned up, what stands behind it is its scope."""
        for position, item in enumerate(items):
            declaration = self.cleaned(item)
            if declaration is None:
                continue
            first = next(i for i, d in enumerate(declaration.declarators) if d.cleanup)
            own, init = declaration.declarators[first], declaration.declarators[first].init
            macro = self.macro(own.cleanup, own.span)
            if macro is not None and macro.params is not None:  # the attribute names what has the macro's name
                raise UnsupportedC(f"`{own.cleanup}`, which cleans up, is a macro, too", own.span)
            self.behind_macros.add(own.cleanup)
            if isinstance(item, ast.ExprStmt) and isinstance(init, ast.Call) and isinstance(init.function, ast.Ident):
                self.behind_macros.add(init.function.name)
            parts = [declaration._replace(declarators=(d,)) for d in declaration.declarators]
            rest = self.scoped((*parts[first + 1 :], *items[position + 1 :]))
            return (*items[:position], *parts[:first], ast.Scoped(parts[first], rest, item.span))
        return items

    def cleaned(self, item: ast.Stmt) -> ast.Declaration | None:
        """The declaration, also behind macros as `guard(mutex)(&m);`, with a variable that is cleaned up; else None."""
        if isinstance(item, ast.Declaration):
            return item if any(d.cleanup for d in item.declarators) else None
        call = item.expr if isinstance(item, ast.ExprStmt) else None
        use = call.function if isinstance(call, ast.Call) else None
        if not (isinstance(call, ast.Call) and isinstance(use, ast.Call) and isinstance(use.function, ast.Ident)):
            return None
        known = self._statements.get(id(item))
        if known is None:
            macro = self._macro_in_reach(use.function.name, use.span)
            if macro is None or macro.params is None:
                return None
            tail = f"({', '.join(call.arguments_text)});"
            span = self._expanded_text(macro, use.arguments_text, item.span, tail)[1]
            block = self._converted(span, convert_statements)
            self._refuse_names(block)
            known = self._statements[id(item)] = item, block
        found = [self.cleaned(inner) for inner in known[1].items]
        if len(found) > 1 and any(found):
            raise UnsupportedC("a macro that declares a variable that is cleaned up, and more", item.span)
        return found[0] if found else None

    def initialiser(self, node: ast.Expr) -> ast.Expr:
        """An initialiser, in braces also where these stand in a macro, as in LIST_HEAD_INIT()."""
        name, arguments = _use(node)
        if name and arguments is not None and not self.knows(name):
            self.discover(name)
        if not any(m.body.lstrip()[:1] == "{" for m in self.macros(name)):
            return node
        macro = self.macro(name, node.span)
        if macro is None or (macro.params is None) != (arguments is None) or macro.body.lstrip()[:1] != "{":
            return node
        known = self._initialisers.get(id(node))
        if known is None:
            found = convert_initialiser(self._expanded_text(macro, arguments, node.span)[1], self.is_type)
            self.check_whole(found)
            self._refuse_names(found)
            known = self._initialisers[id(node)] = node, found
        return known[1]

    def listed(self, init: ast.InitList) -> ast.InitList:
        """An initialiser with the items that macros stand for which list several, or none, e.g. `{ REASONS, 0 }`.

        Raises `UnsupportedC` where it isn't certain what they are.
        """
        known = self._lists.get(id(init))
        if known is None:
            found: list[tuple[tuple[str | ast.Expr, ...], ast.Expr]] = []
            for path, item in init.items:
                items = (((), item),) if self.is_one_item(item) else self._several(item)
                if path and (not items or items[0][0]):
                    raise UnsupportedC("a macro behind a designator that isn't one initialiser", item.span)
                found += [(path or items[0][0], items[0][1]), *items[1:]] if items else []
            known = self._lists[id(init)] = init, init._replace(items=tuple(found))
        return known[1]

    def _several(self, node: ast.Expr) -> tuple[tuple[tuple[str | ast.Expr, ...], ast.Expr], ...]:
        """The items that a macro's use stands for."""
        name, arguments = _use(node)
        macro = self.macro(name, node.span)
        before = node.span.source.text[: node.span.start].rstrip()
        if macro is None or (macro.params is None) != (arguments is None) or before[-1:] not in ("{", ",", "=", "]"):
            raise UnsupportedC(f"`{name}` may stand for several initialisers", node.span)
        text, span = self._expanded_text(macro, arguments, node.span)
        source = Source(span.source.name, f"{{ {text} }}")
        inner = convert_initialiser(Span(source, 0, len(source.text), node.span), self.is_type)
        self.check_whole(inner)
        self._refuse_names(inner)
        return self.listed(inner).items

    def expand_loop(self, head: ast.Call) -> ast.Stmt | None:
        """The loop, with an empty body, that `for_each_…(…)` stands for, or None if it is no known macro.

        A macro that puts more around the body than the loop, e.g. `if (c)`, is refused.
        """
        name, arguments = _use(head)
        if name and not self.knows(name):
            self.discover(name)
        macro = self.macro(name, head.span) if name else None
        if macro is None or macro.params is None:
            return None
        _, span = self._expanded_text(macro, arguments, head.span, tail=" ;")
        block = self._converted(span, convert_statements)
        self._refuse_names(block)
        loop = block.items[0] if len(block.items) == 1 else block
        if isinstance(loop, ast.ExprStmt) and isinstance(loop.expr, ast.Call):
            return self.expand_loop(loop.expr)  # it stands for another loop macro
        if isinstance(loop, ast.For) and not _is_empty(loop.body):
            raise UnsupportedC(f"the loop macro `{name}` puts something around the loop's body", head.span)
        return loop

    def _expanded_text(
        self, macro: Macro, arguments: tuple[str, ...] | None, use: Span, tail: str = ""
    ) -> tuple[str, Span]:
        is_idiom = macro.span.source.name == IDIOMS
        if is_idiom:
            _refuse_captured(" ".join(arguments or ()), use)
        if arguments is None and not tail:
            place = macro.span.source.text.find(macro.body, macro.span.start, macro.span.end)
            if place >= 0 and macro.body and OF_IDIOMS not in macro.body:
                return macro.body, Span(macro.span.source, place, place + len(macro.body), use)
        body = macro.body.replace("\\\n", " ")
        if use.via is not None and arguments is not None and "#" in body:
            self._refuse_unexpanded(macro, body, arguments, use)
        text = (body if arguments is None else substitute(macro, body, arguments, use)) + tail
        if not is_idiom:
            _refuse_captured(text, use)
        return text, Span(Source(f"macro {macro.name}", text), 0, len(text), use)

    def _converted(self, span: Span, convert: Callable[[Source, int, int, IsType, Span | None], _Made]) -> _Made:
        """What `convert` makes of a macro's text; uses of macros in it that are no expressions are replaced first."""
        try:
            return convert(span.source, span.start, span.end, self.is_type, span.via)
        except UnsupportedC:
            text = self._with_pieces(span.text, span, 0)
            if text == span.text:
                raise
        return convert(Source(span.source.name, text), 0, len(text), self.is_type, span.via)

    def _with_pieces(self, text: str, use: Span, depth: int) -> str:
        """`text` with what such uses stand for, or those with an empty argument, as `_Generic(x, CASE(int), …)`."""
        found: list[str] = []
        position = 0
        for match in TOKEN.finditer(text):
            opening = _OPENING.match(text, match.end())
            if match.start() < position or match.lastgroup != "name" or opening is None or match.group() in C_WORDS:
                continue
            arguments, end = arguments_of(text, opening.end())
            macro = self._macro_in_reach(match.group(), use) if end and depth < _DEEPEST_PIECE else None
            if macro is None or macro.params is None or macro.span.source.name == IDIOMS:
                continue
            piece, span = self._expanded_text(macro, arguments, use)
            if all(a.strip() for a in arguments) and self._is_expression(span):
                continue
            found += (text[position : match.start()], self._with_pieces(piece, span, depth + 1))
            position = end
        return "".join((*found, text[position:]))

    def _is_expression(self, span: Span) -> bool:
        try:
            convert_expression(span.source, span.start, span.end, self.is_type, span.via)
        except UnsupportedC:
            return False
        return True

    def _refuse_unexpanded(self, macro: Macro, body: str, arguments: tuple[str, ...], use: Span) -> None:
        """Refuses # and ## of an argument in which another macro's use may be replaced first (C17 6.10.3.1)."""
        words = [w.group() for w in TOKEN.finditer(body) if w.lastgroup != "space"]
        for i, param in enumerate(macro.params or ()):
            variadic = param.endswith("...")
            name = param if not variadic else param.removesuffix("...") or "__VA_ARGS__"
            taken = any(
                w == name
                and (words[at - 1 : at] in (["#"], ["##"]) or words[at + 1 : at + 2] == ["##"])
                and not (variadic and words[max(at - 2, 0) : at] == [",", "##"])
                for at, w in enumerate(words)
            )
            if not taken:
                continue
            argument = ", ".join(arguments[i:] if variadic else arguments[i : i + 1])
            for word in names_in(argument):
                found = self._macro_in_reach(word, use)
                if found is not None and (found.params is None or re.search(rf"\b{word}\s*\(", argument)):
                    raise UnsupportedC(f"the macro `{word}` is an operand of # or ## in `{macro.name}`", use)

    def string_text(self, node: ast.String) -> str:
        """What tells a string from others: its text, with what its macros stand for.  Equal ones may differ in it."""
        alone = TOKEN.fullmatch(node.text)
        if alone and alone.lastgroup == "string":
            return joined_strings((node.text,))
        return joined_strings(self._expanded_string(node.text, node.span, 0))

    def _expanded_string(self, text: str, span: Span, depth: int) -> list[str]:
        """The string literals that `text` stands for."""
        parts: list[str] = []
        for token in TOKEN.finditer(text):
            if token.lastgroup == "string":
                parts.append(token.group())
            elif token.lastgroup != "space":
                name = token.group()
                macro = self._macro_in_reach(name, span) if token.lastgroup == "name" else None
                if macro is None or macro.params is not None or depth > _DEEPEST_STRING:
                    raise UnsupportedC(f"`{name}` in a string isn't known", span, "Name the header that defines it.")
                parts += self._expanded_string(macro.body, span, depth + 1)
        return parts

    def hides_labels(self, name: str) -> bool:
        """True iff `name` may be a macro whose text holds a `case` or `default` label, also by other macros."""
        if name not in self._hiding:
            self._hiding[name] = False
            self._hiding[name] = any(
                _LABEL_WORD.search(macro.body) is not None or any(map(self.hides_labels, names_in(macro.body)))
                for macro in self.macros(name)
            )
        return self._hiding[name]


def _is_annotation(macro: Macro) -> bool:
    """True iff a macro that is called like an annotation stands for nothing but harmless ones."""
    words = {word.strip("_") for word in names_in(macro.body)}
    return macro.name not in C_WORDS and words <= _ANNOTATING and not re.search("[;={}]", macro.body)


def _is_empty(node: ast.Stmt) -> bool:
    """True for the statement `;`."""
    return isinstance(node, ast.Block) and not node.items


def cleaning(declarator: ast.Declarator, number: int) -> tuple[str, ast.Call]:
    """A name, which no code has, for a variable that is cleaned up, and the call that does so."""
    name, span = f"cleaned up {number}", declarator.span
    argument = ast.Unary("&", ast.Ident(name, ast.ANYTHING, span), span)
    function = ast.Ident(declarator.cleanup, ast.ANYTHING, span)
    return name, ast.Call(function, (argument,), (f"&{declarator.name}",), ast.ANYTHING, span)


def _use(node: ast.Expr) -> tuple[str, tuple[str, ...] | None]:
    """The macro's name and arguments if `node` looks like a macro's use."""
    if isinstance(node, ast.Call) and isinstance(node.function, ast.Ident):
        return node.function.name, node.arguments_text
    return (node.name, None) if isinstance(node, ast.Ident) else ("", None)
