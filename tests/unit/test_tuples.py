"""Our named tuples behave as those of `typing`."""

from __future__ import annotations

import inspect
import pickle
import typing
from typing import Any

import pytest

from verify import tuples


class Ours(tuples.NamedTuple):
    """A point."""

    x: int
    y: int
    name: str = "here"

    @property
    def total(self) -> int:
        return self.x + self.y


class Theirs(typing.NamedTuple):
    """A point."""

    x: int
    y: int
    name: str = "here"

    @property
    def total(self) -> int:
        return self.x + self.y


class Empty(tuples.NamedTuple):
    """Nothing."""


class Swapped(tuples.NamedTuple):
    """As many fields as a point, in another order: the constructors share their code, not their names."""

    y: int
    x: int
    name: str = "there"


@pytest.mark.parametrize("kind", [Ours, Theirs])
def test_what_a_named_tuple_does(kind: Any) -> None:
    one = kind(1, y=2)
    assert one == (1, 2, "here") and kind(y=2, x=1, name="here") == one and kind(*one) == one
    assert (one.x, one.y, one.name, one.total) == (1, 2, "here", 3)
    assert one._replace(y=5) == (1, 5, "here") and type(one._replace(y=5)) is kind
    assert one._asdict() == {"x": 1, "y": 2, "name": "here"} and kind._make([1, 2, "a"]) == (1, 2, "a")
    assert repr(one) == f"{kind.__name__}(x=1, y=2, name='here')"
    assert kind._fields == ("x", "y", "name") and kind._field_defaults == {"name": "here"}
    assert pickle.loads(pickle.dumps(one)) == one and type(pickle.loads(pickle.dumps(one))) is kind
    assert list(inspect.signature(kind).parameters) == ["x", "y", "name"]
    assert kind.__doc__ == "A point." and kind.__module__ == __name__ and not hasattr(one, "__dict__")
    match one:
        case kind(x, _, name="here"):  # pyright: ignore[reportUnknownVariableType]
            assert x == 1
        case _:
            pytest.fail("no match")
    for wrong in ((1,), (1, 2, "a", 3)):
        with pytest.raises(TypeError):
            kind(*wrong)
    with pytest.raises(TypeError):
        kind(1, 2, colour="red")
    with pytest.raises((TypeError, ValueError)):
        one._replace(colour="red")
    with pytest.raises(AttributeError):
        one.x = 3


def test_fields_have_their_own_order() -> None:
    assert Swapped(x=1, y=2) == (2, 1, "there") and Ours(x=1, y=2) == (1, 2, "here")
    assert Empty() == () and repr(Empty()) == "Empty()"


def test_a_field_without_a_default_after_one_that_has_one() -> None:
    with pytest.raises(TypeError, match="Wrong: a field without a default"):

        class Wrong(tuples.NamedTuple):  # pyright: ignore[reportUnusedClass]
            x: int = 1
            y: int  # pyright: ignore
