/* Pieces of the model reaction_lattice, private to src/model/rl_*.c.
 *
 * A site is in state 0 (empty) or 1 + species when its capacity is one; else it holds counts.
 * All channels are uniformised: every site is offered attempts at the rate R of the busiest state,
 * and an attempt picks a direction and a channel, or nothing. */
#ifndef WEFT_MODEL_REACTION_LATTICE_LATTICE_H
#define WEFT_MODEL_REACTION_LATTICE_LATTICE_H

#include "physics/network.h"
#include "weft/model.h"

enum { RL_STATES = WEFT_MAX_SPECIES + 1, RL_MAX_CHANNELS = 64, RL_MAX_EVENTS = 64 };

#define RL_METHODS(X)                                                                              \
    X(RL_EXACT, "exact") X(RL_SEQUENTIAL, "sequential") X(RL_FAST, "fast") X(RL_RDME, "rdme")
typedef enum rl_method { RL_METHODS(WEFT_ENUM_NAME) } rl_method;

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
    rl_method method;
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
    rl_method method;
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

/* Walker's alias tables over the channels of each state, and what each channel does: with u of 32
 * bits, slot = u >> shift picks an entry, the lower bits one of its two rows of act. */
typedef struct rl_alias {
    uint32_t threshold;
    uint16_t below, above; /* 16 * row */
} rl_alias;

enum { RL_MAX_ROWS = RL_MAX_CHANNELS + RL_STATES };
typedef struct rl_tables {
    int slot_bits;                  /* slots of a state: 2^slot_bits */
    rl_alias alias[RL_STATES * 64]; /* [state << slot_bits | slot] */
    uint32_t act[RL_MAX_ROWS * 16]; /* [row*16 + neighbour]: site | neighbour << 8 | event << 16 */
    uint8_t pair[RL_MAX_ROWS];      /* by row */
} rl_tables;

void rl_tables_make(const rl_channels *channels, rl_tables *out);

/* ---- the region that a rank replays: its block and a halo, in tiles ---- */

enum {
    RL_TILE_BITS = 10,             /* a tile has at most 2^10 sites */
    RL_TIME_BITS = 22,             /* resolution of the time of a mark within a slice */
    RL_BLOCKS = 128,               /* blocks of random numbers of a tile and slice */
    RL_COUNTS = 2 * RL_BLOCKS - 2, /* so the most marks of a tile and slice */
    RL_GROUP_BINS = 8,             /* bins of time that are replayed together */
    RL_SEEN = 8192,                /* entries of the table that tells where marks meet */
    RL_TAINT = 0x80,               /* bit of a site: its state is not known here */
    RL_STATE = 0x0f,
};
#define RL_MARKS_MEAN 60.0 /* marks of a full tile in a slice */
#define RL_NOT_OWNED  UINT32_C(0x80000000)
#define RL_MOST_CELLS (INT64_C(0x80000000) - 3) /* of a region: 31 bits, and two sinks */

/* A piece of an axis: part of one tile, in coordinates of that tile. */
typedef struct rl_piece {
    int64_t tile;    /* number of the tile along the axis */
    int first, last; /* sites of the tile in the region: first <= x < last */
    int own_first, own_last;
    int64_t base;             /* array coordinate of the tile's site 0 (may be negative) */
    bool low_edge, high_edge; /* the axis of the region ends here */
} rl_piece;

typedef struct rl_tile {
    int32_t piece[3];
    bool live;  /* holds a particle */
    bool on;    /* takes part in this slice */
    bool plain; /* all its sites in the region and owned, and no side needs care */
} rl_tile;

typedef struct rl_order {
    int64_t number, tile; /* of the whole lattice; here */
} rl_order;

typedef struct rl_region {
    int bits[3];      /* log2 of the tile's extent along each axis */
    int64_t tiles[3]; /* of the whole lattice along each axis */
    weft_extent extent;
    int64_t cells;                 /* of the array, without the sinks */
    uint32_t sink_edge, sink_idle; /* what lies beyond the region, beyond the tiles that are on */
    int n_pieces[3];
    rl_piece *piece[3];
    int64_t step[3]; /* array stride along each axis */
    int64_t wrap[3]; /* from the last site of an axis to its first; 0: the axis ends in halo */
    int64_t n_tiles;
    bool all_on;     /* no tile is passed over */
    rl_tile *tile;   /* as a box of pieces, x fastest */
    rl_order *order; /* tiles in the order of their global numbers */
    int halo;        /* layers in use whose state is known; one more brings its marks alone */
} rl_region;

/* ghost: layers of the array; halo < ghost: layers in use. */
void rl_region_make(const weft_grid *grid, int ghost, int halo, rl_region *out);
/* Taint the outermost layer, on which marks from beyond may act at any time. */
void rl_region_taint_rim(const weft_grid *grid, const rl_region *region, uint8_t *cell);
/* Another width of halo, below ghost; takes no memory. */
void rl_region_set_halo(const weft_grid *grid, int ghost, int halo, rl_region *region);
void rl_region_free(rl_region *region);
/* Switch on a tile and those around it. */
void rl_region_wake(rl_region *region, int64_t tile);

/* ---- marks ---- */
typedef struct rl_mark {
    uint32_t time; /* in the slice */
    uint32_t site; /* array index, with RL_NOT_OWNED */
    uint32_t to;   /* the neighbour */
    uint32_t u;    /* what happens */
} rl_mark;

typedef struct rl_marks {
    int64_t room, n;
    rl_mark *drawn, *binned;
    uint32_t *start; /* where each bin ends after the fill (and begins before), n_bins + 1 */
    uint8_t *seen;   /* the last bin whose marks touched a site, by its lower bits */
    int bin_bits;
    int directions;
    uint64_t poisson[RL_COUNTS]; /* cumulative distribution of a tile's marks, scaled to 2^64 */
    uint8_t guide[256];          /* where to begin the search in it, by the upper byte */
} rl_marks;

void rl_marks_make(const rl_region *region, int dim, rl_marks *out);
void rl_marks_free(rl_marks *marks);
/* The marks of the tiles that are on, with times in [from, to) of a slice, sorted into bins of
 * time; within a bin in the order of tiles. */
void rl_marks_fill(rl_marks *marks, const rl_region *region, const weft_noise *noise,
                   uint64_t slice, uint32_t from, uint32_t to);
/* The marks of a group of bins (*out, in place; returns how many), to be replayed one after the
 * other: in the order of time (ties: in the order of tiles), or in one that makes no difference,
 * since no two marks of the same bin touch the same site. In turn from the first group. Fetches the
 * cells that they touch. */
int rl_marks_groups(const rl_marks *marks);
int rl_marks_group(rl_marks *marks, int group, const uint8_t *cell, const rl_mark **out);

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

/* ---- the replay of marks on this rank (exact/exact.c, exact/replay.c) ---- */
typedef struct rl_replay {
    const rl_config *cfg;
    double R;
    int ghost;      /* layers of the array */
    bool cut;       /* the lattice is cut: there is a halo to exchange */
    int components; /* of the array: states, or counts and taint */
    rl_region region;
    rl_marks marks;
    rl_tables tables;     /* one particle a site */
    rl_channels channels; /* likewise, modulated */
    rl_ways ways;         /* counts */
    weft_halo *halo;
    uint8_t *cell;                    /* component-major; one component: two sinks after it */
    float *space[WEFT_MAX_REACTIONS]; /* maps of rates, in the shape of the array; or NULL */
    double ticks_per_time;            /* 2^22 ticks a slice */
    uint64_t slice;                   /* being replayed */
    uint64_t done;                    /* ticks */
    uint64_t window;                  /* ticks, at most */
    uint64_t longest;                 /* what window may grow to */
    bool quiet;   /* empty sites do nothing, so empty tiles can be passed over */
    bool escaped; /* a particle may have reached a tile that was passed over */
    int64_t marks_done;
    int64_t event[2][RL_MAX_EVENTS]; /* of this window: at owned sites, at others */
    int64_t total[RL_MAX_EVENTS];    /* of this window, over all ranks */
    bool timed;                      /* find the times of events */
    int64_t last[RL_MAX_EVENTS];     /* then: ticks up to the end of the last of a kind, 0: none */
    int64_t *layer; /* the former by place along x: [x][event]; NULL: not asked for */
} rl_replay;

/* Fill the maps of rates over the region's array (space.c). Errors: WEFT_INPUT, WEFT_IO.
 * Collective. */
weft_status rl_space_maps(weft_sim *sim, rl_replay *replay);

/* What the bits of a mark make of the rate of a reaction: its relative error, or (*bound) the most
 * that it can be. Local. */
double rl_marks_bias(const rl_replay *replay, int reaction, int dim, bool *bound);
/* An error at a reaction for which that is above a per cent. Local. */
weft_status rl_marks_check(const rl_replay *replay, int dim);

/* Replay the marks that were filled in, in order. */
void rl_replay_marks(rl_replay *replay);

/* ---- one replica ---- */
enum { RL_MAX_MOMENTS = 16 };

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
    rl_replay *replay; /* exact and sequential */
    struct rl_fast *fast;
    struct rl_rdme *rdme;
    struct rl_mcs *mcs;               /* Monte Carlo steps */
    int64_t event[RL_MAX_EVENTS];     /* on this rank since the start */
    double event_rest[RL_MAX_EVENTS]; /* parts of events not yet counted (fast) */
    int64_t *layer;                   /* instead, where event profiles are asked for: [x][event] */
    int64_t count[RL_STATES];      /* particles of each species over all ranks; [0]: empty sites */
    int64_t law[WEFT_MAX_SPECIES]; /* conserved quantities at the start */
    int64_t attempts;              /* marks replayed on this rank, halo included */
    int64_t redone;                /* windows that were done again in halves */
    rl_endings endings;
    bool loaded;                         /* from a checkpoint */
    double partners[WEFT_MAX_REACTIONS]; /* of a particle at the start (rdme) */
    int32_t *row, *row_then;             /* of one species, for observables */
    int n_moments;                       /* waiting times of two-time correlations */
    double moment[RL_MAX_MOMENTS];
    struct rl_works *works;
    weft_field *then[RL_MAX_MOMENTS]; /* the state at each */
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

/* What observables work in: memory that is kept from one record to the next. */
typedef enum rl_slot { RL_WORK_A, RL_WORK_B, RL_WORK_C, RL_WORK_LINE, RL_SLOTS } rl_slot;
enum { RL_MAX_HALOS = 8 };
void *rl_work(weft_sim *sim, rl_slot slot, int64_t count, size_t size);
weft_halo *rl_halo(weft_sim *sim, int width);
double *rl_transform(weft_sim *sim);
void rl_work_free(weft_sim *sim);

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

enum { RL_N_OBSERVABLES = 22, RL_N_INITIALS = 7 };
/* Ghosted copy of the numbers of a species, or of the states (capacity 1), halo filled, in the
 * memory of a slot. Collective. */
enum { RL_THE_STATE = -1 };
double *rl_ghosted(weft_sim *sim, rl_slot slot, int species, int width, weft_extent *extent);
weft_status rl_check_event_profile(weft_sim *sim, double argument);
weft_status rl_compute_event_profile(weft_sim *sim, double argument, double *out);
/* Events of each kind since the start, over all ranks. Collective. */
void rl_sum_events(const weft_sim *sim, int64_t *total);
weft_status rl_check_reaction_profile(weft_sim *sim, double argument);
weft_status rl_compute_reaction_profile(weft_sim *sim, double argument, double *out);
weft_status rl_check_cores(weft_sim *sim, double argument);
weft_status rl_compute_cores(weft_sim *sim, double argument, double *out);
/* The waiting times that observe.list names, each once, and their number; WEFT_INPUT if there are
 * more than RL_MAX_MOMENTS. Local. */
weft_status rl_moments(const weft_model *model, const weft_params *params, double *out, int *count);
/* Fields that hold the states at n moments. Local. */
void rl_moments_plan(int n, weft_plan *plan);
weft_status rl_moments_find(weft_sim *sim);
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
extern const weft_observable rl_observables[RL_N_OBSERVABLES];
extern const weft_initial rl_initials[RL_N_INITIALS];

/* ---- exact (exact/exact.c) ---- */
weft_status rl_replay_make(weft_sim *sim, rl_replay **out);
void rl_replay_free(rl_replay *replay);
/* Advance by at most *dt. Collective. */
weft_status rl_replay_sweep(weft_sim *sim, double *dt);

/* ---- fast: splitting into bonds (fast/bonds.c, fast/events.c, fast/sliced.c, fast/fast.c) ---- */

/* The exact evolution over tau of one bond, or of one site, as jumps: with u uniform in [0, 2^32),
 * the first jump of the group of the present state for which u < level is made, if there is one.
 * States of a bond: site + 16*neighbour. */
enum {
    RL_MAX_JUMPS = 1024,
    RL_MAX_LEVELS = 256,
    RL_MAX_GROUPS = RL_STATES * RL_STATES,
    RL_PLANES = 4, /* bits of a state, at most */
};
typedef struct rl_jump {
    int to, high;                   /* the state; the number of its level */
    uint64_t change[2 * RL_PLANES]; /* masks of the bits of site and neighbour that change */
} rl_jump;

typedef struct rl_group {
    int from, first, last;         /* jumps first <= i < last */
    uint64_t empty[2 * RL_PLANES]; /* masks of the bits that are not set in from */
} rl_group;

typedef struct rl_program {
    int n_levels, n_jumps, n_groups;
    uint64_t level[RL_MAX_LEVELS];    /* distinct, at most 2^32; zero beyond n_levels */
    uint64_t bits[32][RL_MAX_LEVELS]; /* the bits of the levels, highest first, as masks */
    rl_jump jump[RL_MAX_JUMPS];
    rl_group group[RL_MAX_GROUPS];
} rl_program;

/* How many lanes made a jump, and how many were in the state of a group. */
enum { RL_ENTRIES = RL_MAX_JUMPS + RL_MAX_GROUPS };
typedef union rl_tally {
    struct {
        int64_t jump[RL_MAX_JUMPS], group[RL_MAX_GROUPS];
    };
    int64_t entry[RL_ENTRIES];
} rl_tally;

/* Programs of a bond and of a site. False if they have too many jumps. Local. */
bool rl_program_bond(const rl_channels *channels, int dim, double tau, rl_program *out);
bool rl_program_site(const rl_channels *channels, double tau, rl_program *out);

/* The events that an entry of a tally stands for: their expected number over tau, given the states
 * before and after; out[entry*RL_MAX_EVENTS + event]. The entry of a group stands for its lanes
 * that stay, those of its jumps for what the jump makes beyond that. Local. */
void rl_program_events(const rl_channels *channels, int dim, bool bond, double tau,
                       const rl_program *program, double *out);

/* Where the random numbers of a piece of a line come from: a stream, a step, and blocks from block
 * on, as many as rl_sliced_blocks says. */
typedef struct rl_draw {
    const weft_noise *noise;
    uint32_t stream;
    uint64_t step, block;
    int64_t skip; /* words of the first chunk that come before */
} rl_draw;

/* Those of the words from word on. Local. */
rl_draw rl_draw_from(rl_draw draw, int64_t word);

uint64_t rl_sliced_blocks(int64_t words);

/* Run a program over the bits of n words a plane; the planes of the sites a and of their neighbours
 * b (NULL: sites on their own) are stride_a and stride_b words apart. tally: add to it, or NULL.
 * Local. */
void rl_sliced_update(const rl_program *program, int planes, rl_draw draw, int64_t n, uint64_t *a,
                      int64_t stride_a, uint64_t *b, int64_t stride_b, rl_tally *tally);

/* The bias of the splitting, from exact operators on a small ring: splitting minus exact density of
 * each species at *time (out: about 4/R), from sites on their own in state s with a probability in
 * proportion to 1 + s. Returns the number of sites of the ring. Local. */
int rl_splitting_bias(const rl_channels *channels, double tau, double *time, double *bias);

typedef struct rl_fast rl_fast;
/* events: count them. Errors: WEFT_INPUT. Collective. */
weft_status rl_fast_make(weft_sim *sim, bool events, rl_fast **out);
void rl_fast_free(rl_fast *fast);
weft_status rl_fast_sweep(weft_sim *sim, double *dt);
/* Steps done, for a bitwise resume. Local. */
uint64_t *rl_fast_steps(rl_fast *fast);

/* ---- unlimited capacity (rdme/rdme.c) ---- */
typedef struct rl_rdme rl_rdme;
weft_status rl_rdme_make(weft_sim *sim, rl_rdme **out);
void rl_rdme_free(rl_rdme *rdme);
/* Choose the step where the input gives none, from the initial state. Collective. */
void rl_rdme_begin(weft_sim *sim);
weft_status rl_rdme_sweep(weft_sim *sim, double *dt);
/* Put the events of the walk in the place of those that belong to the state that is shown, before
 * they are written. Local. */
void rl_rdme_settle(weft_sim *sim);
/* Step and number of steps, for a bitwise resume; the field species_walk is kept beside them.
 * Collective. */
weft_status rl_rdme_save(weft_sim *sim, struct weft_file *file);
weft_status rl_rdme_load(weft_sim *sim, struct weft_file *file);

/* ---- Monte Carlo steps (mcs/mcs.c) ---- */
typedef struct rl_mcs rl_mcs;
weft_status rl_mcs_make(weft_sim *sim, rl_mcs **out);
void rl_mcs_free(rl_mcs *mcs);
weft_status rl_mcs_sweep(weft_sim *sim, double *dt);
/* Steps done, for a bitwise resume. Local. */
uint64_t *rl_mcs_steps(rl_mcs *mcs);

#endif
