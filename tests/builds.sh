#!/usr/bin/env bash
# Build weft in the ways that CI does not, and run the tests that apply: with clang, without the libraries that may
# be left out, and as a shared library.
# usage: builds.sh [FOLDER] [NAME...]   FOLDER: where to build (default build/builds); NAME: clang, without, shared
set -u
cd "$(dirname "$0")/.." || exit 1
folder=${1:-build/builds}
[ $# -eq 0 ] || shift
failed=0
one() { # NAME, options of cmake
    local name=$1
    shift
    [ ${#wanted[@]} -eq 0 ] || [[ " ${wanted[*]} " == *" $name "* ]] || return
    echo "== $name: $*"
    if cmake -S . -B "$folder/$name" -DCMAKE_BUILD_TYPE=Release -DWEFT_WERROR=ON "$@" >"$folder/$name.log" 2>&1 &&
        cmake --build "$folder/$name" -j"$(nproc)" >>"$folder/$name.log" 2>&1; then
        ctest --test-dir "$folder/$name" -j"$(nproc)" --output-on-failure >>"$folder/$name.log" 2>&1 || failed=1
        grep -E 'tests passed|Failed|Timeout' "$folder/$name.log"
    else
        grep -E 'error' "$folder/$name.log" | head
        echo "does not build; see $folder/$name.log"
        failed=1
    fi
}
wanted=("$@")
mkdir -p "$folder"
one clang -DCMAKE_C_COMPILER=clang
one without -DWEFT_WITH_PETSC=OFF -DWEFT_WITH_SCALAPACK=OFF
one shared -DBUILD_SHARED_LIBS=ON
exit $failed
