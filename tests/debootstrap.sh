#!/usr/bin/env bash
# The README's commands on a fresh Debian 12, made by debootstrap in a folder: the first one (packages of a user, build,
# demonstration), then the build of the tests and those whose names fit a pattern. Packages are installed by root there, and
# everything else is done by a user of that system, who has nothing of this one.
# usage: debootstrap.sh FOLDER [PATTERN]   FOLDER: empty, or left by an earlier call, which is gone on from; some 5 GB
#                                          PATTERN: of ctest -R (default: ^unit)
# It takes packages from where this system takes them. Ends with 77 where it cannot be done: not root, no debootstrap.
set -eu
cd "$(dirname "$0")/.."
skip() {
    echo "skipped: $1"
    exit 77
}
[ $# -ge 1 ] || {
    echo "usage: debootstrap.sh FOLDER [PATTERN]" >&2
    exit 2
}
mkdir -p "$1"
root=$(realpath "$1")/debian
pattern=${2:-^unit}
[ "$(id -u)" -eq 0 ] || skip "not root, who alone can use chroot"
command -v debootstrap >/dev/null || skip "debootstrap is not installed (apt-get install debootstrap)"
[ -e /usr/share/debootstrap/scripts/bookworm ] || skip "this debootstrap does not know bookworm"

if [ ! -e "$root/made" ]; then
    rm -rf "$root"
    debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian >"$root.log" 2>&1 || {
        tail -5 "$root.log"
        skip "debootstrap did not come to its end; see $root.log"
    }
    touch "$root/made"
fi
for name in sources.list sources.list.d/debian.sources; do
    [ ! -e "/etc/apt/$name" ] || cp -L "/etc/apt/$name" "$root/etc/apt/$name"
done
apt-config dump | grep -E '^Acquire::(http|https|Check-)' >"$root/etc/apt/apt.conf.d/90as-outside" || true
grep -q '^physicist:' "$root/etc/passwd" || chroot "$root" useradd --create-home --shell /bin/bash physicist
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
mkdir -p "$root/home/physicist/weft"
git archive HEAD | tar -x -C "$root/home/physicist/weft"
chroot "$root" chown -R physicist: /home/physicist

mounted=()
end() {
    for place in "${mounted[@]}"; do umount "$place"; done
}
trap end EXIT
for place in proc dev/shm; do # where this is not allowed, what needs it says so
    mkdir -p "$root/$place"
    if mount --bind "/$place" "$root/$place" 2>/dev/null; then mounted=("$root/$place" "${mounted[@]}"); fi
done
as_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root bash -c "cd /home/physicist/weft && $1"; }
as_user() { chroot --userspec=physicist:physicist "$root" env -i PATH=/usr/bin:/bin HOME=/home/physicist LANG=C.UTF-8 bash -c "cd ~/weft && $1"; }

echo "== the first command of the README"
as_root 'bash .ci/install packages-user'
as_user 'cmake --workflow --preset demo'
for picture in kink_collision/phi.png phi4_collisions/phi_center.png; do
    [ -s "$root/home/physicist/weft/out/$picture" ] || {
        echo "failed: out/$picture was not made"
        exit 1
    }
done

echo "== the second command of the README, tests $pattern"
as_root 'bash .ci/install'
as_user "cmake --preset ci && cmake --build --preset ci && ctest --preset ci -R '$pattern'"
