#!/bin/sh
# Installs the Debian packages of tools/packages.txt that are missing, as root or with sudo. None of their services is started,
# and no database cluster is made: tests start what they need on loopback and stop it.
set -eu
here=$(dirname "$0")
missing=
for package in $(grep -v '^#' "$here/packages.txt"); do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.conf
put() { printf '%s\n' "$2" | $sudo tee "$1" >/dev/null; }
if [ ! -e $policy ]; then
    trap '$sudo rm -f $policy' EXIT
    put $policy '#!/bin/sh
exit 101'
    $sudo chmod +x $policy
fi
if [ ! -e $cluster ]; then
    $sudo mkdir -p "$(dirname $cluster)"
    put $cluster 'create_main_cluster = false'
fi
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
