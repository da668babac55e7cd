"""Writes golden data as JSON in which every number is a hexadecimal floating-point text, exact to the bit."""

import json
from pathlib import Path


def to_hex(value: float) -> str:
    """Return float.hex() without the mantissa's trailing zeros."""
    text = float(value).hex()
    if "p" not in text:
        return text
    mantissa, exponent = text.split("p")
    return mantissa.rstrip("0").rstrip(".") + "p" + exponent


def write(path: Path, data: dict, compact: bool = False) -> None:
    """Write a dict as JSON with one row of each table a line, so that a change of the data can be read as a diff."""
    separators = (",", ":") if compact else None
    members = []
    for key, value in data.items():
        if isinstance(value, list):
            rows = ",\n    ".join(json.dumps(row, separators=separators) for row in value)
            members.append(f'  "{key}": [\n    {rows}\n  ]')
        else:
            members.append(f'  "{key}": {json.dumps(value, separators=separators)}')
    path.write_text("{\n" + ",\n".join(members) + "\n}\n")
    print(f"{path.name}: {path.stat().st_size} bytes")
