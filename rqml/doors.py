"""Doors: how functions are wrapped, so that an argument or the result goes through what judges it."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from rqml.errors import InvalidParameter
from rqml.proposition import Proposition
from rqml.subjects.subject import Subject

F = TypeVar("F", bound=Callable[..., Any])


class Door(Protocol):
    """What stands before a function."""

    def admit(self, subject: Any) -> Any:
        """The subject to go on with; raises RequirementViolation where there is none."""

    async def admit_later(self, subject: Any) -> Any:
        """As `admit`, without keeping the event loop waiting."""


def wrapped_before(function: F, door: Door, name: str, place: int | None) -> F:
    """The function, sync or async, with a door before one of its arguments.

    Args:
        function: what is wrapped.
        door: what the argument goes through.
        name: of the argument.
        place: its position, None if it is keyword-only.
    """
    default = inspect.signature(function).parameters[name].default
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def later(*args: Any, **kwargs: Any) -> Any:
            if name in kwargs:
                kwargs[name] = await door.admit_later(kwargs[name])
            elif place is not None and place < len(args):
                args = (*args[:place], await door.admit_later(args[place]), *args[place + 1 :])
            elif default is inspect.Parameter.empty:
                await door.admit_later(None)  # where that is let go on, the call itself says what is missing
            else:
                kwargs[name] = await door.admit_later(default)
            return await function(*args, **kwargs)

        return typing.cast(F, later)

    @functools.wraps(function)
    def now(*args: Any, **kwargs: Any) -> Any:
        if name in kwargs:
            kwargs[name] = door.admit(kwargs[name])
        elif place is not None and place < len(args):
            admitted = door.admit(args[place])
            if admitted is not args[place]:
                args = (*args[:place], admitted, *args[place + 1 :])
        elif default is inspect.Parameter.empty:
            door.admit(None)
        else:
            kwargs[name] = door.admit(default)
        return function(*args, **kwargs)

    return typing.cast(F, now)


def wrapped_after(function: F, door: Door, make: Callable[..., Any] | None) -> F:
    """The function, sync or async, with a door after it.

    Args:
        function: what is wrapped.
        door: what the result goes through.
        make: makes what the door judges from result, positional and named arguments; None: the result itself.
    """

    def settled(result: Any, subject: Any, admitted: Any) -> Any:
        return result if admitted is subject else admitted

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def later(*args: Any, **kwargs: Any) -> Any:
            result = await function(*args, **kwargs)
            subject = result if make is None else make(result, args, kwargs)
            return settled(result, subject, await door.admit_later(subject))

        return typing.cast(F, later)

    @functools.wraps(function)
    def now(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        subject = result if make is None else make(result, args, kwargs)
        return settled(result, subject, door.admit(subject))

    return typing.cast(F, now)


def subject_maker(function: Callable[..., Any], subject: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """What makes the subject of `ensure` from a result and the arguments of the call.

    Raises:
        InvalidParameter: `subject` is no function, or takes arguments that the function does not have.
    """
    if subject is None:
        return None
    if not callable(subject):
        raise InvalidParameter(
            "subject must be a function of the result: ensure(requirement, subject=lambda result: ...)"
        )
    signature = inspect.signature(function)
    wanted = list(inspect.signature(subject).parameters)[1:]
    unknown = [name for name in wanted if name not in signature.parameters]
    if unknown:
        raise InvalidParameter(f"subject takes {unknown[0]!r}, which {function.__name__} has no argument for")

    def make(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = signature.bind(*args, **kwargs)
        call.apply_defaults()
        return subject(result, **{name: call.arguments[name] for name in wanted})

    return make


def argument_of(function: Callable[..., Any], requirement: Proposition[Any], of: str | None) -> tuple[str, int | None]:
    """Name and position (None if it is keyword-only) of the argument that is judged.

    Raises:
        InvalidParameter: no argument or several could be meant, or `of` names none.
    """
    parameters = inspect.signature(function).parameters
    names = [name for name, p in parameters.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if of is None:
        fitting = [name for name in names if _fits(function, name, requirement)]
        candidates = fitting or [name for name in names if name not in ("self", "cls")]
        if len(candidates) != 1:
            what = "several arguments" if candidates else "no argument"
            raise InvalidParameter(
                f"{what} of {function.__name__} could be meant by {requirement.key} "
                f"({', '.join(candidates) or 'it takes none'}): say which by require(..., of=...)"
            )
        of = candidates[0]
    if of not in names:
        raise InvalidParameter(f"{function.__name__} has no argument {of!r}; it has {', '.join(names) or 'none'}")
    keyword_only = parameters[of].kind is inspect.Parameter.KEYWORD_ONLY
    return of, None if keyword_only else names.index(of)


def _fits(function: Callable[..., Any], name: str, requirement: Proposition[Any]) -> bool:
    try:
        annotation = typing.get_type_hints(function).get(name)
    except Exception:
        return False
    kinds = {leaf.subject_type() for leaf in requirement.requirements()}
    return isinstance(annotation, type) and issubclass(annotation, Subject) and annotation in kinds
