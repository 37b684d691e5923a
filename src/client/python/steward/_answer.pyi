from typing import Any, Generic, NamedTuple, Optional, TypeVar

from .types import Receipt

R = TypeVar('R')

class Answer(NamedTuple, Generic[R]):
    result: R
    receipt: Optional[Receipt]

def answer_of(url: str, status: int, text: bytes, number: int) -> Answer[Any]: ...
