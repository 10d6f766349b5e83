"""`python -m tools.mutation COPY COSMIC_RAY`: change the library at random, and see whether the unit tests notice.

COPY is a clone of the repository that is changed, with its `.venv`; COSMIC_RAY is the program, in an environment of its
own. After each change it runs the unit tests of the changed package. What survives them is for a person: every other
unit test that runs the changed lines, then a better test, or a word why the change makes no difference.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tools.mutation.sampling import keep_sample

_CONFIGURATION = """
[cosmic-ray]
module-path = ["alb_mtls/{package}"]
timeout = 300
excluded-modules = []
test-command = "{python} -m pytest -q -x -p no:randomly --timeout 60 tests/unit/{package}"

[cosmic-ray.distributor]
name = "local"
"""


def main() -> int:
    """Try changes in one package; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=__doc__)
    parser.add_argument("copy", type=Path)
    parser.add_argument("cosmic_ray", type=Path)
    parser.add_argument("package", help="pki, cluster, listeners or configuration")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=14)
    arguments = parser.parse_args()
    copy: Path = arguments.copy.resolve()
    config, session = (copy / f".mutation-{arguments.package}.{suffix}" for suffix in ("toml", "sqlite"))
    python = copy / ".venv" / "bin" / "python"
    config.write_text(_CONFIGURATION.format(package=arguments.package, python=python))
    # A change of the same size within the same second would be hidden by a compiled file.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}

    def cosmic_ray(*words: str | Path) -> None:
        subprocess.run([arguments.cosmic_ray, *words], cwd=copy, env=environment, check=True)

    if not session.exists():
        cosmic_ray("init", config, session)
        places = keep_sample(session, copy, count=arguments.count, seed=arguments.seed)
        print(f"{arguments.count} of {places} places, seed {arguments.seed}")
    cosmic_ray("exec", config, session)
    return 0


if __name__ == "__main__":
    sys.exit(main())
