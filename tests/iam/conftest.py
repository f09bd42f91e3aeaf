"""The application, played once for all tests that judge it; its AWS in memory is gone with them."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3.s3.inject
import boto3.s3.transfer
import pytest
from boto3.s3.transfer import create_transfer_manager

import jobs.claims
from jobs import sender
from progress import reporter, speaker, sweeping
from router import tokens
from router.key_set import Keys
from tests.iam import roles
from tests.iam.calls import Call
from tests.iam.deployment import Deployment, deployed
from tests.iam.play import Play
from tests.iam.scenes import HARD, PLAIN
from tests.support.connections import Connections
from tests.support.identity_provider import IdentityProvider


def _in_parts(transfer: Any) -> Any:
    """Let every upload be one in parts, in the thread that asks for it."""

    def make(client: Any, config: Any, *args: Any) -> Any:
        config.use_threads, config.multipart_threshold = False, 1
        return transfer(client, config, *args)

    return make


@pytest.fixture(scope="module")
def played() -> Iterator[Deployment]:
    """Play every scene; return the application, which knows what was called."""
    with (
        closing(Connections()) as connections,
        closing(IdentityProvider()) as provider,
        pytest.MonkeyPatch.context() as patch,
        deployed(connections, provider) as app,
    ):
        for name in ("STAGE_SECONDS", "LAST_SECONDS"):
            patch.setattr(sender, name, 30)
        patch.setattr(speaker, "wait", lambda *_, **__: 0)
        patch.setattr(speaker, "spacing", lambda *_: 0)
        patch.setattr(tokens, "_keys", Keys())
        patch.setattr(sweeping, "GRACE_SECONDS", -1)
        patch.setattr(reporter, "SECONDS_BETWEEN", 0)
        for module in (boto3.s3.transfer, boto3.s3.inject):
            patch.setattr(module, "create_transfer_manager", _in_parts(create_transfer_manager))
        play = Play(app)
        for day in ("01", "02"):
            play.put(f"records/date=2013-01-{day}/a.csv", b"carrier,distance\nUA,1\n")
        for scene in [*PLAIN, *HARD]:
            scene(play)
        app.around = play.hardship
        patch.setattr(jobs.claims, "LARGEST_INLINE", -1)
        for scene in HARD:
            scene(play)
        for function, queue in roles.destinations():  # Lambda writes there in the function's name
            app.calls[function].add(Call("sqs:SendMessage", queue))
        yield app
