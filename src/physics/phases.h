/* Statistics of oscillators on a grid: a front of unwrapped phases, its links and its
 * frequencies (phases.c introduces the words). For models that have a phases_data in
 * their own struct: phases_init lets sim->phases point to it. */
#ifndef WEFT_PHYSICS_PHASES_H
#define WEFT_PHYSICS_PHASES_H

#include "front.h"

/* What oscillators need between records. It belongs to the model. */
typedef struct phases_data {
    front_data front;
    /* the fields of the model from the phases of the local sites. Collective. */
    void (*assign)(weft_sim *sim, const double *phases);
    bool links;                  /* neighbours are coupled (not all to all) */
    double look_interval;        /* time between two looks at phases and links */
    double looked_at;            /* time of the last look */
    int well, slips;             /* fields, -1: slips are not counted */
    int marked, frequency;       /* fields, -1: frequencies are not wanted */
    bool pictured;               /* frequencies are wanted for snapshots alone */
    double rate_at, rate_slips;  /* time (negative: none) and slips at the previous record */
    double rate;                 /* slips a link and unit of time before it */
    double frequency_at, window; /* time of the phases in marked; what frequency is a mean over */
} phases_data;

/* What a plan must know of the model: it has additive noise; it is an open chain and no
 * ring; neighbours are coupled (not all to all). */
typedef struct phases_kind {
    bool noise, chain, links;
} phases_kind;
/* Complete a plan that has the model's own fields by the layout, the families, the
 * boundaries, and the fields that the wanted observables need. Local. */
void phases_plan(const weft_params *params, phases_kind kind, int dim, weft_plan *plan);

/* Begin; the phases must be zero before. field: which one of sim->state holds the
 * phases; links, look_interval, assign: as in phases_data. End with front_free. Local. */
void phases_init(phases_data *phases, weft_sim *sim, int field, bool links, double look_interval,
                 void (*assign)(weft_sim *sim, const double *phases));

/* The model's functions of these names. Errors: WEFT_IO of save and load. Collective. */
weft_status phases_begin(weft_sim *sim);
weft_status phases_guard(weft_sim *sim);
weft_status phases_derive(weft_sim *sim);
weft_status phases_save(weft_sim *sim, struct weft_file *file);
weft_status phases_load(weft_sim *sim, struct weft_file *file);

/* Rows of the model that are the same for all phases. */
#define WEFT_PHASES_MODEL                                                                          \
    .lattice = true, .fields = WEFT_NAMES("phase"), .derived = front_derived,                      \
    .reductions = front_reductions, .classes = front_phase_classes, .evidence = front_evidence,    \
    .begin = phases_begin, .derive = phases_derive, .guard = phases_guard, .save = phases_save,    \
    .load = phases_load

/* Frequencies since the previous record. Collective. */
void phases_update_frequency(weft_sim *sim);

/* Sums over all sites of the cosine and the sine of a field of phases. Collective. */
void phases_sums(const weft_grid *grid, const weft_view *phase, double sums[2]);

/* ---- initial states ---- */

/* A new array (weft_free) of a number for each local site, zero at first; and the start
 * from such phases, which frees them. Collective. */
double *phases_sites(const weft_sim *sim);
weft_status phases_assign(weft_sim *sim, double *values);
/* The slope of a twisted start, 0 for all others. Local. */
double phases_twist(const weft_sim *sim);
weft_status phases_flat(weft_sim *sim);
weft_status phases_random(weft_sim *sim);
weft_status phases_wedge(weft_sim *sim);
weft_status phases_twisted(weft_sim *sim);

/* Rows of a table of initial states. */
/* clang-format off */
#define WEFT_PHASES_INITIALS \
    {.name = "flat", .help = "all phases zero", .set = phases_flat}, \
    {.name = "random", .help = "independent phases, uniform on the circle", .set = phases_random}, \
    {.name = "wedge", .help = "a droplet: phase = -slope * distance from the centre", \
     .params = front_wedge_params, .set = phases_wedge}, \
    {.name = "twisted", .help = "a constant slope that winds round the ring", \
     .params = front_twisted_params, .set = phases_twisted}
/* clang-format on */

/* ---- observables ---- */
observable_compute phases_order, phases_slips, phases_slip_rate, phases_winding;
observable_compute phases_width2_folded, phases_spread, phases_locked;
observable_compute phases_clusters;
observable_shape phases_clusters_shape;
observable_check phases_links_check, phases_line_check, phases_ring_check;

/* With those of the front. */
/* clang-format off */
#define WEFT_PHASES_OBSERVABLES \
    WEFT_FRONT_OBSERVABLES("rad"), \
    WEFT_OBSERVABLE("order_parameter", "R", "", "|mean over sites of exp(i phase)|", \
                    NULL, NULL, phases_order), \
    WEFT_OBSERVABLE("slips", "n_s", "", "phase slips a link since the start", \
                    NULL, phases_links_check, phases_slips), \
    WEFT_OBSERVABLE("slip_rate", "\\dot n_s", "1/time", "phase slips a link and time unit since the previous record", \
                    NULL, phases_links_check, phases_slip_rate), \
    WEFT_OBSERVABLE("winding", "w", "", "winding number along x, mean over rows", \
                    NULL, phases_ring_check, phases_winding), \
    WEFT_OBSERVABLE("width2_folded", "W_f^2", "rad^2", "width2 of the front with phase slips taken out", \
                    NULL, phases_line_check, phases_width2_folded), \
    WEFT_OBSERVABLE("frequency_spread", "\\Delta\\omega", "rad/time", "largest less smallest mean frequency since the previous record", \
                    NULL, NULL, phases_spread), \
    WEFT_OBSERVABLE("locked", NULL, "", "1: no link turned by pi since the previous record; else 0", \
                    NULL, NULL, phases_locked), \
    WEFT_OBSERVABLE("cluster_sizes", "N(n)", "", "number of locked clusters of size n to 2n-1", \
                    phases_clusters_shape, phases_links_check, phases_clusters)
/* clang-format on */

#endif
