#!/bin/bash
# A scan on one or more machines without a batch system, by GNU parallel. Machines share the folder.
# usage: SCAN=scan.yaml bash scan_parallel.sh

# ---- settings ----
SCAN=${SCAN:-scan.yaml}
OUT=${OUT:-out/$(basename "${SCAN%/scan.yaml}" .yaml)}
JOBS=${JOBS:-$(nproc)}          # at a time on each machine
TASKS=${TASKS:-$((4 * JOBS))}   # shares of the points
HOSTS=${HOSTS:-:}               # for example: "node1,node2"; : is this machine
# ------------------

export OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}   # a rank is one thread
seq 0 $((TASKS - 1)) |
    parallel --jobs "$JOBS" --sshlogin "$HOSTS" --workdir "$PWD" --line-buffer \
        weft scan run "$SCAN" --out "$OUT" -q --task {} --tasks "$TASKS"
tasks=$?                        # how many did not end well; failed points do not keep the others from being collected
weft scan collect "$SCAN" --out "$OUT" || exit $?
exit $tasks
