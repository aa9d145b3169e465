/* How far a scan is, and letting failed points wait again.
 *
 * Both read the logs and refine the points as a run would, so that they speak of the same
 * points. Nothing is locked: a status may be asked at any time while others work, and is
 * then a little old. */
#include "classes.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SHOWN = 5, SHOWN_BOUNDARIES = 20 };

/* The first few, with their messages, in the order of the points; all of them are in
 * scan.nc. */
static void print_failures(const weft_scan *s, const scan_results *results, int64_t failed)
{
    int shown = 0;
    char point[512];
    for (int64_t i = 0; i < s->n && shown < SHOWN; i++) {
        const scan_entry *e = scan_results_find(results, s->point[i].id);
        if (!e || e->state != SCAN_FAILED)
            continue;
        scan_describe(s, &s->point[i], point, sizeof point);
        weft_say("  failed: %s: %s", point, e->message ? e->message : "");
        shown++;
    }
    if (failed > shown)
        weft_say("  and %lld more", (long long)failed - shown);
}

/* How many points each class has, in one line. */
static void print_classes(const weft_scan *s, const int *number)
{
    int64_t count[SCAN_CLASSES + 1] = {0};
    ens_bytes b = {0};
    for (int64_t i = 0; i < s->n; i++)
        if (number[i] >= 0)
            count[number[i]]++;
    for (int k = 1; k <= s->classes->n; k++) {
        char *part = weft_format("%s %lld, ", s->classes->of[k - 1].name, (long long)count[k]);
        ens_bytes_add(&b, part, strlen(part));
        weft_free(part);
    }
    ens_bytes_add(&b, "", 1);
    weft_say("classes: %sundecided %lld", b.data, (long long)count[0]);
    ens_bytes_free(&b);
}

/* A boundary with the interval in which it lies, and the other values of its line. */
static void print_boundary(const weft_scan *s, const scan_boundary *b)
{
    char others[512] = "";
    size_t used = 0;
    const scan_axis *along = scan_numbers_along(s, b->dim);
    const scan_point *low = &s->point[b->low], *high = &s->point[b->high];
    for (int a = 0; a < s->n_axes && used < sizeof others; a++)
        if (s->axis[a].dim != b->dim)
            used +=
                (size_t)snprintf(others + used, sizeof others - used, "%s%s=%s", used ? ", " : "; ",
                                 s->axis[a].path, s->axis[a].texts[low->index[s->axis[a].dim]]);
    weft_say("  boundary of %s and %s: %s from %s to %s%s", s->classes->of[b->lower - 1].name,
             s->classes->of[b->upper - 1].name, along->path, along->texts[low->index[b->dim]],
             along->texts[high->index[b->dim]], others);
}

/* What is known of classes so far. */
static void print_found(const weft_scan *s, const scan_results *results)
{
    scan_normals normals = {0};
    int n, *number = scan_class_numbers(s, results);
    double *sureness = weft_alloc((size_t)s->n, sizeof *sureness);
    for (int64_t i = 0; i < s->n; i++)
        sureness[i] =
            number[i] < 0
                ? NAN
                : scan_class_sureness(s, &s->point[i], scan_results_find(results, s->point[i].id),
                                      number[i], &normals);
    print_classes(s, number);
    scan_boundary *b = scan_boundaries(s, number, sureness, &n);
    for (int i = 0; i < n && i < SHOWN_BOUNDARIES; i++)
        print_boundary(s, &b[i]);
    if (n > SHOWN_BOUNDARIES)
        weft_say("  and %d more in scan.nc", n - SHOWN_BOUNDARIES);
    weft_free(b);
    weft_free(number);
    weft_free(sureness);
    weft_free(normals.g);
}

/* Seconds for a unit of cost, of the points that are done; nan while none is. */
static double seconds_of_cost(const weft_scan *s, const scan_results *results)
{
    double cost = 0, seconds = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const scan_entry *e = scan_results_find(results, s->point[i].id);
        if (e && e->state == SCAN_DONE) {
            cost += s->point[i].cost;
            seconds += e->seconds;
        }
    }
    return cost > 0 ? seconds / cost : NAN;
}

/* Seconds that the open points still take, judged by those that are done: all together, and the
 * longest one. What a point has had counts, by starts that were stopped and of one that goes on;
 * clocks of other machines may be wrong, so that this is at least nothing and at most all. */
static double seconds_left(const weft_scan *s, const scan_results *results, double *longest)
{
    const double each = seconds_of_cost(s, results);
    double sum = isnan(each) ? NAN : 0;
    *longest = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const scan_entry *e = scan_results_find(results, s->point[i].id);
        if (e && (e->state == SCAN_DONE || e->state == SCAN_FAILED))
            continue;
        double had = e ? e->seconds : 0;
        if (e && e->state == SCAN_RUNNING)
            had += fmax((double)time(NULL) - e->began, 0);
        const double left = fmax(s->point[i].cost * each - had, 0);
        sum += left;
        *longest = fmax(*longest, left);
    }
    return sum;
}

/* The time that is left is divided by the groups at work, not by ranks: a group of several ranks
 * does one point at a time, and the last points keep one group each. */
static weft_status print_status(const weft_scan *s, const scan_results *results)
{
    int64_t count[4] = {0};
    char text[32];
    for (int64_t i = 0; i < s->n; i++)
        count[scan_state(results, &s->point[i])]++;
    int groups = scan_results_alive(results, -1, 0);
    double longest, left = seconds_left(s, results, &longest);
    weft_say("%s: %lld points: %lld done, %lld running, %lld failed, %lld waiting", s->dir,
             (long long)s->n, (long long)count[SCAN_DONE], (long long)count[SCAN_RUNNING],
             (long long)count[SCAN_FAILED], (long long)count[SCAN_WAITING]);
    if (s->refine.wanted)
        weft_say("%d of %d rounds of refinement begun", s->rounds, s->refine.rounds);
    print_failures(s, results, count[SCAN_FAILED]);
    if (s->classes && count[SCAN_DONE] > 0)
        print_found(s, results);
    if (count[SCAN_WAITING] + count[SCAN_RUNNING] == 0)
        return WEFT_OK;
    weft_duration_text(groups > 0 ? fmax(left / groups, longest) : left, text, sizeof text);
    if (isnan(left))
        weft_say("no time is known yet%s", groups ? "" : ", and no process is at work");
    else if (groups > 0)
        weft_say("about %s left with the %d group%s at work", text, groups, groups == 1 ? "" : "s");
    else
        weft_say("no process is at work; about %s are left for one group", text);
    return WEFT_OK;
}

/* The points of refinement are part of what is waiting. */
weft_status weft_scan_status(weft_scan *s)
{
    scan_results *results;
    weft_status status = scan_results_open(s->dir, &results);
    if (status == WEFT_OK)
        status = scan_refine_points(s, results);
    if (status == WEFT_OK)
        status = print_status(s, results);
    scan_results_close(results);
    return status;
}

/* ---- resubmit ---- */

/* Every failed point gets an entry in a log of this process, made only if there is one.
 * *retried: how many. */
static weft_status retry_failed(weft_scan *s, const scan_results *results, int64_t *retried)
{
    scan_log *log = NULL;
    weft_status status = WEFT_OK;
    *retried = 0;
    for (int64_t i = 0; i < s->n && status == WEFT_OK; i++) {
        if (scan_state(results, &s->point[i]) != SCAN_FAILED)
            continue;
        if (!log)
            status = scan_log_open(s->dir, -1, 0, 0, 0, &log);
        if (status == WEFT_OK)
            status = scan_log_retry(log, s->point[i].id,
                                    scan_results_find(results, s->point[i].id)->failures);
        ++*retried;
    }
    weft_status closed = scan_log_close(log);
    return status != WEFT_OK ? status : closed;
}

/* "0,3,7-9" of the tasks that have points to run; a new string. *n: how many they are. One
 * turn more than there are tasks closes the last range. */
static char *open_tasks(const weft_scan *s, const scan_results *results, int tasks, int *n)
{
    ens_bytes b = {0};
    int first = -1;
    *n = 0;
    for (int task = 0; task <= tasks; task++) {
        int64_t size = 0, open = 0;
        int64_t *share = task < tasks ? scan_share(s, task, tasks, &size) : NULL;
        for (int64_t i = 0; i < size; i++)
            open += scan_state(results, &s->point[share[i]]) != SCAN_DONE;
        weft_free(share);
        if (open > 0) {
            first = first < 0 ? task : first;
            ++*n;
        } else if (first >= 0) {
            char range[64];
            int length =
                task - 1 > first
                    ? snprintf(range, sizeof range, "%s%d-%d", b.n ? "," : "", first, task - 1)
                    : snprintf(range, sizeof range, "%s%d", b.n ? "," : "", first);
            ens_bytes_add(&b, range, (size_t)length);
            first = -1;
        }
    }
    ens_bytes_add(&b, "", 1);
    char *text = weft_strdup(b.data);
    ens_bytes_free(&b);
    return text;
}

/* DIR/name as a word for bash; a new string. */
static char *in_dir(const weft_scan *s, const char *name)
{
    char *path = weft_format("%s/%s", s->dir, name), *quoted = scan_shell_quote(path);
    weft_free(path);
    return quoted;
}

/* Failed points wait again, a request to stop goes (it would end the tasks at once), and
 * the lines to submit are printed: for one allocation and, where an array was used before,
 * for the tasks that have open points. results were read before the retries were written;
 * so what had failed is counted as open. */
static weft_status resubmit(weft_scan *s, const scan_results *results, int tasks)
{
    int64_t retried, open = 0;
    int n;
    WEFT_TRY(retry_failed(s, results, &retried));
    char *stop = weft_format("%s/stop", s->dir);
    if (unlink(stop) == 0)
        weft_say("%s is removed", stop);
    weft_free(stop);
    for (int64_t i = 0; i < s->n; i++)
        open += scan_state(results, &s->point[i]) != SCAN_DONE;
    weft_say("%lld failed points will be tried again; %lld points of %lld are open",
             (long long)retried, (long long)open, (long long)s->n);
    if (open == 0)
        return WEFT_OK;
    char *scan = scan_shell_quote(s->path), *dir = scan_shell_quote(s->dir);
    weft_say("in one allocation: weft scan run %s --out %s", scan, dir);
    weft_free(scan);
    weft_free(dir);
    tasks = tasks > 0 ? tasks : scan_results_tasks(results);
    if (tasks > 0) {
        char *list = open_tasks(s, results, tasks, &n);
        char *script = in_dir(s, "scan.slurm"), *chain = in_dir(s, "submit.sh");
        weft_say("in an array of %d tasks, %d of which have open points: sbatch --array=%s %s",
                 tasks, n, list, script);
        if (s->refine.wanted && s->rounds < s->refine.rounds)
            weft_say("and the rounds of refinement after them: bash %s", chain);
        weft_free(script);
        weft_free(chain);
        weft_free(list);
    }
    return WEFT_OK;
}

/* Works on logs alone: no point is run, and nobody who is at work is disturbed. */
weft_status weft_scan_resubmit(weft_scan *s, int tasks)
{
    scan_results *results;
    weft_status status = scan_results_open(s->dir, &results);
    if (status == WEFT_OK)
        status = scan_refine_points(s, results);
    if (status == WEFT_OK)
        status = resubmit(s, results, tasks);
    scan_results_close(results);
    return status;
}
