/* Pieces of the Monte Carlo steps, private to src/model/rl_mcs*.c. */
#ifndef WEFT_MODEL_REACTION_LATTICE_MCS_MCS_H
#define WEFT_MODEL_REACTION_LATTICE_MCS_MCS_H

#include "../lattice.h"

enum { RL_STREAM_MCS = WEFT_STREAM_MODEL + 32, RL_DRAWS = 64 };

/* A sequence of random words. */
typedef struct rl_draws {
    const weft_noise *noise;
    uint32_t stream;
    uint64_t step, block;
    uint32_t word[4 * RL_DRAWS];
    int used;
} rl_draws;

static inline void rl_draws_begin(rl_draws *d, const weft_noise *noise, uint32_t stream,
                                  uint64_t step, uint64_t block)
{
    d->noise = noise;
    d->stream = stream;
    d->step = step;
    d->block = block;
    d->used = 4 * RL_DRAWS;
}

static inline uint32_t rl_word(rl_draws *d)
{
    if (d->used == 4 * RL_DRAWS) {
        weft_philox_many(d->noise, d->stream, d->step, d->block, RL_DRAWS, d->word);
        d->block += RL_DRAWS;
        d->used = 0;
    }
    return d->word[d->used++];
}

/* A whole number below n, all equally likely. */
static inline int64_t rl_below(rl_draws *d, int64_t n)
{
    uint64_t high = rl_word(d), low = rl_word(d);
    return (int64_t)((unsigned __int128)(high << 32 | low) * (uint64_t)n >> 64);
}

static inline bool rl_happens(rl_draws *d, double probability)
{
    return rl_word(d) * 0x1p-32 < probability;
}

/* ---- capacity 1 (mcs/sites.c): picks on an area, the whole lattice or a block of it ---- */
typedef struct rl_states {
    rl_lattice *lattice;
    const rl_config *cfg;
    rl_channels channels; /* what becomes of a site, and of pairs */
    int dim;
    weft_extent extent;
    int64_t n[3];     /* the lattice; cells are neighbours across its ends where wrap is set */
    int64_t local[3]; /* owned */
    bool wrap;
    uint8_t *cell;   /* states, in the shape of the extent */
    int32_t *area;   /* number of the area that a cell belongs to; NULL: there is one */
    int32_t at_work; /* the present area */
    int32_t *place;  /* of a particle in the list of its species */
    int32_t *list[WEFT_MAX_SPECIES]; /* cells of the particles of the area */
    int64_t many[WEFT_MAX_SPECIES];
    int64_t picked; /* the cell at which events are counted */
    rl_draws draws;
} rl_states;

/* ghost: layers around the block; room: most sites of an area. Collective. */
void rl_states_make(weft_sim *sim, int ghost, int64_t room, rl_states *out);
void rl_states_free(rl_states *states);
/* Make an area of the cells from <= c < to (in local coordinates) the present one. */
void rl_states_enter(rl_states *states, const int64_t from[3], const int64_t to[3]);
/* Weight of the area in the choice of picks: particles, or rates by the rule species. */
double rl_states_weight(const rl_states *states);
double rl_states_weight_of(const rl_states *states, const int64_t *many);
/* One pick in the present area, by the rule. */
void rl_states_pick(rl_states *states);
/* Between the field and the cells that are owned. */
void rl_states_read(weft_sim *sim, rl_states *states);
void rl_states_write(weft_sim *sim, const rl_states *states);

/* ---- sublattices (mcs/blocks.c) ---- */
typedef struct rl_blocks rl_blocks;
weft_status rl_blocks_make(weft_sim *sim, rl_blocks **out);
void rl_blocks_free(rl_blocks *blocks);
/* Step number steps, on the field. Collective. */
void rl_blocks_step(weft_sim *sim, rl_blocks *blocks, uint64_t steps);

#endif
