"""The results as JSON, a line a row, so that two versions can be compared."""

import json
from pathlib import Path
from typing import Any

LISTS = ("rows", "footprint")


def _rounded(value: Any) -> Any:
    """The same with four significant digits."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


def write(results: dict[str, Any], path: Path) -> None:
    """Writes them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = []
    for name, value in _rounded(results).items():
        text = json.dumps(value)
        if name in LISTS and value:
            text = "[\n  " + ",\n  ".join(map(json.dumps, value)) + "\n ]"
        parts.append(f" {json.dumps(name)}: {text}")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n")


def read(path: Path) -> dict[str, Any]:
    """Reads them."""
    results: dict[str, Any] = json.loads(path.read_text())
    return results
