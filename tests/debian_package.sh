#!/usr/bin/env bash
# Make the Debian package, install it with what it asks for on a fresh Debian 12 made by debootstrap, use it there as an
# ordinary user, and remove it again.
# usage: debian_package.sh FOLDER [BUILD]   FOLDER: where the system is made (some 2 GB); BUILD: of cmake (default: build/deb, made here)
# Ends with 77 where it cannot be done: not root, no debootstrap.
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || {
    echo "usage: debian_package.sh FOLDER [BUILD]" >&2
    exit 2
}
[ "$(id -u)" -eq 0 ] && command -v debootstrap >/dev/null || {
    echo "skipped: it needs root and debootstrap"
    exit 77
}
mkdir -p "$1"
folder=$(realpath "$1")
root=$folder/debian
build=${2:-build/deb}
if [ $# -lt 2 ]; then
    cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DWEFT_TESTS=OFF -DWEFT_ARCH=x86-64-v3 >/dev/null
    cmake --build "$build" -j"$(nproc)" >/dev/null
fi
(cd "$build" && cpack -G DEB -B "$folder/package" -D "CPACK_PACKAGE_CONTACT=A. Physicist <a.physicist@uni.example.edu>") | tail -1
[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian >"$folder/log"
for name in sources.list sources.list.d/debian.sources; do
    [ ! -e "/etc/apt/$name" ] || cp -L "/etc/apt/$name" "$root/etc/apt/$name"
done
apt-config dump | grep -E '^Acquire::(http|https|Check-)' >"$root/etc/apt/apt.conf.d/90as-outside" || true
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
cp "$folder"/package/weft_*.deb "$root/tmp/weft.deb"
end() {
    for place in proc dev/shm; do umount "$root/$place" 2>/dev/null || true; done
}
trap end EXIT
for place in proc dev/shm; do
    mkdir -p "$root/$place"
    mount --bind "/$place" "$root/$place"
done
as_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive bash -ec "$1"; }
as_user() { chroot --userspec=physicist:physicist "$root" env -i PATH=/usr/bin:/bin HOME=/home/physicist LANG=C.UTF-8 bash -ec "cd && $1"; }
as_root 'id physicist >/dev/null 2>&1 || useradd --create-home --shell /bin/bash physicist; chmod 644 /tmp/weft.deb'
as_root 'apt-get update -qq && apt-get install -y -qq --no-install-suggests /tmp/weft.deb' >>"$folder/log" 2>&1

as_user 'weft --version'
as_user 'weft run /usr/share/weft/inputs/klein_gordon/breather/input.yaml --out breather --overwrite -q && weft plot breather && weft report breather'
as_user 'mpirun --oversubscribe -n 2 weft run /usr/share/weft/inputs/equation/kdv/input.yaml --out kdv --overwrite -q && weft info kdv | head -3'
as_root 'apt-get purge -y -qq weft' >>"$folder/log" 2>&1
left=$(chroot "$root" find /usr /etc -name '*weft*')
[ -z "$left" ] || {
    echo "failed: left behind: $left"
    exit 1
}
echo "installed, used and removed"
