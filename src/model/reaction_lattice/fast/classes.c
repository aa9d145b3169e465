/* Bonds in classes that do not touch each other: all bonds of a class are updated at once, and in
 * any order, since no two of them share a site.
 *
 *     sites        0 1 2 3 4 5 6 7 ...
 *     x even       0-1 2-3 4-5 6-7         even and odd half, the same bit
 *     x odd         1-2 3-4 5-6 7-8        odd half, and the even half moved by one site
 *     y even       lines 0-1, 2-3, ...     the same word of two lines
 *     y odd        lines 1-2, 3-4, ...     likewise; so for z with units of lines
 *
 * A line (sites along x) is kept as its even and its odd sites, so that a bond lies between the
 * same bits of two words; for the bonds from odd to even sites the words of the even ones are
 * shifted by a site and back. A bond across a cut between ranks is updated on both sides with the
 * same random bits, which belong to a place of the whole lattice, and its events are counted on the
 * lower side alone.
 *
 * Invariant: each bond of the lattice belongs to exactly one class. A class along the cut axis
 * begins with an exchange of the halo, so that both sides of a cut start from the same states and
 * end with the same; what a rank computes in its halo is thrown away by the next exchange. */
#include "fast.h"

/* One site on, around the line: out[k] holds the bits of in[k+1]. */
static void shift_down(const uint64_t *in, int64_t n, uint64_t *out)
{
    for (int64_t w = 0; w < n; w++)
        out[w] = in[w] >> 1 | in[w + 1 < n ? w + 1 : 0] << 63;
}

/* The reverse: one site back, around the line. */
static void shift_up(const uint64_t *in, int64_t n, uint64_t *out)
{
    for (int64_t w = 0; w < n; w++)
        out[w] = in[w] << 1 | in[w > 0 ? w - 1 : n - 1] >> 63;
}

/* Even bonds join the even site to the odd one of the same bit; odd bonds the odd site to the next
 * even one, that is the even half moved by one site. */
static void bonds_along_line(const rl_fast *f, const rl_part *p, rl_draw d, bool odd,
                             uint64_t *line)
{
    int64_t n = f->words;
    if (!odd) {
        rl_sliced_update(&p->program, f->planes, d, n, line, 2 * n, line + n, 2 * n, p->tally);
        return;
    }
    for (int k = 0; k < f->planes; k++)
        shift_down(line + 2 * n * k, n, f->shifted + n * k);
    rl_sliced_update(&p->program, f->planes, d, n, line + n, 2 * n, f->shifted, n, p->tally);
    for (int k = 0; k < f->planes; k++)
        shift_up(f->shifted + n * k, n, line + 2 * n * k);
}

/* Where the random numbers of a line begin: a stream for each class, blocks by the global number of
 * the line. */
static rl_draw draw_of(const weft_sim *sim, const rl_fast *f, int class, int64_t line)
{
    return (rl_draw){&sim->noise, WEFT_STREAM_MODEL + 1 + (uint32_t) class, f->steps,
                     (uint64_t)line * rl_sliced_blocks(2 * f->words), 0};
}

/* The bonds from odd to even sites of a line that is cut. That which begins in the last word of the
 * rank before is updated here too, alike, for the sake of the first even site. */
static void odd_bonds_of_chain(rl_fast *f, const rl_part *p, rl_draw d)
{
    const int64_t n = f->words, half = f->half, start = f->grid->start[2], all = f->grid->n[2];
    uint64_t *even = f->first, *odd = f->first + half, *shifted = f->shifted + 1;
    weft_halo_exchange(f->halo, f->bits);
    for (int k = 0; k < f->planes; k++)
        for (int64_t w = -1; w < n; w++)
            shifted[k * (n + 1) + w] = even[2 * half * k + w] >> 1 | even[2 * half * k + w + 1]
                                                                         << 63;
    rl_sliced_update(&p->program, f->planes, rl_draw_from(d, (start + all - 1) % all), 1, odd - 1,
                     2 * half, shifted - 1, n + 1, NULL);
    rl_sliced_update(&p->program, f->planes, rl_draw_from(d, start), n, odd, 2 * half, shifted,
                     n + 1, p->tally);
    for (int k = 0; k < f->planes; k++)
        for (int64_t w = 0; w < n; w++)
            even[2 * half * k + w] =
                shifted[k * (n + 1) + w] << 1 | shifted[k * (n + 1) + w - 1] >> 63;
}

/* One dimension. */
static void update_chain(weft_sim *sim, rl_fast *f, const rl_part *p, int class)
{
    const int64_t n = f->words, half = f->half, start = f->grid->start[2];
    uint64_t *even = f->first, *odd = f->first + half;
    rl_draw d = draw_of(sim, f, class, 0), here = rl_draw_from(d, start);
    if (class == RL_X_ODD) {
        odd_bonds_of_chain(f, p, d);
    } else if (class == RL_X_EVEN) {
        rl_sliced_update(&p->program, f->planes, here, n, even, 2 * half, odd, 2 * half, p->tally);
    } else {
        rl_sliced_update(&p->program, f->planes, here, n, even, 2 * half, NULL, 0, p->tally);
        rl_sliced_update(&p->program, f->planes, rl_draw_from(d, f->grid->n[2] + start), n, odd,
                         2 * half, NULL, 0, p->tally);
    }
}

/* Sites, and bonds along x. */
static void update_lines(weft_sim *sim, rl_fast *f, const rl_part *p, int class)
{
    int64_t start = f->grid->start[1];
    for (int64_t u = 0; u < f->units; u++)
        for (int64_t l = 0; l < f->unit_lines; l++) {
            uint64_t *line = f->first + u * f->stride + l * f->line;
            rl_draw d = draw_of(sim, f, class, (start + u) * f->unit_lines + l);
            if (class == RL_SITES)
                rl_sliced_update(&p->program, f->planes, d, 2 * f->words, line, 2 * f->words, NULL,
                                 0, p->tally);
            else
                bonds_along_line(f, p, d, class == RL_X_ODD, line);
        }
}

/* Bonds between the lines of a unit (y in three dimensions). */
static void update_inside(weft_sim *sim, rl_fast *f, const rl_part *p, int class)
{
    int64_t n = 2 * f->words;
    for (int64_t u = 0; u < f->units; u++)
        for (int64_t l = class == RL_Y_ODD; l < f->unit_lines; l += 2) {
            uint64_t *unit = f->first + u * f->stride;
            rl_draw d = draw_of(sim, f, class, (f->grid->start[1] + u) * f->unit_lines + l);
            rl_sliced_update(&p->program, f->planes, d, n, unit + l * f->line, n,
                             unit + (l + 1) % f->unit_lines * f->line, n, p->tally);
        }
}

/* Bonds along the axis that is cut: those across a cut are updated on both sides, alike, and
 * counted on the lower one. */
static void update_across(weft_sim *sim, rl_fast *f, const rl_part *p, int class)
{
    const bool odd = class == RL_Y_ODD || class == RL_Z_ODD;
    int64_t n = 2 * f->words, start = f->grid->start[1], all = f->grid->n[1];
    weft_halo_exchange(f->halo, f->bits);
    for (int64_t u = -1; u < f->units; u++) {
        int64_t global = (start + u + all) % all;
        if ((global & 1) != odd)
            continue;
        for (int64_t l = 0; l < f->unit_lines; l++) {
            uint64_t *line = f->first + u * f->stride + l * f->line;
            rl_draw d = draw_of(sim, f, class, global * f->unit_lines + l);
            rl_sliced_update(&p->program, f->planes, d, n, line, n, line + f->stride, n,
                             u < 0 ? NULL : p->tally);
        }
    }
}

/* One class of bonds, or all sites. Which function depends on where the bonds lie: in a line,
 * between the lines of a unit, or between units. Collective where bonds cross a cut. */
void rl_fast_update(weft_sim *sim, rl_fast *f, const rl_part *p, int class)
{
    if (p->program.n_jumps == 0)
        return;
    if (sim->grid->dim == 1)
        update_chain(sim, f, p, class);
    else if (class <= RL_X_ODD)
        update_lines(sim, f, p, class);
    else if (class <= RL_Y_ODD && sim->grid->dim == 3)
        update_inside(sim, f, p, class);
    else
        update_across(sim, f, p, class);
}
