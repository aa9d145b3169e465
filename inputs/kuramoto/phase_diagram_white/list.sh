#!/bin/sh
# All cells of the coarse diagram: noise D against phase lag delta. Arguments go to weft run.
here=$(dirname "$0")
for noise in 0.02 0.05 0.1 0.2 0.4 0.8; do
    for lag in 0 0.6 0.9 1.1 1.3 1.5; do
        weft run "$here/input.yaml" -P kuramoto.noise=$noise -P kuramoto.phase_lag=$lag \
            --out "out/phase_diagram_white/noise_$noise/lag_$lag" "$@" || exit $?
    done
done
