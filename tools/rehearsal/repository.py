"""The team's Git repository: a copy of this project, in which pull requests are branches."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.demo.stage import PROJECT

MAIN = "main"
_AUTHOR = ("-c", "user.name=Platform team", "-c", "user.email=platform@example.com", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Repository:
    """A work tree and its branches."""

    folder: Path

    @classmethod
    def made_in(cls, folder: Path) -> "Repository":
        """Make one whose first commit is this project as it stands here."""
        folder.mkdir(parents=True)
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True)
        for name in filter(None, listed.stdout.split("\0")):
            source, target = PROJECT / name, folder / name
            # What is deleted and not committed is listed still.
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        (folder / ".venv").symlink_to(PROJECT / ".venv")
        one = cls(folder)
        one.git("init", "--quiet", "--initial-branch", MAIN)
        one.commit("Take alb-mtls")
        return one

    def git(self, *words: str) -> str:
        """Run git; return what it printed.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        command = ["git", *_AUTHOR, *words]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout

    def commit(self, message: str) -> None:
        """Commit whatever has changed."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def branch(self, name: str) -> None:
        """Begin a pull request."""
        self.git("switch", "--quiet", "--create", name, MAIN)

    def merge(self, name: str) -> None:
        """Merge a pull request, and stay on the main branch."""
        self.git("switch", "--quiet", MAIN)
        self.git("merge", "--quiet", "--no-ff", "--no-edit", name)

    def edit(self, file: str, *changes: tuple[str, str]) -> None:
        """Replace texts in a file.

        Raises:
            ValueError: one of them is not in it exactly once.
        """
        path = self.folder / file
        text = path.read_text("utf-8")
        for before, after in changes:
            if text.count(before) != 1:
                message = f"{file} has {before!r} {text.count(before)} times, not once"
                raise ValueError(message)
            text = text.replace(before, after)
        path.write_text(text, "utf-8")
