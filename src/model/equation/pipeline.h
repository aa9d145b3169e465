/* Formulas of fields that live in k space, private to src/model/equation.
 *
 * A pipeline evaluates formulas on the grid from the coefficients of the fields, level by level:
 * atoms (linear operators on fields and on earlier formulas) come from one backward transform each,
 * sources (formulas on the grid that an operator or an equation needs in k space) from one forward
 * transform each. What occurs twice is transformed once. Example: for u_t = -dx(u^2)/2 the field u
 * is an atom, u^2 a source of level 0, and the output sum is the source times -i k_x/2. */
#ifndef WEFT_MODEL_EQUATION_PIPELINE_H
#define WEFT_MODEL_EQUATION_PIPELINE_H

#include "equation.h"

enum { EQ_TERMS = 24, EQ_ITEMS = 64 };

/* Factor even + i odd of each local mode, NULL where a part is zero; none: scale alone. */
typedef struct eq_table {
    weft_symbol symbol;
    double wanted; /* number in front */
    bool plain;    /* no more than a number: scale */
    double scale;
    double *even, *odd;
} eq_table;

/* factor * coefficients of component (or of source) index. */
typedef struct eq_term {
    int index;
    weft_symbol symbol;
    double factor;
    const eq_table *table;
} eq_term;

/* A field in k space: a sum over components, sources, and a number (the mode k = 0). */
typedef struct eq_sum {
    int n_fields, n_sources;
    eq_term field[EQ_COMPONENTS], source[EQ_TERMS];
    double constant;
    int n_uniform; /* nodes that are the same at all sites, with their factors */
    int uniform[EQ_TERMS];
    double uniform_factor[EQ_TERMS];
    double *fixed; /* coefficients that do not change in time; NULL: none */
    int n_places;  /* those are made of these nodes of places */
    int place[EQ_TERMS];
    weft_symbol place_symbol[EQ_TERMS];
    int level;  /* of the latest source, plus 1 */
    int target; /* component whose buffer an output is written to */
} eq_sum;

/* Values on the grid by a backward transform. */
typedef struct eq_atom {
    int node;
    eq_sum sum;
    double *values; /* NULL: made in the buffer of the component in_place */
    int in_place;
} eq_atom;

/* A formula on the grid. */
typedef struct eq_source {
    int node, level;
    bool forward; /* is it needed in k space? */
    double *values;
} eq_source;

/* Mean over the grid of a formula. */
typedef struct eq_mean {
    int node, level;
    double value;
    weft_program *program;
} eq_mean;

/* A formula of places, computed once. */
typedef struct eq_fixed {
    int node;
    double *values;
} eq_fixed;

/* The formulas of a level that are computed together. */
typedef struct eq_stage {
    int n, source[EQ_ITEMS];
    weft_program *program;
} eq_stage;

typedef struct eq_pipeline {
    eq_system *s;
    weft_fft *fft;
    double keep; /* dealiasing: part of the wavenumbers that nonlinear terms see */
    int n_atoms, n_sources, n_means, n_fixed, n_tables, n_sums, levels;
    eq_atom atom[EQ_ITEMS];
    eq_source source[EQ_ITEMS];
    eq_mean mean[EQ_ITEMS];
    eq_fixed fixed[EQ_ITEMS];
    eq_table *table[4 * EQ_ITEMS];
    eq_sum sum[EQ_COMPONENTS]; /* outputs in k space */
    eq_stage *stage;           /* one a level */
    double uniform[EQ_PARAMETERS + 1];
    /* inputs of all programs: atoms, fixed fields, time variables, means */
    int n_inputs;
    weft_program_input *input;
    const double **pointer;
    weft_program *uniform_program; /* values of the uniform nodes of all sums */
    int n_uniform_nodes, uniform_node[EQ_ITEMS];
    double uniform_value[EQ_ITEMS], *uniform_pointer[EQ_ITEMS];
    int64_t zero_mode;        /* the local mode k = 0; -1: another rank has it */
    double limit[3];          /* dealiasing: |k| along memory extent j stays below */
    int64_t kept;             /* modes at the start of a row along the last extent that do */
    int64_t kept_last;        /* and at its end */
    int64_t first, length;    /* the part of a buffer that holds sites, padding included */
    double *noise[EQ_NOISES]; /* values of noises, where wanted: FFT buffers */
    bool wants_noise;
    int n_known, *known; /* while it is made: level of each node that was collected, plus 1 */
    bool overflow;       /* the lists were too short */
} eq_pipeline;

/* A pipeline without outputs. keep: dealiasing. Local. */
eq_pipeline *eq_pipeline_create(eq_system *s, weft_fft *fft, double keep);
void eq_pipeline_free(eq_pipeline *p);
/* Add node as an output in k space, to be written to the buffer of component target; linear: with
 * its terms that are linear in the fields, else without. */
void eq_pipeline_add_sum(eq_pipeline *p, int node, int target, bool linear);
/* Have node among the sources, as values on the grid alone; returns its number. */
int eq_pipeline_add_values(eq_pipeline *p, int node);
/* Have a node that is the same at all sites; returns its number among the uniform values. */
int eq_pipeline_add_uniform(eq_pipeline *p, int node);

/* After the last add: tables, buffers, programs, fixed fields. place: values of place variables in
 * FFT buffers. False: too many terms. Collective. */
bool eq_pipeline_finish(eq_pipeline *p, double *const *place);
/* Evaluate at time t from the coefficients u of all components. to: FFT buffers of the output sums,
 * NULL: they are not wanted; where to is u, they are FFT buffers, are used on the way, and no
 * output has linear terms. Collective. */
void eq_pipeline_run(eq_pipeline *p, double t, double *const *u, double *const *to);
/* Transforms of one run. */
int eq_pipeline_transforms(const eq_pipeline *p);

/* Factors of n symbols, over stretches of modes. */
typedef struct eq_factors eq_factors;
eq_factors *eq_factors_create(const eq_system *s, int n, const weft_symbol *symbols);
void eq_factors_free(eq_factors *f);
/* Even part of symbol i at count modes from first on into out[2*i], odd part into out[2*i + 1],
 * NULL: not wanted; 0 where a value is not finite. Local. */
void eq_factors_values(eq_factors *f, const weft_fft *fft, int64_t first, int64_t count,
                       double *const *out);

#endif
