/* What the files of src/fft share. A transform is a list of steps; each of them works in place on a
 * buffer and turns the present array into the next one (transforms one axis, or moves data between
 * ranks so that another axis becomes whole). */
#ifndef WEFT_FFT_INTERNAL_H
#define WEFT_FFT_INTERNAL_H

#include "weft/exact.h"
#include "weft/fft.h"
#include <fftw3.h>
#include <math.h>

typedef struct fft_step fft_step;

/* A kind of step. plan: make plans and tables for the shape in step; may overwrite work, collective
 * where the step is. forward, backward: run on a buffer of the transform; all ranks, in the same
 * order. */
typedef struct fft_method {
    weft_status (*plan)(fft_step *step, double *work, unsigned flags);
    void (*forward)(const fft_step *step, double *buffer);
    void (*backward)(const fft_step *step, double *buffer);
} fft_method;

/* What an exchange between pencils needs beside the shape of its step (outer, n, modes, inner,
 * width). On this rank the array has `rows` of n before the exchange and `columns` of modes after
 * it. The four tables have one entry for each rank of the group, counted in doubles: how much goes
 * to or comes from that rank (count), and where it begins (start), before the exchange (rows) and
 * after it (columns). rows_count owns the memory of all four. */
typedef struct fft_exchange {
    int size;              /* ranks in the group */
    int64_t rows, columns; /* on this rank: of n before, of modes after */
    int *rows_count, *rows_start, *columns_count, *columns_start;
} fft_exchange;

/* One step: its shape and what its kind keeps. Freed by fft_step_free. */
struct fft_step {
    const fft_method *method;
    fftw_plan plan[2]; /* forward, backward; NULL where this rank has nothing to do */
    fftw_plan rest[2]; /* the same for what is left over after whole blocks */
    MPI_Comm comm;     /* of the grid, not owned; exchanges have their own, which they free */
    weft_boundary boundary;
    /* The local array is outer x n x inner values before and outer x modes x inner after the step,
     * each of width doubles (of the values, or in a line of the modes). Line steps: outer points
     * and modes are on this rank, n is global, inner is the size of the complex array. */
    int64_t outer, n, modes, inner;
    int width;
    int64_t pitch; /* halving steps: doubles from one row or slab of real values to the next */
    int64_t block; /* rows, or columns, that go through the scratch array at once */
    ptrdiff_t global[2];       /* FFTW-MPI steps: global extents */
    int64_t mode_start, first; /* line steps: first local mode, and where it is in FFTW's output */
    weft_box rows, line; /* line steps: the local points in a buffer, and as FFTW wants them */
    weft_remap *gather, *scatter; /* from rows to line and back; NULL where they are alike */
    fft_exchange exchange;
    int64_t foreign;                          /* bytes that FFTW asks for by itself */
    double *factor, *post, *scratch, *points; /* tables of phases; rows on their way; all owned */
};

enum { WEFT_FFT_MAX_STEPS = 5, WEFT_FFT_MAX_GHOST = 16 };

/* The steps of a transform, and what else users of weft_fft need not see. Owned by weft_fft. */
typedef struct weft_fft_plan {
    weft_boundary boundary[3];
    int half; /* the axis whose redundant modes are not stored, -1: all axes are real */
    /* The first n_plane_steps of the steps are taken piece by piece (planes, or some rows), while a
     * piece is in cache: parts.c. */
    int n_steps, n_plane_steps;
    int64_t planes, plane_size;
    fft_step step[WEFT_FFT_MAX_STEPS];
    int64_t size;       /* doubles of a buffer */
    int64_t m_start[3]; /* first stored coefficient along each memory extent */
    bool direct;        /* grid and transform cut the points alike */
    /* by ghost width; made when first wanted */
    weft_remap *load[WEFT_FFT_MAX_GHOST + 1], *store[WEFT_FFT_MAX_GHOST + 1];
    weft_exact *sums; /* of the shells; n_sums of them, grown when more are wanted */
    int n_sums;
    int *shell; /* of the modes of a line, for shells of shell_width; NULL: never asked for */
    double shell_width;
    int shell_bins;
} weft_fft_plan;

/* Whether the modes of an axis are cosines or sines, with real coefficients. Local. */
static inline bool fft_real_axis(weft_boundary boundary)
{
    return boundary == WEFT_NEUMANN || boundary == WEFT_DIRICHLET;
}

/* steps.c, rows.c, halve.c, line.c, exchange.c: the kinds of steps. */
extern const fft_method fft_rows;             /* real rows to their modes */
extern const fft_method fft_pairs;            /* the same for rows of even n */
extern const fft_method fft_halve;            /* the same for other axes, and antiperiodic ones */
extern const fft_method fft_c2c;              /* one axis of complex values */
extern const fft_method fft_r2r;              /* one cosine or sine axis */
extern const fft_method fft_transpose;        /* the two leading extents, over ranks */
extern const fft_method fft_line;             /* a line on several ranks, any boundary */
extern const fft_method fft_exchange_pencils; /* the axis that is whole, over ranks */
/* Rows that a step of the kind pairs does at once, of so many rows of half complex numbers. */
int64_t fft_pairs_block(int64_t rows, int64_t half);
/* WEFT_OK if both plans of the step exist, else WEFT_FAILED with a message. Local. */
weft_status fft_planned(const fft_step *step);
/* exp(-i pi j/n), j = 0..count-1, as a new table. */
double *fft_phases(int64_t count, int64_t n);
/* Frees what the step owns, not the step. Collective for exchanges (their communicator). */
void fft_step_free(fft_step *step);

/* layout.c: choose the steps for a grid that is cut as the transform is (slabs or pencils) and for
 * the boundaries in fft->plan; fill in all shapes of fft and the size of its buffer. Collective. */
void fft_layout(weft_fft *fft, const weft_grid *cut);

/* tables.c: wavenumbers, indices and weights; of one axis of n points, halved or not: the number of
 * stored modes, the wavenumber of mode m in units of 2 pi/L, and its weight. */
void fft_tables(weft_fft *fft);
void fft_tables_free(weft_fft *fft);
int64_t fft_axis_modes(weft_boundary boundary, int64_t n, bool half);
double fft_axis_number(weft_boundary boundary, int64_t n, int64_t m);
double fft_axis_weight(weft_boundary boundary, int64_t n, bool half, int64_t m);

/* wisdom.c: read the file at path (none is no error), or write it. Errors: WEFT_IO, WEFT_INPUT if
 * the file is not wisdom; the same on every rank. Collective. */
weft_status fft_wisdom_read(MPI_Comm comm, const char *path);
weft_status fft_wisdom_write(MPI_Comm comm, const char *path);

#endif
