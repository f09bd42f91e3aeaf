"""From template.yaml to plain CloudFormation, by AWS's own translator.

Run as a module it does the work in a process of its own, beside the runner that loads its engine
meanwhile: `python -m streamer.local.cloudformation.template TEMPLATE PARAMETERS_JSON`.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from streamer.local.caches import kept
from streamer.local.errors import LocalError

# Where local files stand in for uploads: the key is the file's quoted absolute path.
LOCAL_BUCKET = "local"

_PATH_PROPERTIES = {
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


def load(path: Path, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the template at `path` as plain CloudFormation, transformed in a process of its own.

    What it was transformed to before is kept, as that takes a second.

    Raises LocalError where the template is missing or the translator refuses it.
    """
    if not path.is_file():
        raise LocalError(f"There is no template at {path}. Name one, or start where template.yaml is.")
    template: dict[str, Any] = json.loads(
        kept("templates", _digest(path, parameters), lambda: _transformed(path, parameters))
    )
    return template


def _digest(path: Path, parameters: Mapping[str, str]) -> str:
    """Return what tells one transformation from another: all that it depends on."""
    made_of = [version("aws-sam-translator"), str(path.resolve()), sorted(parameters.items())]
    sources = json.dumps(made_of).encode(), path.read_bytes(), Path(__file__).read_bytes()
    return hashlib.sha256(b"\0".join(sources)).hexdigest()


def _transformed(path: Path, parameters: Mapping[str, str]) -> str:
    command = [
        sys.executable,
        "-m",
        "streamer.local.cloudformation.template",
        str(path),
        json.dumps(dict(parameters)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise LocalError(f"{path}: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


def local_path(bucket: str, key: str) -> Path:
    """Return the file or folder that `bucket` and `key` stand for; LocalError where they are real S3."""
    if bucket != LOCAL_BUCKET:
        raise LocalError(f"s3://{bucket}/{key} is not on this machine; use a local path in the template.")
    return Path("/") / unquote(key)


def transform(path: Path, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the template at `path` as plain CloudFormation, transformed here."""
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
    from samtranslator.translator.transform import transform as translate
    from samtranslator.yaml_helper import yaml_parse

    class NoManagedPolicies(ManagedPolicyLoader):
        """Policies are not enforced here, so their ARNs need not be asked of IAM."""

        def __init__(self) -> None:
            """Need no client."""

        def load(self) -> dict[str, str]:
            return {}

    template = yaml_parse(path.read_text())  # type: ignore[no-untyped-call]
    _point_at_files(template, path.parent.resolve())
    try:
        translated: dict[str, Any] = translate(template, dict(parameters), NoManagedPolicies())
    except InvalidDocumentException as invalid:
        causes = "; ".join(cause.message for cause in invalid.causes)
        raise LocalError(f"the SAM translator refuses it: {causes}") from invalid
    return translated


def _point_at_files(template: dict[str, Any], folder: Path) -> None:
    """Write local paths as S3 addresses, the only form that the translator takes."""
    for name, section in template.get("Globals", {}).items():
        _point(section, _PATH_PROPERTIES.get(f"AWS::Serverless::{name}"), folder)
    for resource in template.get("Resources", {}).values():
        _point(resource.get("Properties", {}), _PATH_PROPERTIES.get(resource.get("Type")), folder)


def _point(properties: dict[str, Any], name: str | None, folder: Path) -> None:
    value = properties.get(name) if name else None
    if isinstance(value, str) and "://" not in value:
        properties[str(name)] = f"s3://{LOCAL_BUCKET}{quote(str((folder / value).resolve()))}"


if __name__ == "__main__":
    import gc
    import os

    gc.disable()  # this process ends before it would pay
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    try:
        sys.stdout.write(json.dumps(transform(Path(sys.argv[1]), json.loads(sys.argv[2]))))
    except Exception as error:  # the parent shows the last line
        sys.exit(" ".join(str(error).split()) or type(error).__name__)
