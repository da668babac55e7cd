"""descent.torch where PyTorch is not installed; with it, Tests/Torch has the tests."""

import importlib.util
import subprocess
import sys

import pytest

WITHOUT = "import sys; sys.modules['torch'] = None; "


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_it_says_what_is_missing():
    outcome = run(WITHOUT + "import descent.torch")
    assert outcome.returncode == 1
    assert "ImportError: descent.torch needs PyTorch" in outcome.stderr
    assert "descent[torch]" in outcome.stderr


def test_the_rest_does_not_need_it():
    assert run(WITHOUT + "import descent; descent.pytorch; descent.Adam()").returncode == 0


def test_the_package_does_not_import_it():
    if importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed")
    assert run("import sys, descent; sys.exit('torch' in sys.modules)").returncode == 0
