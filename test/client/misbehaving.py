"""What the Python client makes of a server that misbehaves: one JSON object, by what the server does."""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from steward import Steward, StewardError

base, names = sys.argv[1], sys.argv[2:]
LIMITS = {'timeout': 0.5, 'max_bytes': 1_000_000}


def client(name, **options):
    return Steward(f'{base}/{quote(name)}', **{'token': 'token', **LIMITS, **options})


def outcome(call, *args, **options):
    try:
        return call(*args, **options).result
    except StewardError as error:
        assert str(error) and error.message and error.args, error
        return [type(error).__name__.replace('Error', '').replace('Failed', ''), error.reason]


found = {name: outcome(client(name).administer.listAdmins) for name in names}

with socket.socket() as free:
    free.bind(('127.0.0.1', 0))
    nobody = f'http://127.0.0.1:{free.getsockname()[1]}'
found['is down'] = outcome(Steward(nobody).methods.ver)
found['is busy, and the call has none'] = outcome(client('busy', retries=9).administer.addAdmin, user='a')
found['is busy, and the call has a key'] = outcome(client('busy').administer.addAdmin, user='a', _idempotency_key='k')
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

many = client('', timeout=30)
with ThreadPoolExecutor(16) as pool:
    answers = list(pool.map(lambda n: (n, many.call(f'Workspace.method_{n}').result[0]), range(32)))
found['is called at once by many'] = sum(name == f'Workspace.method_{n}' for n, name in answers)
found['is asked what there is'] = client('').methods.discover().result[0]

print(json.dumps(found))
