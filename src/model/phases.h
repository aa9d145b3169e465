/* Statistics of oscillators on a grid: a front of unwrapped phases, its links and its frequencies.
 * For models whose sim->data begins with a weft_phases. */
#ifndef WEFT_MODEL_PHASES_H
#define WEFT_MODEL_PHASES_H

#include "front.h"

typedef struct weft_phases {
    weft_front front;
    /* the fields of the model from the phases of the local sites. Collective. */
    void (*assign)(weft_sim *sim, const double *phases);
    bool links;                  /* neighbours are coupled (not all to all) */
    double look_interval;        /* time between two looks at phases and links */
    double looked_at;            /* time of the last look */
    int well, slips;             /* fields, -1: slips are not counted */
    int marked, frequency;       /* fields, -1: frequencies are not wanted */
    bool pictured;               /* frequencies are wanted for snapshots alone */
    double rate_at, rate_slips;  /* at the previous record */
    double rate;                 /* slips a link and time unit */
    double frequency_at, window; /* time of marked; length of the interval of frequency, 0: none */
} weft_phases;

/* Complete a plan that has the model's own fields, by the keys noise and topology of its section
 * and with the fields that the wanted observables need. Local. */
void weft_phases_plan(const weft_params *params, const weft_section *own, int dim, bool links,
                      weft_plan *plan);

/* Local. */
void weft_phases_init(weft_phases *phases, weft_sim *sim, int field, bool links,
                      double look_interval, void (*assign)(weft_sim *sim, const double *phases));

/* The model's functions of these names. */
weft_status weft_phases_begin(weft_sim *sim);
weft_status weft_phases_guard(weft_sim *sim);
void weft_phases_derive(weft_sim *sim);
weft_status weft_phases_save(weft_sim *sim, struct weft_file *file);
weft_status weft_phases_load(weft_sim *sim, struct weft_file *file);

/* Rows of the model that are the same for all phases. */
#define WEFT_PHASES_MODEL                                                                          \
    .lattice = true, .fields = "phase", .derived = weft_front_derived,                             \
    .reductions = weft_front_reductions, .begin = weft_phases_begin, .derive = weft_phases_derive, \
    .guard = weft_phases_guard, .save = weft_phases_save, .load = weft_phases_load

/* Frequencies since the previous record. Collective. */
void weft_phases_update_frequency(weft_sim *sim);

/* Sums over all sites of the cosine and the sine of a field of phases. Collective. */
void weft_phases_sums(const weft_grid *grid, const weft_view *phase, double sums[2]);

/* ---- initial states ---- */

/* A number for each local site; and the start from such numbers, which it frees. Collective. */
double *weft_phases_sites(const weft_sim *sim);
weft_status weft_phases_assign(weft_sim *sim, double *values);
/* The slope of a twisted start, 0 for all others. Local. */
double weft_phases_twist(const weft_sim *sim);
weft_status weft_phases_flat(weft_sim *sim);
weft_status weft_phases_random(weft_sim *sim);
weft_status weft_phases_wedge(weft_sim *sim);
weft_status weft_phases_twisted(weft_sim *sim);

/* Rows of a table of initial states. */
/* clang-format off */
#define WEFT_PHASES_INITIALS \
    {"flat", "all phases zero", NULL, weft_phases_flat}, \
    {"random", "independent phases, uniform on the circle", NULL, weft_phases_random}, \
    {"wedge", "a droplet: phase = -slope * distance from the centre", weft_front_wedge_params, weft_phases_wedge}, \
    {"twisted", "a constant slope that winds round the ring", weft_front_twisted_params, weft_phases_twisted}
/* clang-format on */

/* ---- observables ---- */
weft_observable_compute weft_phases_order, weft_phases_slips, weft_phases_slip_rate,
    weft_phases_winding;
weft_observable_compute weft_phases_width2_folded, weft_phases_spread, weft_phases_locked;
weft_observable_compute weft_phases_clusters;
weft_observable_shape weft_phases_clusters_shape;
weft_observable_check weft_phases_links_check, weft_phases_line_check, weft_phases_ring_check;

/* With those of the front. */
/* clang-format off */
#define WEFT_PHASES_OBSERVABLES \
    WEFT_FRONT_OBSERVABLES("rad"), \
    WEFT_OBSERVABLE("order_parameter", "", "|mean over sites of exp(i phase)|", \
                    NULL, NULL, weft_phases_order), \
    WEFT_OBSERVABLE("slips", "", "phase slips a link since the start", \
                    NULL, weft_phases_links_check, weft_phases_slips), \
    WEFT_OBSERVABLE("slip_rate", "1/time", "phase slips a link and time unit since the previous record", \
                    NULL, weft_phases_links_check, weft_phases_slip_rate), \
    WEFT_OBSERVABLE("winding", "", "winding number along x, mean over rows", \
                    NULL, weft_phases_ring_check, weft_phases_winding), \
    WEFT_OBSERVABLE("width2_folded", "rad^2", "width2 of the front with phase slips taken out", \
                    NULL, weft_phases_line_check, weft_phases_width2_folded), \
    WEFT_OBSERVABLE("frequency_spread", "rad/time", "largest less smallest mean frequency since the previous record", \
                    NULL, NULL, weft_phases_spread), \
    WEFT_OBSERVABLE("locked", "", "1: no link turned by pi since the previous record; else 0", \
                    NULL, NULL, weft_phases_locked), \
    WEFT_OBSERVABLE("cluster_sizes", "", "number of locked clusters of size n to 2n-1", \
                    weft_phases_clusters_shape, weft_phases_links_check, weft_phases_clusters)
/* clang-format on */

#endif
