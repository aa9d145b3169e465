/* Pieces of the method rdme, private to its folder. */
#ifndef WEFT_MODEL_REACTION_LATTICE_RDME_RDME_H
#define WEFT_MODEL_REACTION_LATTICE_RDME_RDME_H

#include "../lattice.h"

/* The step that is chosen when the input gives none keeps the bias below this; a larger one of a
 * given step, or of a state that has become denser, is warned of beyond the other. */
#define RL_RDME_BIAS 0.005
#define RL_RDME_WARN 0.02

/* Relative error of the rate at which a pair reacts on two sites: it reacts at the rate k on one,
 * and changes between one site and two at the rate h. Local. */
double rl_pair_bias(double k, double h, double tau);
/* The mean number of partners of a particle in each reaction of two or three, at least 1, in the
 * present state. Collective. */
void rl_rdme_partners(weft_sim *sim, double *partners);
/* The bias of a reaction (from 0), and the largest of all. Local. */
double rl_reaction_bias(const rl_config *cfg, int reaction, double partners, double tau);
double rl_rdme_worst(const rl_config *cfg, const double *partners, double tau);
/* The longest step of a round number whose bias is small. Local. */
double rl_rdme_choose(const rl_config *cfg, const double *partners);

#endif
