"""The client, for threads."""

import http.client
import itertools
import json
import random
import re
import time
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple, Union

from ._answer import Answer
from ._answer import answer_of as _answer_of
from ._errors import ConnectionFailedError, StewardError
from ._functions import Call
from ._generated import Administer, DryRun, Methods, Pages
from ._http import Cancellation, Connections
from ._kinds import BusyError
from ._pages import Paging, first_page, items_of, next_page
from ._reads import COMMANDS, METHODS
from .types import JobWithItems

_FIRST_PAUSE = 0.2
#: What happens to a connection that breaks after it was made.
_BROKEN = (ConnectionResetError, BrokenPipeError, http.client.IncompleteRead)


class Steward:
    """A client. `token` is a token or a function that returns one for each call. `timeout` is for one attempt, in seconds:
    for connecting, for each wait for the server, and for the whole answer. An answer may have at most `max_bytes`.

    A command with an idempotency key is repeated up to `retries` times if the service is busy or not reached: it is
    carried out only once. A call that only reads is repeated if the connection broke. Nothing else is repeated.

    A client can be used by many threads at once. It keeps its connections for later calls, until `close()` or the end of
    `with Steward(…) as steward:`. Use one client for all calls.
    """

    def __init__(self, url: str, token: Union[str, Callable[[], str], None] = None, timeout: float = 60.0,
                 retries: int = 4, max_bytes: int = 256 * 1024 * 1024) -> None:
        self._url = url
        self._token = token
        self._timeout = timeout
        self._retries = retries
        self._connections = Connections(url, max_bytes)
        self._ids = itertools.count(1)
        #: Runs commands.
        self.administer = Administer(self._run)
        #: Shows what commands would change: the result is `{'changes', 'plan'}`.
        self.dry_run = DryRun(self._run_dry)
        #: Calls methods, as the user of the token. Those that write are never repeated: they take no idempotency key.
        self.methods = Methods(self._run_method)
        #: Iterates over the items of commands and methods that answer in pages.
        self.pages = Pages(self._iterate)

    def __repr__(self) -> str:
        return f'Steward({self._url!r})'

    def __enter__(self) -> 'Steward':
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that no call uses. The client can still be used: it opens new ones."""
        self._connections.close()

    def call(self, method: str, params: Optional[List[Any]] = None, timeout: Optional[float] = None) -> Answer[Any]:
        """Calls any method, such as Workspace.ver."""
        return self._method(method, params, timeout, None)

    def command(self, name: str, params: Optional[Mapping[str, Any]] = None, *, user: Optional[str] = None,
                module: Optional[str] = None, reason: Optional[str] = None, dry_run: bool = False,
                plan: Optional[str] = None, idempotency_key: Optional[str] = None,
                approval: Optional[str] = None, run_when_approved: bool = False,
                timeout: Optional[float] = None) -> Answer[Any]:
        """Runs a command by its name, which this version of the client need not know."""
        keys = {'command': name, 'user': user, 'module': module, 'params': dict(params or {}),
                'reason': reason, 'dryRun': dry_run or None, 'plan': plan, 'idempotencyKey': idempotency_key,
                'approval': approval, 'runWhenApproved': run_when_approved or None}
        return self._command({key: value for key, value in keys.items() if value is not None}, timeout, None)

    def wait_for_job(self, id: str, *, on_progress: Optional[Callable[[JobWithItems], object]] = None,
                     timeout: Optional[float] = None, interval: float = 0.5) -> JobWithItems:
        """Waits until a job is no longer running, and returns it: its `state` is done, failed, cancelled or paused.

        `on_progress` is called with the job whenever it has changed. If the service is busy or not reached, waiting goes
        on, and so does the job. Raises TimeoutError after `timeout` seconds; the job goes on. `interval` is the time
        between two looks at the job, in seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        seen: Optional[JobWithItems] = None
        while True:
            job = self._job(id, None)
            if job is not None:
                if on_progress is not None and job != seen:
                    on_progress(job)
                if job['state'] != 'running':
                    return job
                seen = job
            if deadline is not None and time.monotonic() + interval > deadline:
                raise still_running(id, timeout)
            time.sleep(interval)

    def _job(self, id: str, cancellation: Optional[Cancellation]) -> Optional[JobWithItems]:
        """The job; None if the service is busy or not reached."""
        try:
            found: JobWithItems = self._command({'command': 'getJob', 'params': {'id': id}}, None, cancellation).result
            return found
        except (BusyError, ConnectionFailedError) as error:
            if error.reason == 'protocol':
                raise
            return None

    def _attempt(self, method: str, params: Optional[List[Any]], timeout: Optional[float],
                 cancellation: Optional[Cancellation]) -> Answer[Any]:
        number = next(self._ids)
        body = {'jsonrpc': '2.0', 'id': number, 'method': method, 'params': [] if params is None else params}
        headers = {'Content-Type': 'application/json'}
        token = self._token() if callable(self._token) else self._token
        if token is not None:
            headers['Authorization'] = _header_of(token)
        seconds = self._timeout if timeout is None else timeout
        if not isinstance(seconds, (int, float)) or not seconds > 0:
            raise ValueError(f'a timeout is a number of seconds above 0 (was: {seconds!r})')
        status, text = self._connections.post(json.dumps(body, allow_nan=False).encode('utf-8'), headers,
                                              seconds, cancellation)
        return _answer_of(self._url, status, text, number)

    def _command(self, command: Dict[str, Any], timeout: Optional[float],
                 cancellation: Optional[Cancellation]) -> Answer[Any]:
        only_reads = 'dryRun' in command or command['command'] in COMMANDS
        may_repeat = _is_passing if 'idempotencyKey' in command else _is_broken if only_reads else _never
        return self._attempts('Workspace.administer', [command], timeout, cancellation, may_repeat)

    def _method(self, method: str, params: Optional[List[Any]], timeout: Optional[float],
                cancellation: Optional[Cancellation]) -> Answer[Any]:
        may_repeat = _is_broken if method in METHODS else _never
        return self._attempts(method, params, timeout, cancellation, may_repeat)

    def _attempts(self, method: str, params: Optional[List[Any]], timeout: Optional[float],
                  cancellation: Optional[Cancellation], may_repeat: Callable[[StewardError], bool]) -> Answer[Any]:
        for attempt in range(1 + self._retries):
            try:
                return self._attempt(method, params, timeout, cancellation)
            except (BusyError, ConnectionFailedError) as error:
                if attempt == self._retries or not may_repeat(error):
                    raise
                pause = _FIRST_PAUSE * 2 ** attempt * (0.5 + random.random() / 2)
                if cancellation is None:
                    time.sleep(pause)
                else:
                    cancellation.pause(pause)
                    if cancellation.cancelled:
                        raise
        raise AssertionError('a call has at least one attempt')

    def _run(self, call: Call, cancellation: Optional[Cancellation] = None) -> Answer[Any]:
        command, timeout = command_of(call, dry_run=False)
        return self._command(command, timeout, cancellation)

    def _run_dry(self, call: Call, cancellation: Optional[Cancellation] = None) -> Answer[Any]:
        command, timeout = command_of(call, dry_run=True)
        return self._command(command, timeout, cancellation)

    def _run_method(self, call: Call, cancellation: Optional[Cancellation] = None) -> Answer[Any]:
        params = [call.params] if call.has_params else []
        return self._method(_method_named(call.name), params, call.options.get('_timeout'), cancellation)

    def _iterate(self, call: Call, is_method: bool, paging: Paging) -> Iterator[Any]:
        run = self._run_method if is_method else self._run
        page: Optional[Call] = first_page(call)
        while page is not None:
            result = run(page).result
            yield from items_of(page, result, paging)
            page = next_page(page, result, paging)


def _header_of(token: str) -> str:
    """The token without blanks around it, such as the line break of a file. The error does not contain it."""
    bare = token.strip()
    if re.fullmatch(r'[\x20-\x7e]*', bare) is None:
        raise ValueError('the token has characters that no token has, such as a line break')
    return bare


def _is_passing(error: StewardError) -> bool:
    return error.reason != 'protocol'


def _is_broken(error: StewardError) -> bool:
    return error.reason == 'connection' and isinstance(error.__cause__, _BROKEN)


def _never(error: StewardError) -> bool:
    return False


def command_of(call: Call, dry_run: bool) -> Tuple[Dict[str, Any], Optional[float]]:
    """The command object of a call, and how long an attempt may take."""
    options = call.options
    keys = {'command': call.name, 'user': options.get('user'), 'module': options.get('module'), 'params': call.params,
            'reason': options.get('_reason'), 'dryRun': dry_run or None, 'plan': options.get('_plan'),
            'idempotencyKey': options.get('_idempotency_key'), 'approval': options.get('_approval'),
            'runWhenApproved': options.get('_run_when_approved') or None}
    return {key: value for key, value in keys.items() if value is not None}, options.get('_timeout')


def still_running(id: str, timeout: Optional[float]) -> TimeoutError:
    return TimeoutError(f'the job {id} had not ended after {timeout} s; it goes on, and getJob shows its progress')


def _method_named(name: str) -> str:
    """`ver` is `Workspace.ver`; a name that begins with a capital contains the module: `Resource_get` is `Resource.get`."""
    if name == 'discover':
        return 'rpc.discover'
    return name.replace('_', '.', 1) if name[0].isupper() else f'Workspace.{name}'
