#!/bin/bash
# Plays systemctl for the units of the page: reads a unit and its drop-ins, and starts its ExecStart with its environment, as another
# user and with its capabilities. /run/world, where it is there, holds variables by which a test replaces the outside world.
set -eu
verb= now= units=()
for word in "$@"; do
  case $word in
    --now) now=yes ;;
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word; else units+=("$word"); fi ;;
  esac
done

lines() { # of a unit and its drop-ins
  local name=${1%@*} instance= file
  case $1 in *@*) instance=${1#*@}; file=$name@.service ;; *) file=$1.service ;; esac
  cat "/usr/local/lib/systemd/system/$file" "/usr/local/lib/systemd/system/$1.service.d/"*.conf 2>/dev/null |
    sed -n -e "s|%i|$instance|g" -e 's|%S|/var/lib|g' -e '/^[A-Z]/p'
}
value() { sed -n "s/^$1=//p" <<<"$unit" | tail -1; }

begin() {
  if [ "$1" = nftables ]; then nft -f /etc/nftables.conf; return; fi
  unit=$(lines "$1")
  [ -n "$unit" ] || { echo "Failed to start $1.service: Unit $1.service not found." >&2; exit 5; }
  if [ -e "/run/units/$1.pid" ] && kill -0 "$(cat "/run/units/$1.pid")" 2>/dev/null; then return; fi
  local needed state capability owner=61999 variables=()
  needed=$(value ConditionPathExists)
  [ -z "$needed" ] || [ -e "$needed" ] || return 0
  state=/var/lib/$(value StateDirectory)
  mkdir -p -m "$(value StateDirectoryMode)" "$state"
  [ "$(stat -c %u "$state")" = $owner ] || chown -R $owner:$owner "$state"
  mapfile -t variables < <(sed -n 's/^Environment=//p' <<<"$unit")
  local file
  file=$(value EnvironmentFile)
  if [ -e "${file#-}" ]; then mapfile -t -O "${#variables[@]}" variables < <(grep -v -e '^#' -e '^$' "${file#-}"); fi
  if [ -e /run/world ]; then mapfile -t -O "${#variables[@]}" variables < <(bash /run/world "$1"); fi
  capability=$(value AmbientCapabilities | tr A-Z a-z | sed 's/^cap_/,+/')
  # shellcheck disable=SC2046
  setsid setpriv --reuid=$owner --regid=$owner --clear-groups --no-new-privs --inh-caps="-all$capability" \
    --ambient-caps="-all$capability" --bounding-set="-all$capability" \
    env -i -C / PATH=/usr/local/bin:/usr/bin:/bin "${variables[@]}" $(value ExecStart) >>"/run/units/$1.log" 2>&1 </dev/null &
  echo $! >"/run/units/$1.pid"
}

finish() {
  local pid
  [ -e "/run/units/$1.pid" ] || return 0
  pid=$(cat "/run/units/$1.pid")
  kill -TERM "$pid" 2>/dev/null || true
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 -- "-$pid" 2>/dev/null || true
  rm "/run/units/$1.pid"
}

for one in "${units[@]}"; do
  one=${one%.service}
  case $verb in
    enable) if [ -n "$now" ]; then begin "$one"; fi ;;
    start) begin "$one" ;;
    stop) finish "$one" ;;
    disable) if [ -n "$now" ]; then finish "$one"; fi ;;
    restart) finish "$one"; begin "$one" ;;
    is-active) kill -0 "$(cat "/run/units/$one.pid" 2>/dev/null)" 2>/dev/null && echo active ;;
    *) echo "systemctl: this stand-in does not know \"$verb\"" >&2; exit 64 ;;
  esac
done
[ ${#units[@]} -gt 0 ] || [ "$verb" = daemon-reload ] || exit 64
