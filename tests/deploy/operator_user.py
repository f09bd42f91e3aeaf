"""A user of the account, who may do what a page of the docs says that a command needs, and nothing else."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.deploy.deployed import NAME, Stack
from tests.deploy.sam_cli import ROOT

# The emulator asks for other rights than AWS where these are enough.
EMULATED = {
    "lambda:GetAlias": "lambda:ListAliases",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
}
_ACTION = re.compile(r"`(?:([a-z0-9-]+):)?([A-Z][A-Za-z]+)`")


def needed(page: str, after: str) -> list[str]:
    """Return the actions that a page names in the paragraph that begins so; a service is named once."""
    paragraph = (ROOT / "docs" / page).read_text().split(f"\n{after} ", 1)[1].split("\n\n")[0]
    found, service = [], ""
    for named, operation in _ACTION.findall(paragraph):
        service = named or service
        found.append(f"{service}:{operation}")
    return found


class Operator:
    """Runs commands on the stack with keys of a new user's."""

    def __init__(self, stack: Stack, name: str, actions: list[str]) -> None:
        self._stack, self._iam, self._name = stack, stack.aws("iam"), name
        self._iam.create_user(UserName=name)
        self.may(actions)
        self._key = self._iam.create_access_key(UserName=name)["AccessKey"]

    def may(self, actions: list[str]) -> None:
        """Allow these, of what there is; functions are called by their alias only."""
        allowed = [*actions, *(EMULATED[each] for each in actions if each in EMULATED)]
        live = "arn:aws:lambda:*:*:function:*:live"
        statements = [
            {"Effect": "Allow", "Action": each, "Resource": live if each == "lambda:InvokeFunction" else "*"}
            for each in allowed
        ]
        self._iam.put_user_policy(
            UserName=self._name,
            PolicyName="operates",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        )

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run `streamer` on the stack, found as an AWS SDK finds an account: by the environment alone."""
        credentials = {
            "AWS_ENDPOINT_URL": self._stack.endpoint_url,
            "AWS_ACCESS_KEY_ID": self._key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self._key["SecretAccessKey"],
        }
        return subprocess.run(
            [Path(sys.executable).with_name("streamer"), *command, "--stack", NAME],
            env=os.environ | credentials,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
