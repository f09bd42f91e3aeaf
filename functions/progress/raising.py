"""Errors leave a step under the names that its state machine knows."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as aws
from botocore.exceptions import ClientError
from pydantic import ValidationError

from jobs.errors import PermanentError, TransientError
from jobs.logger import logger

LONGEST_MESSAGE = 1000  # Step Functions cuts a Cause at 32 KB, and clients read it

# What AWS itself calls worth another try; boto3's own retries are over when these surface.
_TRANSIENT_CODES = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "SlowDown",
    "ThrottlingException",
    "TransactionConflictException",
}


@contextmanager
def by_type() -> Iterator[None]:
    """Raise what the state machine names: our base classes for their subclasses and for AWS's faults.

    Anything else passes as it is: it is a bug, which no retry mends. The traceback stays that of the first
    error: Lambda shows no other's, and the line to look at is in it.
    """
    try:
        yield
    except TransientError as error:
        raise _as(TransientError, str(error), error) from error
    except PermanentError as error:
        raise _as(PermanentError, str(error), error) from error
    except ValidationError as error:
        logger.exception("the stage's input does not fit")
        raise _as(PermanentError, "The stage was given data that it cannot read.", error) from error
    except (aws.ConnectionError, aws.HTTPClientError) as error:
        raise _as(TransientError, type(error).__name__, error) from error
    except ClientError as error:
        if _is_transient(error):
            raise _as(TransientError, error.response["Error"]["Code"], error) from error
        raise


def _as(kind: type[Exception], message: str, error: Exception) -> Exception:
    return kind(message[:LONGEST_MESSAGE]).with_traceback(error.__traceback__)


def _is_transient(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error.response["Error"]["Code"] in _TRANSIENT_CODES or status >= 500
