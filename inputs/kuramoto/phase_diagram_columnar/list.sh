#!/bin/sh
# All cells of the coarse diagram: disorder s against phase lag delta. Arguments go to weft run.
here=$(dirname "$0")
for disorder in 0.02 0.1 0.2 0.5 1.0; do
    for lag in 0 0.3 0.6 0.9 1.1 1.3 1.5; do
        weft run "$here/input.yaml" -P kuramoto.disorder=$disorder -P kuramoto.phase_lag=$lag \
            --out "out/phase_diagram_columnar/disorder_$disorder/lag_$lag" "$@" || exit $?
    done
done
