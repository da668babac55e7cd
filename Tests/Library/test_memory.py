"""How the library gets its memory, and that no function's allocations go untested."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]

# These only look something up, free something, or set what is no object's.
LOOK_UPS = (
    r"_name|_count|_at|_title|_formula|_init|_free|_algorithm|_is_switch|_takes_labels|_string|_isa|_version|_error"
)
OTHERS = {
    "descent_set_thread_count",
    "descent_set_parallel_for",
    "descent_option_range",
    "descent_loss_parameter_range",
    "descent_algorithm_state_shape",
    "descent_checksum",
    "descent_optimizer_state_dtype",
    "descent_optimizer_widen_state",
    "descent_optimizer_narrow_state",
    "descent_optimizer_tensor_number",
    "descent_optimizer_state",  # of every optimizer that is compared there,
    "descent_optimizer_state_shape",
    "descent_optimizer_tensor",
    "descent_optimizer_is_set",
    "descent_optimizer_health",
    "descent_classifier_parameters",
    "descent_regressor_parameters",
    "descent_sampler_position",
    "descent_sampler_batches",
}


def declared_functions() -> set[str]:
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "include/descent.h").read_text(), flags=re.DOTALL)
    return set(re.findall(r"\b(descent_\w+)\s*\(", text))


def test_all_memory_comes_from_one_function():
    """Swift's own allocator cannot say that there is no memory: neither it nor a part that uses it may be there."""
    listing = subprocess.run(
        ["nm", "-D", "--undefined-only", str(ROOT / "build/lib/libdescent.so")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    imported = {line.split()[-1].split("@")[0] for line in listing.splitlines()}
    aligned = {"aligned_alloc", "posix_memalign", "memalign", "valloc"}
    allocating = aligned | {"malloc", "calloc", "realloc", "strdup", "mmap"}
    assert imported & allocating == {"calloc"}


def test_every_function_is_tried_without_memory():
    tried = set(re.findall(r"\b(descent_\w+)\(", (ROOT / "Tests/C/out_of_memory.c").read_text()))
    linear = (ROOT / "Tests/C/linear_calls.h").read_text()
    tried |= set(re.findall(r"\b(descent_\w+)\(", linear))
    for name in re.findall(r"\bdescent_##kind##_(\w+)\(", linear):
        tried |= {f"descent_{kind}_{name}" for kind in re.findall(r"^DEFINE_MODEL\((\w+)", linear, re.MULTILINE)}
    untried = {name for name in declared_functions() - tried - OTHERS if not re.search(f"({LOOK_UPS})$", name)}
    assert not untried
