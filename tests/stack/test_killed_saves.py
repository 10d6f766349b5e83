"""What a CLI leaves that was killed while it saved the state: an empty file of attributes, and the way out.

Kills at random moments: `python -m tests.crash.saves`.
"""

from pathlib import Path

from lab.environment import file_backend
from tests.crash.saves import STACK, UP, Project


def _attributes(store: Path) -> list[Path]:
    return list(store.glob(f".pulumi/stacks/**/{STACK}.json.attrs"))


def test_an_empty_file_of_attributes_stops_every_command_until_it_is_deleted(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    project = Project(tmp_path / "project", f"file://{store}")
    assert project.run(*UP)[0] == 0
    [attributes] = _attributes(store)
    attributes.write_bytes(b"")
    assert all("EOF" in sentence for sentence in project.broken(1))
    assert len(project.broken(1)) > 1
    # As docs/how-to/production.md, When an `up` was killed, has it.
    attributes.unlink()
    assert project.broken(1) == []


def test_a_store_without_attributes_has_no_such_file_to_lose(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    project = Project(tmp_path / "project", file_backend(store))
    assert project.run(*UP)[0] == 0
    assert _attributes(store) == []
    assert list(store.glob(f".pulumi/stacks/**/{STACK}.json")) != []
    assert project.broken(1) == []
