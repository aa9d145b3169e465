/* Private to the method fast.
 *
 * Words. A bond is a pair of neighbouring sites. A line is the row of sites along x. A bit plane
 * holds one bit of the states of all sites of a line, 64 sites a word; a lane is one bit of a word,
 * or the site or bond that it stands for. A class is a set of bonds no two of which share a site. A
 * unit is one step along the axis that is cut among the ranks. A program is the evolution of a bond
 * or site over a step, in a form that runs on all lanes at once. */
#ifndef WEFT_MODEL_REACTION_LATTICE_FAST_FAST_H
#define WEFT_MODEL_REACTION_LATTICE_FAST_FAST_H

#include "../lattice.h"

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

/* ---- the lattice as bits ---- */

/* What is done to bonds, or to sites on their own, in one step. */
typedef struct rl_part {
    rl_program program;
    rl_tally *tally;  /* NULL: events are not counted */
    double *expected; /* events, see rl_program_events */
} rl_part;

typedef struct rl_fast {
    int planes;
    int64_t words;          /* of half a line in one plane, on this rank */
    int64_t half;           /* from the even to the odd half of a line */
    int64_t line;           /* words of a line: [plane][half][words] */
    int64_t unit_lines;     /* lines of one step along the axis that is cut */
    int64_t units;          /* steps along that axis on this rank */
    int64_t stride;         /* words from one unit to the next */
    uint64_t *bits, *first; /* all, ghosts included; the first owned unit */
    uint64_t *shifted;      /* half a line, one site on */
    weft_grid *grid;        /* of words */
    weft_halo *halo;
    double tau;                       /* of the programs */
    bool warned;                      /* of reactions that are too slow for short steps */
    rl_part bond, bond_twice, site;   /* over tau, 2 tau, 2 tau */
    uint64_t steps;                   /* done */
    double event_rest[RL_MAX_EVENTS]; /* parts of events not yet counted */
} rl_fast;

/* The classes of a step: sites on their own, and bonds that begin at an even or an odd site. */
enum { RL_SITES, RL_X_EVEN, RL_X_ODD, RL_Y_EVEN, RL_Y_ODD, RL_Z_EVEN, RL_Z_ODD };

/* All bonds of a class, or all sites (classes.c). Collective. */
void rl_fast_update(weft_sim *sim, rl_fast *fast, const rl_part *part, int class);
/* Between the bytes of the field and the bits (pack.c). Local. */
void rl_fast_convert(weft_sim *sim, rl_fast *fast, bool to_bits);
/* Particles of each species over all ranks, [0]: empty sites, of the bits. Collective. */
void rl_fast_count(const weft_sim *sim, const rl_fast *fast, int64_t *count);

#endif
