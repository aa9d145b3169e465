/* Pieces of the training of learned forces, private to src/train.
 *
 * Words. A configuration is the site energies of a lattice at one time of one run, with the exact
 * density that belongs to them. Configurations are trained on or held out, by the seed of their
 * run; those of the last nine tenths of a run are late. */
#ifndef WEFT_TRAIN_INTERNAL_H
#define WEFT_TRAIN_INTERNAL_H

#include "electron/slopes.h"
#include "run/parts.h"
#include "weft/train.h"

#define TRAIN_EXACTS(X) X(TRAIN_DENSE, "dense") X(TRAIN_CHEBYSHEV, "chebyshev")
typedef enum train_exact { TRAIN_EXACTS(WEFT_ENUM_NAME) } train_exact;

/* The keys of a training file. */
typedef struct train_keys {
    const char *base;
    const weft_node *vary;
    weft_ints seeds, held_out;
    int64_t snapshots;
    train_exact exact;
    double exact_tolerance;
    int64_t poles, steps;
} train_keys;

/* The keys of its section network. */
typedef struct train_network_keys {
    int64_t width, depth, epochs, batch, finish, seed;
    double rate;
} train_network_keys;

/* One run of the data: a seed and one value of each parameter that varies. */
typedef struct train_run {
    weft_input *input;
    bool held; /* out of the training */
} train_run;

/* A configuration. v and density: of the whole lattice, x fastest. */
typedef struct train_configuration {
    int64_t rows, n;
    bool held, late;
    double time, temperature, coupling; /* temperature in units of |t| */
    double *v;                          /* V - mu in units of |t|, with the margin of el_plane */
    double *density;                    /* n - 1/2 */
} train_configuration;

typedef struct train {
    MPI_Comm comm;
    const weft_train_options *options;
    const char *path;
    char *dir, *text, *base_path, *base_text, *yaml; /* yaml: the first run's, resolved */
    weft_document *document;
    weft_params *params;
    const train_keys *keys;
    const train_network_keys *network; /* NULL: none is wanted */
    int runs;
    train_run *run;
    double hopping;
    double until; /* weft_now() at which to stop; 0: no limit */
    int64_t count, room;
    train_configuration *configuration;
} train;

/* spec.c. The file, the base, and an input for each run, all checked. Errors: WEFT_INPUT, WEFT_IO.
 * Collective. */
weft_status train_read(train *t);
/* The message of an input error names an override that the user never wrote: name the line under
 * vary instead. Returns WEFT_INPUT. Local. */
weft_status train_explain(const train *t);
void train_free(train *t);

/* data.c. All configurations: from the files in the directory, or from runs. Errors: those of runs,
 * WEFT_IO, WEFT_INPUT (files of another training), WEFT_STOPPED. Collective. */
weft_status train_collect(train *t);
/* list.c. A configuration at the end of the list, with room for its arrays. Local. */
train_configuration *train_append(train *t, int64_t rows, int64_t n);
/* Put the energies of rows x n sites into c->v, with their periodic continuation. Local. */
void train_set_energies(train_configuration *c, const double *energies);

/* store.c. A run's configurations as a file in the directory; *found: it was there. same: what the
 * data follow from, as a text. Errors: WEFT_IO, WEFT_INPUT. Collective. */
weft_status train_store(train *t, int run, const char *same, int64_t first);
weft_status train_restore(train *t, int run, const char *same, bool *found);

/* exact.c. The densities of the configurations from number first on, and their energies from mu.
 * Errors: those of the solver. Collective. */
weft_status train_solve(train *t, const weft_electron_options *options, int64_t first);

/* fit.c. Numbers from the exact formula to the least mean square error. loss: room for steps + 1
 * values. Errors: WEFT_INPUT (too few poles), WEFT_STOPPED. Collective. */
typedef struct train_result {
    weft_learned numbers;
    int steps;
    double *loss;
    double start, trained, late; /* root mean squares; numbers.error: held out */
} train_result;
weft_status train_fit(const train *t, train_result *out);
/* network.c. A network on top of these numbers, or alone where there are none; numbers.weight is
 * the caller's (weft_free). Errors: WEFT_STOPPED, WEFT_IO. Collective. */
weft_status train_fit_network(const train *t, train_result *out);

/* bfgs.c. The least of a function of x (n values) in at most so many steps. loss: its value at x
 * and its gradient; after: called with each step that was taken, and ends the search with its
 * status. All ranks must get the same values. Errors: those of after. Collective. */
typedef double train_loss(void *context, double *gradient);
typedef weft_status train_after(void *context, int64_t step, double value);
weft_status train_bfgs(double *x, int64_t n, int64_t steps, train_loss *loss, train_after *after,
                       void *context);

/* linear.c. x: the solution of (a + damping diag a) x = b for the unknowns that are free; others
 * are 0. a: lower half of a symmetric matrix of n rows, row i from i(i+1)/2 on, not overwritten.
 * room: n(n+1)/2 values. Local. */
void train_damped(const double *a, const double *b, const bool *is_free, int n, double damping,
                  double *room, double *x);

/* list.c. Has somebody asked to stop (a signal, a file, the clock)? WEFT_STOPPED then. Collective.
 */
weft_status train_stopped(const train *t);

#endif
