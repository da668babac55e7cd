#!/bin/sh
# make_root.sh FOLDER PYTHON: makes FOLDER a small arm64 Debian of Python 3.11, NumPy, OpenBLAS and what the tests import,
# for qemu-aarch64. The packages are Debian's and PyPI's, unpacked only: nothing of this system changes, and root is not
# needed. PYTHON is one with pip. It takes about 100 MB of downloads.
set -eu
folder=$1
python=$2
packages="python3.11 libpython3.11-stdlib libopenblas0-pthread libstdc++6"

rm -rf "$folder" "$folder.apt"
mkdir -p "$folder" "$folder.apt/state/lists/partial" "$folder.apt/cache/archives/partial"
folder=$(realpath "$folder")
touch "$folder.apt/state/status"

# A package manager that knows this system's sources, but has arm64 alone and nothing installed.
apt() {
    apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Install-Recommends=false \
        -o Dir::State="$folder.apt/state" -o Dir::State::status="$folder.apt/state/status" \
        -o Dir::Cache="$folder.apt/cache" -o Debug::NoLocking=true -o APT::Sandbox::User=root "$@"
}
apt update
# shellcheck disable=SC2086
apt --download-only --yes install $packages
for package in "$folder.apt/cache/archives/"*.deb; do dpkg-deb --extract "$package" "$folder"; done
rm -rf "$folder.apt"

# What packages do when they are installed: the library is found without the alternatives of Debian.
for library in "$folder"/usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas*.so.0; do
    ln -sf "openblas-pthread/$(basename "$library")" "$folder/usr/lib/aarch64-linux-gnu/libopenblas.so.0"
done

"$python" -m pip install --quiet --disable-pip-version-check --target "$folder/packages" --python-version 3.11 \
    --implementation cp --abi cp311 --abi abi3 --abi none --only-binary :all: \
    --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64 --platform manylinux_2_28_aarch64 \
    --platform linux_aarch64 'numpy>=1.26' 'pytest>=8' 'hypothesis>=6.100' 'pycparser>=2.21'
