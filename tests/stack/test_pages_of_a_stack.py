"""Four pages, followed one after the other by a project that uses the components in a program of its own.

components.md, upgrading.md, lost-state.md in all its three ways out, uninstalling.md: together they are the life of a
stack, and each begins where another ends.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.paths import PROJECT
from tests.helpers.lab import LabHandle
from tests.helpers.needed import need
from tests.helpers.page_commands import run, steps
from tests.helpers.stack_config import stack_environment
from tests.helpers.world import World

COMPONENTS, UPGRADING = "how-to/components.md", "how-to/upgrading.md"
LOST, UNINSTALLING = "how-to/lost-state.md", "how-to/uninstalling.md"
NOT_RUN = {
    "it needs the address of the repository",
    "it needs a package registry",
    "there is no later version yet, and pip needs a package registry",
    "the lab has its own roles, and RAM needs an account",
}
CLAIM = "alb-mtls/claim.443.https"
_STATE = "state/.pulumi/stacks/shop/prod.json"


class Reader:
    """Somebody who follows pages in one folder, on a lab in place of the cloud."""

    def __init__(self, lab: LabHandle, folder: Path) -> None:
        """Get the code as the first page says, but from here."""
        self.lab = lab
        self.folder = folder / "shop"
        (self.folder / "vendor").mkdir(parents=True)
        (self.folder / "vendor" / "alb-mtls").symlink_to(PROJECT)
        (self.folder / ".venv").symlink_to(PROJECT / ".venv")
        self.state = folder / _STATE
        cache = folder / "cache"
        (cache / "alb-mtls").mkdir(parents=True)
        self.environment = {**stack_environment(lab, folder), "XDG_CACHE_HOME": str(cache)}
        # The lab keeps the file of a stack that is removed, which a cloud does not.
        del self.environment["PULUMI_OPTION_PRESERVE_CONFIG"]
        endpoints = lab.status["endpoints"]
        cloud = f'{{endpoint: "http://{endpoints["cas"]}"}}\n  shop:alb: {{endpoint: "http://{endpoints["alb"]}"}}'
        self._replaced = {
            "kubernetes:context: prod": "kubernetes:context: lab",
            "{endpoint: international}": cloud,
            "port: 443}": f'port: 443, connectTo: "{lab.address("alb", "443/HTTPS")}"}}',
            "{host: demo.alb.ingress.top}": "{host: demo.alb.ingress.top, mode: api}",
            # What a person is asked, and a preview that was there before.
            "--context prod": "--context lab --yes",
            "pulumi up": "pulumi up --yes --skip-preview",
            "pulumi destroy": "pulumi destroy --yes --skip-preview",
            "pulumi stack rm": "pulumi stack rm --yes",
        }

    def follow(self, page: str, *sections: str) -> None:
        """Do what a page says, or some of its sections."""
        for step in steps(page):
            if not sections or step.section in sections:
                run(step, folder=self.folder, replaced=self._replaced, environment=self.environment)

    def listeners(self, **changes: Any) -> None:
        """Change the only listener in the stack file."""
        file = self.folder / "Pulumi.prod.yaml"
        content = yaml.safe_load(file.read_text("utf-8"))
        content["config"]["shop:listeners"][0] |= changes
        file.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")

    def claim(self) -> dict[str, Any]:
        """Return the claim on the listener."""
        found: dict[str, Any] = json.loads(self.lab.albconfig("alb")["metadata"]["annotations"][CLAIM])
        return found

    def lose_the_state(self) -> None:
        """Let the backend forget the stack, and nothing else."""
        self.state.unlink()
        for kept in self.state.parent.glob("prod.json*"):
            kept.unlink()


@pytest.fixture
def reader(lab: LabHandle, tmp_path: Path) -> Reader:
    need("kubectl", "openssl")
    return Reader(lab, tmp_path)


def test_the_commands_that_are_not_run_are_those_that_need_what_is_not_here() -> None:
    pages = (COMPONENTS, UPGRADING, LOST, UNINSTALLING)
    assert {step.not_run for page in pages for step in steps(page)} - {""} == NOT_RUN


def test_the_program_on_the_page_is_short() -> None:
    (program,) = (step for step in steps(COMPONENTS) if step.file == "__main__.py")
    assert len(program.text.splitlines()) < 60


@pytest.mark.long
def test_a_stack_of_a_program_of_ones_own_lives_as_the_pages_say_from_its_first_up_to_its_removal(
    lab: LabHandle, reader: Reader
) -> None:
    before = World.of(lab)
    reader.follow(COMPONENTS)
    first = reader.claim()
    assert first["owner"] == "shop/prod"
    reader.follow(UPGRADING)

    kept = reader.state.read_bytes()
    reader.follow(LOST, "Is it lost?")
    reader.lose_the_state()
    (reader.folder / "prod.json.bak").write_bytes(kept)
    reader.follow(LOST, "1. Restore it")
    assert reader.claim() == first

    reader.lose_the_state()
    reader.listeners(takeOver=first["deployment"])
    reader.follow(LOST, "2. Or take the listener over")
    taken = reader.claim()
    assert taken["deployment"] != first["deployment"]
    assert taken["previous"] == first["previous"]

    reader.follow(UNINSTALLING, "1. Accept everybody again", "2. Give everything back", "3. See that nothing is left")
    assert World.of(lab).albconfigs == before.albconfigs

    # A claim that no state knows any more, on a listener that somebody has put back.
    annotations = {"op": "add", "path": "/metadata/annotations", "value": {CLAIM: json.dumps(taken)}}
    lab.patch_albconfig("alb", [annotations])
    reader.follow(LOST, "3. Or give it up")
    assert World.of(lab).albconfigs == before.albconfigs

    reader.follow(UNINSTALLING, "4. The state, and what lies on disks", "5. Permissions", "6. The machine")
    assert not (reader.folder / ".venv").exists()
    assert not (reader.folder / "Pulumi.prod.yaml").exists()
    # What the page says that the backend keeps: the one beside the state, and the older ones.
    former = sorted({file.suffixes[-1] for file in reader.state.parents[2].rglob("prod*") if file.is_file()})
    assert former == [".bak", ".json"]
    assert not reader.state.exists()
