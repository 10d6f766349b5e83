"""An OpenAPI document as one page of HTML, without a script from anywhere."""

import json
from html import escape
from typing import Any

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{description}</p>
{operations}
<h2>Schemas</h2>
{schemas}
<p>The whole document: <a href="/openapi.json">/openapi.json</a></p></body></html>
"""


def docs_page(openapi: dict[str, Any]) -> str:
    """Return the page."""
    operations = [
        _operation(method, path, operation)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [
        f'<h3 id="{escape(name)}">{escape(name)}</h3>{_json(schema)}'
        for name, schema in openapi.get("components", {}).get("schemas", {}).items()
    ]
    return _PAGE.format(
        title=escape(openapi["info"]["title"]),
        description=escape(openapi["info"].get("description", "")),
        operations="\n".join(operations),
        schemas="\n".join(schemas),
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parts = [
        f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2>",
        f"<p>{escape(operation.get('description', ''))}</p>",
    ]
    parts += [_json(operation[part]) for part in ("parameters", "requestBody") if part in operation]
    return "".join(parts)


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2))}</pre>"
