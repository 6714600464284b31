"""What the emulator computes most often, with less work.

DynamoDB's items are copied, and its expressions read, several times for each item that a transaction writes: nearly half
of the time of a busy day. What comes of it is the same: tests/e2e/tests/stores.rs holds the tables to the contract of a store.
"""

import copy
import functools
import marshal
from types import SimpleNamespace

# Of every kind: functions use a few dozen expressions, with as many names and values as a row has changes.
_CACHED_MAX = 4_096


def install(dynamodb):
    """Makes copies of items cheap, and keeps what was made of an expression or the text of a number."""
    dynamodb.copy = SimpleNamespace(deepcopy=copy_document)
    cached = functools.lru_cache(_CACHED_MAX)
    dynamodb._condition_syntax_error = cached(dynamodb._condition_syntax_error)
    dynamodb._number_size_bytes = cached(dynamodb._number_size_bytes)
    tokens = cached(dynamodb._tokenize)
    dynamodb._tokenize = lambda expression: tokens(expression).copy()


def copy_document(value):
    """A deep copy. What an item has, `marshal` writes and reads in a fifth of the time that `copy` takes."""
    try:
        return marshal.loads(marshal.dumps(value))
    except ValueError:
        return copy.deepcopy(value)
