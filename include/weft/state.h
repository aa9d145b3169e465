/* Fields and the state that a stepper advances. */
#ifndef WEFT_STATE_H
#define WEFT_STATE_H

#include "weft/declare.h"
#include "weft/fft.h"
#include "weft/grid.h"

WEFT_DECLARE_BEGIN

/* Type of one value: double, or an unsigned byte (occupations and species of lattices). */
typedef enum weft_element { WEFT_F64, WEFT_U8 } weft_element;

/* What a field is for, which decides whether steppers advance it and whether checkpoints hold it.
 */
typedef enum weft_role {
    WEFT_EVOLVED,  /* the stepper advances it */
    WEFT_MOMENTUM, /* likewise; conjugate to (time derivative of) the field before it */
    WEFT_STATIC,   /* set once: quenched disorder */
    WEFT_DERIVED,  /* computed by the model from the others when it is asked for */
    WEFT_MEMORY,   /* what the others do not tell of earlier times; part of checkpoints, and read
                      from the file of an initial state that has it */
} weft_role;

/* Where the values of a field live. */
typedef enum weft_space {
    WEFT_X, /* values on the grid, ghosted array */
    WEFT_K, /* unnormalised coefficients, weft_fft_forward of the grid values (evolved fields under
               an exponential stepper); grid values are scale * weft_fft_backward of them */
} weft_space;

/* What a model says about a field. The texts belong to the model and outlive every state. */
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

/* A field of a state; the state owns data, values and halo. */
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

/* Most fields that a model can have. */
enum { WEFT_MAX_FIELDS = 24 };

/* The n fields of one replica, in the order of the model's table; free with weft_state_free. */
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

/* Make all n fields of specs, zeroed. Evolved fields and momenta live in `space`, all others in
 * WEFT_X. The state keeps grid, fft and the texts of specs, and owns none of them; fft may be NULL
 * if space is WEFT_X. Free it with weft_state_free. Errors: those of weft_halo_create, and
 * WEFT_FAILED when memory is short; *out is NULL then. Collective. */
weft_status weft_state_create(const weft_grid *grid, weft_fft *fft, const weft_field_spec *specs,
                              int n, weft_space space, weft_state **out);

/* A state with the same fields: those of roles evolved and momentum get zeroed arrays of their own,
 * all others have data NULL. For stages and derivatives of steppers. It keeps grid and fft as the
 * original does; free it with weft_state_free. Errors: WEFT_FAILED when memory is short.
 * Collective. */
weft_status weft_state_like(const weft_state *state, weft_state **out);
/* Frees all fields; NULL is allowed. Local. */
void weft_state_free(weft_state *state);

/* Field by name; NULL if none. Local. */
weft_field *weft_state_find(weft_state *state, const char *name);

/* First element of a component of doubles (data) or bytes (bytes); in WEFT_X this is the first
 * ghost, and the first owned point is extent.origin elements further. The field owns the memory.
 * Another element type or a component that does not exist ends the program. Local. */
double *weft_field_data(weft_field *field, int component);
uint8_t *weft_field_bytes(weft_field *field, int component);

/* The local row (z, y) of a component of doubles of a field in WEFT_X: local[2] contiguous values,
 * with the field's ghosts before and after them. Local. */
static inline double *weft_field_row(weft_field *field, int component, int64_t z, int64_t y)
{
    return weft_field_data(field, component) + weft_extent_row(&field->extent, z, y);
}

/* Fill the ghosts of all components; nothing to do for fields without ghosts. Collective. */
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

/* Whether every value of the evolved fields and momenta is finite, on all ranks together; every
 * rank gets the same answer. Collective. */
bool weft_state_finite(const weft_state *state);
/* The largest modulus of a value of the evolved fields and momenta, or of one of their coefficients
 * in WEFT_K; infinite where one is not finite. The same on every rank. Collective. */
double weft_state_largest(const weft_state *state);

WEFT_DECLARE_END

#endif
