/* Observables of the model reaction_lattice: what their files share. The rows of the table are in
 * observables.c. */
#ifndef WEFT_MODEL_REACTION_LATTICE_OBSERVE_OBSERVE_H
#define WEFT_MODEL_REACTION_LATTICE_OBSERVE_OBSERVE_H

#include "../lattice.h"

/* What observables keep from one record to the next: memory to work in, and states of earlier
 * times. */
enum { RL_MAX_MOMENTS = 16 };
typedef enum rl_slot { RL_WORK_A, RL_WORK_B, RL_WORK_C, RL_WORK_LINE, RL_WORK_K, RL_SLOTS } rl_slot;
enum { RL_MAX_HALOS = 8 };

typedef struct rl_kept {
    void *memory[RL_SLOTS];
    int64_t bytes[RL_SLOTS];
    weft_halo *halo[RL_MAX_HALOS];
    int width[RL_MAX_HALOS];
    double *transform;
    int n_moments; /* waiting times of two-time correlations */
    double moment[RL_MAX_MOMENTS];
    weft_field *then[RL_MAX_MOMENTS]; /* the state at each */
} rl_kept;

/* lattice->kept, with the fields of the waiting times. Errors: WEFT_INPUT. Local. */
weft_status rl_kept_make(weft_sim *sim);
void rl_kept_free(weft_sim *sim);

/* Room for count values of a size: the same memory for a slot as long as it is large enough. Local.
 */
void *rl_work(weft_sim *sim, rl_slot slot, int64_t count, size_t size);
/* Halo exchange of that width for one array of numbers. Collective at the first call. */
weft_halo *rl_halo(weft_sim *sim, int width);
/* Buffer of the transform. Local. */
double *rl_transform(weft_sim *sim);

/* Coefficients of the numbers of a species less their mean, in the buffer of the transform.
 * Collective. */
double *rl_modes_of(weft_sim *sim, int species);
/* |c|^2/N of such coefficients, mean over each shell from 0 on, and the modes of each. Collective.
 */
void rl_shell_means(weft_sim *sim, const double *modes, double *out, int64_t *count);

/* Ghosted copy of the numbers of a species, or of the states (capacity 1), halo filled, in the
 * memory of a slot. Collective. */
enum { RL_THE_STATE = -1 };
double *rl_ghosted(weft_sim *sim, rl_slot slot, int species, int width, weft_extent *extent);
weft_status rl_check_event_profile(weft_sim *sim, double argument);
weft_status rl_compute_event_profile(weft_sim *sim, double argument, double *out);
weft_status rl_check_reaction_profile(weft_sim *sim, double argument);
weft_status rl_compute_reaction_profile(weft_sim *sim, double argument, double *out);
weft_status rl_check_cores(weft_sim *sim, double argument);
weft_status rl_compute_cores(weft_sim *sim, double argument, double *out);
/* The waiting times that observe.list names, each once, and their number; WEFT_INPUT if there are
 * more than RL_MAX_MOMENTS. Local. */
weft_status rl_moments(const weft_model *model, const weft_params *params, double *out, int *count);
/* Fields that hold the states at n moments. Local. */
void rl_moments_plan(int n, weft_plan *plan);
weft_status rl_remember(weft_sim *sim, double argument);
weft_status rl_compute_autocorrelation(weft_sim *sim, double argument, double *out);
weft_status rl_axis_x(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE]);
weft_status rl_axis_r(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE]);
weft_status rl_axis_k(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE]);
weft_status rl_check_pair(weft_sim *sim, double argument);
weft_status rl_compute_profile(weft_sim *sim, double argument, double *out);
weft_status rl_compute_front(weft_sim *sim, double argument, double *out);
weft_status rl_compute_pair(weft_sim *sim, double argument, double *out);
weft_status rl_compute_structure(weft_sim *sim, double argument, double *out);
weft_status rl_compute_variance(weft_sim *sim, double argument, double *out);
weft_status rl_compute_domain(weft_sim *sim, double argument, double *out);

#endif
