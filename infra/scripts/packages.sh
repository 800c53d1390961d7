# Packages of the system, for the scripts of this folder. Sourced after build.sh.

has_package() {
  case $1 in
    rabbitmq-server) [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null || [ -n "${MESH_TEST_RABBITMQ:-}" ] ;;
    libonnx-testdata) [ -d /usr/share/libonnx-testdata ] ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    python3-sklearn) /usr/bin/python3 -c 'import joblib, sklearn' 2>/dev/null ;;
    chromium) [ -x /usr/bin/chromium ] ;;
    openssh-server) [ -x /usr/sbin/sshd ] && command -v ssh >/dev/null ;;
    python3 | git) command -v "$1" >/dev/null ;;
  esac
}

# install_packages "who needs them" LOG PACKAGE...: installs those that are missing. Who cannot install is told of RabbitMQ; the rest can be done without.
install_packages() {
  local who=$1 log=$2 package missing=()
  shift 2
  for package in "$@"; do
    has_package "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    case " ${missing[*]} " in
      *" rabbitmq-server "*)
        fail "$who need RabbitMQ. Install it (Debian, Ubuntu: apt-get install --no-install-recommends rabbitmq-server; macOS: brew install rabbitmq), then try again." ;;
    esac
    return 0
  fi
  printf 'Installing %s…\n' "${missing[*]}" >&2
  local policy=/usr/sbin/policy-rc.d made=
  # What is started here are brokers of our own: the package must not start the system's one.
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
    made=1
  fi
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } > "$log" 2>&1 < /dev/null; then
    [ -z "$made" ] || rm -f $policy
    tail -n 20 "$log" >&2
    fail "${missing[*]} could not be installed; all that was said is in $log."
  fi
  [ -z "$made" ] || rm -f $policy
}
