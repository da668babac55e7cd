#!/bin/sh
# Makes a virtual environment with the peers:  install_peers.sh DIRECTORY
# One that cannot be installed is named and left out; the benchmark then skips its rows.
set -eu

python3 -m venv "$1"
install() { "$python" -m pip install --quiet --disable-pip-version-check "$@"; }
python=$1/bin/python

install numpy matplotlib
for peer in scikit-learn threadpoolctl scipy liblinear-official; do
    install "$peer" || echo "$peer could not be installed: it is left out" >&2
done

sh "$(dirname "$0")/install_torch.sh" "$python" || echo "torch could not be installed: it is left out" >&2

# A library of C, which the programs here are compiled with where it is there.
dpkg -s liblbfgs-dev >/dev/null 2>&1 || apt-get install --yes --quiet liblbfgs-dev >/dev/null 2>&1 \
    || echo "liblbfgs-dev could not be installed: it is left out" >&2
