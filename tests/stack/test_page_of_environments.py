"""The page on environments is followed beside a first one in the same project, cluster, account and store."""

from pathlib import Path

import yaml

from tests.helpers.lab import LabHandle
from tests.helpers.needed import need
from tests.helpers.page_commands import Shell, steps
from tests.helpers.stack import REPOSITORY, Stack
from tests.helpers.stack_config import WITHOUT_HANDSHAKES, listener
from tests.helpers.world import World

PAGE = "how-to/environments.md"
SECOND, REMOVE = "A second environment in five commands", "Remove an environment"
_WITHOUT_A_TERMINAL = dict.fromkeys(("PULUMI_SKIP_CONFIRMATIONS", "PULUMI_OPTION_SKIP_PREVIEW"), "true")


def _reader(lab: LabHandle, first: Stack, keys: Path) -> Shell:
    """Return who follows the page in the project of the first environment; the key of the CA lies elsewhere."""
    endpoints = lab.status["endpoints"]
    here = [f"--{api}-endpoint http://{endpoints[api]}" for api in ("cas", "alb")]
    here += ["--server-ca", str(lab.paths.server_ca), "--connect-to", lab.address("alb-two", "443/HTTPS")]
    (first.folder / "pki").mkdir()
    environment = {**first.environment, **_WITHOUT_A_TERMINAL, "PYTHONPATH": str(REPOSITORY)}
    replaced = {
        "--context production": "--context lab",
        "alb/443": f"alb-two/443 {' '.join(here)}",
        "AlbConfig alb": "AlbConfig alb-two",
        "pki/production-ca.key": str(keys / "production-ca.key"),
    }
    return Shell(folder=first.folder, replaced=replaced, environment=environment)


def test_a_second_environment_takes_five_commands_and_no_more() -> None:
    assert len([step for step in steps(PAGE) if step.section == SECOND]) == 5


def test_a_second_environment_is_made_beside_the_first_keeps_its_listener_for_itself_and_is_removed(
    lab: LabHandle, quick_stack: Stack, tmp_path: Path
) -> None:
    need("openssl")
    first, before = quick_stack, World.of(lab)
    reader = _reader(lab, first, tmp_path)
    for step in (step for step in steps(PAGE) if step.section == SECOND):
        reader.run(step)
        if step.text.startswith("pulumi stack init"):
            stack_file = first.folder / "Pulumi.production.yaml"
            cheap = yaml.safe_load(stack_file.read_text("utf-8"))
            cheap["config"]["alb-mtls:proof"] = WITHOUT_HANDSHAKES
            stack_file.write_text(yaml.safe_dump(cheap), "utf-8")
    made = World.of(lab)
    [element] = made.element("alb-two", 443)["caCertificates"]
    assert element["CertificateId"] in made.certificates
    assert len(made.repositories) == len(before.repositories) + 1

    first.set("listeners", [listener(lab, "alb-two", 443)])
    refused = first.fails("preview", "--stack", first.name)
    assert "listener 443/HTTPS of AlbConfig alb-two is claimed by stack alb-mtls/production" in refused
    assert World.of(lab) == made

    reader.follow(PAGE, REMOVE)
    assert World.of(lab) == before
