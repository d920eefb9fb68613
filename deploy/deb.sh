#!/bin/sh
# Makes strawfire_VERSION_ARCH.deb out of the built program: deploy/deb.sh [OUT] (make deb: OUT is target/debian)
#
# BIN: the built program [target/release/strawfire]. The same program gives the same bytes: SOURCE_DATE_EPOCH is the time of all files
# [that of the last commit]. Needs dpkg-deb and dpkg-shlibdeps (package dpkg-dev).
set -eu
umask 022
here=$(cd "$(dirname "$0")/.." && pwd)
bin=$(readlink -f "${BIN:-$here/target/release/strawfire}")
out=${1:-$here/target/debian}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
if [ ! -x "$bin" ]; then
    echo "deploy/deb.sh: $bin: no built program; cargo build --release first, or set BIN" >&2
    exit 2
fi

version=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml")
arch=$(dpkg --print-architecture)
maintainer='strawfire maintainers <maintainers@strawfire.example>'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
doc=$root/usr/share/doc/strawfire
site=$root/etc/strawfire/site

put() { install -D -m "$1" "$2" "$3"; }
pressed() { mkdir -p "$(dirname "$2")" && gzip -9nc "$1" >"$2" && chmod 0644 "$2"; }

put 0755 "$bin" "$root/usr/bin/strawfire"
# a debug build, as tests make it; a release is stripped already
strip --strip-unneeded "$root/usr/bin/strawfire"
for unit in "$here"/deploy/*.service; do
    put 0644 "$unit" "$root/lib/systemd/system/${unit##*/}"
done

mkdir -p "$site"
cp -r "$here/sites/haidong/." "$site"
rm "$site/PROVENANCE.md"
cat "$here/deploy/deb/station.toml" >>"$site/site.toml"
find "$site" -type f -exec chmod 0644 {} +
put 0600 "$here/deploy/deb/environment" "$root/etc/strawfire/environment"
install -d -m 0700 "$root/etc/strawfire/secrets"

for part in smoke_flame.onnx smoke_flame.toml CARD.md; do
    put 0644 "$here/models/$part" "$root/usr/share/strawfire/models/$part"
done

for page in "$here"/README*.md "$here/CHANGELOG.md" "$here"/docs/*.md "$here/docs/push.openapi.json" "$here/sites/haidong/PROVENANCE.md"; do
    put 0644 "$page" "$doc/${page##*/}"
done
# it is the end of the file copyright
rm "$doc/LICENCES.md"
printf 'strawfire (%s) unstable; urgency=medium\n\n  * What is new: CHANGELOG.md beside this file.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$(date -R -d "@$SOURCE_DATE_EPOCH")" >"$work/changelog"
pressed "$work/changelog" "$doc/changelog.gz"
for example in prometheus.yml alerts.yml grafana-board.json nginx.conf Caddyfile; do
    put 0644 "$here/deploy/$example" "$doc/examples/$example"
done
cat "$here/deploy/deb/copyright" "$here/docs/LICENCES.md" >"$doc/copyright"
chmod 0644 "$doc/copyright"
pressed "$here/deploy/strawfire.1" "$root/usr/share/man/man1/strawfire.1.gz"

# libraries that the program is linked with; it wants a source package around it
mkdir -p "$work/debian"
printf 'Source: strawfire\n\nPackage: strawfire\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O "$root/usr/bin/strawfire" 2>"$work/shlibdeps.log") || {
    cat "$work/shlibdeps.log" >&2
    exit 1
}
libraries=${libraries#shlibs:Depends=}

mkdir -p "$root/DEBIAN"
for script in postinst prerm postrm; do
    put 0755 "$here/deploy/deb/$script" "$root/DEBIAN/$script"
done
(cd "$root" && find etc -type f | sort | sed 's,^,/,') >"$root/DEBIAN/conffiles"
(cd "$root" && find usr lib etc -type f | sort | xargs md5sum) >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<END
Package: strawfire
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN "$root" | cut -f1)
Depends: adduser, ca-certificates, $libraries
Recommends: fonts-wqy-microhei | fonts-noto-cjk, ffmpeg
Suggests: nginx | caddy, postgresql, prometheus
Section: science
Priority: optional
Description: finds suspected straw fires in satellite imagery
 Reads granules of geostationary and polar weather satellites, finds fires,
 keeps those in the counties of a site, and tells duty desks, officers and
 other systems of them: lists, a page with a map, an API and pushes.
END

find "$root" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$out"
deb=$out/strawfire_${version}_$arch.deb
dpkg-deb --root-owner-group --threads-max=1 --build "$root" "$work/deb" >/dev/null
mv "$work/deb" "$deb"
echo "$deb"
