/* What a scan would be, before it runs: which points cannot be set up, how long all take,
 * and how much memory they need.
 *
 * The tables of parameters find wrong values; only setting a point up (grid, transforms,
 * initial state, time step, observables) finds what is wrong with their combination. `weft
 * scan check` does so for every point, `weft scan run` for as many as some seconds allow,
 * spread evenly over the scan, since points that fail lie together in corners of it.
 *
 * Times are measured and not modelled: a few points run for a fifth of a second each, and
 * the time of all is their time scaled by cost (site updates). Invariant: what is
 * collective is entered by all ranks or by none. A small point is set up by one rank on a
 * communicator of its own, and ranks meet once at the end; a large one is set up by all
 * together, and then rank 0's clock decides for all when it is late. */
#include "classes.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Before a run so much time goes into setting points up, in seconds; a calibration takes steps for
 * so long, at so many points. */
static const double validation_seconds = 5, calibration_seconds = 0.2;
enum { CALIBRATIONS = 6, MAX_VALIDATED = 256 };

/* Larger grids are set up on all ranks together: one rank may not have the memory. */
static const double sites_of_one_rank = 2e6;

/* Sites of the grid of an input, as a double: the product may be beyond 2^63 before it is
 * refused. */
static double sites_of(const weft_input *in)
{
    double sites = 1;
    for (int a = 0; a < in->dim; a++)
        sites *= (double)in->n[a];
    return sites;
}

/* ---- validation ---- */

/* The error of a point, with the point's name in front of its message. */
static weft_status explain(const weft_scan *s, const scan_point *p)
{
    char point[512];
    scan_describe(s, p, point, sizeof point);
    weft_error_within(WEFT_INPUT, "%s: the point %s cannot be run", s->path, point);
    return WEFT_INPUT;
}

/* On one of the ranks that share the point. */
static void begin_warnings(MPI_Comm comm, const weft_scan *s, int64_t point)
{
    int rank, size;
    weft_ranks(comm, &rank, &size);
    if (rank == 0)
        scan_warn_about(s, &s->point[point]);
}

/* Everything but the steps. comm: the ranks that share the point. */
static weft_status set_up(MPI_Comm comm, const weft_scan *s, int64_t point)
{
    weft_input *input;
    run_member *member = NULL;
    WEFT_TRY(scan_input(s, point, &input));
    begin_warnings(comm, s, point);
    weft_status status = run_member_create(comm, input, &member);
    weft_warn_case(NULL);
    run_member_free(member);
    weft_input_free(input);
    return status == WEFT_OK ? WEFT_OK : explain(s, &s->point[point]);
}

/* The i-th of n points that are spread evenly over all, the first and the last included. */
static int64_t spread(const weft_scan *s, int64_t i, int64_t n)
{
    return n >= s->n ? i : n == 1 ? 0 : (int64_t)((double)(s->n - 1) * (double)i / (double)(n - 1));
}

/* Points go to the ranks in turns. Every rank sets up at least one before it looks at its
 * clock, so that the first errors are found however slow a point is. A rank that finds an
 * error ends its loop; the others hear of it in weft_agree. */
weft_status scan_validate(MPI_Comm comm, weft_scan *s, bool all)
{
    int rank, size;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    int64_t n = all || s->n < MAX_VALIDATED ? s->n : MAX_VALIDATED;
    double begin = weft_now();
    bool large = sites_of(s->base) > sites_of_one_rank;
    weft_status status = WEFT_OK;
    for (int64_t i = 0; i < n && status == WEFT_OK; i++) {
        int late = !all && i >= size && weft_now() - begin > validation_seconds;
        if (large) {
            MPI_Bcast(&late, 1, MPI_INT, 0, comm);
            status = late ? WEFT_OK : set_up(comm, s, spread(s, i, n));
        } else if (!late && i % size == rank) {
            status = set_up(MPI_COMM_SELF, s, spread(s, i, n));
        }
        if (late)
            break;
    }
    weft_warn_count(comm, "point");
    return weft_agree(comm, status);
}

/* ---- time ---- */

/* What the measurement of one point gave: seconds on one core, cost in site updates, bytes
 * of a rank. */
typedef struct sample {
    double seconds; /* of the point on one core */
    double cost, memory;
} sample;

/* Seconds a point takes, from steps and one record for a short while; steps beyond the end
 * are not taken. What a stepper left pending is finished first, as for any record. Rank 0's
 * clock ends the loop for all. A run that is over (an absorbing state) within that while is counted
 * as it is; one that would be over later is taken to go on to its end. The error check (m->half)
 * costs two half steps for each step. */
static weft_status time_member(run_member *m, double *seconds)
{
    const weft_stepper *stepper = m->input->stepper;
    WEFT_TRY(run_member_start(m, 0));
    double begin = weft_now(), done = 0, elapsed, event;
    bool over = false;
    int more;
    do {
        double dt = m->timing.dt > 0 ? m->timing.dt : m->timing.end - m->sim->time;
        WEFT_TRY(stepper->step(m->sim, m->stepper_data, &dt));
        m->sim->step++;
        m->sim->time += dt;
        done += dt;
        elapsed = weft_now() - begin;
        over = m->sim->model->finished && m->sim->model->finished(m->sim, &event);
        more = !over && elapsed < calibration_seconds && m->sim->time < m->timing.end * (1 - 1e-9);
        MPI_Bcast(&more, 1, MPI_INT, 0, m->sim->grid->comm);
    } while (more);
    if (stepper->sync)
        WEFT_TRY(stepper->sync(m->sim, m->stepper_data));
    WEFT_TRY(run_observers_compute(&m->observers, m->sim, m->record)); /* it may build tables */
    double before = weft_now();
    WEFT_TRY(run_observers_compute(&m->observers, m->sim, m->record));
    double times = over ? 1 : (m->timing.end - m->timing.start) / done;
    *seconds = elapsed * times * (m->half ? 3 : 1) +
               (double)run_calendar_records(&m->observe) * (weft_now() - before);
    return WEFT_OK;
}

/* Memory: what weft's counter says more after the point was set up, and the records, of
 * which an ensemble keeps about six arrays (own, mean and squares of block and total,
 * received) and a single run two. */
static weft_status measure(MPI_Comm comm, const weft_scan *s, int64_t point, sample *out)
{
    weft_input *input;
    run_member *m = NULL;
    int size;
    MPI_Comm_size(comm, &size);
    WEFT_TRY(scan_input(s, point, &input));
    double begin = weft_now();
    int64_t before = weft_memory_bytes();
    begin_warnings(comm, s, point);
    weft_status status = run_member_create(comm, input, &m);
    double created = weft_now() - begin;
    if (status == WEFT_OK)
        status = time_member(m, &out->seconds);
    if (status == WEFT_OK) {
        double replicas = (double)input->ensemble->replicas;
        double numbers = (double)(run_calendar_records(&m->observe) * m->observers.total);
        out->seconds = (out->seconds * replicas + created) * size;
        out->cost = s->point[point].cost;
        out->memory = (double)(weft_memory_bytes() - before) + 8 * numbers * (replicas > 1 ? 6 : 2);
    }
    weft_warn_case(NULL);
    run_member_free(m);
    weft_input_free(input);
    return status;
}

/* The time of all points is that of a few, scaled by cost. A point that fails while it is
 * measured tells nothing. A small point is measured by one rank, whose numbers are summed
 * with those of others; a large one by all ranks, of which only rank 0 counts. nan where no
 * point could be measured. Collective. */
weft_status scan_estimate(MPI_Comm comm, weft_scan *s, double *seconds, double *memory)
{
    int rank, size, used = 0;
    double time = 0, cost = 0, total = 0, most = 0;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    bool large = sites_of(s->base) > sites_of_one_rank;
    int n = s->n < CALIBRATIONS ? (int)s->n : CALIBRATIONS;
    for (int i = 0; i < n; i++) {
        sample one = {0};
        if (!large && i % size != rank)
            continue;
        if (measure(large ? comm : MPI_COMM_SELF, s, spread(s, i, n), &one) != WEFT_OK) {
            weft_error_clear();
            continue;
        }
        bool counts = !large || rank == 0;
        time += counts ? one.seconds : 0;
        cost += counts ? one.cost : 0;
        used += counts;
        most = fmax(most, one.memory);
    }
    double sums[3] = {time, cost, used};
    MPI_Allreduce(MPI_IN_PLACE, sums, 3, MPI_DOUBLE, MPI_SUM, comm);
    MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_DOUBLE, MPI_MAX, comm);
    for (int64_t i = 0; i < s->n; i++)
        total += s->point[i].cost;
    weft_warn_count(comm, "point");
    *seconds = sums[1] > 0 ? total * sums[0] / sums[1] : NAN;
    *memory = most;
    return WEFT_OK;
}

/* ---- weft scan check ---- */

/* One line an axis: its values, and the axis with which it is zipped. */
static void print_axes(const weft_scan *s)
{
    for (int a = 0; a < s->n_axes; a++) {
        const scan_axis *axis = &s->axis[a];
        int partner = -1;
        for (int b = 0; b < a && partner < 0; b++)
            if (s->axis[b].dim == axis->dim)
                partner = b;
        weft_say("axis %-26s %d value%s, %s ... %s%s%s", axis->path, axis->n,
                 axis->n == 1 ? "" : "s", axis->texts[0], axis->texts[axis->n - 1],
                 partner < 0 ? "" : ", with ", partner < 0 ? "" : s->axis[partner].path);
    }
}

/* All points are set up first: an estimate of a scan that cannot run would mean nothing. */
weft_status weft_scan_check(MPI_Comm comm, weft_scan *s)
{
    double seconds, memory, begin = weft_now();
    char text[32];
    int size;
    MPI_Comm_size(comm, &size);
    WEFT_TRY(scan_validate(comm, s, true));
    weft_say("%-31s %s, %s", "model", s->base->model->name, s->base->stepper->name);
    print_axes(s);
    weft_say("%-31s %lld, each set up without an error", "points", (long long)s->n);
    weft_say("%-31s %lld", "replicas of each", (long long)s->base->ensemble->replicas);
    weft_say("%-31s %s", "seeds", s->common ? "common" : "independent");
    for (int d = 0; d < s->n_derives; d++) {
        const weft_reduction *row = s->derive[d].row;
        weft_say("%-31s %s: %s%s%s", d ? "" : "derived", s->derive[d].name, row->long_name,
                 row->observable ? "" : " ", row->observable ? "" : s->derive[d].written);
    }
    for (int k = 0; s->classes && k < s->classes->n; k++)
        weft_say("%-31s %s", k ? "" : "classes", s->classes->of[k].name);
    if (s->classes && s->classes->n > 1)
        weft_say("%-31s %s", "",
                 s->classes->alone ? "(a point has the class whose rule holds if no other may hold)"
                                   : "(the first rule that holds gives the class)");
    if (s->refine.wanted)
        weft_say("%-31s up to %d rounds by %s (not in the estimate)", "refinement",
                 s->refine.rounds, s->refine.by_class ? "class" : s->derive[s->refine.by].name);
    WEFT_TRY(scan_estimate(comm, s, &seconds, &memory));
    weft_say("%-31s %.3g MB", "memory of a point, at most", memory * 1e-6);
    weft_duration_text(seconds, text, sizeof text);
    weft_say("%-31s %s on one core (a point: %.3g s)", "estimated time", text,
             seconds / (double)s->n);
    weft_duration_text(seconds / size, text, sizeof text);
    if (size > 1)
        weft_say("%-31s %s", "on these ranks", text);
    weft_duration_text(weft_now() - begin, text, sizeof text);
    weft_detail("checked in %s", text);
    return WEFT_OK;
}
