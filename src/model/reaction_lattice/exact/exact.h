/* Private to the methods exact and sequential.
 *
 * Words. A mark is one attempt: a time, a site, a neighbour and a random number. A slice is a
 * stretch of time, a tile a box of sites: the marks of a tile in a slice come from one counter of
 * the random generator. A window is the time between two exchanges of halos. The halo is the layers
 * of sites around a rank's block that it replays too. A tainted site is one whose state this rank
 * does not know for certain. A region is the block of a rank with its halo. */
#ifndef WEFT_MODEL_REACTION_LATTICE_EXACT_EXACT_H
#define WEFT_MODEL_REACTION_LATTICE_EXACT_EXACT_H

#include "../lattice.h"

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
    RL_TIME_BITS = 22,             /* a slice has 2^22 ticks, the unit of a mark's time */
    RL_BLOCKS = 128,               /* blocks of random numbers of a tile and slice */
    RL_COUNTS = 2 * RL_BLOCKS - 2, /* upper bound on the marks of a tile and slice */
    RL_GROUP_BINS = 8,             /* bins (short stretches) of time that are replayed together */
    RL_SEEN = 8192,                /* entries of the table that finds marks on the same site */
    RL_TAINT = 0x80,               /* bit of a site: its state is not known here */
    RL_PENDING = 0x40,             /* likewise: a mark that touches it is put off */
    RL_STATE = 0x0f,
    RL_CACHED_CELLS = 1200000, /* a region of so many is replayed as one patch */
};
#define RL_MARKS_MEAN 60.0 /* marks of a full tile in a slice */
#define RL_NOT_OWNED  UINT32_C(0x80000000)
#define RL_MOST_CELLS (INT64_C(0x80000000) - 4) /* of a region: 31 bits, and three sinks */
#define RL_INCOMING   UINT32_MAX                /* u of an entry for a mark of another patch */

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
    int32_t patch;
    uint8_t border; /* sides beyond which another patch lies: bit 2 axis + (0: high, 1: low) */
    bool live;      /* held a particle at one of the looks of this window */
    bool on;        /* its marks are replayed in this slice: it or one beside it is live */
    bool plain;     /* all its sites in the region and owned, and no side needs care */
} rl_tile;

typedef struct rl_order {
    int64_t number, tile; /* of the whole lattice; here */
    int64_t strip;
} rl_order;

typedef struct rl_region {
    int bits[3];      /* log2 of the tile's extent along each axis */
    int64_t tiles[3]; /* of the whole lattice along each axis */
    weft_extent extent;
    int64_t cells;                 /* of the array, without the sinks */
    uint32_t sink_edge, sink_idle; /* what lies beyond the region, beyond the tiles that are on */
    uint32_t sink_cross;           /* stands for a site of another patch; always pending */
    int n_pieces[3], most[3];      /* most: room for pieces */
    int patch[3], n_patches[3];    /* pieces of a patch, patches along each axis */
    int n_strips, strip_patches;   /* rows of patches along the slowest axis; patches of each */
    rl_piece *piece[3];
    int64_t step[3]; /* array stride along each axis */
    int64_t wrap[3]; /* from the last site of an axis to its first; 0: the axis ends in halo */
    int64_t n_tiles;
    bool all_on;     /* no tile is passed over */
    rl_tile *tile;   /* as a box of pieces, x fastest */
    rl_order *order; /* tiles strip by strip, in each in the order of their global numbers */
    int64_t *strip;  /* where each strip begins in it; one more */
    int halo;        /* layers in use whose state is known; one more brings its marks alone */
} rl_region;

/* The array of a region. Local. */
weft_extent rl_region_extent(const weft_grid *grid, int ghost);
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
    uint32_t time; /* since the first of the slices that are replayed together */
    uint32_t site; /* array index, with RL_NOT_OWNED */
    uint32_t to;   /* the neighbour */
    uint32_t u;    /* what happens */
} rl_mark;

typedef struct rl_marks {
    int slices;      /* that are replayed together, from `slice` on */
    int most_slices; /* for which there is memory */
    uint64_t slice;
    uint32_t from, to; /* the part of them that is replayed, in ticks */
    int64_t n;         /* marks in all */
    int64_t room;      /* of each patch */
    rl_mark *drawn;    /* of three strips, see rl_marks_drawn; patch after patch, room marks each */
    int64_t *end;      /* marks of each patch */
    int64_t room_in;   /* likewise: entries for marks that come in from other patches */
    rl_mark *in;
    int64_t *end_in;
    int64_t room_cross, n_cross;
    rl_mark *cross; /* marks that lead from one patch to another */
    int64_t room_late, n_late;
    rl_mark *late; /* those whose turn comes after all patches, as they were found */
    rl_mark *turn; /* and in their order */
    int late_bits; /* bins of theirs: 2^late_bits of the time of all slices together */
    uint32_t *late_start;
    rl_mark *binned; /* one patch in bins */
    uint32_t *start; /* where each bin of it ends; bins + 1 */
    uint8_t *seen;   /* the last bin whose marks touched a site, by its lower bits */
    int bin_bits;    /* of a slice */
    int directions;
    uint64_t poisson[RL_COUNTS]; /* cumulative distribution of a tile's marks, scaled to 2^64 */
    uint8_t guide[256];          /* where to begin the search in it, by the upper byte */
} rl_marks;

/* Memory for the marks of some slices, for any halo of the region. bytes: what it takes. */
void rl_marks_make(const rl_region *region, int dim, rl_marks *out);
double rl_marks_bytes(const rl_region *region, int dim);
void rl_marks_free(rl_marks *marks);
/* Begin with slices (at most most_slices) from `slice` on, of which [from, to) is replayed. */
void rl_marks_begin(rl_marks *marks, const rl_region *region, uint64_t slice, int slices,
                    uint32_t from, uint32_t to);
/* The marks of the tiles of a strip that are on, given to their patches; within a patch those of
 * each moment are in the order of tiles. A strip can be replayed when it and those beside it are
 * filled; there is room for the last strip and two others, even and odd. */
void rl_marks_fill(rl_marks *marks, const rl_region *region, const weft_noise *noise, int strip);
/* Where the marks of a patch lie. */
static inline rl_mark *rl_marks_drawn(const rl_marks *m, const rl_region *r, int patch)
{
    const int strip = patch / r->strip_patches, slot = strip == r->n_strips - 1 ? 0 : 1 + strip % 2;
    return m->drawn + (slot * r->strip_patches + patch % r->strip_patches) * m->room;
}
/* A mark of a patch that leads in a direction into another one: from now on an entry of both. */
void rl_patch_cross(rl_marks *marks, const rl_region *region, const rl_tile *tile, int direction,
                    rl_mark *mark);
/* Put a patch into bins of time. */
void rl_patch_bin(rl_marks *marks, const rl_region *region, int patch);
/* The marks of a group of bins (*out, in place; returns how many), to be replayed one after the
 * other: in the order of time (ties: in the order of tiles), or in one that makes no difference,
 * since no two marks of the same bin touch the same site. In turn from the first group. Fetches the
 * cells that they touch. */
int rl_patch_groups(const rl_marks *marks);
int rl_patch_group(rl_marks *marks, int group, const uint8_t *cell, const rl_mark **out);
/* Put off a mark that touches a pending site, or an entry: its own sites become pending. */
void rl_late_put(rl_marks *marks, const rl_region *region, const rl_mark *mark, uint8_t *flags);
/* The marks that were put off, in the order of all marks (*out; returns how many); their sites are
 * pending no more. */
int64_t rl_late_take(rl_marks *marks, const rl_region *region, uint8_t *flags, const rl_mark **out);

/* ---- the replay of marks on this rank (exact.c, replay.c) ---- */
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
    uint64_t slice;                   /* the first of those being replayed */
    uint64_t done;                    /* ticks */
    uint64_t window;                  /* ticks, at most */
    uint64_t longest;                 /* what window may grow to */
    bool quiet;         /* empty sites do nothing, so empty tiles can be passed over */
    bool escaped;       /* a particle may have reached a tile that was passed over */
    int64_t marks_done; /* of this window */
    int64_t attempts;   /* marks replayed on this rank since the start, halo included */
    int64_t redone;     /* windows that were done again in halves */
    int64_t event[2][RL_MAX_EVENTS]; /* of this window: at owned sites, at others */
    int64_t total[RL_MAX_EVENTS];    /* of this window, over all ranks */
    bool timed;                      /* find the times of events */
    int64_t last[RL_MAX_EVENTS];     /* then: ticks up to the end of the last of a kind, 0: none */
    int64_t *layer; /* the former by place along x: [x][event]; NULL: not asked for */
} rl_replay;

/* The component that holds taint and what is pending: the state itself, or the last. */
static inline uint8_t *rl_flags(const rl_replay *replay)
{
    return replay->cell + (replay->components - 1) * replay->region.cells;
}

/* Fill the maps of rates over the region's array (maps.c). Errors: WEFT_INPUT, WEFT_IO.
 * Collective. */
weft_status rl_maps_make(weft_sim *sim, rl_replay *replay);

/* What the bits of a mark make of the rate of a reaction: its relative error, or (*bound) the most
 * that it can be. Local. */
double rl_marks_bias(const rl_replay *replay, int reaction, int dim, bool *bound);
/* An error at a reaction for which that is above a per cent. Local. */
weft_status rl_marks_check(const weft_section *own, const rl_replay *replay, int dim);

/* Replay the marks of the slices that were begun, in order. */
void rl_replay_marks(rl_replay *replay, const weft_noise *noise);

#endif
