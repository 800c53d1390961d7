# Building, for the scripts of this folder and the launcher. Sourced with $root set to the repository.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

fail() {
  printf 'mesh: %s\n' "$*" >&2
  exit 1
}

require_dotnet() {
  command -v dotnet >/dev/null ||
    fail "the .NET 10 SDK is missing: no 'dotnet' on the PATH. Install it (https://dotnet.microsoft.com/download), then try again."
}

require_sdk() {
  require_dotnet
  local version
  version=$(cd "$root" && dotnet --version 2>/dev/null) ||
    fail "Mesh builds with the .NET 10 SDK; 'dotnet' is here, but without that SDK (it has: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd, - || true))."
  case $version in
    [1-9].*) fail "Mesh builds with the .NET 10 SDK, but 'dotnet' is version $version." ;;
  esac
}

# PostgreSQL comes from npm unless it is on the machine.
note_missing_node() {
  command -v npm >/dev/null || command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || [ -n "${Mesh__Postgres:-}" ] ||
    printf 'mesh: Node.js 20 or later is missing: Mesh gets PostgreSQL with its npm. Install Node.js, or PostgreSQL 14 or later.\n' >&2
}

# Whether a source of the product is newer than the last build, or was removed since (its folder is newer then).
product_changed() {
  local stamp=$root/artifacts/product.stamp
  [ -f "$stamp" ] && [ -f "$root/artifacts/bin/Mesh.Cli/release/mesh.dll" ] || return 0
  [ -n "$(cd "$root" && find contracts services gateway infra/Mesh.* infra/*.txt Directory.*.* global.json Mesh.sln .editorconfig \
    \( -name node_modules -o -name bin -o -name obj -o -name .git \) -prune -o ! -name '*.md' -newer "$stamp" -print -quit)" ]
}

# A solution filter of everything but the tests: adding a service is adding its folder to the solution.
write_product_filter() {
  local projects
  projects=$(sed -n 's/^Project(.*) = "[^"]*", "\([^"]*\.csproj\)".*/\1/p' "$root/Mesh.sln" | grep -v '^tests' | sed 's/\\/\\\\/g; s/.*/"&"/' | paste -sd, -)
  printf '{"solution":{"path":"../Mesh.sln","projects":[%s]}}\n' "$projects" > "$root/artifacts/product.slnf"
}

# run_build "What is said" LOG ARGUMENTS...: dotnet build with progress; its errors when it fails.
run_build() {
  local title=$1 log=$2 started=$SECONDS pid
  shift 2
  # The compiler's server outlives the build: it must not inherit the lock. It does not live long enough to gain from profiles of itself, which cost a quarter of the time.
  (cd "$root" && exec env DOTNET_TieredPGO=0 dotnet build -c Release -v q --nologo -nodeReuse:false -p:UseSharedCompilation=true "$@") > "$log" 2>&1 8>&- &
  pid=$!
  trap 'kill $pid 2>/dev/null; exit 130' INT TERM
  if [ -t 2 ]; then
    while kill -0 $pid 2>/dev/null; do
      printf '\r%s %d s' "$title" $((SECONDS - started)) >&2
      sleep 0.5
    done
    printf '\r\033[K' >&2
  else
    printf '%s\n' "$title" >&2
  fi
  if ! wait $pid; then
    trap - INT TERM
    grep -E '(error|warning) [A-Z]+[0-9]+|: error' "$log" | sed "s| \[$root.*||; s|$root/||g" | sort -u | head -n 20 >&2 || true
    fail "the build failed; all it said is in $log."
  fi
  trap - INT TERM
  printf 'Built in %d s.\n' $((SECONDS - started)) >&2
}

# Builds what holds the product, and notes when. What changes while the build runs is newer than the note.
build_stamped() {
  touch "$root/artifacts/product.starting"
  run_build "$1" "$root/artifacts/build.log" "${@:2}"
  mv "$root/artifacts/product.starting" "$root/artifacts/product.stamp"
}

# Builds the product in Release unless it is up to date. One launcher at a time builds, the others wait.
build_product() {
  product_changed || return 0
  require_sdk
  mkdir -p "$root/artifacts"
  (
    if command -v flock >/dev/null; then
      flock 8
      product_changed || exit 0
    fi
    local title="Building Mesh…"
    if [ ! -f "$root/artifacts/product.stamp" ]; then
      title="Building Mesh (first start, about a minute)…"
      note_missing_node
    fi
    write_product_filter
    # Whoever only wants to use Mesh does not wait for its analyzers: the build for the tests runs them.
    build_stamped "$title" artifacts/product.slnf -p:RunAnalyzers=false
  ) 8>> "$root/artifacts/.build.lock"
}

# Whether a source of the portal is newer than its last build, or was removed since.
portal_changed() {
  local stamp=$root/artifacts/portal.stamp
  [ -f "$stamp" ] && [ -f "$root/artifacts/portal/index.html" ] || return 0
  [ -n "$(cd "$root/gateway/portal" && find . \( -name node_modules -o -name schema.d.ts \) -prune -o ! -name '*.md' -newer "$stamp" -print -quit)" ]
}

# What build_portal does, in a shell of its own: `set -e` counts for nothing left of `||`, and a build that failed must not take the place of the last one.
make_portal() {
  set -e
  local artifacts=$root/artifacts
  cd "$root/gateway/portal"
  touch "$artifacts/portal.starting"
  if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund
    touch node_modules/.package-lock.json
  fi
  rm -rf "$artifacts/portal.new"
  MESH_PORTAL_OUT=$artifacts/portal.new npm run build
  [ -f "$artifacts/portal.new/index.html" ]
  rm -rf "$artifacts/portal.old"
  [ ! -d "$artifacts/portal" ] || mv "$artifacts/portal" "$artifacts/portal.old"
  mv "$artifacts/portal.new" "$artifacts/portal"
  rm -rf "$artifacts/portal.old"
  mv "$artifacts/portal.starting" "$artifacts/portal.stamp"
}

# Builds the portal into a folder of its own and puts that in the place of the last one. One at a time builds, the others wait.
build_portal() {
  portal_changed || return 0
  mkdir -p "$root/artifacts"
  (
    if command -v flock >/dev/null; then
      flock 7
      portal_changed || exit 0
    fi
    root=$root bash -c '. "$root/infra/scripts/build.sh"; make_portal' > "$root/artifacts/portal-build.log" 2>&1 && exit 0
    printf 'The build of the portal failed.\n' >> "$root/artifacts/portal-build.log"
    exit 1
  ) 7>> "$root/artifacts/.portal.lock"
}

# Builds the portal beside the mesh that is about to start, which does not wait for it: the gateway has it as soon as it is there.
build_portal_beside() {
  command -v npm >/dev/null && portal_changed || return 0
  mkdir -p "$root/artifacts"
  root=$root nohup nice -n 15 bash -c '. "$root/infra/scripts/build.sh"; build_portal' > /dev/null 2>&1 < /dev/null &
}
