#!/bin/sh
# Makes a virtual environment with PyTorch and what the tests here need:  install.sh DIRECTORY
# DIRECTORY/installed tells that it is complete.
set -eu

python3 -m venv "$1"
"$1/bin/python" -m pip install --quiet --disable-pip-version-check numpy ml_dtypes pytest
sh "$(dirname "$0")/../../Benchmarks/install_torch.sh" "$1/bin/python"
touch "$1/installed"
