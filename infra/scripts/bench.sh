#!/usr/bin/env bash
# ./mesh bench [ARGUMENTS]: builds and runs the benchmarks, with their arguments.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/infra/scripts/build.sh"

require_sdk
build_product
mkdir -p "$root/artifacts"
run_build "Building the benchmarks…" "$root/artifacts/build-bench.log" tests/Mesh.Benchmarks
exec dotnet "$root/artifacts/bin/Mesh.Benchmarks/release/Mesh.Benchmarks.dll" "$@"
