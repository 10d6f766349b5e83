"""What a preview does not need is not loaded for it: program and provider process start again for every one."""

import pytest

from tests.helpers.documents import REPOSITORY
from tests.helpers.loaded import loaded

PROVIDERS = (
    "cas_repository",
    "issued_certificates",
    "listener_claim",
    "listener_switch",
    "root_certificate",
    "cas_certificate",
)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_that_only_compares_properties_loads_no_sdk_and_no_cryptography(provider: str) -> None:
    assert loaded(f"import components.providers.{provider}") == set()


def test_the_imports_of_the_program_load_no_sdk_and_no_cryptography() -> None:
    program = (REPOSITORY / "__main__.py").read_text("utf-8")
    imports = [line for line in program.splitlines() if line.startswith("from components.")]
    assert len(imports) > 5
    assert loaded("\n".join(imports)) == set()


def test_who_does_need_them_has_them() -> None:
    assert loaded("import alb_mtls.pki.issuing") == {"cryptography"}
    assert {"kubernetes", "urllib3"} <= loaded("import alb_mtls.cluster.kube_client")


def test_no_command_of_ops_loads_what_one_of_them_writes_its_page_or_numbers_with() -> None:
    assert {"jinja2", "prometheus_client"}.isdisjoint(loaded("import ops.cli"))


def test_that_one_has_them() -> None:
    page = "from ops.report.page import environment_of_templates; environment_of_templates()"
    look = "Look(project='', stack='', began=datetime.now(UTC), seconds=0, status=None)"
    numbers = f"from datetime import UTC, datetime; from ops.metrics import Look, exposition; exposition({look})"
    assert {"jinja2", "prometheus_client"} <= loaded(f"{page}\n{numbers}")
