#!/usr/bin/env bash
# ./mesh test [PROJECT...] [FILTER...]: installs what the tests need, builds all, and runs every tests/*.Tests on one PostgreSQL and one RabbitMQ.
#   PROJECT  a part of a test project's name, any case: `./mesh test tracking`
#   FILTER   options of xunit's runner, from the first one with a dash on: `./mesh test hosting -method "*relay*"`
#   --json   first: the counts as JSON, all else on standard error
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/infra/scripts/build.sh"
. "$root/infra/scripts/packages.sh"

results=$root/artifacts/tests
project_timeout=${MESH_TEST_TIMEOUT:-1500}

# What the runner says about each failed test; when it says nothing, the end of the output.
failures() {
  grep -q '\[FAIL\]$' "$1" || { tail -n 60 "$1"; return; }
  awk '/\[FAIL\]$/ { on = 1; print; next } on && /^      / { print; next } { on = 0 }' "$1"
}

# run_one PROJECT [FILTER...]: runs one test project, keeps its output, and says in one line how it went.
run_one() {
  local project=$1 started=$SECONDS code=0 passed=0 failed=0 skipped=0 xml output line
  shift
  xml=$results/$project.xml output=$results/$project.log
  rm -f "$xml"
  timeout --kill-after=15 "$project_timeout" dotnet "$root/artifacts/bin/$project/release/$project.dll" -noColor -noLogo -result-xml "$xml" "$@" \
    > "$output" 2>&1 < /dev/null || code=$?
  line=$(grep -o '<assembly [^>]*>' "$xml" 2>/dev/null | tail -n 1 || true)
  count() { local n; n=$(printf '%s' "$line" | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p"); printf '%s' "${n:-0}"; }
  passed=$(count passed) failed=$(($(count failed) + $(count errors))) skipped=$(count skipped)
  if [ $code -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
    [ $code -eq 124 ] && printf '\n%s did not end within %s s.\n' "$project" "$project_timeout" >> "$output"
    [ -z "$line" ] && printf '\n%s ended with code %s before it could report.\n' "$project" $code >> "$output"
  fi
  printf '%s %s %s %s %s\n' "$project" "$passed" "$failed" "$skipped" $((SECONDS - started)) > "$results/$project.count"
  if [ "$failed" -gt 0 ]; then
    printf -- '--- %s: %s failed; all it said is in %s ---\n%s\n' "$project" "$failed" "${output#"$root"/}" "$(failures "$output")"
  else
    printf '%s: %s passed%s in %s s\n' "$project" "$passed" "$([ "$skipped" -gt 0 ] && printf ', %s skipped' "$skipped")" $((SECONDS - started))
  fi
}

if [ "${1:-}" = --one ]; then
  shift
  run_one "$@"
  exit 0
fi

# One PostgreSQL and one RabbitMQ for all projects. They end when descriptor 9 closes, also when this script is killed.
start_servers() {
  mkfifo "$scratch/hold"
  dotnet "$root/artifacts/bin/Mesh.Testing/release/Mesh.Testing.dll" < "$scratch/hold" > "$scratch/servers" 2> "$results/servers.log" &
  servers=$!
  exec 9> "$scratch/hold"
  local waited
  for waited in $(seq 1 3000); do
    if grep -q '^ready$' "$scratch/servers" 2>/dev/null; then
      while IFS= read -r line; do
        case $line in MESH_TEST_*=*) export "${line?}" ;; esac
      done < "$scratch/servers"
      return 0
    fi
    kill -0 $servers 2>/dev/null || break
    sleep 0.1
  done
  cat "$results/servers.log" >&2
  fail "the servers for the tests did not start."
}

finish() {
  exec 9>&- || true
  [ -z "${servers:-}" ] || wait "$servers" 2>/dev/null || true
  rm -rf "$scratch"
}

json=
case ${1:-} in
  -h | --help)
    sed -n '2,5s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
  --json)
    shift
    json=1
    exec 3>&1 1>&2
    ;;
esac

chosen=()
while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do
  chosen+=("$1")
  shift
done

require_sdk
mkdir -p "$results"
rm -f "$results"/*.count
scratch=$(mktemp -d)
trap finish EXIT
trap 'exit 130' INT TERM

services=() meshes=()
for file in "$root"/tests/*.Tests/*.Tests.csproj; do
  project=$(basename "$file" .csproj)
  if [ ${#chosen[@]} -gt 0 ]; then
    wanted=
    for part in "${chosen[@]}"; do
      printf '%s' "$project" | grep -qiF -- "$part" && wanted=1
    done
    [ -n "$wanted" ] || continue
  fi
  # Those that start whole meshes come last: beside the jobs of the functions' tests, which fill the machine on purpose, they would measure patience.
  # The longest of each goes first.
  case $project in
    Mesh.EndToEnd.Tests) meshes=("$project" ${meshes[@]+"${meshes[@]}"}) ;;
    Mesh.Portal.Tests) meshes+=("$project") ;;
    Mesh.Functions.Tests) services=("$project" ${services[@]+"${services[@]}"}) ;;
    *) services+=("$project") ;;
  esac
done
[ $((${#services[@]} + ${#meshes[@]})) -gt 0 ] || fail "no test project's name contains '${chosen[*]}'."

# The conformance models of ONNX are the input of a test that is skipped without them.
# Jobs in Python get their packages in environments; functions from git are fetched by it, over ssh from a server of the tests; an item of the hub trains with scikit-learn.
# Journeys through the portal go in a real browser.
install_packages "the tests" "$results/install.log" rabbitmq-server libonnx-testdata python3 python3-venv python3-sklearn git openssh-server chromium
build_portal 9>&- &
portal=$!
build_stamped "Building Mesh and its tests…" Mesh.sln
wait $portal || { tail -n 20 "$root/artifacts/portal-build.log" >&2; fail "the build of the portal failed; all it said is in $root/artifacts/portal-build.log."; }
start_servers

two_at_once() { printf '%s\n' "${@:2:$1}" | xargs -r -P 2 -I '{}' bash "$0" --one '{}' "${@:$1+2}" 9>&-; }
two_at_once ${#services[@]} ${services[@]+"${services[@]}"} "$@"
two_at_once ${#meshes[@]} ${meshes[@]+"${meshes[@]}"} "$@"

printf '\n%-32s %8s %8s %8s %8s\n' project passed failed skipped seconds
cat "$results"/*.count | awk '
  { printf "%-32s %8d %8d %8d %8d\n", $1, $2, $3, $4, $5; passed += $2; failed += $3; skipped += $4 }
  END { printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit (failed > 0 || passed == 0) }' && code=0 || code=1
[ -z "$json" ] || cat "$results"/*.count | awk '
  { rows = rows (NR > 1 ? "," : "") sprintf("\n  {\"project\": \"%s\", \"passed\": %d, \"failed\": %d, \"skipped\": %d, \"seconds\": %d}", $1, $2, $3, $4, $5) }
  END { printf "[%s\n]\n", rows }' >&3
exec 9>&-
exit $code
