"""The package's rooms: what imports what, read from the source, and that what 0.1 called otherwise is still found."""

import ast
import graphlib
import importlib
from pathlib import Path

import pytest

import descent

PACKAGE = Path(descent.__file__).parent
ROOMS = {"_c", "_saving", "optimizers", "functions", "linear", "pytorch", "torch"}
# These use the package as any other program does.
PROGRAMS = ("__main__", "demonstrations")
DEEPEST = 6
# Modules that 0.1 had, and a name that each of them had.
FORMER = {
    "classifier": "LinearClassifier",
    "errors": "DescentError",
    "gradients": "check_gradient",
    "health": "Health",
    "initialization": "initialize",
    "losses": "huber",
    "minimizing": "minimize",
    "optimizers": "Adam",
    "progress": "ProgressReport",
    "pytorch": "from_state_dict",
    "range_tests": "learning_rate_range",
    "results": "OptimizeResult",
    "samplers": "Sampler",
    "schedules": "Cosine",
    "searching": "random_search",
    "threads": "thread_count",
}


def module_of(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


MODULES = {
    module_of(path): path for path in PACKAGE.rglob("*.py") if module_of(path)[:1] not in [(n,) for n in PROGRAMS]
}


def imported_by(module, path):
    """The modules that one imports when it is itself imported, inside of functions too."""
    package = module if path.name == "__init__.py" else module[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            assert not any(name.split(".")[0] == "descent" for name in names), "rooms import relatively"
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + tuple(
                (node.module or "").split(".") if node.module else ()
            )
            for alias in node.names:
                found.add((*base, alias.name) if (*base, alias.name) in MODULES else base)
    return {name for name in found if name in MODULES and name != module}


MODULE_GRAPH = {module: imported_by(module, path) for module, path in MODULES.items()}


def room_graph():
    graph = {}
    for module, imported in MODULE_GRAPH.items():
        graph.setdefault(module[:1], set()).update(name[:1] for name in imported if name[:1] != module[:1])
    return graph


def depth(graph):
    """How many imports the longest chain has."""
    depths = {}
    for name in graphlib.TopologicalSorter(graph).static_order():  # raises CycleError, which names a cycle
        depths[name] = max((depths[other] + 1 for other in graph[name]), default=0)
    return max(depths.values())


def test_every_folder_is_a_room():
    assert {module[0] for module, path in MODULES.items() if module and path.parent != PACKAGE} == ROOMS


def test_no_module_imports_itself_through_others():
    assert depth(MODULE_GRAPH) > 0


def test_chains_between_rooms_are_short():
    assert depth(room_graph()) <= DEEPEST


def test_a_cycle_and_a_long_chain_would_be_noticed():
    chain = {str(index): {str(index + 1)} for index in range(7)} | {"7": set()}
    assert depth(chain) == 7
    with pytest.raises(graphlib.CycleError):
        depth(chain | {"7": {"0"}})


def test_the_c_interface_needs_no_other_room():
    assert room_graph()["_c",] == set()


@pytest.mark.parametrize(("module", "name"), FORMER.items())
def test_modules_are_found_where_they_were(module, name):
    found = importlib.import_module(f"descent.{module}")
    assert found is getattr(descent, module)
    assert hasattr(found, name)
