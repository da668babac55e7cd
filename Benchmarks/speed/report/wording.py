"""How figures are written, the same in every report."""

from typing import Any

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def duration(seconds: float) -> str:
    """Three digits and a unit: 0.82 µs, 128 ms."""
    scale, unit = next(((scale, unit) for scale, unit in UNITS if seconds >= scale), UNITS[-1])
    return f"{significant(seconds / scale)} {unit}"


def significant(value: float) -> str:
    """Three digits, without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratio(value: float) -> str:
    """How many times as long: 0.93, 4.1, 53."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def judgement(comparison: dict[str, Any]) -> str:
    """'faster', 'tie' or 'slower', and what came of the target; nothing for libdescent in another way."""
    if comparison["target"] is None:
        return "" if comparison["peer"].startswith("libdescent") else str(comparison["verdict"])
    outcome = "missed" if comparison["missed"] else "reached"
    return f"{comparison['verdict']}; target {ratio(comparison['target'])} {outcome}"


def limit(measure: dict[str, Any]) -> str:
    """What came of a measure's limit; empty without one."""
    if measure.get("limit") is None:
        return ""
    return f"limit {measure['limit']:g} {'kept' if measure['value'] <= measure['limit'] else 'missed'}"


def remark(measure: dict[str, Any]) -> str:
    """What there is to say about a measure: what came of its limit, or what it consists of."""
    return limit(measure) or str(measure.get("note", ""))


def thread_count(row: dict[str, Any]) -> str:
    """'1 thread', '2 threads'."""
    return f"{row['threads']} thread{'s' if row['threads'] != 1 else ''}"


def conditions(results: dict[str, Any]) -> list[str]:
    """Sentences: where and how the figures were found."""
    machine, versions = results["machine"], results["versions"]
    peers = [f"{name} {versions[name]}" for name in ("numpy", "torch", "scikit-learn") if name in versions]
    sentences = [
        f"{machine['processors']} processors of {machine['processor']} ({versions['instruction set']}), "
        f"{machine['memory_gigabytes']} GB, {machine['system']}, huge pages: {machine['transparent_huge_pages']}.",
        f"libdescent {versions['libdescent']}, Python {versions['python']}, {', '.join(peers)}; "
        f"{'; '.join(versions['BLAS and OpenMP'])}; C programs: {versions['compiler of the C programs']}, "
        "-O3 -march=native -fno-math-errno.",
        f"Medians of {results['rounds']} rounds that alternate the contestants, of at least "
        f"{results['seconds_per_round']:g} s each; a ratio is the median of the ratios of the rounds. "
        "Below 1.3 it is a tie.",
    ]
    if results["processor_time"]:
        sentences.append("Rows with one thread give its processor time, since the machine had other work too.")
    if results["rounds"] < 5:
        sentences.append("Fewer than five rounds: a look, not a measurement.")
    shares = [row["others_share"] for row in results["rows"] if "others_share" in row]
    if shares:
        sentences.append(f"Other processes used up to {max(shares):.0%} of the processors during a row.")
    if results["removed_variables"]:
        sentences.append(f"Taken out of the environment: {', '.join(results['removed_variables'])}.")
    if not results["libdescent_threads"]:
        sentences.append("This libdescent has no threads of its own: rows with 2 threads show it with one.")
    sentences += [f"Skipped: {name} ({reason})." for name, reason in results["missing_peers"].items()]
    return sentences
