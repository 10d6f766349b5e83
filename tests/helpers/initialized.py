"""An empty stack as `pulumi stack init` leaves it, by a copy of what it has left for the first stack of that name.

A call takes 0.3 s of a processor, most of it for the key of the secrets; 150 tests begin with one.
"""

from pathlib import Path

from tests.helpers.stack import Stack
from tests.helpers.state_file import state_folder

_URL = "{{URL}}"
# By the name of a stack, for each folder: the files in it, with this in the place of the URL of the state.
_LEFT: dict[str, list[dict[Path, str]]] = {}


def init_like_the_first(stack: Stack) -> None:
    """Initialize a stack whose state lies in a folder; the first one of a name by the CLI.

    All have the salt of their stack file in common, or their secrets could not be read (Stack).
    """
    state, url = state_folder(stack.environment), stack.environment["PULUMI_BACKEND_URL"]
    assert state is not None
    folders = (state / ".pulumi", Path(stack.environment["PULUMI_HOME"]) / "workspaces")
    if stack.name in _LEFT:
        for folder, files in zip(folders, _LEFT[stack.name], strict=True):
            for path, text in files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text.replace(_URL, url), "utf-8")
        return
    before = [_texts(folder) for folder in folders]
    stack.init()
    after = [{path: text.replace(url, _URL) for path, text in _texts(folder).items()} for folder in folders]
    # Another stack in the same state is not its own; the workspace, one for all, is.
    _LEFT[stack.name] = [
        {path: text for path, text in now.items() if then.get(path) != text}
        for then, now in zip(before, after, strict=True)
    ]


def _texts(folder: Path) -> dict[Path, str]:
    return {path.relative_to(folder): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}
