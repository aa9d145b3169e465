/* What all parts of the model reaction_lattice share: its parameters, what can happen at a site,
 * and the state of one replica. What a method keeps for itself is in the header of its folder
 * (exact/exact.h, fast/fast.h, rdme/rdme.h, mcs/mcs.h); method.h is what the model knows of it.
 *
 * A site is in state 0 (empty) or 1 + species when its capacity is one; else it holds counts. All
 * channels are uniformised: every site is offered attempts at the rate R of the busiest state, and
 * an attempt picks a direction and a channel, or nothing.
 *
 * Words. A channel is one way in which a site of a given state acts (a reaction, a hop, an
 * exchange); a way is the same for a site that holds counts. The share of a varying rate is what
 * holds at a site and time, over the largest one. */
#ifndef WEFT_MODEL_REACTION_LATTICE_LATTICE_H
#define WEFT_MODEL_REACTION_LATTICE_LATTICE_H

#include "physics/network.h"
#include "weft/model.h"

enum { RL_STATES = WEFT_MAX_SPECIES + 1, RL_MAX_CHANNELS = 64, RL_MAX_EVENTS = 64 };

#define RL_METHODS(X)                                                                              \
    X(RL_EXACT, "exact") X(RL_SEQUENTIAL, "sequential") X(RL_FAST, "fast") X(RL_RDME, "rdme")
typedef enum rl_method_name { RL_METHODS(WEFT_ENUM_NAME) } rl_method_name;

#define RL_CLOCKS(X) X(RL_CONTINUOUS, "ctmc") X(RL_STEPS, "mcs")
typedef enum rl_time { RL_CLOCKS(WEFT_ENUM_NAME) } rl_time;

/* Rules of Monte Carlo steps. */
#define RL_RULES(X)                                                                                \
    X(RL_PARTICLES, "particles") X(RL_NEIGHBOUR, "neighbour") X(RL_SPECIES, "species")
typedef enum rl_rule { RL_RULES(WEFT_ENUM_NAME) } rl_rule;

#define RL_UPDATES(X) X(RL_SERIAL, "serial") X(RL_SUBLATTICE, "sublattice")
typedef enum rl_update { RL_UPDATES(WEFT_ENUM_NAME) } rl_update;

/* The section reaction_lattice; nan, NULL: absent. */
typedef struct rl_params {
    weft_strings species;
    const weft_node *capacity, *hopping, *reactions;
    double exchange, tau, window;
    rl_time clock;
    rl_rule rule;
    rl_update update;
    rl_method_name method;
    int64_t halo;
} rl_params;
extern const weft_param rl_table[];

typedef enum rl_clock { RL_CTMC, RL_MCS_PARTICLES, RL_MCS_NEIGHBOUR, RL_MCS_SPECIES } rl_clock;

/* How the rate of a reaction varies: rate * space(site) * time(t), where the largest of each is 1
 * after rate was multiplied by what the input has there. */
typedef struct rl_modulation {
    bool space; /* a map of its own: numbers in [0, 1] */
    bool time;
    bool square;                     /* a square wave, else a sine */
    double amplitude, period, phase; /* of 1 + amplitude*wave(2 pi t/period + phase) */
} rl_modulation;

/* What the parameters say. */
typedef struct rl_config {
    network_data net;
    rl_modulation modulation[WEFT_MAX_REACTIONS]; /* net has the largest rates */
    bool modulated;                               /* any of them is */
    int dim;
    int64_t n[3];                 /* as a grid stores them: slowest first, leading ones 1 */
    int capacity, other_capacity; /* 0: unlimited; the same unless the capacity switches */
    double switch_period;         /* 0: it does not */
    bool counts;                  /* sites hold counts, not one particle at most */
    double hop[WEFT_MAX_SPECIES];
    double swap;
    rl_method_name method;
    rl_clock clock;  /* continuous time, or Monte Carlo steps and by which rule */
    bool sublattice; /* Monte Carlo steps block by block */
    double window;   /* attempts a site between two halo exchanges */
    int halo;
    double tau; /* longest step of fast; step of rdme, 0: to be chosen */
} rl_config;

/* Further keys of a reaction. */
extern const char *const rl_reaction_keys[];
/* The keys space and time of the reactions; rates become the largest ones. Local. */
weft_status rl_modulations_read(rl_config *config);

/* The key space of a reaction. */
typedef enum rl_space_kind { RL_CHECKERBOARD, RL_HALVES, RL_FROM_FILE } rl_space_kind;
typedef struct rl_space {
    rl_space_kind kind;
    double factor;
    int64_t width;
    const char *path, *dataset;
} rl_space;
/* Errors: WEFT_INPUT. Local. */
weft_status rl_space_read(const weft_node *map, rl_space *out);

/* Read and check. Errors: WEFT_INPUT. Local. */
weft_status rl_config_read(const weft_params *params, int dim, const int64_t *n, rl_config *out);

/* ---- channels of single-occupancy sites ---- */

/* Event numbers: 0 nothing, 1 + reaction, then hops and swaps. */
static inline int rl_event_hop(const network_data *net)
{
    return 1 + net->n_reactions;
}
static inline int rl_event_swap(const network_data *net)
{
    return 2 + net->n_reactions;
}

typedef struct rl_outcome {
    uint8_t site, neighbour, event;
} rl_outcome;

/* One way in which a site of state centre acts, with a neighbour chosen at random if pair. */
typedef struct rl_channel {
    int centre;
    double rate;
    int reaction; /* -1: hop or swap */
    bool pair;
    rl_outcome on[16]; /* by the state of the neighbour */
} rl_channel;

typedef struct rl_channels {
    int n, states;
    rl_channel item[RL_MAX_CHANNELS];
    double total[RL_STATES]; /* rate of a site in each state */
    double R;                /* the largest of them */
} rl_channels;

/* All channels of a network on sites of capacity one. Errors: WEFT_INPUT. Local. */
weft_status rl_channels_make(const rl_config *config, rl_channels *out);

/* ---- sites that hold counts ---- */

/* One way in which a site acts: propensity rate * n_a (n_a - 1) ... n_b ... */
typedef struct rl_way {
    double rate;
    int reaction; /* -1: a hop of species */
    int species;
    int n_factors, factor[3], times[3]; /* species and how often */
    int change[WEFT_MAX_SPECIES], total;
} rl_way;

typedef struct rl_ways {
    int n;
    rl_way item[WEFT_MAX_REACTIONS + WEFT_MAX_SPECIES];
    double most[256]; /* no site of so many particles has a larger total */
    double R;         /* the largest of them up to the capacity */
} rl_ways;

/* Errors: WEFT_INPUT. capacity 0: R is not set. Local. */
weft_status rl_ways_make(const rl_config *config, int capacity, rl_ways *out);
double rl_propensity(const rl_way *way, const int *n);

/* ---- one replica ---- */
/* Times of events that end something (endings.c). */
typedef struct rl_endings {
    double
        missing[RL_STATES]; /* since when a species is not there ([0]: no particle); < 0: it is */
    double absorbed;        /* since when no reaction is possible; < 0: one is */
} rl_endings;

typedef struct rl_lattice {
    rl_config cfg;
    rl_channels channels; /* one particle a site */
    weft_field *field;
    const struct rl_method *method; /* see method.h */
    void *method_data;              /* the method's own */
    struct rl_kept *kept;           /* what observables keep, see observe/observe.h */
    int64_t event[RL_MAX_EVENTS];   /* on this rank since the start */
    int64_t *layer;                 /* instead, where event profiles are asked for: [x][event] */
    int64_t count[RL_STATES];       /* particles of each species over all ranks; [0]: empty sites */
    int64_t law[WEFT_MAX_SPECIES];  /* conserved quantities at the start */
    rl_endings endings;
    bool loaded;             /* from a checkpoint */
    int32_t *row, *row_then; /* of one species */
} rl_lattice;

/* Particles of species s (from 1; 0: of all species) on the local row (z, y), in lattice->row.
 * Local. */
const int32_t *rl_row(const weft_sim *sim, int s, int64_t z, int64_t y);
/* Likewise from a field like that of the state, into out. Local. */
void rl_row_of(const weft_sim *sim, weft_field *field, int s, int64_t z, int64_t y,
               int32_t *restrict out);

/* Where events at the place x of this rank's block are counted. Local. */
static inline int64_t *rl_events_at(rl_lattice *l, int64_t x)
{
    return l->layer ? l->layer + x * RL_MAX_EVENTS : l->event;
}

/* What the rates and the method mean, for result files and for the start of a run. Local. */
void rl_attributes(weft_sim *sim, weft_attribute *add, void *context);
void rl_describe(weft_sim *sim);

/* Count the particles again; collective. */
void rl_count(weft_sim *sim);

/* ---- when species vanish and when nothing can react any more (endings.c) ---- */
/* From l->count, at the first time. Local. */
void rl_endings_begin(rl_lattice *lattice, double time);
/* For methods that look at whole steps: the numbers at a time. Local. */
void rl_endings_seen(rl_lattice *lattice, const int64_t *count, double time);
/* For methods that know their events: those that happened since l->count, of each kind over all
 * ranks. after: the numbers then. Returns whether the times of the last ones are needed, for
 * rl_endings_note (by kind; < 0: there was none). Local. */
bool rl_endings_new(const rl_lattice *lattice, const int64_t *events, int64_t *after);
void rl_endings_note(rl_lattice *lattice, const int64_t *after, const double *last);
/* Is no reaction possible by these numbers? Hops change none. Local. */
bool rl_is_absorbing(const rl_lattice *lattice, const int64_t *count);
/* Is there a reaction that makes the species (from 1) where there is none? Local. */
bool rl_can_return(const rl_lattice *lattice, int species);

/* Events of each kind since the start, over all ranks. Collective. */
void rl_sum_events(const weft_sim *sim, int64_t *total);

enum { RL_N_OBSERVABLES = 22, RL_N_INITIALS = 8 };
extern const weft_observable rl_observables[RL_N_OBSERVABLES];
extern const weft_initial rl_initials[RL_N_INITIALS];

#endif
