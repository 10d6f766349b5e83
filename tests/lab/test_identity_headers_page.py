"""The examples of docs/how-to/identity-headers.md: nginx and Python name known clients, and nobody else."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.helpers.documents import read
from tests.helpers.nginx import RunningNginx, running_nginx
from tests.helpers.tls_clients import curl

ALICE, BILLING, OTHER = (digit * 64 for digit in "abc")
HEADER = "X-Client-Fingerprint"
UNKNOWN = "this client certificate is not known"


def _example(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", read("how-to/identity-headers.md"), re.MULTILINE | re.DOTALL)
    assert found
    return found[1].replace("FINGERPRINT OF ALICE", ALICE).replace("FINGERPRINT OF BILLING", BILLING)


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNginx]:
    def configured(port: int) -> str:
        text = _example("nginx").replace("listen 8080;", f"listen 127.0.0.1:{port};")
        # What the application would get.
        return text.replace("proxy_pass http://127.0.0.1:8000;", 'return 200 "$client_name\\n$nginx_version";')

    with running_nginx(tmp_path_factory.mktemp("nginx"), configured) as running:
        yield running


@pytest.fixture
def client_name() -> Callable[[list[tuple[str, str]]], str | None]:
    """The function of the page."""
    names: dict[str, Callable[[list[tuple[str, str]]], str | None]] = {}
    exec(_example("python"), names)  # noqa: S102 - the example of the page
    return names["client_name"]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ([ALICE], "alice"),
        ([BILLING.upper()], "billing"),
        ([], None),
        ([OTHER], None),
        ([f"{ALICE}, {OTHER}"], None),
    ],
)
def test_a_known_fingerprint_is_a_name_and_anything_else_is_none(
    nginx: RunningNginx, client_name: Callable[..., str | None], sent: list[str], name: str | None
) -> None:
    options = [word for value in sent for word in ("--header", f"{HEADER}: {value}")]
    answer = curl(f"http://127.0.0.1:{nginx.port}/", *options)
    assert answer.body.splitlines()[0] == (name or UNKNOWN)
    assert answer.status == (200 if name else 403)
    assert client_name([("Host", "h"), *((HEADER.lower(), value) for value in sent)]) == name


def test_of_two_headers_python_takes_none_and_nginx_none_or_as_the_page_says_the_first(
    nginx: RunningNginx, client_name: Callable[..., str | None]
) -> None:
    answer = curl(
        f"http://127.0.0.1:{nginx.port}/", "--header", f"{HEADER}: {ALICE}", "--header", f"{HEADER}: {BILLING}"
    )
    version = curl(f"http://127.0.0.1:{nginx.port}/", "--header", f"{HEADER}: {ALICE}").body.splitlines()[1]
    joins = [int(part) for part in version.split(".")[:2]] >= [1, 23]
    assert answer.body.splitlines()[0] == (UNKNOWN if joins else "alice")
    assert client_name([(HEADER, ALICE), (HEADER, BILLING)]) is None


def test_a_name_that_differs_in_an_underscore_counts_as_a_second_header(client_name: Callable[..., str | None]) -> None:
    assert client_name([("x-client-fingerprint", ALICE), ("X_Client_Fingerprint", BILLING)]) is None
    assert client_name([("x-client-fingerprint", ALICE)]) == "alice"
