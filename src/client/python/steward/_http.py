"""HTTP connections that are kept for the next call."""

import base64
import collections
import http.client
import os
import re
import select
import socket
import threading
import time
import urllib.parse
import urllib.request
from typing import Any, Deque, Dict, List, Optional, Tuple

from ._errors import ConnectionFailedError

_CHUNK = 65536
#: How many connections are kept while nobody uses them.
_MAX_IDLE = 16
#: How long a connection is kept if the server does not say, and how much earlier than it says it is given up. In seconds.
_IDLE_SECONDS = 4.0
_MARGIN_SECONDS = 1.0


class Cancellation:
    """Ends a call from another thread: its pause between attempts, and its wait for the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._connection: Optional[http.client.HTTPConnection] = None

    @property
    def cancelled(self) -> bool:
        return self._ended.is_set()

    def cancel(self) -> None:
        with self._lock:
            self._ended.set()
            _break(self._connection)

    def pause(self, seconds: float) -> None:
        """Waits this long, or until the call is cancelled."""
        self._ended.wait(seconds)

    def watch(self, connection: Optional[http.client.HTTPConnection]) -> None:
        with self._lock:
            self._connection = connection
            if self.cancelled:
                _break(connection)


def _break(connection: Optional[http.client.HTTPConnection]) -> None:
    sock = getattr(connection, 'sock', None)
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class _Idle:
    def __init__(self, connection: http.client.HTTPConnection, until: float) -> None:
        self.connection = connection
        self.until = until

    def is_usable(self) -> bool:
        """Whether the server has neither closed the connection nor will close it at any moment."""
        if self.connection.sock is None or time.monotonic() >= self.until:
            return False
        if hasattr(select, 'poll'):
            poll = select.poll()
            poll.register(self.connection.sock, select.POLLIN)
            return not poll.poll(0)
        return not select.select([self.connection.sock], [], [], 0)[0]


class Connections:
    """The connections to one URL, for any number of threads. A connection is used by one call at a time.

    A request that fails on a kept connection is not sent again, since the server may have carried it out. So that this is
    rare, a connection is only used again well before the server, by its header Keep-Alive, would close it.
    """

    def __init__(self, url: str, max_bytes: int) -> None:
        self._url = url
        self._max_bytes = max_bytes
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ('http', 'https') or not parts.hostname:
            raise ValueError(f'{url!r} is not the URL of a service: it must look like http://127.0.0.1:7058')
        self._secure = parts.scheme == 'https'
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._target = urllib.parse.urlunsplit(('', '', parts.path or '/', parts.query, ''))
        self._idle: Deque[_Idle] = collections.deque()
        self._process = os.getpid()

    def post(self, body: bytes, headers: Dict[str, str], timeout: float,
             cancellation: Optional[Cancellation] = None) -> Tuple[int, bytes]:
        """Sends one request. Returns the status and the body. Raises ConnectionFailedError."""
        deadline = time.monotonic() + timeout
        connection: Optional[http.client.HTTPConnection] = None
        try:
            connection, target, more = self._take(timeout)
            if cancellation is not None:
                if connection.sock is None:
                    connection.connect()
                cancellation.watch(connection)
            connection.request('POST', target, body, {**headers, **more})
            response = connection.getresponse()
            text = _read(response, deadline, self._max_bytes)
        except (http.client.HTTPException, OSError) as error:
            self._drop(connection, cancellation)
            raise self._unanswered(error) from error
        except BaseException:
            self._drop(connection, cancellation)
            raise
        if text is None:
            self._drop(connection, cancellation)
            raise ConnectionFailedError(f'{self._url} sent more than max_bytes allows', 'protocol')
        if cancellation is not None:
            cancellation.watch(None)
        if response.will_close or (cancellation is not None and cancellation.cancelled):
            connection.close()
        else:
            self._keep(connection, response.getheader('Keep-Alive'))
        return response.status, text

    def close(self) -> None:
        """Closes the connections that no call uses."""
        while True:
            try:
                self._idle.pop().connection.close()
            except IndexError:
                return

    def _take(self, timeout: float) -> Tuple[http.client.HTTPConnection, str, Dict[str, str]]:
        # A child process must not send on the connections of its parent.
        if self._process != os.getpid():
            self._process, self._idle = os.getpid(), collections.deque()
        proxy = self._proxy()
        plain_proxy = proxy is not None and not self._secure
        target = urllib.parse.urlsplit(self._url)._replace(fragment='').geturl() if plain_proxy else self._target
        more = _proxy_authorization(proxy) if proxy is not None and plain_proxy else {}
        while True:
            try:
                idle = self._idle.pop()
            except IndexError:
                return self._connect(proxy, timeout), target, more
            if idle.is_usable():
                idle.connection.timeout = timeout
                idle.connection.sock.settimeout(timeout)
                return idle.connection, target, more
            idle.connection.close()

    def _connect(self, proxy: Optional[urllib.parse.SplitResult], timeout: float) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        if proxy is None:
            return kind(self._host, self._port, timeout=timeout)
        connection = kind(proxy.hostname or '', proxy.port or 80, timeout=timeout)
        if self._secure:
            connection.set_tunnel(self._host, self._port, _proxy_authorization(proxy))
        return connection

    def _proxy(self) -> Optional[urllib.parse.SplitResult]:
        """The proxy that the environment names for this URL (http_proxy, https_proxy, no_proxy)."""
        url = urllib.request.getproxies().get('https' if self._secure else 'http')
        if not url or urllib.request.proxy_bypass(f'{self._host}:{self._port}'):
            return None
        return urllib.parse.urlsplit(url if '//' in url else f'//{url}')

    def _keep(self, connection: http.client.HTTPConnection, keep_alive: Optional[str]) -> None:
        said = re.search(r'timeout=(\d+)', keep_alive or '')
        seconds = int(said.group(1)) - _MARGIN_SECONDS if said else _IDLE_SECONDS
        self._idle.append(_Idle(connection, time.monotonic() + seconds))
        while len(self._idle) > _MAX_IDLE:
            try:
                self._idle.popleft().connection.close()
            except IndexError:
                return

    @staticmethod
    def _drop(connection: Optional[http.client.HTTPConnection], cancellation: Optional[Cancellation]) -> None:
        if cancellation is not None:
            cancellation.watch(None)
        if connection is not None:
            connection.close()

    def _unanswered(self, error: Exception) -> ConnectionFailedError:
        if isinstance(error, (socket.timeout, TimeoutError)):
            return ConnectionFailedError(f'{self._url} did not answer in time; the call may have been carried out',
                                         'timeout')
        return ConnectionFailedError(f'{self._url} was not reached, or the connection broke', 'connection')


def _proxy_authorization(proxy: urllib.parse.SplitResult) -> Dict[str, str]:
    if proxy.username is None:
        return {}
    user = urllib.parse.unquote(proxy.username)
    password = urllib.parse.unquote(proxy.password or '')
    encoded = base64.b64encode(f'{user}:{password}'.encode('utf-8')).decode('ascii')
    return {'Proxy-Authorization': f'Basic {encoded}'}


def _read(response: Any, deadline: float, max_bytes: int) -> Optional[bytes]:
    """The body; None if it is longer than `max_bytes`. The deadline also holds for a server that sends a byte at a time."""
    parts: List[bytes] = []
    left = max_bytes
    while True:
        part = response.read1(_CHUNK)
        if not part:
            if getattr(response, 'length', None):
                raise http.client.IncompleteRead(b'')
            # A body in chunks ends only after its last line is read.
            response.read()
            return b''.join(parts)
        left -= len(part)
        if left < 0:
            return None
        if time.monotonic() > deadline:
            raise socket.timeout('timed out')
        parts.append(part)
