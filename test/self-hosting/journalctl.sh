#!/bin/bash
# Plays journalctl for the units that the stand-in of systemctl started: `journalctl -u UNIT`, everything that was printed.
set -eu
unit=
while [ $# -gt 0 ]; do
  case $1 in
    -u) unit=$2; shift ;;
    -o) shift ;;
  esac
  shift
done
cat "/run/units/${unit%.service}.log"
