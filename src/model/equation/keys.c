/* The keys of the section equation, bound to eq_params. They stand alone, below all that reads the
 * equations, so that files of this folder can ask for the values without needing model.c.
 *
 * Invariant: the words of a choice and the enum of their positions come from one list in
 * equation.h, and those of boundary are in the order of weft_boundary, so that a position is a
 * boundary. */
#include "equation.h"

/* The section equation. Trees (fields, equations, ...) are read by read.c with messages of their
 * own. */
const weft_param eq_keys[] = {
    {WEFT_BIND_TREE(eq_params, fields),
     .help = "names of the fields, [u, v]; {u: real, A: complex} where one is complex"},
    {WEFT_BIND_TREE(eq_params, parameters), .standard = "",
     .help = "{name: number}, or [t0, v0, t1, v1, ...], piecewise linear in time"},
    {WEFT_BIND_TREE(eq_params, equations),
     .help = "a list: dt(u) = ..., dtt(u) = ..., OPERATOR(psi) = ..., name = ..."},
    {WEFT_BIND_TREE(eq_params, quenched), .standard = "",
     .help = "{name: formula} or {name: {file: PATH}}: fields that do not change in time"},
    {WEFT_BIND_TREE(eq_params, observables), .standard = "",
     .help = "{name: formula}, as in {mass: mean(u)}"},
    {WEFT_BIND_CHOICE(eq_params, space), .standard = "spectral", .words = EQ_SPACES(WEFT_ENUM_WORD),
     .help = "derivatives exact in k space, or by differences, with neighbours as u[1]"},
    {WEFT_BIND_CHOICE(eq_params, difference), .standard = "2", .words = EQ_ORDERS(WEFT_ENUM_WORD),
     .help = "order of the differences", .when = "space=lattice"},
    {WEFT_BIND_CHOICE(eq_params, noise), .standard = "ito", .words = EQ_CALCULI(WEFT_ENUM_WORD),
     .help = "meaning of noise whose amplitude depends on the fields"},
    COLOURED_PARAMS(eq_params, colour),
    {WEFT_BIND_CHOICE(eq_params, dealias), .standard = "auto",
     .words = EQ_DEALIASING(WEFT_ENUM_WORD),
     .help = "part of the wavenumbers that nonlinear terms see; auto: 2/(degree + 1)",
     .when = "space=spectral"},
    {WEFT_BIND_CHOICES(eq_params, boundary), .standard = "periodic",
     .words = EQ_BOUNDARIES(WEFT_ENUM_WORD), .help = "of each axis, slowest first, or one for all"},
    {0},
};
