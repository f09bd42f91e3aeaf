"""The shipped actions and `trouble`."""

from steps.trouble.work import Trouble

from actions import actions, handler

__all__ = ["handler"]

actions.add("trouble", Trouble, estimate=60, state_machine="TROUBLE_STATE_MACHINE")
