/* Sums over poles, and programs: resolvents of windows as lists of operations. */
#ifndef WEFT_ELECTRON_PROGRAM_H
#define WEFT_ELECTRON_PROGRAM_H
#include <stdbool.h>
#include <stdint.h>

enum { EL_TOGETHER = 4 }; /* poles for which a program is run at once */
enum { EL_POLES_MAX = 16, EL_ODD_POLES_MAX = 12, EL_POLE_SETS = 32, EL_WINDOWS_MAX = 10 };

/* Factors of a trained pole before the terms of the ball with outer neighbours: what the ring of
 * neighbours adds to the centre, sites two steps along an axis and corners to the neighbours, what
 * lies beyond to those two, and the bond between neighbours over a corner. */
enum { EL_CENTRE, EL_AXIAL, EL_CORNER, EL_OUTER, EL_RING, EL_COUPLINGS };

/* A sum over poles that approximates the Fermi step or the grand potential. */
typedef struct el_poles {
    bool even; /* of the grand potential: ln(2 cosh(x/2)) = ln 2 + sum w x^2/(x^2 + y^2) */
    int count;
    double a, error; /* on |x| <= a; all in units of the temperature */
    double y[EL_POLES_MAX], w[EL_POLES_MAX];
    bool trained; /* with factors that are not all one: the ball with outer neighbours alone */
    double c[EL_POLES_MAX][EL_COUPLINGS];
} el_poles;

/* Sets of poles that were made, the oldest first. */
typedef struct el_pole_table {
    int count;
    el_poles *list[EL_POLE_SETS];
} el_pole_table;

/* Poles for |x| <= a (rounded up), in units of the temperature, made when first asked for. Owned by
 * the table. Local. */
const el_poles *el_poles_get(el_pole_table *table, bool even, int poles, double a);
void el_poles_free(el_pole_table *table);

typedef enum el_operation {
    EL_EMBED,      /* slot to -= 1/(z - v) of outer site x, by a nearest bond */
    EL_EMBED_NEXT, /* the same by a second neighbour's */
    EL_INVERT,     /* to = 1/x */
    EL_ELIMINATE,  /* factor = x y, for the next `to` operations ... */
    EL_SUBTRACT,   /* to -= factor y */
} el_operation;

/* One operation of a program on the slots of a matrix. */
typedef struct el_op {
    el_operation kind;
    int to, x, y;
} el_op;

/* The elimination of a window's sites, worked out once (program.c). */
typedef struct el_program {
    int sites, inner, site_room; /* all, and those inside; the centre is the first */
    int64_t (*d)[3];             /* where they are */
    int64_t reach;               /* largest displacement along an axis */
    int slots, scratch;          /* entries of the matrix; the last one is scratch */
    int *source;                 /* what a slot begins with: 1, 2: hopping; -1: 0 */
    int count, room;
    el_op *op;
    double first, next, next2; /* hopping in units of |t|: sign of t, t'/|t|, its square */
} el_program;

/* The elimination of a ball of sites, with or without its outer neighbours folded in. Local. */
void el_program_make(int dim, int64_t radius2, bool next, bool embed, el_program *out);
void el_program_free(el_program *program);
/* Complex numbers (and derivatives) of a lane while a program runs. */
static inline int64_t el_program_room(const el_program *p)
{
    return EL_TOGETHER * (int64_t)(p->sites + p->slots);
}
/* Sums over poles for as many centres as there are lanes: v[site][lane], out[lane]; room: see
 * rational.h. Local. */
void el_program_run_f32(const el_program *p, const el_poles *poles, const float *v, float *room,
                        float *out);
void el_program_run_f64(const el_program *p, const el_poles *poles, const double *v, double *room,
                        double *out);
/* The same for n neighbouring centres, the first at v. The functions with slope in their name give
 * the derivative with respect to mu (odd poles only), the others take NULL. Local. */
typedef void el_program_row32(const el_program *p, const el_poles *poles, const float *v,
                              const int64_t stride[3], int64_t n, float *room, float *out,
                              float *slope);
typedef void el_program_row64(const el_program *p, const el_poles *poles, const double *v,
                              const int64_t stride[3], int64_t n, double *room, double *out,
                              double *slope);
el_program_row32 el_program_row_f32, el_program_row_slope_f32;
el_program_row64 el_program_row_f64, el_program_row_slope_f64;

#endif
