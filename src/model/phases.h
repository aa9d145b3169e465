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
    double slip_interval;        /* time between two looks at the links */
    int well, slips;             /* fields, -1: slips are not counted */
    int marked, frequency;       /* fields, -1: frequencies are not wanted */
    double slips_at;             /* time of the last look */
    double rate_at, rate_slips;  /* at the previous record */
    double rate;                 /* slips a link and time unit */
    double frequency_at, window; /* time of marked; length of the interval of frequency, 0: none */
} weft_phases;

/* Add the fields that the wanted observables need to a plan. Local. */
void weft_phases_plan(const weft_params *params, int dim, bool links, weft_plan *plan);

/* Local. */
void weft_phases_init(weft_phases *phases, weft_sim *sim, int field, bool links,
                      double slip_interval, void (*assign)(weft_sim *sim, const double *phases));

/* The wells of the links of the initial state; to be called from begin. Collective. */
void weft_phases_begin(weft_sim *sim);

/* Count slips; to be called after each step. Collective. */
void weft_phases_watch(weft_sim *sim);

/* With weft_front_save and _load of the front. Collective. */
weft_status weft_phases_save(weft_sim *sim, struct weft_file *file);
weft_status weft_phases_load(weft_sim *sim, struct weft_file *file);

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
void weft_phases_order(weft_sim *sim, double argument, double *out);
weft_status weft_phases_links_check(weft_sim *sim, double argument);
weft_status weft_phases_line_check(weft_sim *sim, double argument);
weft_status weft_phases_ring_check(weft_sim *sim, double argument);
void weft_phases_slips(weft_sim *sim, double argument, double *out);
void weft_phases_slip_rate(weft_sim *sim, double argument, double *out);
void weft_phases_winding(weft_sim *sim, double argument, double *out);
void weft_phases_width2_folded(weft_sim *sim, double argument, double *out);
void weft_phases_spread(weft_sim *sim, double argument, double *out);
void weft_phases_locked(weft_sim *sim, double argument, double *out);
int weft_phases_clusters_shape(weft_sim *sim, double argument, weft_axis *axes);
void weft_phases_clusters(weft_sim *sim, double argument, double *out);

/* clang-format off */
#define WEFT_PHASES_OBSERVABLES \
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
