"""The answers to calls. The types are in _answer.pyi: a named tuple is generic only from Python 3.11."""

import json
from typing import Any, Dict, Generic, NamedTuple, Optional, TypeVar

from ._errors import KINDS_BY_REASON, ConnectionFailedError
from ._kinds import KINDS, InternalError

R = TypeVar('R')

#: The statuses of a proxy that does not reach the service.
_NOT_REACHED = (502, 503, 504)


class _Fields(NamedTuple):
    result: Any
    receipt: Optional[Dict[str, str]]


class Answer(_Fields, Generic[R]):
    """The answer to a call. `receipt` is `{'record', 'hash'}` of its audit record, None if there is none."""

    __slots__ = ()


def answer_of(url: str, status: int, text: bytes, number: int) -> 'Answer[Any]':
    """The answer to the call with this number. Raises StewardError."""
    envelope = _envelope(text)
    if envelope is None or not _is_for(envelope, number):
        raise _foreign(url, status)
    error = envelope.get('error')
    if error is None:
        return Answer(envelope['result'], envelope.get('receipt'))
    data = error.get('data')
    if not isinstance(data, dict):
        data = {'reason': data}
    reason = data.get('reason') or 'internal'
    kind = KINDS.get(data.get('kind') or KINDS_BY_REASON.get(reason, ''), InternalError)
    raise kind(error['message'], reason, error.get('code'), data.get('requestId'), data.get('advice'),
               data.get('request'))


def _envelope(text: bytes) -> Optional[Dict[str, Any]]:
    try:
        envelope = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(envelope, dict):
        return None
    if 'error' not in envelope:
        return envelope if 'result' in envelope else None
    error = envelope['error']
    return envelope if isinstance(error, dict) and isinstance(error.get('message'), str) else None


def _is_for(envelope: Dict[str, Any], number: int) -> bool:
    """Whether the answer has the id. Only errors may come without it: in JSON-RPC 1.1, or if the request was not read."""
    return envelope.get('id') == number or ('error' in envelope and envelope.get('id') is None)


def _foreign(url: str, status: int) -> ConnectionFailedError:
    if 300 <= status < 400:
        return ConnectionFailedError(f'{url} redirects elsewhere: give the address at which Steward itself answers',
                                     'protocol')
    if status in _NOT_REACHED:
        return ConnectionFailedError(f'{url} does not reach the service now (HTTP {status})', 'connection')
    return ConnectionFailedError(f'What answers at {url} is not Steward (HTTP {status})', 'protocol')
