"""`python -m descent`: pictures and figures that show what the methods do.

    python -m descent compare     the paths of optimizers on four functions: paths.png and paths.gif; the course's,
                                  or others: --methods adamw,lion,adan
    python -m descent check       a right gradient, a wrong one and a hinge's corner, checked numerically
    python -m descent range       a learning-rate range test, with too low, good and too high marked: range.png
    python -m descent summary     a table of all optimizers with what they are measured to do

Pictures go into the directory --output. They need Matplotlib; check and summary do without.
"""

import argparse
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> None:
    """Runs one of the demonstrations."""
    parser = argparse.ArgumentParser(
        prog="python -m descent", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("demonstration", choices=("compare", "check", "range", "summary"))
    parser.add_argument("--output", type=Path, default=Path(), help="where pictures go (default: here)")
    parser.add_argument("--data", type=Path, help="range: directory with four idx files (default: Fashion-MNIST)")
    parser.add_argument("--methods", help="compare: up to eight optimizers, separated by commas")
    chosen = parser.parse_args(arguments)
    try:
        _show(chosen)
    except (ImportError, FileNotFoundError, ValueError) as error:
        if isinstance(error, ImportError) and error.name != "matplotlib":
            raise
        sys.exit(f"python -m descent: {error}")


def _show(chosen: argparse.Namespace) -> None:
    # Each needs modules of its own, some of them Matplotlib: only what was chosen is imported.
    if chosen.demonstration == "compare":
        from .demonstrations import compare, landscapes  # noqa: PLC0415

        methods = chosen.methods.split(",") if chosen.methods else landscapes.COURSE
        print("Written:", *compare.main(chosen.output, methods))
    elif chosen.demonstration == "range":
        from .demonstrations import range_picture  # noqa: PLC0415

        print("Written:", range_picture.main(chosen.output, chosen.data))
    elif chosen.demonstration == "check":
        from .demonstrations import check  # noqa: PLC0415

        check.main()
    else:
        from .demonstrations import summary  # noqa: PLC0415

        print(summary.page(), end="")


if __name__ == "__main__":
    main()
