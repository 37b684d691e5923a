"""A client of Steward on Python's standard library alone (3.9 or later). Copy this one file.

    from steward import Steward

    steward = Steward('http://127.0.0.1:7058', token=token)
    dry = steward.dry_run.addAdmin(user='lolcats')
    done = steward.administer.addAdmin(user='lolcats', _reason='on call', _idempotency_key='oncall-1')
    print(dry.result['changes'], done.receipt['record'])
    print(steward.methods.create_workspace(workspace='genomes').result)

A command's parameters are keyword arguments; `user` and `module` are those of the command object. Options of the call
itself begin with an underscore: `_reason`, `_idempotency_key`, `_plan`, `_approval`, `_run_when_approved`, `_timeout`
(seconds). Parameters whose names are
not valid in Python are passed in a mapping: `steward.administer.setConfig({'set': {...}})`. A method takes the fields of
its one parameter in the same way; if it has a parameter of which you need no field, pass an empty mapping:
`steward.methods.list_workspace_info({})`.
"""

import http.client
import itertools
import json
import random
import socket
import time
import urllib.error
import urllib.request
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Union

__all__ = [
    'Answer', 'BusyError', 'ConflictError', 'ConnectionFailedError', 'ForbiddenError', 'InternalError', 'InvalidError',
    'NotFoundError', 'Steward', 'StewardError', 'UnauthenticatedError',
]


class Answer(NamedTuple):
    """The answer to a call. `receipt` is `{'record', 'hash'}` of its audit record, None if there is none."""

    result: Any
    receipt: Optional[Dict[str, str]]


class StewardError(Exception):
    """A failed call. Branch on `reason`, which is stable, and not on the message.

    `code` is the JSON-RPC code and `request_id` the id of the call in the service's log; both are None if the service did
    not answer (`reason` is then connection, timeout or protocol). `advice` says what the caller can do. `request` is the
    request for approval that the call left (`approval_needed`).
    """

    def __init__(self, message: str, reason: str, code: Optional[int] = None, request_id: Optional[str] = None,
                 advice: Optional[str] = None, request: Optional[str] = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.code = code
        self.request_id = request_id
        self.advice = advice
        self.request = request

    def __str__(self) -> str:
        where = f', request {self.request_id}' if self.request_id else ''
        return f'{self.message} ({self.reason}{where})'


class UnauthenticatedError(StewardError):
    """The token was not accepted."""


class ForbiddenError(StewardError):
    """You may not do this."""


class InvalidError(StewardError):
    """The call or its parameters are invalid."""


class NotFoundError(StewardError):
    """Something that the call names does not exist."""


class ConflictError(StewardError):
    """The state of the data does not allow it: a stale plan, a taken name, the last admin."""


class BusyError(StewardError):
    """The service or its database is busy or not available."""


class InternalError(StewardError):
    """A fault of the service; give the request id to its operator."""


class ConnectionFailedError(StewardError):
    """The service was not reached, did not answer in time, or what answered does not speak the protocol."""


_KINDS = {
    'unauthenticated': UnauthenticatedError, 'forbidden': ForbiddenError, 'invalid': InvalidError,
    'notFound': NotFoundError, 'conflict': ConflictError, 'busy': BusyError, 'internal': InternalError,
}
_FIRST_PAUSE = 0.2


#: The kinds of errors that the service may answer in JSON-RPC 1.1, without a kind, before it knows the envelope.
_KINDS_BY_REASON = {'parse_error': 'invalid', 'too_big': 'invalid', 'server_busy': 'busy', 'rate_limited': 'busy',
                    'body_too_slow': 'busy'}
#: The statuses of a proxy that does not reach the service.
_NOT_REACHED = (502, 503, 504)
_CHUNK = 65536


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Redirects are not followed, so that the token goes to no other address."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


class Steward:
    """A client. `token` is a token or a function that returns one for each call. `timeout` is for one attempt, in seconds:
    for connecting, for each wait for the server, and for the whole answer. An answer may have at most `max_bytes`.

    A command with an idempotency key is repeated up to `retries` times if the service is busy or not reached: it is
    carried out only once. Without a key nothing is repeated.
    """

    def __init__(self, url: str, token: Union[str, Callable[[], str], None] = None, timeout: float = 60.0,
                 retries: int = 4, max_bytes: int = 256 * 1024 * 1024) -> None:
        self._url = url
        self._token = token
        self._timeout = timeout
        self._retries = retries
        self._max_bytes = max_bytes
        self._ids = itertools.count(1)
        #: Runs commands.
        self.administer = _Commands(self, dry_run=False)
        #: Shows what commands would change: the result is `{'changes', 'plan'}`.
        self.dry_run = _Commands(self, dry_run=True)
        #: Calls methods, as the user of the token. Never repeated: a method takes no idempotency key.
        self.methods = _Methods(self)

    def call(self, method: str, params: Optional[List[Any]] = None, timeout: Optional[float] = None) -> Answer:
        """Calls any method, such as Workspace.ver. Never repeated."""
        number = next(self._ids)
        body = {'jsonrpc': '2.0', 'id': number, 'method': method, 'params': [] if params is None else params}
        headers = {'Content-Type': 'application/json'}
        token = self._token() if callable(self._token) else self._token
        if token is not None:
            headers['Authorization'] = token
        request = urllib.request.Request(self._url, json.dumps(body, allow_nan=False).encode('utf-8'), headers,
                                         method='POST')
        allowed = self._timeout if timeout is None else timeout
        deadline = time.monotonic() + allowed
        try:
            try:
                response = _opener.open(request, timeout=allowed)
            except urllib.error.HTTPError as error:
                response = error
            with response:
                text = _read(response, deadline, self._max_bytes)
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise _unanswered(self._url, error) from error
        if text is None:
            raise ConnectionFailedError(f'{self._url} sent more than max_bytes allows', 'protocol')
        return _answer(self._url, response.status, text, number)

    def command(self, name: str, params: Optional[Mapping[str, Any]] = None, *, user: Optional[str] = None,
                module: Optional[str] = None, reason: Optional[str] = None, dry_run: bool = False,
                plan: Optional[str] = None, idempotency_key: Optional[str] = None,
                approval: Optional[str] = None, run_when_approved: bool = False,
                timeout: Optional[float] = None) -> Answer:
        """Runs a command by its name."""
        keys = {'command': name, 'user': user, 'module': module, 'params': dict(params or {}),
                'reason': reason, 'dryRun': dry_run or None, 'plan': plan, 'idempotencyKey': idempotency_key,
                'approval': approval, 'runWhenApproved': run_when_approved or None}
        command = {key: value for key, value in keys.items() if value is not None}
        attempts = 1 + (self._retries if idempotency_key is not None else 0)
        for attempt in range(attempts):
            try:
                return self.call('Workspace.administer', [command], timeout)
            except (BusyError, ConnectionFailedError) as error:
                if attempt + 1 == attempts or error.reason == 'protocol':
                    raise
                time.sleep(_FIRST_PAUSE * 2 ** attempt * (0.5 + random.random() / 2))
        raise AssertionError('a call has at least one attempt')


class _Commands:
    """A function for each command; the head of this file describes the arguments."""

    def __init__(self, steward: Steward, dry_run: bool) -> None:
        self._steward = steward
        self._dry_run = dry_run

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        if name.startswith('_'):
            raise AttributeError(name)

        def run(params: Optional[Mapping[str, Any]] = None, *, user: Optional[str] = None, module: Optional[str] = None,
                _reason: Optional[str] = None, _plan: Optional[str] = None, _idempotency_key: Optional[str] = None,
                _approval: Optional[str] = None, _run_when_approved: bool = False,
                _timeout: Optional[float] = None, **more: Any) -> Answer:
            return self._steward.command(
                name, {**(params or {}), **more}, user=user, module=module, reason=_reason, plan=_plan,
                idempotency_key=_idempotency_key, approval=_approval, run_when_approved=_run_when_approved,
                timeout=_timeout, dry_run=self._dry_run)

        run.__name__ = name
        return run


class _Methods:
    """A function for each method; the head of this file describes the arguments."""

    def __init__(self, steward: Steward) -> None:
        self._steward = steward

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        if name.startswith('_'):
            raise AttributeError(name)

        def run(params: Optional[Mapping[str, Any]] = None, *, _timeout: Optional[float] = None, **more: Any) -> Answer:
            method = _method_named(name)
            sent = [] if params is None and not more else [{**(params or {}), **more}]
            return self._steward.call(method, sent, _timeout)

        run.__name__ = name
        return run


def _read(response: Any, deadline: float, max_bytes: int) -> Optional[bytes]:
    """The body; None if it is longer than `max_bytes`. The deadline also holds for a server that sends a byte at a time."""
    parts = []
    left = max_bytes
    while True:
        part = response.read1(_CHUNK)
        if not part:
            if getattr(response, 'length', None):
                raise http.client.IncompleteRead(b'')
            return b''.join(parts)
        left -= len(part)
        if left < 0:
            return None
        if time.monotonic() > deadline:
            raise socket.timeout('timed out')
        parts.append(part)


def _method_named(name: str) -> str:
    """`ver` is `Workspace.ver`; a name that begins with a capital contains the module: `Resource_get` is `Resource.get`."""
    if name == 'discover':
        return 'rpc.discover'
    return name.replace('_', '.', 1) if name[0].isupper() else f'Workspace.{name}'


def _unanswered(url: str, error: Exception) -> ConnectionFailedError:
    cause = getattr(error, 'reason', error)
    if isinstance(cause, (socket.timeout, TimeoutError)):
        return ConnectionFailedError(f'{url} did not answer in time; the call may have been carried out', 'timeout')
    return ConnectionFailedError(f'{url} was not reached, or the connection broke', 'connection')


def _answer(url: str, status: int, text: bytes, number: int) -> Answer:
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
    kind = _KINDS.get(data.get('kind') or _KINDS_BY_REASON.get(reason), InternalError)
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
