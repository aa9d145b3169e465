/* Distributed transforms of real fields, by FFTW (MPI).
 *
 * A transform belongs to a grid, its boundary conditions choose the basis of each axis:
 *   periodic: exp(ikx), k = 2 pi m / L; antiperiodic: exp(ikx), k = 2 pi (m + 1/2) / L;
 *   neumann: cosines (DCT-II), k = pi m / L; dirichlet: sines (DST-II), k = pi (m + 1) / L.
 * Spectral coefficients live in the memory order of the transform (transposed output), as complex
 * numbers (two doubles a mode), or as real ones (one double a mode) when every axis is a cosine or
 * sine axis. Of two modes that are conjugates in a real field only one is stored, along the fastest
 * periodic or antiperiodic axis. The set of stored modes does not depend on the number of ranks,
 * their order in memory does.
 *
 * Transforms are unnormalised sums over the points j: of f exp(-ikx) with x = j L/n, of 2 f cos(kx)
 * and of 2 f sin(kx) with x = (j + 1/2) L/n. With c the coefficients,
 *     sum over points of f^2 = scale * sum over stored modes of weight*|c|^2.
 * More in docs/dev/fft.md. */
#ifndef WEFT_FFT_H
#define WEFT_FFT_H

#include "weft/declare.h"
#include "weft/grid.h"

WEFT_DECLARE_BEGIN

/* How long FFTW may look for a good plan. */
typedef enum weft_rigor { WEFT_ESTIMATE, WEFT_MEASURE, WEFT_PATIENT } weft_rigor;

typedef struct weft_fft_options {
    weft_rigor rigor;   /* WEFT_ESTIMATE is reproducible, the others choose plans by timing */
    const char *wisdom; /* file that is read before and written after planning; NULL: none */
} weft_fft_options;

/* A transform and what its users may read of it. Written by src/fft alone; free with weft_fft_free.
 */
typedef struct weft_fft {
    const weft_grid *grid;
    double *work;       /* one buffer that anybody may use between two calls */
    weft_box real;      /* how the real values lie in a buffer */
    int64_t modes;      /* stored on this rank */
    int per_mode;       /* doubles a mode: 2 (re, im) or 1 */
    int64_t m[3];       /* local extents of the coefficients in memory order, product = modes */
    int axis[3];        /* which axis (0 z, 1 y, 2 x) each memory extent is */
    const double *k[3]; /* wavenumber along memory extent j, m[j] values (signed; 0 for unused) */
    const int64_t *index[3]; /* global number of the coefficient along extent j, for files */
    const double
        *weight[3];      /* the weight of a mode is the product over j: 2 where a conjugate mode is
                            not stored; 1/2 for the lowest cosine and the highest sine; else 1 */
    int64_t global_m[3]; /* global extents of the coefficient array in memory order */
    double scale;        /* backward(forward(f)) = f / scale: multiply by scale once */
    struct weft_fft_plan *plan;
} weft_fft;

/* Plan a transform of real fields on grid, which it keeps and which must live longer. Any layout of
 * grid is accepted: where it is not the transform's own, load and store redistribute. The transform
 * takes slabs while there are no more ranks than points along the slowest axis, then, in three
 * dimensions, pencils. boundary: dim entries, slowest axis first; NULL for those of the grid.
 * options: NULL for none. Errors, the same on every rank: WEFT_INPUT (more ranks than these can
 * use; a wisdom file that is none), WEFT_IO (wisdom file), WEFT_FAILED (memory, or FFTW cannot
 * plan). Collective. */
weft_status weft_fft_create(const weft_grid *grid, const weft_boundary *boundary,
                            const weft_fft_options *options, weft_fft **out);

/* Frees the transform and its tables; NULL is allowed. Buffers made by weft_fft_buffer are not
 * freed. Collective. */
void weft_fft_free(weft_fft *fft);

/* Bytes that the messages of a transform take on a rank of a grid that weft_grid_foresee made, and
 * that fft, which is on one rank and perhaps of fewer points, does not take. In one dimension,
 * where several ranks take another way, nan. Local. */
double weft_fft_foresee_messages(const weft_fft *fft, const weft_grid *foreseen);

/* A buffer that can be transformed in place (real values or coefficients), aligned as the plans
 * need; free with weft_fft_buffer_free. Local. */
double *weft_fft_buffer(const weft_fft *fft);
void weft_fft_buffer_free(const weft_fft *fft, double *buffer);

/* Load copies the owned values of a ghosted field of the grid (ghost: its ghost layers, at most 16)
 * into a buffer; store copies them out of a buffer, times factor. Ghosts of the field stay as they
 * are. Collective. */
void weft_fft_load(weft_fft *fft, const double *field, int ghost, double *buffer);
void weft_fft_store(weft_fft *fft, const double *buffer, double factor, double *field, int ghost);

/* Transform a buffer in place, unnormalised: from real values to coefficients (forward) or back. A
 * forward and a backward transform multiply by 1/scale. Collective. */
void weft_fft_forward(weft_fft *fft, double *buffer);
void weft_fft_backward(weft_fft *fft, double *buffer);

/* What is done to real values between two transforms: rows of them in each of the buffers, of which
 * row r has its first value at real.origin + z*stride[0] + y*stride[1], z = r / local[1], y = r %
 * local[1] (the box real); all of one z, or all there are. It must not be collective. */
typedef void weft_fft_points(void *context, int64_t first, int64_t rows, double *const *buffers);
/* Backward for so many buffers, points for all rows of this rank, and forward again: row by row or
 * plane by plane where that can be, while they are in cache. Bits as in separate calls. Collective.
 */
void weft_fft_between(weft_fft *fft, int count, double *const *buffers, weft_fft_points *points,
                      void *context);

/* k^2 of the local modes first ... first + count - 1, in memory order. out: count doubles. Local.
 */
void weft_fft_k2(const weft_fft *fft, int64_t first, int64_t count, double *out);
/* The weights of all local modes. out: modes doubles. Local. */
void weft_fft_weights(const weft_fft *fft, double *out);

/* Largest |k| along an axis (0 z, 1 y, 2 x), before dealiasing. Local. */
double weft_fft_kmax(const weft_fft *fft, int axis);

/* The wavenumber from which on dealiasing cuts along an axis: fraction * pi n/L, less 1e-12 of it;
 * infinite along an unused axis. Local. */
double weft_fft_limit(const weft_fft *fft, int axis, double fraction);

/* Zero all coefficients with |k| >= weft_fft_limit along any used axis (2/3 rule: 2.0/3).
 * data: modes*per_mode doubles. Local. */
void weft_fft_dealias(const weft_fft *fft, double fraction, double *data);

/* The coefficients of f in data become those of df/dx along an axis (0 z, 1 y, 2 x). Only for
 * periodic and antiperiodic axes; the Nyquist mode is zeroed. Local. */
void weft_fft_derivative(const weft_fft *fft, int axis, double *data);

/* Shell-averaged spectrum of coefficients in data: power[b] = mean over the modes in shell b of
 * |c|^2, with shells of width dk centred on b*dk, b = 0..bins-1 (a mode on the limit, to 1e-12, is
 * in the upper one), and count[b] the number of modes, conjugates that are not stored included
 * (exact integers). Along cosine and sine axes every coefficient is one mode, and |c|^2 is taken
 * times its weight, so that scale * sum over b of count*power = sum over points of f^2 with enough
 * bins. Sums are exact in order. Collective. */
void weft_fft_shells(const weft_fft *fft, const double *data, double dk, int bins, double *power,
                     int64_t *count);

/* "FFTW x.y.z". Local. */
const char *weft_fft_version(void);

WEFT_DECLARE_END

#endif
