"""A client of Steward. It needs Python 3.9 or later, and no other packages.

    from steward import Steward

    steward = Steward('http://127.0.0.1:7058', token=token)
    dry = steward.dry_run.addAdmin(user='lolcats')
    done = steward.administer.addAdmin(user='lolcats', _reason='on call', _idempotency_key='oncall-1')
    print(dry.result['changes'], done.receipt['record'])
    print(steward.methods.create_workspace(workspace='genomes').result)
    for record in steward.pages.getAudit(command='addAdmin'):
        print(record['actor'])

`dir(steward.administer)` lists the commands, and `help(steward.administer.addAdmin)` describes one. Failed calls raise
`StewardError`, or the class for their kind; `help(NotFoundError)` lists the reasons, and what to do.

Parameters are keyword arguments; those whose names are words of Python end with an underscore (`from_`). They can also be
given as a mapping, under their own names: `steward.administer.getAudit({'from': '2027-01-01T00:00:00Z'})`. `user` and
`module` are those of the command object, where the command has them. Options of the call itself begin with an underscore:
`_reason`, `_idempotency_key`, `_plan`, `_approval`, `_run_when_approved`, `_timeout` (seconds).

`AsyncSteward` has the same functions as coroutines.
"""

from . import types
from ._aio import AsyncSteward
from ._answer import Answer
from ._client import Steward
from ._errors import ConnectionFailedError, StewardError
from ._kinds import (
    BusyError, ConflictError, ForbiddenError, InternalError, InvalidError, NotFoundError, UnauthenticatedError,
)
from .types import CommandOptions

__all__ = [
    'Answer', 'AsyncSteward', 'BusyError', 'CommandOptions', 'ConflictError', 'ConnectionFailedError', 'ForbiddenError',
    'InternalError', 'InvalidError', 'NotFoundError', 'Steward', 'StewardError', 'UnauthenticatedError', 'types',
]
