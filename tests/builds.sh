#!/usr/bin/env bash
# Build weft in the ways that CI does not, and run the tests that apply: with clang, without the libraries that may
# be left out, and as a shared library for two kinds of processors; and compile it with the headers of MPICH.
# usage: [TESTS=PATTERN] builds.sh [FOLDER] [NAME...]
#   FOLDER: where to build (default build/builds); NAME: clang, without, shared, mpich; PATTERN: of ctest -R (default: all)
# Sources must not change while it builds: libraries of two kinds would be made of different ones.
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
        ctest --test-dir "$folder/$name" -R "${TESTS:-.}" -j"$(nproc)" --output-on-failure >>"$folder/$name.log" 2>&1 || failed=1
        grep -E 'tests passed|Failed|Timeout' "$folder/$name.log"
    else
        grep -E 'error' "$folder/$name.log" | head
        echo "does not build; see $folder/$name.log"
        failed=1
    fi
}
# Debian's FFTW with MPI and parallel HDF5 are made for Open MPI, so that a program for MPICH cannot be linked there: all files but those that
# need PETSc, SLEPc or ScaLAPACK are compiled.
mpich() {
    [ ${#wanted[@]} -eq 0 ] || [[ " ${wanted[*]} " == *" mpich "* ]] || return
    local headers file bad=0
    headers=$(pkg-config --cflags-only-I mpich 2>/dev/null) || {
        echo "== mpich: skipped, there is no MPICH here (Debian: libmpich-dev)"
        return
    }
    echo "== mpich: compiled only, $headers"
    for file in $(find src drivers -name '*.c' | grep -vE 'petsc_|stepper_petsc|/slepc|/scalapack'); do
        gcc -std=gnu17 -fsyntax-only -Wall -Wextra -Werror -Wno-missing-field-initializers -Wno-psabi -Iinclude -Isrc $headers \
            -I/usr/include/hdf5/openmpi -Ibuild/ci/git -DWEFT_VERSION='"0"' -DWEFT_SCALAPACK='""' -DWEFT_BUILD='""' \
            -DWEFT_DOCUMENTS='""' -DWEFT_INPUTS='""' "$file" || bad=1
    done
    [ $bad -eq 0 ] && echo "all files compile" || failed=1
}
wanted=("$@")
mkdir -p "$folder"
if command -v clang >/dev/null; then
    one clang -DCMAKE_C_COMPILER=clang
else
    echo "== clang: skipped, it is not installed"
fi
one without -DWEFT_WITH_PETSC=OFF -DWEFT_WITH_SCALAPACK=OFF
one shared -DBUILD_SHARED_LIBS=ON "-DWEFT_ARCH=x86-64-v2;x86-64-v3"
mpich
exit $failed
