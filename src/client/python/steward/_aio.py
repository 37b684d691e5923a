"""The client, for asyncio."""

import asyncio
import concurrent.futures
import time
from typing import Any, AsyncIterator, Awaitable, Callable, List, Mapping, Optional, TypeVar, Union

from ._answer import Answer
from ._client import Steward, still_running
from ._functions import Call
from ._generated import AsyncAdminister, AsyncDryRun, AsyncMethods, AsyncPages
from ._http import Cancellation
from ._pages import Paging, first_page, items_of, next_page
from .types import JobWithItems

T = TypeVar('T')


class AsyncSteward:
    """A client as `Steward`, whose functions are coroutines.

    Each call uses one of `concurrency` threads; more calls wait for one. If a call is cancelled, its connection is closed
    and it is not repeated; the service may have carried it out. `token` may be a function, which is called in such a
    thread. Close the client with `await steward.close()`, or use `async with AsyncSteward(…) as steward:`.
    """

    def __init__(self, url: str, token: Union[str, Callable[[], str], None] = None, timeout: float = 60.0,
                 retries: int = 4, max_bytes: int = 256 * 1024 * 1024, concurrency: int = 32) -> None:
        self._steward = Steward(url, token, timeout, retries, max_bytes)
        self._threads = concurrent.futures.ThreadPoolExecutor(concurrency, 'steward')
        self._is_closed = False
        #: Runs commands.
        self.administer = AsyncAdminister(self._runner(self._steward._run))
        #: Shows what commands would change: the result is `{'changes', 'plan'}`.
        self.dry_run = AsyncDryRun(self._runner(self._steward._run_dry))
        #: Calls methods, as the user of the token. Those that write are never repeated: they take no idempotency key.
        self.methods = AsyncMethods(self._runner(self._steward._run_method))
        #: Iterates over the items of commands and methods that answer in pages, by `async for`.
        self.pages = AsyncPages(self._iterate)

    def __repr__(self) -> str:
        return f'Async{self._steward!r}'

    async def __aenter__(self) -> 'AsyncSteward':
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Waits for the calls that run, and closes the connections. The client cannot be used any more."""
        self._is_closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        self._steward.close()

    async def call(self, method: str, params: Optional[List[Any]] = None,
                   timeout: Optional[float] = None) -> Answer[Any]:
        """Calls any method, such as Workspace.ver."""
        return await self._in_thread(lambda cancellation: self._steward._method(method, params, timeout, cancellation))

    async def command(self, name: str, params: Optional[Mapping[str, Any]] = None, *, user: Optional[str] = None,
                      module: Optional[str] = None, reason: Optional[str] = None, dry_run: bool = False,
                      plan: Optional[str] = None, idempotency_key: Optional[str] = None,
                      approval: Optional[str] = None, run_when_approved: bool = False,
                      timeout: Optional[float] = None) -> Answer[Any]:
        """Runs a command by its name, which this version of the client need not know."""
        options = {'user': user, 'module': module, '_reason': reason, '_plan': plan, '_timeout': timeout,
                   '_idempotency_key': idempotency_key, '_approval': approval, '_run_when_approved': run_when_approved}
        call = Call(name, params, {}, options)
        run = self._steward._run_dry if dry_run else self._steward._run
        return await self._in_thread(lambda cancellation: run(call, cancellation))

    async def wait_for_job(self, id: str, *, on_progress: Optional[Callable[[JobWithItems], object]] = None,
                           timeout: Optional[float] = None, interval: float = 0.5) -> JobWithItems:
        """As `Steward.wait_for_job`. `on_progress` is called in the event loop."""
        deadline = None if timeout is None else time.monotonic() + timeout
        seen: Optional[JobWithItems] = None
        while True:
            job = await self._in_thread(lambda cancellation: self._steward._job(id, cancellation))
            if job is not None:
                if on_progress is not None and job != seen:
                    on_progress(job)
                if job['state'] != 'running':
                    return job
                seen = job
            if deadline is not None and time.monotonic() + interval > deadline:
                raise still_running(id, timeout)
            await asyncio.sleep(interval)

    async def _in_thread(self, run: Callable[[Cancellation], T]) -> T:
        if self._is_closed:
            raise RuntimeError('the client is closed')
        cancellation = Cancellation()

        def unless_cancelled() -> T:
            if cancellation.cancelled:
                raise asyncio.CancelledError()
            return run(cancellation)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, unless_cancelled)
        except asyncio.CancelledError:
            cancellation.cancel()
            raise

    def _runner(self, run: Callable[[Call, Cancellation], Answer[Any]]) -> Callable[[Call], Awaitable[Answer[Any]]]:
        async def runner(call: Call) -> Answer[Any]:
            return await self._in_thread(lambda cancellation: run(call, cancellation))

        return runner

    async def _iterate(self, call: Call, is_method: bool, paging: Paging) -> AsyncIterator[Any]:
        run = self._steward._run_method if is_method else self._steward._run
        page: Optional[Call] = first_page(call)
        while page is not None:
            current = page
            result = (await self._in_thread(lambda cancellation: run(current, cancellation))).result
            for item in items_of(page, result, paging):
                yield item
            page = next_page(page, result, paging)
