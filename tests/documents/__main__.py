"""Write the pages that come from the code: `python -m tests.documents`, as `make docs` runs it."""

from tests.documents.pages import PAGES
from tests.helpers.documents import DOCS


def main() -> None:
    """Write each page anew."""
    for name, page in PAGES.items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
