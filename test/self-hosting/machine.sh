#!/bin/bash
# Makes a bare machine for a page's commands and then waits: own /etc, /usr/local, /var/lib, /root and /run over the real ones, Node
# in /usr/local/bin, and stand-ins for systemd, which cannot run here. Called in a mount namespace of its own.
#   machine.sh <folder> <node> <resolver>
set -eu
folder=$1 node=$2 resolver=$3
here=$(dirname "$(readlink -f "$0")")
mount -t tmpfs tmpfs "$folder/disk"
mkdir "$folder/disk/up" "$folder/disk/work"
cp "$here/systemctl.sh" "$folder/disk/systemctl"
cp "$here/journalctl.sh" "$folder/disk/journalctl"
chmod 755 "$folder/disk" "$folder/disk/systemctl" "$folder/disk/journalctl"
touch "$folder/disk/node"
mount --bind "$node" "$folder/disk/node"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$folder/disk/up,workdir=$folder/disk/work" /etc
rm -f /etc/resolv.conf
echo "nameserver $resolver" >/etc/resolv.conf
mkdir -p "$folder/disk/given"
if [ -d "$folder/given" ]; then cp -R "$folder/given/." "$folder/disk/given/"; fi
for place in /usr/local /var/lib /run /root; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
mkdir -p /usr/local/bin /usr/local/sbin /run/units
touch /usr/local/bin/node
mount --bind "$folder/disk/node" /usr/local/bin/node
cp "$folder/disk/systemctl" "$folder/disk/journalctl" /usr/local/sbin/
cp -R "$folder/disk/given/." /root/
echo $$ >"$folder/pid.new"
mv "$folder/pid.new" "$folder/pid"
# the test ends us by closing our input
read -r _ || true
for unit in /run/units/*.pid; do [ -e "$unit" ] && kill -9 -- "-$(cat "$unit")" 2>/dev/null || true; done
