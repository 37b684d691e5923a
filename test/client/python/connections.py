"""How the client treats its connections to the server at argv[1]: one JSON object."""

import asyncio
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from steward import AsyncSteward, ConnectionFailedError, Steward

url = sys.argv[1]
found = {}


def connections():
    """The connections that the server has had, but for that of this question."""
    with Steward(url) as other:
        return other.call('connections').result - 1


def used(run):
    before = connections()
    run()
    return connections() - before - 1


with Steward(url) as steward:
    found['ten calls'] = used(lambda: [steward.methods.ver() for _ in range(10)])
    found['ten more'] = used(lambda: [steward.methods.ver() for _ in range(10)])
    with ThreadPoolExecutor(8) as pool:
        found['eight threads'] = used(lambda: list(pool.map(lambda _: steward.methods.ver(), range(200)))) <= 8
    answers = []
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: (n, steward.call(f'method{n}').result), range(200)))
    found['each its own answer'] = all(result == f'method{n}' for n, result in answers)
    steward.call('closes')
    with Steward(url) as other:
        while not other.call('has closed').result:
            pass
    found['after the server closed it'] = steward.methods.ver().result
    found['errors keep it'] = used(lambda: [steward.call('in chunks') for _ in range(5)]) <= 1

    child = os.fork()
    if child == 0:
        try:
            steward.methods.ver()
            os._exit(0)
        except BaseException:
            os._exit(1)
    found['in a child process'] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

broken = Steward(url)
broken.methods.ver()
before = connections()
try:
    broken.call('breaks')
except ConnectionFailedError as error:
    # The server counts how often it was asked: it must not be asked twice.
    found['broken'] = [error.reason, Steward(url).call('asked to break').result]


async def cancelled():
    async with AsyncSteward(url, timeout=600, concurrency=1) as client:
        waiting = asyncio.ensure_future(client.administer.addAdmin(user='a', _idempotency_key='key'))
        queued = asyncio.ensure_future(client.administer.addAdmin(user='a', _idempotency_key='key'))
        while Steward(url).call('waiting').result < 1:
            await asyncio.sleep(0.02)
        for task in (waiting, queued):
            task.cancel()
        outcomes = await asyncio.gather(waiting, queued, return_exceptions=True)
        # The only thread is free again, so that the next call gets an answer.
        answer = (await client.methods.ver()).result
        return [[type(outcome).__name__ for outcome in outcomes], answer, Steward(url).call('waiting').result]


found['cancelled'] = asyncio.run(cancelled())
print(json.dumps(found))
