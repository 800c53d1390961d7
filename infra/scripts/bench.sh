#!/usr/bin/env bash
# ./mesh bench [FIGURE...]: measures these figures, or all but 'first'. 0: every bound is met; 1: one is missed, or could not be measured; 2: a figure is unknown.
#   --json   first: each figure as a JSON object on a line of its own
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/infra/scripts/build.sh"
. "$root/infra/scripts/packages.sh"

usage() {
  printf 'mesh bench [--json] [FIGURE...]: measures these figures, or all but %s.\n\n' "'first'"
  sed 's/^/  /' "$root/tests/Mesh.Benchmarks/figures.txt"
}

json=()
if [ "${1:-}" = --json ]; then
  shift
  json=(--json)
fi

for name in "$@"; do
  case $name in -h | --help) usage; exit 0 ;; esac
  cut -d" " -f1 "$root/tests/Mesh.Benchmarks/figures.txt" | grep -qxF -e "$name" || {
    printf "mesh: there is no figure '%s'.\n\n" "$name" >&2
    usage >&2
    exit 2
  }
done

require_sdk
mkdir -p "$root/artifacts"
case " ${*:-separate} " in *" separate "*) install_packages "the benchmarks" "$root/artifacts/install.log" rabbitmq-server ;; esac
build_product
run_build "Building the benchmarks…" "$root/artifacts/build-bench.log" tests/Mesh.Benchmarks
exec dotnet "$root/artifacts/bin/Mesh.Benchmarks/release/Mesh.Benchmarks.dll" ${json[@]+"${json[@]}"} "$@"
