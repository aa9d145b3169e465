/* Linear parts L(k) of coupled fields: tables of matrices by mode, and sums of such matrices times
 * coefficients. Private to src/stepper; serves the family WEFT_HAS_LINEAR_KM. */
#ifndef WEFT_STEPPER_MODAL_H
#define WEFT_STEPPER_MODAL_H

#include "weft/stepper.h"

/* A matrix a mode: entry (i, j) of all local modes at re[i * columns + j], likewise im; NULL where
 * the part is zero in every mode of this rank. rows 0: not made yet. */
typedef struct stepper_table {
    int rows, columns;
    double **re, **im;
} stepper_table;

/* The evolved components of a simulation, and what tables and sums need. */
typedef struct stepper_modal {
    weft_linear_form form;
    int n;           /* components */
    double **u;      /* their coefficients in the state */
    double *buffer;  /* an FFT buffer */
    double *scratch; /* for sums */
    bool *linked;    /* (i, j): functions of L may have this entry, by the pattern of L */
    bool imaginary;  /* L has imaginary parts */
    double complex *L, *B, *out[8]; /* of the modes that a table is being filled for */
    double interval; /* time after which conjugate pairs are made equal again; 0: never */
} stepper_modal;

/* A function of the matrix L (n x n, rows first) of a mode: the matrices out[0], out[1], ... (n x
 * n, or n x columns). */
typedef void stepper_modal_function(int n, const double complex *L, const double complex *B,
                                    const void *context, double complex *const *out);

/* Local. */
void stepper_modal_setup(weft_sim *sim, stepper_modal *m);
void stepper_modal_free(weft_sim *sim, stepper_modal *m);

/* Make, or fill again, tables of count functions (at most 8) of L, n x n. Local. */
void stepper_modal_tables(weft_sim *sim, const stepper_modal *m, stepper_modal_function *function,
                          const void *context, int count, stepper_table *tables);
/* A table of a function of L and the noise matrix B (n x form.sources), n x columns. Local. */
void stepper_modal_noise_table(weft_sim *sim, stepper_modal *m, int columns,
                               stepper_modal_function *function, const void *context,
                               stepper_table *table);
void stepper_table_free(stepper_table *table);

/* From the table of exp(L dt): how often conjugate pairs must be made equal. Collective. */
void stepper_modal_watch(weft_sim *sim, stepper_modal *m, double dt,
                         const stepper_table *exponential);
/* Make the fields real again where it is due between sim->time and dt later; were they? Collective.
 */
bool stepper_modal_repair(weft_sim *sim, const stepper_modal *m, double dt);

/* weight f x, with x the coefficients of f->columns components. */
typedef struct stepper_term {
    const stepper_table *f;
    double weight;
    double *const *x;
} stepper_term;

/* Most terms of a sum, and modes of a stretch in it: those of all rows stay in cache. */
enum { STEPPER_TERMS = 6, STEPPER_STRETCH = 128 };

/* out = base + sum of n terms (at most STEPPER_TERMS), in this order; base NULL: zero. out may be
 * an x and the base. copy: the same once more, NULL: no. Local. */
void stepper_modal_sum(const weft_fft *fft, const stepper_modal *m, double *const *base, int n,
                       const stepper_term *terms, double *const *out, double *const *copy);

/* n FFT buffers; an array that stepper_modal_release frees with them. Local. */
double **stepper_modal_buffers(const weft_fft *fft, int n);
void stepper_modal_release(const weft_fft *fft, int n, double **buffers);

/* buffers = the state. Local. */
void stepper_modal_copy(const weft_fft *fft, const stepper_modal *m, double *const *buffers);

#endif
