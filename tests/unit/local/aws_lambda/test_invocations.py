import asyncio
from threading import Thread, get_ident

from streamer.local.aws_lambda.invocations import Invocation, Outcome, when_done


async def test_the_loop_that_ends_an_invocation_tells_of_it_at_once() -> None:
    told: list[bytes] = []
    invocation = Invocation(b"{}")
    when_done(invocation.future, lambda outcome: told.append(outcome.payload))
    assert told == []
    invocation.future.set_result(Outcome(b"1"))
    assert told == [b"1"]


async def test_another_thread_that_ends_it_has_the_loop_tell() -> None:
    told: asyncio.Future[tuple[bytes, int]] = asyncio.get_running_loop().create_future()
    invocation = Invocation(b"{}")
    when_done(invocation.future, lambda outcome: told.set_result((outcome.payload, get_ident())))
    Thread(target=invocation.future.set_result, args=[Outcome(b"2")]).start()
    async with asyncio.timeout(10):
        assert await told == (b"2", get_ident())


async def test_one_that_has_ended_already_is_told_of() -> None:
    told: list[bytes] = []
    invocation = Invocation(b"{}")
    invocation.future.set_result(Outcome(b"3"))
    when_done(invocation.future, lambda outcome: told.append(outcome.payload))
    assert told == [b"3"]
