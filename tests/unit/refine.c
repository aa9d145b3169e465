/* Refinement of scans (src/scan/refine.c): bisection halves the interval in which a level is
 * passed; where neighbours differ much there is a point between them; results decide alone. */
#include "scans.h"

/* Give every point of the scan without a result one: mean = f(coupling) at all times. */
static void run_points(test_scan *t, double (*f)(double coupling))
{
    scan_log *log;
    scan_must(scan_log_open(t->scan->dir, 0, 1, 0, 1, &log));
    for (int64_t i = 0; i < t->scan->n; i++) {
        for (int k = 0; k < 6; k++)
            t->outcome.values[k] = f(scan_value(t->scan, &t->scan->point[i], 0));
        scan_must(scan_log_done(log, t->scan->point[i].id, 1, &t->outcome));
    }
    scan_must(scan_log_close(log));
}

static void refine(test_scan *t)
{
    scan_results *r;
    scan_must(scan_results_open(t->scan->dir, &r));
    scan_must(scan_refine_points(t->scan, r));
    scan_results_close(r);
}

static bool has(const weft_scan *s, double coupling, int round)
{
    for (int64_t i = 0; i < s->n; i++)
        if (scan_value(s, &s->point[i], 0) == coupling && s->point[i].round == round)
            return true;
    return false;
}

static double line(double x)
{
    return x;
}

static double step_at_13(double x)
{
    return x < 13 ? 0 : 1;
}

/* 0.6 lies in (0, 1), (0.5, 1), (0.5, 0.75), (0.5, 0.625). */
static void bisection(test_scan *t)
{
    static const double expected[] = {0.5, 0.75, 0.625};
    scan_must(scan_load(t, "base: base.yaml\naxes: {kuramoto.coupling: {values: [0, 1, 2]}}\n"
                           "derive: last(mean)\nrefine: {by: last(mean), where: bisection, "
                           "level: 0.6, rounds: 3}\n"));
    scan_outcome(t);
    for (int round = 0; round <= 3; round++) {
        CHECK(t->scan->n == 3 + round);
        refine(t); /* without results of the newest points: nothing new */
        CHECK(t->scan->n == 3 + round);
        run_points(t, line);
        refine(t);
        if (round < 3)
            CHECK(has(t->scan, expected[round], round + 1));
    }
    CHECK(t->scan->n == 6);
}

/* Only the neighbours 12 and 14 differ; then 12 and 13, of which 13 has the other value. */
static void gradient(test_scan *t)
{
    scan_must(scan_load(t,
                        "base: base.yaml\naxes: {kuramoto.coupling: {values: [10, 16, 12, 14]}}\n"
                        "derive: last(width2)\nrefine: {by: last(width2), rounds: 2}\n"));
    run_points(t, step_at_13);
    refine(t);
    CHECK(t->scan->n == 5 && has(t->scan, 13, 1));
    run_points(t, step_at_13);
    refine(t);
    CHECK(t->scan->n == 6 && has(t->scan, 12.5, 2));
}

static double middle_undecided(double x)
{
    return x == 22 ? 5 : x < 23 ? 0 : 1;
}

/* Classes 0 . 1 at 20, 22 (undecided), 24: both ends of what is undecided are made narrower. Then
 * 21 (0), 23 (1): the change lies from 21 to 23, with 22 between. */
static void classes(test_scan *t)
{
    scan_must(scan_load(t,
                        "base: base.yaml\naxes: {kuramoto.coupling: {values: [20, 22, 24, 26]}}\n"
                        "classes: {low: last(width2) == 0, high: last(width2) == 1}\n"
                        "refine: {by: class, rounds: 2}\n"));
    run_points(t, middle_undecided);
    refine(t);
    CHECK(t->scan->n == 6 && has(t->scan, 21, 1) && has(t->scan, 23, 1));
    run_points(t, middle_undecided);
    refine(t);
    CHECK(t->scan->n == 8 && has(t->scan, 21.5, 2) && has(t->scan, 22.5, 2));
}

/* Undecided at 22, behind which there is no other class: nothing is halved. */
static void loose_ends(test_scan *t)
{
    scan_must(scan_load(t, "base: base.yaml\naxes: {kuramoto.coupling: {values: [18, 20, 22]}}\n"
                           "classes: {low: last(width2) == 0, high: last(width2) == 1}\n"
                           "refine: {by: class, rounds: 2}\n"));
    run_points(t, middle_undecided);
    refine(t);
    CHECK(t->scan->n == 3);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_scan t;
    scan_begin(&t);
    bisection(&t);
    gradient(&t);
    classes(&t);
    loose_ends(&t);
    scan_end(&t);
    return check_end();
}
