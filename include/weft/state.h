/* Fields and the state that a stepper advances. */
#ifndef WEFT_STATE_H
#define WEFT_STATE_H

#include "weft/declare.h"
#include "weft/fft.h"
#include "weft/grid.h"

WEFT_DECLARE_BEGIN

typedef enum weft_element { WEFT_F64, WEFT_U8 } weft_element;

typedef enum weft_role {
    WEFT_EVOLVED,  /* the stepper advances it */
    WEFT_MOMENTUM, /* likewise; conjugate to (time derivative of) the field before it */
    WEFT_STATIC,   /* set once: quenched disorder */
    WEFT_DERIVED,  /* computed by the model from the others when it is asked for */
    WEFT_MEMORY,   /* what the others do not tell of earlier times; part of checkpoints, and read
                      from the file of an initial state that has it */
} weft_role;

typedef enum weft_space {
    WEFT_X, /* values on the grid, ghosted array */
    WEFT_K, /* unnormalised coefficients, weft_fft_forward of the grid values (evolved fields under
               an exponential stepper); grid values are scale * weft_fft_backward of them */
} weft_space;

/* What a model says about a field. */
typedef struct weft_field_spec {
    const char *name;
    const char *unit;
    const char *long_name;
    weft_role role;
    weft_element element;
    int components;     /* at least 1 */
    int ghost;          /* ghost layers that the model's kernels read */
    const char *symbol; /* as in a formula, in TeX: "\\phi"; NULL: the name itself */
} weft_field_spec;

typedef struct weft_field {
    weft_field_spec spec;
    weft_space space;
    weft_extent extent;     /* of one component in WEFT_X */
    int64_t size;           /* elements of one component in its present space */
    void *data;             /* components * size elements, component-major; in WEFT_K no FFT
                               buffer: copy a component to one to transform it */
    double *values;         /* in WEFT_K where transform and grid cut the points differently: owned
                               points of all components, for views; else NULL */
    struct weft_halo *halo; /* fills all spec.ghost layers; NULL without ghosts or in WEFT_K */
} weft_field;

enum { WEFT_MAX_FIELDS = 24 };

typedef struct weft_state {
    const weft_grid *grid;
    weft_fft *fft; /* NULL where nothing needs it; not owned */
    int n;
    weft_field field[WEFT_MAX_FIELDS];
} weft_state;

/* Is the field one that a later start needs: evolved, a momentum or a memory? Local. */
static inline bool weft_state_keeps(const weft_field *field)
{
    const weft_role role = field->spec.role;
    return role == WEFT_EVOLVED || role == WEFT_MOMENTUM || role == WEFT_MEMORY;
}

/* All fields of specs, zeroed; evolved ones and momenta live in space, all others in WEFT_X. The
 * state keeps grid, fft and the texts of specs, owns none of them. Errors: those of
 * weft_halo_create. Collective. */
weft_status weft_state_create(const weft_grid *grid, weft_fft *fft, const weft_field_spec *specs,
                              int n, weft_space space, weft_state **out);

/* A state with the same fields of roles evolved and momentum (others: data NULL), for stages and
 * derivatives; zeroed. Collective. */
weft_status weft_state_like(const weft_state *state, weft_state **out);
void weft_state_free(weft_state *state);

/* Field by name; NULL if none. Local. */
weft_field *weft_state_find(weft_state *state, const char *name);

/* First element of component c (ghosts included in WEFT_X). Local. */
double *weft_field_data(weft_field *field, int component);
uint8_t *weft_field_bytes(weft_field *field, int component);

/* Fill the ghosts of all components. Collective. */
void weft_field_exchange(weft_field *field);

/* Grid values of a component, wherever the field lives: in WEFT_X the array itself, in WEFT_K the
 * result of a transform in buffer (an FFT buffer; NULL: fft->work), normalised, valid until buffer
 * is used again or the component is viewed again. Byte fields are not viewed. Collective in WEFT_K.
 */
typedef struct weft_view {
    const double *data;
    int64_t local[3];
    int64_t stride[3]; /* stride[2] = 1 */
    int64_t origin;
} weft_view;
weft_view weft_field_view(weft_state *state, weft_field *field, int component, double *buffer);

/* The row at local (z, y): local[2] contiguous values. Local. */
static inline const double *weft_row(const weft_view *view, int64_t z, int64_t y)
{
    return view->data + view->origin + z * view->stride[0] + y * view->stride[1];
}

/* Replace a component by grid values given in a ghosted array of the grid (ghost layers: ghost), in
 * whatever space the field lives. Collective in WEFT_K. */
void weft_field_assign(weft_state *state, weft_field *field, int component, const double *values,
                       int ghost);

/* Sum over the grid of f^2, for either space (by Parseval in WEFT_K), exact in order. Collective.
 */
double weft_field_sum_squares(weft_state *state, weft_field *field, int component);

/* true if every value of the evolved fields is finite, on every rank. Collective. */
bool weft_state_finite(const weft_state *state);

/* Bytes of all fields on this rank. Local. */
int64_t weft_state_bytes(const weft_state *state);

WEFT_DECLARE_END

#endif
