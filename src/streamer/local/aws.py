"""The account that the local runner pretends to be, and how SDKs are led to it."""

import os

ACCOUNT = "123456789012"
REGION = "us-east-1"
STACK = "streamer"

# Dummies: nothing here checks them, and the user's own must never be used.
ACCESS_KEY_ID = "local"
SECRET_ACCESS_KEY = "local"  # noqa: S105 - the dummy, in clear


def environment(endpoint_url: str) -> dict[str, str]:
    """Return the variables that lead any AWS SDK to the local endpoint, past the user's configuration."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": REGION,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
