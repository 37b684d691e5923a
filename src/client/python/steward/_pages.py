"""How the pages of a result are found."""

from typing import Any, List, NamedTuple, Optional, Tuple

from ._functions import Call

#: The most objects that a page has, which is also the default.
_MAX_OBJECTS = 10_000


class Paging(NamedTuple):
    """How the pages of a command or method are found."""

    #: The field of the items; empty where the result is their list itself.
    items: str
    #: Where the parameters say which page it is.
    place: Tuple[str, ...]
    #: 'next': by the field of that name of the page before; 'number': by its number; 'last': by the last object of the
    #: page before.
    by: str


def first_page(call: Call) -> Call:
    """The call for the first page. The parameters are sent even if they are empty: methods in pages require them."""
    return Call(call.name, dict(call.params), {}, call.options)


def items_of(call: Call, result: Any, paging: Paging) -> List[Any]:
    """The items of a page. Raises ValueError if the result is not a page, as that of listOwned without a type."""
    found: List[Any] = result
    if paging.items:
        if paging.items not in result:
            raise ValueError(f'{call.name} answers without {paging.items} for these parameters, so that there are no pages')
        found = result[paging.items]
    return found


def next_page(call: Call, result: Any, paging: Paging) -> Optional[Call]:
    """The call for the page after this result; None after the last."""
    cursor = _cursor_after(call, result, paging.by)
    if cursor is None:
        return None
    params = dict(call.params)
    inner = params
    for key in paging.place[:-1]:
        inner[key] = dict(inner.get(key) or {})
        inner = inner[key]
    inner[paging.place[-1]] = cursor
    return Call(call.name, params, {}, call.options)


def _cursor_after(call: Call, result: Any, by: str) -> Any:
    if by == 'next':
        return result.get('next')
    if by == 'number':
        return result['page'] + 1 if result['page'] < result['pages'] else None
    limit = call.params.get('limit') or 0
    if not result or len(result) < (limit if 1 <= limit <= _MAX_OBJECTS else _MAX_OBJECTS):
        return None
    last = result[-1]
    return f'{last[6]}/{last[0]}/{last[4]}'
