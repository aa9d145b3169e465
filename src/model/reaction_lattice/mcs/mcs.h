/* Private to the Monte Carlo steps. An area is the set of sites on whose particles picks are made:
 * the whole lattice, or one block of it. Weight is what the choice of a particle is proportional
 * to. */
#ifndef WEFT_MODEL_REACTION_LATTICE_MCS_MCS_H
#define WEFT_MODEL_REACTION_LATTICE_MCS_MCS_H

#include "../lattice.h"
#include "weft/draws.h"

static inline bool rl_happens(weft_draws *d, double probability)
{
    return weft_draws_word(d) * 0x1p-32 < probability;
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
    weft_draws draws;
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
