#!/bin/sh
# Installs PyTorch without the gigabytes of CUDA that it would otherwise pull in:  install_torch.sh PYTHON
set -eu
install() { "$python" -m pip install --quiet --disable-pip-version-check "$@"; }
python=$1

install torch==2.13.0+cpu 2>/dev/null \
    || { install --no-deps torch && install filelock typing-extensions sympy networkx jinja2 fsspec; }
