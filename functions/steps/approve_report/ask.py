"""Ask the approvers; the state goes on when one of them has decided."""

from progress import Progress, step, waiting
from steps.approve_report.approval import User
from steps.generate_report.report import Rendered


def ask(rendered: Rendered, approvers: list[User], token: str, progress: Progress) -> None:
    """Keep the task's token, and say what there is to decide on."""
    waiting.ask(progress, token, approvers, **rendered.model_dump(exclude={"key"}))


handler = step(ask)
