#!/bin/sh
# Puts the command and its units where the system looks for them, or into your home. Run it again to update; nothing that you
# configured is overwritten, and no service is started.
#
#   sudo ./install.sh                    /usr/local, with system units
#   sudo ./install.sh --prefix /opt/nt   somewhere else
#   ./install.sh --user                  ~/.local, with a unit of your own
#   ./install.sh --remove                with the same words as before; configuration and data stay
set -eu
here=$(CDPATH='' cd -- "$(dirname "$0")" && pwd -P)
prefix=/usr/local
user=no
remove=no
while [ $# -gt 0 ]; do
  case $1 in
    --user) user=yes ;;
    --remove) remove=yes ;;
    --prefix)
      [ $# -ge 2 ] || { echo "install.sh: --prefix needs a folder" >&2; exit 2; }
      prefix=$2
      shift
      ;;
    *)
      echo "install.sh: there is no option \"$1\"; the first lines of this file tell which there are" >&2
      exit 2
      ;;
  esac
  shift
done
if [ "$user" = yes ]; then
  prefix=${HOME:?}/.local
  units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
  from=$here/systemd/user
else
  units=$prefix/lib/systemd/system
  from=$here/systemd/system
fi
case $prefix in
  /*) ;;
  *) echo "install.sh: --prefix needs a whole path, such as /usr/local" >&2; exit 2 ;;
esac
home=$prefix/lib/nodetrust

rm -rf "$home"
rm -f "$prefix/bin/nodetrust"
(cd "$from" && find . -type f) | while read -r unit; do rm -f "$units/$unit"; done
if [ "$remove" = yes ]; then
  echo "Removed. Configuration and data are where they were."
  exit 0
fi

mkdir -p "$home" "$prefix/bin" "$units"
for part in bin build monitoring package.json LICENSE THIRD-PARTY-LICENSES.txt README.md; do
  cp -R "$here/$part" "$home/"
done
chmod -R u=rwX,go=rX "$home"
ln -s ../lib/nodetrust/bin/nodetrust "$prefix/bin/nodetrust"
(cd "$from" && find . -type f) | while read -r unit; do
  mkdir -p "$units/$(dirname "$unit")"
  sed "s|/usr/local|$prefix|g" "$from/$unit" >"$units/$unit"
  chmod 644 "$units/$unit"
done

echo "Installed: $prefix/bin/nodetrust"
echo "Units:     $units"
echo "Next:      $home/README.md"
