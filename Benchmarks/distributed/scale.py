"""For which models and minibatches do several processes pay? Measures here, fits a cost model, and writes SCALE.md.

    python Benchmarks/distributed/scale.py build/test/mpi/exchange

A sum over P = 2^k processes of n bytes takes, by latency alpha and bandwidth 1 / beta (Hockney 1994; for the two
algorithms Thakur, Rabenseifner and Gropp 2005), and with gamma for adding a byte:

    k (alpha + n beta + n gamma)                                    up to 32 KB, exchanged as a whole
    2 k alpha + 2 (1 - 1/P) n beta + (1 - 1/P) n gamma              above, by halves and back

and a step of B samples B / P * weights * rate + that sum.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

ENVIRONMENT = os.environ | {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
PAGE = Path(__file__).with_name("SCALE.md")
WHOLE = 32768
# Rows, dimension and outputs of what is measured: the library's own kernel, and OpenBLAS's products.
NARROW, WIDE = (20000, 784, 10), (4000, 1024, 1000)
# The same of Fashion-MNIST, and how often processes and threads are measured in turns.
EPOCH, TURNS = (60000, 784, 10), 5
# Name, latency in seconds, bits a second.
NETWORKS = (("10 Gbit", 20e-6, 10e9), ("100 Gbit", 3e-6, 100e9))
SIZES = (2, 16, 256, 4096)
# Name, features, outputs, whether it is wide, minibatches.
MODELS = (
    ("images, 784 x 10", 784, 10, False, (1024, 16384, 131072)),
    ("texts, 100,000 x 4", 100_000, 4, False, (1024, 16384, 131072)),
    ("images, 12,288 x 1,000", 12_288, 1000, True, (1024, 16384, 131072)),
)
GOOD = 0.8


def lines(*command, threads=1):
    """What a program measured, a dict for each line."""
    environment = ENVIRONMENT | {"DESCENT_NUM_THREADS": str(threads)}
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def fitted(points):
    """Latency and seconds a byte of (bytes, seconds), by least squares of relative errors, neither below 0."""
    rows = [(1 / seconds, size / seconds) for size, seconds in points]
    a = sum(x * x for x, _ in rows)
    b = sum(x * y for x, y in rows)
    c = sum(y * y for _, y in rows)
    p, q = sum(x for x, _ in rows), sum(y for _, y in rows)
    determinant = a * c - b * b
    return max((p * c - q * b) / determinant, 0.0), max((q * a - p * b) / determinant, 0.0)


def sum_seconds(size, n, alpha, beta, gamma):
    """The cost model of a sum of n bytes."""
    rounds = math.log2(size)
    if n <= WHOLE:
        return rounds * (alpha + n * (beta + gamma))
    return 2 * rounds * alpha + (1 - 1 / size) * n * (2 * beta + gamma)


def threads_beside_processes(program):
    """Seconds of an epoch by two threads of one process, and by two processes with 8 and with 2 shards, in turns."""
    arguments = *EPOCH, 1024, 2
    found = {}
    for _ in range(TURNS):
        for name, threads, command in (
            ("one thread", 1, (program, "alone", *arguments, 0)),
            ("two threads", 2, (program, "alone", *arguments, 0)),
            ("two processes, 8 shards", 1, ("mpirun", "-n", 2, program, "epoch", *arguments, 8)),
            ("two processes, 2 shards", 1, ("mpirun", "-n", 2, program, "epoch", *arguments, 2)),
        ):
            (line,) = lines(*command, threads=threads)
            found.setdefault(name, []).append(line["epoch"])
    return {name: median(times) for name, times in found.items()}


def measure(program):
    """All that is measured, on this machine."""
    sums = {size: lines("mpirun", "-n", size, program, "sums") for size in (2, 4)}
    rates, epochs = {}, {}
    for name, (rows, dimension, outputs) in (("narrow", NARROW), ("wide", WIDE)):
        arguments = rows, dimension, outputs, 1024, 1, 8
        (alone,) = lines(program, "alone", *arguments)
        rates[name] = alone["epoch"] / (rows * dimension * outputs)
        epochs[name] = alone, [lines("mpirun", "-n", size, program, "epoch", *arguments)[0] for size in (2, 4, 8)]
    return sums, rates, epochs


def cells(model, network, rates, gamma):
    """Efficiency of each number of processes: the time of one, divided by so many times that of all."""
    _, features, outputs, is_wide, batches = model
    _, alpha, bits = network
    weights = (features + 1) * outputs
    rate = rates["wide" if is_wide else "narrow"]
    for batch in batches:
        row = []
        for size in SIZES:
            alone = batch * weights * rate
            together = alone / size + sum_seconds(size, 4 * weights + 32, alpha, 8 / bits, gamma)
            row.append(alone / (size * together) if batch >= size else None)
        yield batch, row


def described(efficiency):
    """A cell of the table."""
    if efficiency is None:
        return "-"
    text = f"{100 * efficiency:.0f} %"
    return f"**{text}**" if efficiency >= GOOD else text


def table(rates, gamma):
    """What the model says."""
    out = ["| model | minibatch | network | " + " | ".join(f"{size:,}" for size in SIZES) + " |"]
    out.append("|---|---|---|" + "---|" * len(SIZES))
    for model in MODELS:
        for network in NETWORKS:
            for batch, row in cells(model, network, rates, gamma):
                values = " | ".join(map(described, row))
                out.append(f"| {model[0]} | {batch:,} | {network[0]} | {values} |")
    return "\n".join(out)


def sum_table(sums, constants):
    """Sums beside MPI_Allreduce's."""
    out = [
        "| processes | bytes | library, us | MPI_Allreduce, us | ratio | cost model, us |",
        "|---|---|---|---|---|---|",
    ]
    for size, found in sums.items():
        for row in found:
            model = sum_seconds(size, row["bytes"], *constants)
            ratio = row["library"] / row["allreduce"]
            ours, theirs = 1e6 * row["library"], 1e6 * row["allreduce"]
            out.append(f"| {size} | {row['bytes']:,} | {ours:.1f} | {theirs:.1f} | {ratio:.2f} | {1e6 * model:.1f} |")
    return "\n".join(out)


def epoch_table(epochs):
    """Steps by several processes."""
    out = ["| samples | processes | ms a step | exchanges a step | bytes a step |", "|---|---|---|---|---|"]
    for name, (alone, shared) in epochs.items():
        rows, dimension, outputs = NARROW if name == "narrow" else WIDE
        for found in (alone, *shared):
            out.append(
                f"| {rows:,} x {dimension:,}, {outputs:,} outputs | {found['processes']} | {1e3 * found['step']:.3f} | "
                f"{found['calls_per_step']:.1f} | {found['bytes_per_step']:,.0f} |"
            )
    return "\n".join(out)


def turns_table(found):
    """Threads beside processes."""
    base = found["two threads"]
    out = ["| an epoch by | ms | speed, two threads being 1 |", "|---|---|---|"]
    out.extend(f"| {name} | {1e3 * seconds:.2f} | {base / seconds:.2f} |" for name, seconds in found.items())
    return "\n".join(out)


def main():
    """Measures, fits, writes."""
    load = os.getloadavg()[0]
    turns = threads_beside_processes(sys.argv[1])
    sums, rates, epochs = measure(sys.argv[1])
    # Of two processes, where a sum up to WHOLE is one exchange, and another is two of half of it.
    points = [
        (row["bytes"], row["library"]) if row["bytes"] <= WHOLE else (row["bytes"] / 2, row["library"] / 2)
        for row in sums[2]
    ]
    alpha, beta = fitted(points)
    # Adding a byte: what a core does to memory, a fraction of what the exchange costs here, and known to no network.
    gamma = 1 / 8e9
    constants = alpha, max(beta - gamma, 0), gamma
    text = PAGE.with_name("scale_page.md").read_text()
    filled = text.format(
        alpha=1e6 * alpha,
        bandwidth=1e-9 / beta,
        narrow=1e9 * rates["narrow"],
        wide=1e9 * rates["wide"],
        processors=len(os.sched_getaffinity(0)),
        load=load,
        sums=sum_table(sums, constants),
        turns=turns_table(turns),
        rounds=TURNS,
        epochs=epoch_table(epochs),
        scale=table(rates, gamma),
        good=round(100 * GOOD),
    )
    PAGE.write_text(filled)
    print(filled)


main()
