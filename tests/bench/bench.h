/* Rows of the bench: a kernel beside what bounds it, or beside another program's way.
 *
 * The two are timed in turn, PAIRS times, so that what else the machine does falls on both; the
 * ratio is taken within each pair. Time is that of this process alone. A row is printed as
 *
 *   row <tab> part <tab> name <tab> unit <tab> ns <tab> beside <tab> its ns <tab> ratio <tab>
 * lowest <tab> highest
 *
 * with medians for the three figures. run.py reads these lines, shows them, and makes
 * docs/dev/speed.md of them. */
#ifndef WEFT_TESTS_BENCH_H
#define WEFT_TESTS_BENCH_H

#include "run.h"
#include "weft/fft.h"
#include <time.h>

enum { PAIRS = 5 };

/* The sections of an input of the Gray-Scott model, from one patch. */
#define BENCH_GRAY_SCOTT                                                                           \
    "reaction_diffusion:\n  species: [U, V]\n  reactions:\n"                                       \
    "    - {reaction: \"U + 2 V -> 3 V\", rate: 1}\n"                                              \
    "    - {reaction: \"0 -> U\", rate: 0.037, name: feed}\n"                                      \
    "    - {reaction: \"U -> 0\", rate: 0.037, name: flow}\n"                                      \
    "    - {reaction: \"V -> 0\", rate: 0.097, name: kill}\n"                                      \
    "  diffusion: {U: 0.16, V: 0.08}\n"                                                            \
    "initial: {type: patch, patch: {U: 0.5, V: 0.25}, density: {U: 1}, radius: 8}\n"

static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Something to be timed: turn does it count times, and each time is `things` things (sites, random
 * numbers). */
typedef struct bench_side {
    const char *name;
    void (*turn)(void *what, long count);
    void *what;
    double things;
} bench_side;

/* How often a side is done in one turn: for about `seconds`. Warms up too. */
static inline long bench_count(const bench_side *side, double seconds)
{
    for (long count = 1;; count *= 2) {
        double begin = bench_now();
        side->turn(side->what, count);
        double spent = bench_now() - begin;
        if (spent > 0.2 * seconds)
            return (long)fmax(1, round((double)count * seconds / spent));
    }
}

static inline double bench_ns(const bench_side *side, long count)
{
    double begin = bench_now();
    side->turn(side->what, count);
    return (bench_now() - begin) * 1e9 / (double)count / side->things;
}

static inline int bench_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The line of a row. beside may be "": a figure beside nothing. */
static inline void bench_print(const char *part, const char *name, const char *unit, double own,
                               const char *beside, double other, const double ratio[3])
{
    printf("row\t%s\t%s\t%s\t%.4g\t%s\t%.4g\t%.3f\t%.3f\t%.3f\n", part, name, unit, own, beside,
           other, ratio[0], ratio[1], ratio[2]);
    fflush(stdout);
}

static inline void bench_value(const char *part, const char *name, const char *unit, double value)
{
    bench_print(part, name, unit, value, "", NAN, (double[]){NAN, NAN, NAN});
}

/* bound may be NULL: a figure beside nothing. */
static inline void bench_row(const char *part, const char *unit, bench_side kernel,
                             const bench_side *bound)
{
    const double turn = 0.15;
    double own[PAIRS], other[PAIRS], ratio[PAIRS];
    long count = bench_count(&kernel, turn), against = bound ? bench_count(bound, turn) : 0;
    for (int i = 0; i < PAIRS; i++) {
        own[i] = bench_ns(&kernel, count);
        other[i] = bound ? bench_ns(bound, against) : NAN;
        ratio[i] = own[i] / other[i];
    }
    qsort(own, PAIRS, sizeof *own, bench_order);
    if (bound) {
        qsort(other, PAIRS, sizeof *other, bench_order);
        qsort(ratio, PAIRS, sizeof *ratio, bench_order);
    }
    bench_print(part, kernel.name, unit, own[PAIRS / 2], bound ? bound->name : "", other[PAIRS / 2],
                (double[]){ratio[PAIRS / 2], ratio[0], ratio[PAIRS - 1]});
}

/* ---- sides that several parts need ---- */

/* Steps of a run, with what follows each step. */
static inline void bench_steps(void *what, long count)
{
    test_run *r = what;
    double dt = r->dt;
    for (long i = 0; i < count; i++) {
        run_must(r->input->stepper->step(r->sim, r->stepper, &dt));
        r->sim->time = (double)++r->sim->step * dt;
        if (r->sim->model->guard)
            run_must(r->sim->model->guard(r->sim));
    }
}

static inline bench_side bench_run(const char *name, test_run *r)
{
    return (bench_side){name, bench_steps, r, (double)weft_grid_sites(r->sim->grid)};
}

/* Pairs of a backward and a forward transform of one real field, or of both parts of a complex one
 * (parts = 2), so many a step. */
typedef struct bench_pairs {
    weft_fft *fft;
    double *buffer;
    int stages, parts;
} bench_pairs;

static inline void bench_transform(void *what, long count)
{
    bench_pairs *p = what;
    for (long i = 0; i < count * p->stages * p->parts; i++) {
        weft_fft_backward(p->fft, p->buffer);
        weft_fft_forward(p->fft, p->buffer);
    }
}

/* A run beside the transforms that its steps need. */
static inline void bench_beside_transforms(const char *part, const char *name, int stages,
                                           int parts, const char *text)
{
    test_run r;
    run_open(&r, "%s", text);
    bench_pairs p = {r.sim->fft, weft_fft_buffer(r.sim->fft), stages, parts};
    bench_side kernel = bench_run(name, &r),
               bound = {"its transforms alone", bench_transform, &p, kernel.things};
    bench_row(part, "ns/site/step", kernel, &bound);
    weft_fft_buffer_free(p.fft, p.buffer);
    run_close(&r);
}

/* So many arrays of `sites` doubles read and written: what a step would take if arithmetic cost
 * nothing. */
typedef struct bench_arrays {
    double *from, *to;
    int64_t sites;
    int arrays;
} bench_arrays;

static inline void bench_copy(void *what, long count)
{
    bench_arrays *a = what;
    for (long i = 0; i < count * a->arrays; i++) {
        memcpy(a->to, a->from, (size_t)a->sites * sizeof *a->to);
        a->from[i % a->sites] += a->to[(i + 1) % a->sites];
    }
}

/* A run beside copying so many arrays a step. */
static inline void bench_beside_copies(const char *part, const char *name, int arrays,
                                       const char *text)
{
    test_run r;
    run_open(&r, "%s", text);
    const int64_t sites = weft_grid_sites(r.sim->grid);
    bench_arrays a = {weft_alloc((size_t)sites, sizeof(double)),
                      weft_alloc((size_t)sites, sizeof(double)), sites, arrays};
    bench_side bound = {"copying its fields at each stage", bench_copy, &a, (double)sites};
    bench_row(part, "ns/site/step", bench_run(name, &r), &bound);
    weft_free(a.from);
    weft_free(a.to);
    run_close(&r);
}

#endif
