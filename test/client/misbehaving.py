"""What the Python client makes of a server that misbehaves: one JSON object, by what the server does."""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from steward import Steward, StewardError

base, timeouts = sys.argv[1], json.loads(sys.argv[2])
LIMITS = {'timeout': 30, 'max_bytes': 1_000_000}


def client(name, **options):
    return Steward(f'{base}/{quote(name)}', **{'token': 'token', **LIMITS, **options})


def outcome(call, *args, **options):
    try:
        return call(*args, **options).result
    except StewardError as error:
        assert str(error) and error.message and error.args, error
        return [type(error).__name__.replace('Error', '').replace('Failed', ''), error.reason]


found = {name: outcome(client(name, timeout=seconds, retries=0).administer.listAdmins) for name, seconds in timeouts}

with socket.socket() as free:
    free.bind(('127.0.0.1', 0))
    nobody = f'http://127.0.0.1:{free.getsockname()[1]}'
found['is down'] = outcome(Steward(nobody).methods.ver)
found['is busy, and the call has none'] = outcome(client('busy', retries=9).administer.addAdmin, user='a')
found['is busy, and the call has a key'] = outcome(client('busy').administer.addAdmin, user='a', _idempotency_key='k')
reading = client('breaks')
found['breaks connections, and the call only reads'] = [
    outcome(reading.administer.listAdmins), outcome(reading.methods.list_workspace_info),
    outcome(reading.dry_run.addAdmin, user='a')]
found['breaks the connection, and the call writes'] = outcome(client('breaks').administer.addAdmin, user='a')
found['is away for a moment, and the call has a key'] = outcome(
    client('away').administer.addAdmin, user='a', _idempotency_key='k')

tokens = iter(['1', '2'])
fresh = client('', token=lambda: next(tokens))
found['gets the token from a function, for each call'] = [fresh.methods.ver().result[1] for _ in range(2)]
found['has no token'] = client('', token=None).methods.ver().result


def no_token():
    raise RuntimeError('no token today')


try:
    client('', token=no_token).methods.ver()
except RuntimeError as error:
    found['cannot get a token'] = str(error)

many = client('')
with ThreadPoolExecutor(16) as pool:
    answers = list(pool.map(lambda n: (n, many.call(f'Workspace.method_{n}').result[0]), range(32)))
found['is called at once by many'] = sum(name == f'Workspace.method_{n}' for n, name in answers)
found['is asked what there is'] = client('').methods.discover().result[0]

print(json.dumps(found))
