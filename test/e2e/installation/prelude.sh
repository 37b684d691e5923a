# How the commands of docs/operating/install.md and complete.md are carried out in the folder $ROOT instead of /: what is
# installed here already is not installed again, files belong to whoever runs the tests, and there is no systemd.
set -euo pipefail
useradd() { :; }
apt-get() { :; }
npm() { :; }
git() {
  mkdir -p "$ROOT/opt/steward"
  ln -s "$CHECKOUT"/* "$ROOT/opt/steward/"
  rm "$ROOT/opt/steward/docs"
  mkdir -p "$ROOT/opt/steward/docs"
  ln -s "$ROOT/pages" "$ROOT/opt/steward/docs/operating"
}
install() {
  local args=()
  while [ $# -gt 0 ]; do
    case "$1" in -o | -g) shift ;; *) args+=("$1") ;; esac
    shift
  done
  command install "${args[@]}"
}
steward() { node "$ROOT/opt/steward/dist/main.js" "$@"; }
mongod() { "$MONGOD" "$@"; }
if ! command -v mongosh > /dev/null; then mongosh() { node "$CHECKOUT/test/e2e/installation/mongosh.mjs" "$@"; }; fi

nginx() { command nginx -e stderr -c "$ROOT/etc/nginx/nginx.conf" -g "pid $ROOT/run/nginx.pid;" "$@"; }

systemctl() {
  case "$1" in
    daemon-reload) ;;
    restart) nginx > "$ROOT/run/nginx.log" 2>&1 ;;
    enable) for unit in "${@:3}"; do start_unit "$unit"; done ;;
    stop) kill "$(cat "$ROOT/run/$2.pid")" && until [ -f "$ROOT/run/$2.status" ]; do sleep 0.1; done ;;
    *) echo "systemctl $1 is not known here" >&2 && return 1 ;;
  esac
}

# Starts an instance of a template unit: its command, with its environment, in its folder.
start_unit() {
  local template="$ROOT/etc/systemd/system/${1%@*}@.service" instance="${1#*@}"
  local settings
  settings=$(cat "$template" "$template.d/"*.conf | sed "s/%i/$instance/")
  of() { sed -n "s/^$1=-\?//p" <<< "$settings"; }
  rm -f "$ROOT/run/$1.status"
  (
    cd "$(of WorkingDirectory)"
    # shellcheck disable=SC2046 # One setting a word.
    env $(of Environment) $(cat "$(of EnvironmentFile)") $(of ExecStart) < /dev/null > "$ROOT/run/$1.log" 2>&1 &
    echo "$!" > "$ROOT/run/$1.pid"
    wait "$!" || true
    touch "$ROOT/run/$1.status"
  ) > /dev/null 2>&1 &
}
