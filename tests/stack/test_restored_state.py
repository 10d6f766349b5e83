"""A state that is restored from what a folder or a bucket keeps of it, as docs/how-to/lost-state.md says."""

import re
import subprocess
from pathlib import Path

import pytest

from lab.environment import file_backend
from lab.paths import PROJECT
from tests.crash.saves import STACK, UP, Project

PAGE = PROJECT / "docs" / "how-to" / "lost-state.md"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is left of a project whose state is lost; two saves make a backup."""
    folder = tmp_path_factory.mktemp("lost")
    store = folder / "store"
    store.mkdir()
    lost = Project(folder / "project", file_backend(store))
    for _ in range(2):
        assert lost.run(*UP)[0] == 0
    return store


@pytest.mark.parametrize("kept", [f"stacks/**/{STACK}.json", f"stacks/**/{STACK}.json.bak", "backups/**/*.json"])
def test_a_file_of_the_store_is_imported_once_it_was_converted_and_not_before(
    store: Path, kept: str, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    [command] = re.findall(r"^\$ (python3 -c .*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    file = max(store.glob(f".pulumi/{kept}"))
    (tmp_path / "prod.json.bak").write_bytes(file.read_bytes())
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)

    fresh = Project(tmp_path / "restored", file_backend(other))
    assert fresh.run("stack", "import", "--stack", STACK, "--file", str(file))[0] != 0
    code, said = fresh.run("stack", "import", "--stack", STACK, "--file", str(tmp_path / "state.json"))
    assert (code, "Import complete." in said) == (0, True), said
