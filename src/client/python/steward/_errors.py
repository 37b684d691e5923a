"""The errors of failed calls. The classes for what the service answers are in _kinds.py."""

from typing import Optional


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


class ConnectionFailedError(StewardError):
    """The service was not reached, did not answer in time, or what answered does not speak the protocol."""


#: The kinds of errors that the service may answer in JSON-RPC 1.1, without a kind, before it knows the envelope.
KINDS_BY_REASON = {'parse_error': 'invalid', 'too_big': 'invalid', 'server_busy': 'busy', 'rate_limited': 'busy',
                   'body_too_slow': 'busy'}
