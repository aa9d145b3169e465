/* A job array for SLURM that is fit to a scan.
 *
 * A name of a file may hold anything but '\0', and the script is read three times by
 * different rules: by bash, by sbatch (the #SBATCH lines), and by people (comments, the
 * lines that are printed). So a name gets into it in three ways only: for bash within
 * single quotes, in which no character but the quote itself means anything; for sbatch
 * where all its characters are known to be harmless there, else the line is left out; in
 * comments and as the job's name with everything else made '_'. Words that go to SLURM as
 * they are (a partition) are refused where they hold anything that is no part of such a
 * name.
 *
 * Invariant of the script: a task that nears its limit loses nothing. SLURM sends USR1 to
 * the shell alone (B:USR1), some minutes before the limit; the shell passes it on to the
 * run, which stops in good order with code 85; the task is then put back into the queue,
 * and goes on from its checkpoints. `wait` also returns when a signal was caught, so it is
 * called again until the run has really ended. A task that ends with 85 because of a file
 * DIR/stop, or because of a signal from elsewhere, is not put back. */
#include "internal.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A task is planned to take this share of its limit, since estimates are rough; SLURM's
 * default for MaxArraySize is 1001. */
static const double planned_share = 0.5;
enum { MAX_TASKS = 1000 };

/* What a rank takes beside what weft counts: MPI, HDF5, the program itself, and some room. */
static const double memory_beside = 300e6, memory_room = 1.25;

/* The parts of the script that are the same for all scans: lines of the user's stand between
 * them. The new job where a task cannot be put back waits for the end of this one, since the
 * next start takes over what this one leaves. */
static const char after_settings[] =
    "# ------------------\n"
    "\n"
    "export OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}   # a rank is one thread\n"
    "for module in $MODULES; do module load \"$module\"; done\n";
static const char the_work[] =
    "$MPIRUN \"$WEFT\" scan run \"$SCAN\" --out \"$OUT\" --task \"$SLURM_ARRAY_TASK_ID\" --tasks "
    "\"$TASKS\" $GROUPS_OF &\n"
    "run=$! limit=\n"
    "trap 'caught=1; limit=1; kill -USR1 $run' USR1\n"
    "caught=1\n"
    "while [ $caught -eq 1 ]; do   # wait also returns when a signal was caught\n"
    "    caught=0\n"
    "    wait $run\n"
    "    code=$?\n"
    "done\n"
    "if [ $code -eq 85 ] && [ -n \"$limit\" ]; then   # where jobs cannot be put back: a new one\n"
    "    task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\n"
    "    scontrol requeue \"$task\" ||\n"
    "        sbatch --array=\"$SLURM_ARRAY_TASK_ID\" --dependency=afterany:\"$task\" \"$SCRIPT\" "
    "||\n"
    "        echo \"not done; to go on: sbatch --array=$SLURM_ARRAY_TASK_ID '$SCRIPT'\" >&2\n"
    "fi\n"
    "exit $code\n";

/* `sbatch --parsable` prints "job" or "job;cluster". afterany: the next round is also tried
 * after tasks that failed, as it finds out itself which points are missing. */
static const char chain_rest[] =
    "job=$(sbatch --parsable \"$@\" \"$SCRIPT\")\n"
    "echo \"${job%%;*}\"\n"
    "for round in $(seq \"$ROUNDS\"); do\n"
    "    job=$(sbatch --parsable --dependency=afterany:\"${job%%;*}\" \"$@\" \"$SCRIPT\")\n"
    "    echo \"${job%%;*}\"\n"
    "done\n";

/* ---- names ---- */

/* Does a text, which is not empty, consist of letters, digits and these further characters
 * alone? Of ASCII alone: what isalnum says depends on the locale. */
static bool only(const char *text, const char *beside)
{
    for (const char *p = text; *p; p++)
        if (!(*p >= '0' && *p <= '9') && !(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') &&
            !strchr(beside, *p))
            return false;
    return *text != '\0';
}

/* A word for bash. Within single quotes a quote itself is written '\'': the quotes are
 * closed, a quote is given, and they are opened again. */
char *scan_shell_quote(const char *text)
{
    ens_bytes b = {0};
    if (only(text, "/._+-=:,@%^"))
        return weft_strdup(text);
    ens_bytes_add(&b, "'", 1);
    for (const char *p = text; *p; p++)
        if (*p == '\'')
            ens_bytes_add(&b, "'\\''", 4);
        else
            ens_bytes_add(&b, p, 1);
    ens_bytes_add(&b, "'", 2);
    char *quoted = weft_strdup(b.data);
    ens_bytes_free(&b);
    return quoted;
}

/* The stem of the scan file or of its folder, as in the default directory, in letters that
 * mean nothing to bash, to sbatch and in file names: squeue shows it. A new string. */
static char *job_name(const weft_scan *s)
{
    char *path = run_default_directory(s->path, "scan");
    char *name = weft_strdup(strrchr(path, '/') + 1);
    for (char *p = name; *p; p++) {
        char one[] = {*p, '\0'};
        *p = only(one, "._+-") ? *p : '_';
    }
    weft_free(path);
    return name;
}

/* A task may start in another folder. A new string. */
static char *absolute(const char *path)
{
    char *real = realpath(path, NULL), *copy = weft_strdup(real ? real : path);
    free(real);
    return copy;
}

/* ---- the script ---- */

/* "hours:minutes:00" of a limit in seconds, rounded up to whole minutes, which is how SLURM
 * counts. */
static void limit_text(double seconds, char *out, size_t size)
{
    long minutes = (long)ceil(seconds / 60);
    snprintf(out, size, "%ld:%02ld:00", minutes / 60, minutes % 60);
}

static void add(ens_bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Append formatted text. */
static void add(ens_bytes *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *line = weft_alloc((size_t)n + 1, 1);
    va_start(args, format);
    vsnprintf(line, (size_t)n + 1, format, args);
    va_end(args);
    ens_bytes_add(b, line, (size_t)n);
    weft_free(line);
}

/* [ -n "$NAME" ] || NAME='value': a setting that the environment may give. (In
 * ${NAME:-'value'} quotes would be read by other rules.) */
static void add_setting(ens_bytes *b, const char *name, const char *value)
{
    char *quoted = scan_shell_quote(value);
    add(b, "[ -n \"$%s\" ] || %s=", name, name);
    ens_bytes_add(b, quoted, strlen(quoted));
    ens_bytes_add(b, "\n", 1);
    weft_free(quoted);
}

/* How many ranks a task of the array has. A task that has a node to itself is one MPI program,
 * whose ranks take points from one counter: points of different length leave no core without work,
 * which programs beside each other, each with a share of its own, would. Signals and the stop of
 * all are those of a task with one point at a time. */
static int ranks_of(const weft_scan_slurm_options *o)
{
    return o->ranks * (o->points_per_node > 0 ? o->points_per_node : 1);
}

/* sbatch reads #SBATCH lines up to the first command: comments may come before. */
static void add_head(ens_bytes *b, const weft_scan *s, int tasks, int ranks, double seconds)
{
    char total[32] = "an unknown time", *name = job_name(s);
    if (!isnan(seconds))
        weft_duration_text(seconds, total, sizeof total);
    add(b,
        "#!/bin/bash\n"
        "# %s: %lld points, about %s on one core, as %d task%s of %d rank%s.\n",
        name, (long long)s->n, total, tasks, tasks == 1 ? "" : "s", ranks, ranks == 1 ? "" : "s");
    add(b,
        "# Written by weft scan slurm. A task that nears its limit stops in good order, goes back\n"
        "# into the queue, and goes on where it was. Tasks may be submitted again at any time:\n"
        "# what is done is not done again.\n"
        "#SBATCH --job-name=%s\n",
        name);
    weft_free(name);
}

/* A line for sbatch, unless there is no value. The value was checked by check_word. */
static void add_directive(ens_bytes *b, const char *option, const char *value)
{
    if (value)
        add(b, "#SBATCH --%s=%s\n", option, value);
}

/* An option of the user's. sbatch splits a line at blanks: a value that has some, and no quotes of
 * the user's, is quoted. */
static void add_line(ens_bytes *b, const char *line)
{
    int name = (int)strcspn(line, "= ");
    if (line[name] == '=' && strchr(line, ' ') && !strpbrk(line, "\"'\\"))
        add(b, "#SBATCH %.*s=\"%s\"\n", name, line, line + name + 1);
    else
        add(b, "#SBATCH %s\n", line);
}

/* Everything that sbatch reads. The array has one task for each share of the points, of
 * which at_once run at a time. Memory: what was measured with some room, in steps of 100
 * MB, unless the user said how much. The signal comes a tenth of the limit before its end,
 * at least half a minute and at most five: enough for a checkpoint. --requeue lets a task
 * go back into the queue; --open-mode=append keeps the output of its earlier starts. */
static void add_directives(ens_bytes *b, const weft_scan_slurm_options *o, int tasks, double memory,
                           const char *dir)
{
    char limit[32], most[32] = "";
    limit_text(o->time, limit, sizeof limit);
    if (o->at_once > 0)
        snprintf(most, sizeof most, "%%%d", o->at_once);
    add(b, "#SBATCH --array=0-%d%s\n#SBATCH --ntasks=%d\n#SBATCH --time=%s\n", tasks - 1, most,
        ranks_of(o), limit);
    if (o->points_per_node > 0)
        add(b, "#SBATCH --nodes=1\n#SBATCH --exclusive\n");
    if (o->memory)
        add_directive(b, "mem-per-cpu", o->memory);
    else if (!isnan(memory))
        add(b, "#SBATCH --mem-per-cpu=%.0fM\n",
            100 * ceil((memory * memory_room + memory_beside) / 100e6));
    add_directive(b, "partition", o->partition);
    add_directive(b, "account", o->account);
    add_directive(b, "qos", o->qos);
    add_directive(b, "constraint", o->constraint);
    add_directive(b, "reservation", o->reservation);
    for (int i = 0; i < o->n_lines; i++)
        add_line(b, o->line[i]);
    add(b, "#SBATCH --signal=B:USR1@%d\n#SBATCH --requeue\n#SBATCH --open-mode=append\n",
        (int)fmin(300, fmax(30, floor(o->time / 10))));
    if (only(dir, "/._+-=:,@ "))
        add(b, "#SBATCH --output=\"%s/slurm-%%A_%%a.out\"\n", dir);
    else
        add(b, "# (the name of the result directory cannot be written in an #SBATCH line: output\n"
               "# goes to the folder from which the array is submitted)\n");
}

/* The script: head, directives, settings, and what is the same for all. Settings can be
 * changed by the environment, so that the same script serves on another cluster. tasks is
 * part of it, since the shares depend on it: every task must know the same number. A new
 * string. */
static char *make_script(const weft_scan *s, const weft_scan_slurm_options *o, int tasks,
                         double seconds, double memory, const char *dir)
{
    ens_bytes b = {0};
    char *scan = absolute(s->path), *script = weft_format("%s/scan.slurm", dir);
    add_head(&b, s, tasks, ranks_of(o), seconds);
    add_directives(&b, o, tasks, memory, dir);
    add(&b, "\n# ---- settings ----\n");
    add_setting(&b, "WEFT", o->program);
    add_setting(&b, "SCAN", scan);
    add_setting(&b, "OUT", dir);
    add_setting(&b, "SCRIPT", script);
    add(&b,
        "TASKS=${TASKS:-%d}                # into how many shares the points are dealt\n"
        "MODULES=${MODULES:-}              # for example: \"openmpi hdf5 fftw petsc slepc\"\n"
        "MPIRUN=${MPIRUN:-%s}\n",
        tasks, ranks_of(o) > 1 ? "mpirun" : "");
    if (o->points_per_node > 0)
        add(&b, "GROUPS_OF=\"--ranks-per-point %d\"\n", o->ranks);
    else
        add(&b, "GROUPS_OF=\n");
    ens_bytes_add(&b, after_settings, sizeof after_settings - 1);
    for (int i = 0; i < o->n_setup; i++)
        add(&b, "%s\n", o->setup[i]);
    ens_bytes_add(&b, the_work, sizeof the_work);
    weft_free(scan);
    weft_free(script);
    char *text = weft_strdup(b.data);
    ens_bytes_free(&b);
    return text;
}

/* DIR/submit.sh: a round of refinement needs all results of the rounds before. */
static weft_status write_chain(const weft_scan *s, const char *dir)
{
    ens_bytes b = {0};
    char *path = weft_format("%s/submit.sh", dir), *script = weft_format("%s/scan.slurm", dir);
    add(&b, "#!/bin/bash\n"
            "# Written by weft scan slurm. A round of refinement needs all results of the rounds\n"
            "# before: one array after the other. Arguments go to sbatch.\n"
            "set -e\n");
    add_setting(&b, "SCRIPT", script);
    add(&b, "ROUNDS=%d\n", s->refine.rounds);
    ens_bytes_add(&b, chain_rest, sizeof chain_rest);
    weft_status status = weft_write_text(MPI_COMM_SELF, path, b.data);
    ens_bytes_free(&b);
    weft_free(script);
    weft_free(path);
    return status;
}

/* Rank 0 alone. The script is written whole or not at all, and what is printed can be
 * pasted into a shell: a name with blanks is quoted. Of a refined scan the chain of arrays
 * is written and printed. */
static weft_status write_script(const weft_scan *s, const weft_scan_slurm_options *o, int tasks,
                                double seconds, double memory)
{
    char each[32], *dir = absolute(s->dir), *path = weft_format("%s/scan.slurm", dir);
    char *text = make_script(s, o, tasks, seconds, memory, dir);
    weft_status status = weft_write_text(MPI_COMM_SELF, path, text);
    if (status == WEFT_OK && s->refine.wanted)
        status = write_chain(s, dir);
    if (status == WEFT_OK) {
        char *submit = weft_format("%s/%s", dir, s->refine.wanted ? "submit.sh" : "scan.slurm");
        char *quoted = scan_shell_quote(submit);
        weft_duration_text(seconds / tasks / ranks_of(o), each, sizeof each);
        if (!isnan(seconds))
            weft_say("%lld points, about %lld a task; a task takes about %s", (long long)s->n,
                     (long long)((s->n + tasks - 1) / tasks), each);
        weft_say("%s %s", s->refine.wanted ? "bash" : "sbatch", quoted);
        weft_free(quoted);
        weft_free(submit);
    }
    weft_free(text);
    weft_free(path);
    weft_free(dir);
    return status;
}

/* ---- options ---- */

/* Words that SLURM defines: names, and the operators of --constraint. */
static weft_status check_word(const char *option, const char *text)
{
    if (!text || only(text, "._+-@:,&|[]*()"))
        return WEFT_OK;
    return weft_fail(WEFT_INPUT, "--%s: '%s' is no name that SLURM could have", option, text);
}

/* An option of the user's is one line of the script, and must not become two. Two options on one
 * line are refused because add_line could not tell the second one from a part of the first one's
 * value. Lines of bash are the user's own program and may do anything; that they are one line each
 * keeps the order of the script as it was written here. */
static weft_status check_options(const weft_scan_slurm_options *o)
{
    WEFT_TRY(check_word("partition", o->partition));
    WEFT_TRY(check_word("account", o->account));
    WEFT_TRY(check_word("qos", o->qos));
    WEFT_TRY(check_word("constraint", o->constraint));
    WEFT_TRY(check_word("reservation", o->reservation));
    WEFT_TRY(check_word("mem-per-cpu", o->memory));
    for (int i = 0; i < o->n_lines; i++)
        if (strncmp(o->line[i], "--", 2) != 0 || strpbrk(o->line[i], "\n\r") ||
            strstr(o->line[i], " --"))
            return weft_fail(WEFT_INPUT,
                             "--sbatch: '%s' is not one option of sbatch on one line, such "
                             "as --sbatch=--mail-type=END; for further ones repeat --sbatch",
                             o->line[i]);
    for (int i = 0; i < o->n_setup; i++)
        if (strpbrk(o->setup[i], "\n\r"))
            return weft_fail(WEFT_INPUT, "--setup: '%s' is more than one line; repeat --setup",
                             o->setup[i]);
    return WEFT_OK;
}

/* Never more tasks than points: a task without points would wait in the queue for nothing. */
weft_status weft_scan_slurm(MPI_Comm comm, weft_scan *s, const weft_scan_slurm_options *o)
{
    double seconds, memory;
    int rank;
    MPI_Comm_rank(comm, &rank);
    WEFT_TRY(check_options(o));
    WEFT_TRY(scan_validate(comm, s, false));
    WEFT_TRY(scan_estimate(comm, s, &seconds, &memory));
    int tasks = o->tasks;
    if (tasks == 0)
        tasks = isnan(seconds)
                    ? 1
                    : (int)fmax(1, fmin(MAX_TASKS,
                                        ceil(seconds / (o->time * planned_share * ranks_of(o)))));
    tasks = tasks < s->n ? tasks : (int)s->n;
    WEFT_TRY(weft_make_directory(comm, s->dir));
    return weft_agree(comm, rank == 0 ? write_script(s, o, tasks, seconds, memory) : WEFT_OK);
}
