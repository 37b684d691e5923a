"""What the generated functions are made of."""

import collections.abc
from typing import Any, Callable, Dict, Mapping, Optional


class _Absent:
    def __repr__(self) -> str:
        return 'ABSENT'

    def __bool__(self) -> bool:
        return False


#: The default of a parameter that is not sent. None is sent, as null.
ABSENT: Any = _Absent()

_OPTIONS = frozenset(('_reason', '_plan', '_idempotency_key', '_approval', '_run_when_approved', '_timeout'))


def given(named: Mapping[str, Any], more: Mapping[str, Any]) -> Dict[str, Any]:
    """The parameters that the caller gave: `named` by this version of the client, and `more`, which it does not know.

    A name of `more` may end with an underscore, like those that are words of Python.
    """
    found = {name: value for name, value in named.items() if value is not ABSENT}
    for name, value in more.items():
        if name.startswith('_'):
            raise TypeError(f'there is no option {name}; the options are {", ".join(sorted(_OPTIONS))}')
        found[name[:-1] if name.endswith('_') else name] = value
    return found


class Call:
    """A command or a method as the generated functions describe it: what it is called, and what it is sent.

    `params` is a mapping; for methods with a single value, such as the name of a module, that value.
    """

    def __init__(self, name: str, params: Any, given: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        is_mapping = params is None or isinstance(params, collections.abc.Mapping)
        if given and not is_mapping:
            raise TypeError(f'{name} takes a value or keywords, not both: {", ".join(sorted(given))}')
        self.name = name
        self.has_params = params is not None or bool(given)
        self.params: Any = {**(params or {}), **given} if is_mapping else params
        self.options = options


class Functions:
    """What the generated classes have in common. `run` carries out a call."""

    #: The keywords that are not parameters.
    _options = frozenset(('_timeout',))

    def __init__(self, run: Callable[..., Any]) -> None:
        self._run = run

    def _call(self, name: str, params: Any, named: Mapping[str, Any],
              options: Dict[str, Any], more: Dict[str, Any], part: Optional[str] = None) -> Call:
        for key in list(more):
            if key in self._options and key not in named:
                options[key] = more.pop(key)
        call = Call(name, params, given(named, more), options)
        # The items of some results are only listed if this parameter is there.
        if part is not None:
            call.params.setdefault(part, {})
        return call

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith('_'):
            raise AttributeError(name)

        def later(params: Any = None, **more: Any) -> Any:
            return self._run(self._call(name, params, {}, {}, more))

        later.__name__ = later.__qualname__ = name
        later.__doc__ = 'This version of the client does not know it, and sends the keywords as they are.'
        return later


class CommandFunctions(Functions):
    _options = frozenset(('user', 'module')) | _OPTIONS

    def _call(self, name: str, params: Any, named: Mapping[str, Any],
              options: Dict[str, Any], more: Dict[str, Any], part: Optional[str] = None) -> Call:
        if params is not None and not isinstance(params, collections.abc.Mapping):
            raise TypeError(f'{name} takes its parameters as keywords, or as a mapping')
        return super()._call(name, params, named, options, more, part)


class MethodFunctions(Functions):
    pass


class PageFunctions(Functions):
    _options = frozenset(('user', 'module')) | _OPTIONS

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AttributeError(f'{name} does not answer in pages, or this version of the client does not know it')
