/* Between the bytes of the field and bit planes.
 *
 * Bit k of word w of a half line is the site 128 w + 2 k (even half) or 128 w + 2 k + 1 (odd half);
 * plane p holds the bits of weight 2^p of the states. For four states (two planes) a line of 128
 * sites is four words:
 *
 *     sites       0 1 2 3 4 5 ... 127
 *     plane 0     even: bit 0 of the states of 0, 2, 4, ...   odd: of 1, 3, 5, ...
 *     plane 1     even: bit 1 of the states of 0, 2, 4, ...   odd: of 1, 3, 5, ...
 *
 * Invariant: packing and unpacking are the inverse of each other for states below 2^planes. Only
 * owned sites are converted; what lies in ghosts comes by the exchange of halos. */
#include "fast.h"
#include <string.h>

/* Four bytes two apart (the first one lowest) and four bits, by products in which no two terms
 * meet. */
static const uint64_t one_in_two = UINT64_C(0x0001000100010001);

static inline uint64_t bits_of(uint64_t bytes)
{
    return (bytes & one_in_two) * UINT64_C(0x0001000200040008) >> 48 & 15;
}

static inline uint64_t bytes_of(uint64_t bits)
{
    return (bits & 15) * UINT64_C(0x0000200040008001) & one_in_two;
}

/* A row of bytes into the planes of a line: 128 sites a word pair. */
static void pack_line(const rl_fast *f, const uint8_t *row, uint64_t *line)
{
    for (int64_t w = 0; w < f->words; w++, row += 128)
        for (int p = 0; p < f->planes; p++) {
            uint64_t even = 0, odd = 0, bytes;
            /* Eight bytes at a time: four even and four odd sites. */
            for (int i = 0; i < 16; i++) {
                memcpy(&bytes, row + 8 * i, sizeof bytes);
                even |= bits_of(bytes >> p) << 4 * i;
                odd |= bits_of(bytes >> (8 + p)) << 4 * i;
            }
            line[2 * p * f->half + w] = even;
            line[(2 * p + 1) * f->half + w] = odd;
        }
}

/* The reverse. */
static void unpack_line(const rl_fast *f, const uint64_t *line, uint8_t *row)
{
    for (int64_t w = 0; w < f->words; w++)
        for (int i = 0; i < 16; i++, row += 8) {
            uint64_t bytes = 0;
            for (int p = 0; p < f->planes; p++) {
                const uint64_t *word = line + 2 * p * f->half + w;
                bytes |= bytes_of(word[0] >> 4 * i) << p;
                bytes |= bytes_of(word[f->half] >> 4 * i) << (8 + p);
            }
            memcpy(row, &bytes, sizeof bytes);
        }
}

/* From the field to bit planes, or back; owned sites only. */
void rl_fast_convert(weft_sim *sim, rl_fast *f, bool to_bits)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    uint8_t *field = weft_field_bytes(l->field, 0) + l->field->extent.origin;
    const int64_t *s = l->field->extent.stride;
    for (int64_t u = 0; u < f->units; u++)
        for (int64_t k = 0; k < f->unit_lines; k++) {
            uint8_t *row = field + (g->dim == 3 ? u * s[0] + k * s[1] : u * s[1]);
            uint64_t *line = f->first + u * f->stride + k * f->line;
            if (to_bits)
                pack_line(f, row, line);
            else
                unpack_line(f, line, row);
        }
}

/* Sites of a line in each state, added up. */
static void count_line(const rl_fast *f, const uint64_t *line, int states, int64_t *count)
{
    for (int64_t half = 0; half < 2; half++)
        for (int64_t w = 0; w < f->words; w++)
            for (int s = 0; s < states; s++) {
                uint64_t match = ~UINT64_C(0);
                for (int p = 0; p < f->planes; p++) {
                    uint64_t bits = line[(2 * p + half) * f->half + w];
                    match &= s >> p & 1 ? bits : ~bits;
                }
                count[s] += __builtin_popcountll(match);
            }
}

/* Particles of each species over all ranks, [0]: empty sites, of the bits. */
void rl_fast_count(const weft_sim *sim, const rl_fast *f, int64_t *count)
{
    const rl_lattice *l = sim->data;
    memset(count, 0, RL_STATES * sizeof *count);
    for (int64_t u = 0; u < f->units; u++)
        for (int64_t k = 0; k < f->unit_lines; k++)
            count_line(f, f->first + u * f->stride + k * f->line, l->channels.states, count);
    weft_counts_sum(sim->grid->comm, count, RL_STATES);
}
