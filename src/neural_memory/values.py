"""What are immutable values made by?  By what `dataclass(frozen=True, slots=True)` means, at a fifth of its price.

    from neural_memory.values import dataclass, field, replace

The standard `dataclasses` imports `inspect`, 6 ms of a start, and compiles half a dozen methods for each class, half a
millisecond. Here only `__init__` is compiled, and all else is shared. What our values need of the standard one means
the same here, and `dataclasses.fields`, `replace`, `asdict` and `is_dataclass` take these values for its own. What
needs more of it (values that change, fields that are not compared) uses the standard one; type checkers see nothing
else.
"""

from __future__ import annotations

from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import Field, dataclass, field, fields, replace

    __all__ = ["Field", "dataclass", "field", "fields", "replace"]
else:
    _MISSING = object()

    class Field:
        """One field of a class: its name, its type as it is written, and what it is unless it is given."""

        __slots__ = ("default", "default_factory", "name", "type")

        def __init__(self, *, default=_MISSING, default_factory=_MISSING):
            self.default = default
            self.default_factory = default_factory

    field = Field

    def fields(kind):
        """The fields of a class of values, or of a value, in order; those of its base first."""
        return kind.__fields__

    def replace(value, /, **changes):
        """The same value but for these fields."""
        for name in value.__match_args__:
            if name not in changes:
                changes[name] = getattr(value, name)
        return value.__class__(**changes)

    def dataclass(*, frozen, slots):
        """A class of immutable values: fields only, compared, hashed and shown by them."""
        if not (frozen and slots):
            raise TypeError("for values that change, use the standard dataclasses")
        return _made

    def _made(kind):
        known = {one.name: one for base in reversed(kind.__mro__[1:]) for one in getattr(base, "__fields__", ())}
        own = [_field(kind, name, type) for name, type in kind.__annotations__.items()]
        known |= {one.name: one for one in own}
        body = {name: value for name, value in vars(kind).items() if name not in (*known, "__dict__", "__weakref__")}
        names = tuple(known)
        made = type(kind)(
            kind.__name__,
            kind.__bases__,
            {
                **_SHARED,
                **body,
                "__slots__": tuple(one.name for one in own),
                "__fields__": tuple(known.values()),
                "__match_args__": names,
                "__values__": attrgetter(*names),
                "__dataclass_fields__": _Standard("__dataclass_fields__"),
                "__dataclass_params__": _Standard("__dataclass_params__"),
            },
        )
        made.__qualname__ = kind.__qualname__
        made.__init__ = _init(made)
        return made

    def _field(kind, name, type):
        given = vars(kind).get(name, _MISSING)
        one = given if isinstance(given, Field) else Field(default=given)
        one.name, one.type = name, type
        return one

    def _init(kind):
        """`__init__` as one would write it, but for the fields being set past the ban on setting them."""
        names, lines = {"_MISSING": _MISSING}, []
        for one in kind.__fields__:
            value = one.name
            if one.default_factory is not _MISSING:
                names[f"_make_{value}"] = one.default_factory
                value = f"_make_{value}() if {value} is _MISSING else {value}"
            names[f"_set_{one.name}"] = getattr(kind, one.name).__set__
            lines.append(f" _set_{one.name}(self, {value})\n")
        exec(f"def __init__(self, {', '.join(kind.__match_args__)}):\n{''.join(lines)}", names)  # noqa: S102 - our own fields
        init = names["__init__"]
        init.__defaults__ = tuple(one.default for one in kind.__fields__ if _may_be_left_out(one))
        init.__annotations__ = {one.name: one.type for one in kind.__fields__} | {"return": "None"}
        init.__qualname__ = f"{kind.__qualname__}.__init__"
        init.__module__ = kind.__module__
        return init

    def _may_be_left_out(one):
        return one.default is not _MISSING or one.default_factory is not _MISSING

    def _equal(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self.__values__(self) == other.__values__(other)

    def _hash(self):
        return hash(self.__values__(self))

    def _repr(self):
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{self.__class__.__qualname__}({shown})"

    def _refuse(self, name, *_):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot change field {name!r}")

    def _reduce(self):
        return self.__class__, tuple(getattr(self, name) for name in self.__match_args__)

    _SHARED = {
        "__eq__": _equal,
        "__hash__": _hash,
        "__repr__": _repr,
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__reduce__": _reduce,  # for copies and pickles
        "__replace__": replace,  # for `copy.replace`
    }

    class _Standard:
        """What the standard `dataclasses` looks for in a class of its own, made when it does."""

        def __init__(self, name):
            self.name = name

        def __get__(self, value, kind):
            import dataclasses

            described = [
                (one.name, one.type)
                if not _may_be_left_out(one)
                else (one.name, one.type, dataclasses.field(default=one.default))
                if one.default_factory is _MISSING
                else (one.name, one.type, dataclasses.field(default_factory=one.default_factory))
                for one in kind.__fields__
            ]
            standard = dataclasses.make_dataclass(kind.__name__, described, frozen=True)
            found = getattr(standard, self.name)
            setattr(kind, self.name, found)
            return found
