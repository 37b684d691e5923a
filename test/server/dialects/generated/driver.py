"""Calls operations through the client that openapi-python-client generated, one a line of JSON on standard input."""
import enum
import importlib
import inspect
import json
import pkgutil
import sys

import pyclient.api
from pyclient.client import Client

plain = lambda name: name.replace('_', '').lower()
modules = {}
for system in pkgutil.iter_modules(pyclient.api.__path__):
    package = importlib.import_module('pyclient.api.' + system.name)
    for found in pkgutil.iter_modules(package.__path__):
        modules[plain(found.name)] = importlib.import_module(f'{package.__name__}.{found.name}')


def made(annotation, value):
    """The value as the argument's type has it."""
    for kind in getattr(annotation, '__args__', (annotation,)):
        if inspect.isclass(kind) and issubclass(kind, enum.Enum):
            return kind(value)
        if hasattr(kind, 'from_dict'):
            return kind.from_dict(value)
    return value


for line in sys.stdin:
    call = json.loads(line)
    run = modules[plain(call['id'])].sync_detailed
    # A name that stands in both the path and the query says which of them it is.
    named = {f'{name}_{place}': value for place in ('path', 'query') for name, value in call[place].items()}
    given = {**call['path'], **call['query'], **named, 'body': call.get('body')}
    given = {plain(name): value for name, value in given.items()}
    wanted = {name: p.annotation for name, p in inspect.signature(run).parameters.items() if name != 'client'}
    arguments = {name: made(kind, given[plain(name)]) for name, kind in wanted.items() if given.get(plain(name)) is not None}
    client = Client(base_url=call['url'], headers=call['headers'], raise_on_unexpected_status=True)
    answer = run(client=client, **arguments)
    text = answer.content.decode()
    parsed = answer.parsed[0] if isinstance(answer.parsed, list) and answer.parsed else answer.parsed
    is_typed = text == '' or answer.parsed == [] or type(parsed).__module__.startswith('pyclient.models.')
    print(json.dumps({'status': answer.status_code, 'text': text, 'cookie': answer.headers.get('set-cookie', ''),
                      'isTyped': is_typed}), flush=True)
