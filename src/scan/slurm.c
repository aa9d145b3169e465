/* A job array for SLURM that is fit to a scan. */
#include "internal.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A task is planned to take this share of its limit; SLURM's default for MaxArraySize is 1001. */
static const double planned_share = 0.5;
enum { MAX_TASKS = 1000 };

static const char script[] =
    "#!/bin/bash\n"
    "# %s: %lld points, about %s on one core, as %d task%s of %d rank%s.\n"
    "# Written by weft scan slurm. A task that nears its limit stops in good order, goes back "
    "into\n"
    "# the queue, and goes on where it was. Tasks may be submitted again at any time: what is "
    "done\n"
    "# is not done again.\n"
    "#SBATCH --job-name=%s\n"
    "#SBATCH --array=0-%d\n"
    "#SBATCH --ntasks=%d\n"
    "#SBATCH --time=%s\n"
    "%s%s%s%s%s%s"
    "#SBATCH --signal=B:USR1@%d\n"
    "#SBATCH --requeue\n"
    "#SBATCH --open-mode=append\n"
    "#SBATCH --output=%s/slurm-%%A_%%a.out\n"
    "\n"
    "# ---- settings ----\n"
    "WEFT=${WEFT:-%s}\n"
    "SCAN=${SCAN:-%s}\n"
    "OUT=${OUT:-%s}\n"
    "TASKS=${TASKS:-%d}                # into how many shares the points are dealt\n"
    "MODULES=${MODULES:-}              # for example: \"openmpi hdf5 fftw petsc slepc\"\n"
    "MPIRUN=${MPIRUN:-%s}\n"
    "# ------------------\n"
    "\n"
    "for module in $MODULES; do module load \"$module\"; done\n"
    "$MPIRUN \"$WEFT\" scan run \"$SCAN\" --out \"$OUT\" --task \"$SLURM_ARRAY_TASK_ID\" --tasks "
    "\"$TASKS\" &\n"
    "run=$!\n"
    "trap 'caught=1; limit=1; kill -USR1 $run' USR1\n"
    "caught=1\n"
    "while [ $caught -eq 1 ]; do   # wait also returns when a signal was caught\n"
    "    caught=0\n"
    "    wait $run\n"
    "    code=$?\n"
    "done\n"
    "[ $code -eq 85 ] && [ -n \"$limit\" ] && scontrol requeue "
    "\"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\n"
    "exit $code\n";

static const char chain[] =
    "#!/bin/bash\n"
    "# Written by weft scan slurm. A round of refinement needs all results of the rounds before: "
    "one\n"
    "# array after the other. Arguments go to sbatch.\n"
    "set -e\n"
    "job=$(sbatch --parsable \"$@\" \"%s/scan.slurm\")\n"
    "echo \"${job%%%%;*}\"\n"
    "for round in $(seq %d); do\n"
    "    job=$(sbatch --parsable --dependency=afterany:\"${job%%%%;*}\" \"$@\" \"%s/scan.slurm\")\n"
    "    echo \"${job%%%%;*}\"\n"
    "done\n";

/* [days-]hours:minutes:seconds, whole minutes. */
static void limit_text(double seconds, char *out, size_t size)
{
    long minutes = (long)ceil(seconds / 60);
    snprintf(out, size, "%ld:%02ld:00", minutes / 60, minutes % 60);
}

/* The stem of the scan file or of its folder, as in the default directory. */
static char *job_name(const weft_scan *s)
{
    char *path = run_default_directory(s->path, "scan");
    char *name = weft_strdup(strrchr(path, '/') + 1);
    weft_free(path);
    return name;
}

static char *absolute(const char *path)
{
    char *real = realpath(path, NULL), *copy = weft_strdup(real ? real : path);
    free(real);
    return copy;
}

/* DIR/submit.sh, and the line that runs it in place of *submit. */
static weft_status write_chain(const weft_scan *s, const char *dir, char **submit)
{
    char *path = weft_format("%s/submit.sh", dir);
    char *text = weft_format(chain, dir, s->refine.rounds, dir);
    weft_status status = weft_write_text(MPI_COMM_SELF, path, text);
    weft_free(*submit);
    *submit = weft_format("bash %s", path);
    weft_free(text);
    weft_free(path);
    return status;
}

static weft_status write_script(const weft_scan *s, const weft_scan_slurm_options *o, int tasks,
                                double seconds)
{
    char limit[32], total[32], each[32];
    char *scan = absolute(s->path), *dir = absolute(s->dir), *name = job_name(s);
    int margin = (int)fmin(300, fmax(30, floor(o->time / 10)));
    limit_text(o->time, limit, sizeof limit);
    weft_duration_text(seconds, total, sizeof total);
    weft_duration_text(seconds / tasks / o->ranks, each, sizeof each);
    char *text = weft_format(
        script, name, (long long)s->n, isnan(seconds) ? "an unknown time" : total, tasks,
        tasks == 1 ? "" : "s", o->ranks, o->ranks == 1 ? "" : "s", name, tasks - 1, o->ranks, limit,
        o->partition ? "#SBATCH --partition=" : "", o->partition ? o->partition : "",
        o->partition ? "\n" : "", o->account ? "#SBATCH --account=" : "",
        o->account ? o->account : "", o->account ? "\n" : "", margin, dir, o->program, scan, dir,
        tasks, o->ranks > 1 ? "mpirun" : "");
    char *path = weft_format("%s/scan.slurm", dir), *submit = weft_format("sbatch %s", path);
    weft_status status = weft_write_text(MPI_COMM_SELF, path, text);
    if (status == WEFT_OK && s->refine.wanted)
        status = write_chain(s, dir, &submit);
    if (status == WEFT_OK) {
        if (!isnan(seconds))
            weft_say("%lld points, about %lld a task; a task takes about %s", (long long)s->n,
                     (long long)((s->n + tasks - 1) / tasks), each);
        weft_say("%s", submit);
    }
    weft_free(submit);
    weft_free(path);
    weft_free(text);
    weft_free(name);
    weft_free(dir);
    weft_free(scan);
    return status;
}

weft_status weft_scan_slurm(MPI_Comm comm, weft_scan *s, const weft_scan_slurm_options *o)
{
    double seconds, memory;
    int rank;
    MPI_Comm_rank(comm, &rank);
    WEFT_TRY(scan_validate(comm, s, false));
    WEFT_TRY(scan_estimate(comm, s, &seconds, &memory));
    int tasks = o->tasks;
    if (tasks == 0)
        tasks = isnan(seconds)
                    ? 1
                    : (int)fmax(
                          1, fmin(MAX_TASKS, ceil(seconds / (o->time * planned_share * o->ranks))));
    tasks = tasks < s->n ? tasks : (int)s->n;
    WEFT_TRY(weft_make_directory(comm, s->dir));
    return weft_agree(comm, rank == 0 ? write_script(s, o, tasks, seconds) : WEFT_OK);
}
