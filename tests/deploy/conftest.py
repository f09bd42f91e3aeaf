"""The application, built and deployed once, by the stock SAM CLI, to an emulator on this machine."""

import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import boto3
import pytest

from scripts.artefact.reading import Artefact
from streamer.local import identity
from tests.deploy import emulator
from tests.deploy.deployed import NAME, Stack
from tests.deploy.sam_cli import HERE, HERE_PARAMETERS, ROOT, sam, without_machine_aliases


@pytest.fixture(scope="package")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Artefact]:
    folder = tmp_path_factory.mktemp("build")
    sam(
        "build",
        *("--build-dir", folder),
        *("--parameter-overrides", *HERE_PARAMETERS),
        **dict(each.split("=") for each in HERE_PARAMETERS),
    )
    yield Artefact(folder, HERE)
    shutil.rmtree(folder)  # some hundred megabytes


@pytest.fixture(scope="package")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("ministack")
    with emulator.running(folder) as url, pytest.MonkeyPatch.context() as patch:
        for name in ("SSL_CERT_FILE", "AWS_CA_BUNDLE"):  # OpenSSL's, botocore's
            patch.setenv(name, str(emulator.certificate(folder)))
        yield url
    shutil.rmtree(folder)  # a copy of its layers for each function


@pytest.fixture(scope="package")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the key that signs tokens."""
    folder = tmp_path_factory.mktemp("keys")
    identity.make_key(folder)
    return folder


@pytest.fixture(scope="package")
def jwks_url(keys: Path) -> Iterator[str]:
    class JwkSet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(identity.jwk_set(keys))

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), JwkSet) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/jwks.json"
        server.shutdown()


@pytest.fixture(scope="package")
def stack(build: Artefact, ministack: str, keys: Path, jwks_url: str) -> Stack:
    template = without_machine_aliases(build.template)

    def deploy() -> str:
        return sam(
            "deploy",
            *("--template-file", template, "--config-file", ROOT / "samconfig.toml"),
            *("--no-confirm-changeset", "--no-progressbar"),
            *("--parameter-overrides", *HERE_PARAMETERS, "Emulator=ministack", f"EmulatorUrl={ministack}"),
            *(f"JwksUrl={jwks_url}", f"JwtIssuer={identity.ISSUER}"),
            AWS_ENDPOINT_URL=ministack,
        )

    deploy()
    described = boto3.client("cloudformation", endpoint_url=ministack).describe_stacks(StackName=NAME)
    outputs = {given["OutputKey"]: given["OutputValue"] for given in described["Stacks"][0]["Outputs"]}
    # wss://API.execute-api.…/STAGE; no DNS knows that host, so by the emulator's path for it.
    address = urlsplit(outputs["WebSocketUrl"])
    api = str(address.hostname).partition(".")[0]
    return Stack(
        ws_url=f"wss://{urlsplit(ministack).netloc}/_aws/execute-api/{api}{address.path}",
        endpoint_url=ministack,
        bucket=outputs["DataBucketName"],
        keys=keys,
        deploy=deploy,
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The deletion comes after all that needs the stack."""
    items.sort(key=lambda item: item.name == "test_a62_a_deletion_leaves_what_is_to_be_retained")
