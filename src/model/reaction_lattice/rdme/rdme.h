/* Private to the method rdme (the reaction-diffusion master equation). The walk is the sequence of
 * states after whole steps; what is shown at the time of a record is made from a copy of it. */
#ifndef WEFT_MODEL_REACTION_LATTICE_RDME_RDME_H
#define WEFT_MODEL_REACTION_LATTICE_RDME_RDME_H

#include "../lattice.h"

enum {
    RL_MOST_HOPS = 12, /* along an axis in a step; their mean is at most 1/2 */
    RL_WALKS = (RL_MOST_HOPS + 1) * (RL_MOST_HOPS + 2) / 2,
    RL_MOST_ON_SITE = 10000000, /* particles of a species */
};

/* The walks of a step along an axis, those of few hops first. */
typedef struct rl_walks {
    double below[RL_WALKS]; /* cumulative probability */
    int8_t by[RL_WALKS];    /* sites */
    uint8_t hops[RL_WALKS];
} rl_walks;

typedef struct rl_rdme {
    rl_ways ways; /* reactions alone count here */
    int n_reactions;
    int reach;
    double tau;
    uint64_t steps; /* done */
    double start;   /* time of the first */
    bool ready;     /* n holds the walk */
    bool warned;    /* of the bias */
    weft_extent extent;
    weft_halo *halo;
    int32_t *n, *next;                  /* of a species: component-major; of one */
    int32_t *kept;                      /* the walk, while n shows something else */
    weft_field *walk;                   /* the walk, for checkpoints */
    int64_t count[RL_STATES];           /* particles of the walk */
    rl_walks step[WEFT_MAX_SPECIES];    /* of tau */
    rl_walks shorter[WEFT_MAX_SPECIES]; /* up to a time that is asked for */
    bool shown;                         /* events are those of the copy: the walk's are here */
    int64_t event[RL_MAX_EVENTS], *layer;
    int64_t made[RL_MAX_EVENTS]; /* by the last reactions, on this rank */
    double last[RL_MAX_EVENTS];  /* the time of the last of each kind among them; -1: none */
    double partners[WEFT_MAX_REACTIONS]; /* of a particle at the start */
    bool too_many;                       /* particles on a site */
} rl_rdme;

/* Reactions of all sites in a step, between two times (react.c), with the random numbers of a use
 * (WEFT_DRAWS_REACT or _SHOW). Local. */
void rl_rdme_react(weft_sim *sim, rl_rdme *rdme, int use, uint64_t step, double from, double to);
/* The walks of each species in tau (hop.c). Local. */
void rl_rdme_walks(const rl_lattice *lattice, const rl_rdme *rdme, int dim, double tau,
                   rl_walks *out);
/* Hops of all particles. Collective. */
void rl_rdme_hop(weft_sim *sim, rl_rdme *rdme, const rl_walks *of);

/* The step that is chosen when the input gives none keeps the bias below this; a larger one of a
 * given step, or of a state that has become denser, is warned of beyond the other. */
#define RL_RDME_BIAS 0.005
#define RL_RDME_WARN 0.02

/* Relative error of the rate at which reactants react on two sites: at the rate k where they are on
 * one, which hops leave at the rate out and reach again at the rate back (of a pair the same).
 * Local. */
double rl_meeting_bias(double k, double out, double back, double tau);
/* The mean number of partners of a particle in each reaction of two or three, at least 1, in the
 * present state. Collective. */
void rl_rdme_partners(weft_sim *sim, double *partners);
/* The bias of a reaction (from 0), and the largest of all. Local. */
double rl_reaction_bias(const rl_config *cfg, int reaction, double partners, double tau);
double rl_rdme_worst(const rl_config *cfg, const double *partners, double tau);
/* The longest step of a round number whose bias is small. Local. */
double rl_rdme_choose(const rl_config *cfg, const double *partners);

#endif
