"""What the engine in functions/ does for every job, as far as a forecast needs it.

The functions are not installed with the command line, so these numbers stand here once more;
tests/integration/test_forecast_traffic.py holds them against the engine's own, and against its calls.
"""

KIB = 1024

# progress/throttle.py, jobs/checkpoints.py
FRAMES_PER_SECOND = 10
CHECKPOINTS_PER_SECOND = 1

# jobs/claims.py, progress/step.py, router/requests.py: what is larger waits in S3, or is refused.
LARGEST_INLINE = 32 * KIB
LARGEST_RESULT = 64 * KIB
LARGEST_METADATA = 32 * KIB

# router/messages.py, and API Gateway.
LARGEST_MESSAGE = 128 * KIB

# jobs/keys.py: the index of running jobs is spread over so many partitions.
RUNNING_SHARDS = 8

# A transaction costs twice; a job's row lies in two indexes, `by-tenant` and `running`, and both are
# written when it is claimed and when it is closed.
TRANSACTION = 2
ROW_INDEXES = 2
TENANT_WRITES = 2 * TRANSACTION  # of the item that counts a tenant's jobs: up at the claim, down at the end

# Bytes. The row beside the execution's input, the input beside the payload (ids, tenant, action), and
# what is in `$states.context` beside the input.
ROW = 500
ENVELOPE = 256
CONTEXT = 2 * KIB
CLAIM = 256

# What a job leaves in its row, and in its last frame, if it is like other jobs.
RESULT = KIB

LAST_FRAMES = 2  # 100 % and `complete`
