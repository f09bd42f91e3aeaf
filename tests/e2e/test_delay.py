"""delay as a client sees it, over a real socket: the same frames every time."""

from demo.runner_process import Runner
from tests.e2e.sockets import ask, check_stream, run, socket


async def test_a35_delay_tells_every_step(shipped: Runner) -> None:
    async with socket(shipped) as c:
        frames = await run(c, "delay", {"seconds": 1.2, "steps": 4})
    check_stream(frames)
    assert frames[0]["estimate_seconds"] == 1.2
    assert [(each["stage"], each["percentage"], each["message"]) for each in frames[1:-1]] == [
        ("Let time pass", 0, "Started"),
        ("Let time pass", 25, "1 of 4 steps"),
        ("Let time pass", 50, "2 of 4 steps"),
        ("Let time pass", 75, "3 of 4 steps"),
        ("Let time pass", 99, "4 of 4 steps"),  # 100 comes with the result
        ("Let time pass", 100, "Complete"),
    ]
    assert frames[-1]["result"] == {"seconds": 1.2, "steps": 4}
    assert frames[-1]["timestamp"] - frames[0]["timestamp"] >= 1.2


async def test_a35_a_delay_out_of_bounds_starts_nothing(shipped: Runner) -> None:
    async with socket(shipped) as c:
        frame = await ask(c, "delay", {"seconds": 3601, "steps": 0})
    assert frame["error"]["code"] == "VALIDATION_ERROR"
    assert [each["path"] for each in frame["error"]["details"]] == ["$.payload.seconds", "$.payload.steps"]
