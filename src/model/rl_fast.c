/* Fast dynamics by operator splitting: the bonds in classes that do not touch each other (even and
 * odd ones along each axis), then all sites on their own, then the classes backwards, each with its
 * exact evolution, so that the error is of second order. A pair of steps of tau is
 * X0 X1 Y0 ... S(2 tau) ... Y0 X1 X0, and X0 X0 between two pairs is one X0(2 tau). Sites are bits:
 * the numbers of their states lie in one to four bit planes, and 512 bonds are updated at once,
 * with one uniform number a bond: its first bits for all, the others for the few bonds (about one
 * in 512) whose comparisons are still open then.
 *
 * A line (sites along x) is kept as its even and its odd sites, so that a bond lies between the
 * same bits of two words. Lines are cut among the ranks along the slowest axis. Every random bit
 * belongs to a line of the whole lattice, so the result does not depend on the ranks. */
#include "reaction_lattice.h"
#include "weft/memory.h"
#include "weft/philox.h"
#include <math.h>
#include <string.h>

enum { CHUNK = WEFT_LANES, FIRST_BITS = 14, STEPS_A_CALL = 64 };

/* Blocks of random numbers of a chunk: for the first bits of all bonds, and one for each bond. */
enum { FIRST_BLOCKS = WEFT_LANES, CHUNK_BLOCKS = FIRST_BLOCKS + 64 * CHUNK };

typedef weft_lanes lanes;
typedef uint64_t stored __attribute__((vector_size(64), aligned(8), may_alias));

struct rl_fast {
    int planes;
    int64_t words;          /* of half a line in one plane */
    int64_t line;           /* words of a line: [plane][half][words] */
    int64_t unit_lines;     /* lines of one step along the axis that is cut */
    int64_t units;          /* steps along that axis on this rank */
    int64_t stride;         /* words from one unit to the next */
    uint64_t *bits, *first; /* all, ghosts included; the first owned unit */
    uint64_t *shifted;      /* half a line, one site on */
    weft_grid *grid;        /* of words */
    weft_halo *halo;
    double tau;                        /* of the programs */
    rl_program bond, bond_twice, site; /* over tau, 2 tau, 2 tau */
    uint64_t steps;
};

/* ---- one chunk ---- */

typedef struct draw {
    const weft_noise *noise;
    uint32_t stream;
    uint64_t step, block;
} draw;

static inline lanes mask_of(uint64_t bit)
{
    return (lanes){0} - bit;
}

static inline bool none(lanes x)
{
#ifdef __AVX512F__
    return _mm512_test_epi64_mask((__m512i)x, (__m512i)x) == 0;
#else
    uint64_t any = 0;
    for (int w = 0; w < CHUNK; w++)
        any |= x[w];
    return any == 0;
#endif
}

/* Where the first bits of a lane are those of a level, the other bits decide. */
static __attribute__((noinline)) void settle(const rl_program *p, int n, draw d, lanes undecided,
                                             const lanes *equal, lanes *less)
{
    const uint64_t rest = (UINT64_C(1) << (32 - FIRST_BITS)) - 1;
    for (int w = 0; w < CHUNK; w++)
        for (uint64_t left = undecided[w]; left; left &= left - 1) {
            const int bit = __builtin_ctzll(left);
            uint32_t word[4];
            weft_philox_many(d.noise, d.stream, d.step,
                             d.block + FIRST_BLOCKS + (uint64_t)(64 * w + bit), 1, word);
            for (int q = 0; q < n; q++)
                if (equal[q][w] >> bit & 1 && (word[0] & rest) < (p->level[q] & rest))
                    less[q][w] |= UINT64_C(1) << bit;
        }
}

/* Random bits of a chunk: xoroshiro128++ (D. Blackman, S. Vigna, ACM Trans. Math. Softw. 47, 36
 * (2021)) in eight lanes, each from a state of its own that Philox makes. */
typedef struct stream {
    lanes s0, s1;
} stream;

static inline stream stream_of(draw d)
{
    lanes w[4];
    weft_philox_lanes(d.noise, d.stream, d.step, d.block, w);
    return (stream){(w[0] & UINT64_C(0xffffffff)) | w[1] << 32,
                    (w[2] & UINT64_C(0xffffffff)) | w[3] << 32};
}

static inline lanes rotated(lanes x, int by)
{
    return x << by | x >> (64 - by);
}

static inline lanes stream_next(stream *b)
{
    const lanes s0 = b->s0, s1 = b->s1 ^ s0;
    const lanes out = rotated(s0 + b->s1, 17) + s0;
    b->s0 = rotated(s0, 49) ^ s1 ^ s1 << 21;
    b->s1 = rotated(s1, 28);
    return out;
}

/* Where the bit r of the number differs from the bit b of the level, whether it is lower; else what
 * was so far. */
static inline lanes lower(lanes so_far, lanes r, lanes b)
{
#ifdef __AVX512F__ /* compilers do not see that one instruction does it */
    return (lanes)_mm512_ternarylogic_epi64((__m512i)so_far, (__m512i)r, (__m512i)b, 0xB2);
#else
    return (b & ~r) | (so_far & (b | ~r));
#endif
}

static inline lanes still_equal(lanes so_far, lanes r, lanes b)
{
#ifdef __AVX512F__
    return (lanes)_mm512_ternarylogic_epi64((__m512i)so_far, (__m512i)r, (__m512i)b, 0x90);
#else
    return so_far & ~(b ^ r);
#endif
}

/* less[q]: lanes whose uniform number is below level q, for n levels (a constant where it matters),
 * among those that are active. Bits from the lowest of the first
 * ones up: the highest in which number and level differ has the last word. */
static inline __attribute__((always_inline)) void compare(const rl_program *p, int n, draw d,
                                                          lanes active, lanes *restrict less)
{
    lanes equal[RL_MAX_LEVELS], below[RL_MAX_LEVELS], undecided = {0};
    stream source = stream_of(d);
    for (int q = 0; q < n; q++) {
        below[q] = (lanes){0};
        equal[q] = active & ~mask_of(p->level[q] >> 32);
    }
    for (int k = FIRST_BITS - 1; k >= 0; k--) {
        const lanes r = stream_next(&source);
        for (int q = 0; q < n; q++) {
            const lanes b = (lanes){0} + p->bits[k][q];
            below[q] = lower(below[q], r, b);
            equal[q] = still_equal(equal[q], r, b);
        }
    }
    for (int q = 0; q < n; q++) {
        undecided |= equal[q];
        less[q] = below[q] | mask_of(p->level[q] >> 32);
    }
    if (!none(undecided))
        settle(p, n, d, undecided, equal, less);
}

/* With the levels in registers where they are few; further ones up to a multiple of two are level
 * 0, never reached. */
static void compare_any(const rl_program *p, draw d, lanes active, lanes *restrict less)
{
    if (p->n_levels <= 2)
        compare(p, 2, d, active, less);
    else if (p->n_levels <= 4)
        compare(p, 4, d, active, less);
    else if (p->n_levels <= 6)
        compare(p, 6, d, active, less);
    else if (p->n_levels <= 8)
        compare(p, 8, d, active, less);
    else
        compare(p, p->n_levels, d, active, less);
}

/* Lanes whose planes, but for those flipped, are all set. */
static inline __attribute__((always_inline)) lanes match(const lanes *plane, int planes,
                                                         const uint64_t *flip)
{
    lanes m = plane[0] ^ flip[0];
    for (int p = 1; p < planes; p++)
        m &= plane[p] ^ flip[p];
    return m;
}

/* here[g]: lanes in the state from which the jumps of group g start. a: planes of the sites, b: of
 * their neighbours (NULL: sites on their own). Returns the lanes in any such state. */
static inline __attribute__((always_inline)) lanes look(const rl_program *p, int planes,
                                                        const lanes *a, const lanes *b, lanes *here)
{
    lanes any = {0};
    for (int g = 0; g < p->n_groups; g++) {
        const rl_group *group = &p->group[g];
        here[g] = match(a, planes, group->empty);
        if (b)
            here[g] &= match(b, planes, group->empty + RL_PLANES);
        any |= here[g];
    }
    return any;
}

static inline __attribute__((always_inline)) void
jump(const rl_program *p, int planes, const lanes *less, const lanes *here, lanes *a, lanes *b)
{
    for (int g = 0; g < p->n_groups; g++) {
        lanes before = {0};
        for (int i = p->group[g].first; i < p->group[g].last; i++) {
            const rl_jump *j = &p->jump[i];
            const lanes below = here[g] & less[j->high], go = below & ~before;
            before = below;
            for (int q = 0; q < planes; q++) {
                a[q] ^= go & j->change[q];
                if (b)
                    b[q] ^= go & j->change[RL_PLANES + q];
            }
        }
    }
}

static inline void load(const uint64_t *from, int64_t stride, int planes, int64_t n, lanes *out)
{
    for (int p = 0; p < planes; p++) {
        if (n == CHUNK) {
            out[p] = *(const stored *)(from + p * stride);
            continue;
        }
        out[p] = (lanes){0};
        for (int64_t w = 0; w < n; w++)
            out[p][w] = from[p * stride + w];
    }
}

static inline void store(const lanes *in, int64_t stride, int planes, int64_t n, uint64_t *to)
{
    for (int p = 0; p < planes; p++) {
        if (n == CHUNK) {
            *(stored *)(to + p * stride) = in[p];
            continue;
        }
        for (int64_t w = 0; w < n; w++)
            to[p * stride + w] = in[p][w];
    }
}

static inline __attribute__((always_inline)) void update_planes(const rl_program *p, int planes,
                                                                draw d, int64_t n, uint64_t *a,
                                                                int64_t stride_a, uint64_t *b,
                                                                int64_t stride_b)
{
    lanes less[RL_MAX_LEVELS], here[RL_MAX_GROUPS];
    lanes va[RL_PLANES], vb[RL_PLANES];
    for (int64_t w = 0; w < n; w += CHUNK, d.block += CHUNK_BLOCKS) {
        const int64_t m = n - w < CHUNK ? n - w : CHUNK;
        load(a + w, stride_a, planes, m, va);
        if (b)
            load(b + w, stride_b, planes, m, vb);
        const lanes active = look(p, planes, va, b ? vb : NULL, here);
        if (none(active))
            continue;
        compare_any(p, d, active, less);
        jump(p, planes, less, here, va, b ? vb : NULL);
        store(va, stride_a, planes, m, a + w);
        if (b)
            store(vb, stride_b, planes, m, b + w);
    }
}

/* n words of each plane; planes are stride_a and stride_b words apart. */
static void update(const rl_fast *f, const rl_program *p, draw d, int64_t n, uint64_t *a,
                   int64_t stride_a, uint64_t *b, int64_t stride_b)
{
    if (f->planes == 1)
        update_planes(p, 1, d, n, a, stride_a, b, stride_b);
    else if (f->planes == 2)
        update_planes(p, 2, d, n, a, stride_a, b, stride_b);
    else if (f->planes == 3)
        update_planes(p, 3, d, n, a, stride_a, b, stride_b);
    else
        update_planes(p, 4, d, n, a, stride_a, b, stride_b);
}

/* ---- classes of bonds ---- */

/* One site on, around the line: out[k] holds the bits of in[k+1]. */
static void shift_down(const uint64_t *in, int64_t n, uint64_t *out)
{
    for (int64_t w = 0; w < n; w++)
        out[w] = in[w] >> 1 | in[w + 1 < n ? w + 1 : 0] << 63;
}

static void shift_up(const uint64_t *in, int64_t n, uint64_t *out)
{
    for (int64_t w = 0; w < n; w++)
        out[w] = in[w] << 1 | in[w > 0 ? w - 1 : n - 1] >> 63;
}

static void bonds_along_line(const rl_fast *f, const rl_program *p, draw d, bool odd,
                             uint64_t *line)
{
    int64_t n = f->words;
    if (!odd) {
        update(f, p, d, n, line, 2 * n, line + n, 2 * n);
        return;
    }
    for (int k = 0; k < f->planes; k++)
        shift_down(line + 2 * n * k, n, f->shifted + n * k);
    update(f, p, d, n, line + n, 2 * n, f->shifted, n);
    for (int k = 0; k < f->planes; k++)
        shift_up(f->shifted + n * k, n, line + 2 * n * k);
}

/* Blocks that a line can use. */
static uint64_t blocks_a_line(const rl_fast *f)
{
    return (uint64_t)((2 * f->words + CHUNK - 1) / CHUNK) * CHUNK_BLOCKS;
}

enum { SITES, X_EVEN, X_ODD, Y_EVEN, Y_ODD, Z_EVEN, Z_ODD };

static draw draw_of(const weft_sim *sim, const rl_fast *f, int class, int64_t line)
{
    return (draw){&sim->noise, WEFT_STREAM_MODEL + 1 + (uint32_t) class, f->steps,
                  (uint64_t)line * blocks_a_line(f)};
}

/* Sites, and bonds along x. */
static void update_lines(weft_sim *sim, rl_fast *f, const rl_program *p, int class)
{
    int64_t start = f->grid ? f->grid->start[1] : 0;
    for (int64_t u = 0; u < f->units; u++)
        for (int64_t l = 0; l < f->unit_lines; l++) {
            uint64_t *line = f->first + u * f->stride + l * f->line;
            draw d = draw_of(sim, f, class, (start + u) * f->unit_lines + l);
            if (class == SITES)
                update(f, p, d, 2 * f->words, line, 2 * f->words, NULL, 0);
            else
                bonds_along_line(f, p, d, class == X_ODD, line);
        }
}

/* Bonds between the lines of a unit (y in three dimensions). */
static void update_inside(weft_sim *sim, rl_fast *f, const rl_program *p, int class)
{
    int64_t n = 2 * f->words;
    for (int64_t u = 0; u < f->units; u++)
        for (int64_t l = class == Y_ODD; l < f->unit_lines; l += 2) {
            uint64_t *unit = f->first + u * f->stride;
            update(f, p, draw_of(sim, f, class, (f->grid->start[1] + u) * f->unit_lines + l), n,
                   unit + l * f->line, n, unit + (l + 1) % f->unit_lines * f->line, n);
        }
}

/* Bonds along the axis that is cut: those across a cut are updated on both sides, alike. */
static void update_across(weft_sim *sim, rl_fast *f, const rl_program *p, int class)
{
    const bool odd = class == Y_ODD || class == Z_ODD;
    int64_t n = 2 * f->words, start = f->grid->start[1], all = f->grid->n[1];
    weft_halo_exchange(f->halo, f->bits);
    for (int64_t u = -1; u < f->units; u++) {
        int64_t global = (start + u + all) % all;
        if ((global & 1) != odd)
            continue;
        for (int64_t l = 0; l < f->unit_lines; l++) {
            uint64_t *line = f->first + u * f->stride + l * f->line;
            update(f, p, draw_of(sim, f, class, global * f->unit_lines + l), n, line, n,
                   line + f->stride, n);
        }
    }
}

static void update_class(weft_sim *sim, rl_fast *f, const rl_program *p, int class)
{
    if (p->n_jumps == 0)
        return;
    if (class <= X_ODD)
        update_lines(sim, f, p, class);
    else if (class <= Y_ODD && sim->grid->dim == 3)
        update_inside(sim, f, p, class);
    else
        update_across(sim, f, p, class);
}

/* pairs of steps. */
static void run(weft_sim *sim, rl_fast *f, int64_t pairs)
{
    const int last = 2 * sim->grid->dim;
    update_class(sim, f, &f->bond, X_EVEN);
    for (int64_t k = 0; k < pairs; k++) {
        for (int c = X_ODD; c <= last; c++)
            update_class(sim, f, &f->bond, c);
        update_class(sim, f, &f->site, SITES);
        f->steps++;
        for (int c = last; c > X_EVEN; c--)
            update_class(sim, f, &f->bond, c);
        update_class(sim, f, k + 1 < pairs ? &f->bond_twice : &f->bond, X_EVEN);
        f->steps++;
    }
}

/* ---- bytes and bits ---- */

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

static void pack_line(const rl_fast *f, const uint8_t *row, uint64_t *line)
{
    for (int64_t w = 0; w < f->words; w++, row += 128)
        for (int p = 0; p < f->planes; p++) {
            uint64_t even = 0, odd = 0, bytes;
            for (int i = 0; i < 16; i++) {
                memcpy(&bytes, row + 8 * i, sizeof bytes);
                even |= bits_of(bytes >> p) << 4 * i;
                odd |= bits_of(bytes >> (8 + p)) << 4 * i;
            }
            line[2 * p * f->words + w] = even;
            line[(2 * p + 1) * f->words + w] = odd;
        }
}

static void unpack_line(const rl_fast *f, const uint64_t *line, uint8_t *row)
{
    for (int64_t w = 0; w < f->words; w++)
        for (int i = 0; i < 16; i++, row += 8) {
            uint64_t bytes = 0;
            for (int p = 0; p < f->planes; p++) {
                const uint64_t *word = line + 2 * p * f->words + w;
                bytes |= bytes_of(word[0] >> 4 * i) << p;
                bytes |= bytes_of(word[f->words] >> 4 * i) << (8 + p);
            }
            memcpy(row, &bytes, sizeof bytes);
        }
}

static void convert(weft_sim *sim, rl_fast *f, bool to_bits)
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

/* ---- set-up ---- */

static weft_status check(const weft_sim *sim)
{
    const weft_grid *g = sim->grid;
    const weft_section *grid = weft_params_section(sim->params, "grid");
    if (g->n[2] % 128)
        return weft_param_fail(grid, "n",
                               "%lld sites along x; the fast method needs a multiple of 128",
                               (long long)g->n[2]);
    for (int a = 3 - g->dim; a < 2; a++)
        if (g->n[a] % 2)
            return weft_param_fail(grid, "n",
                                   "%lld sites along an axis; the fast method needs an "
                                   "even number",
                                   (long long)g->n[a]);
    if (g->dim == 1 && g->size > 1)
        return weft_param_fail(sim->own, "method",
                               "fast runs on one rank in one dimension, not on %d", g->size);
    return WEFT_OK;
}

weft_status rl_fast_make(weft_sim *sim, rl_fast **out)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    rl_fast *f = *out = weft_alloc(1, sizeof *f);
    WEFT_TRY(check(sim));
    while (1 << f->planes < l->channels.states)
        f->planes++;
    f->words = g->n[2] / 128;
    f->line = 2 * f->planes * f->words;
    f->unit_lines = g->dim == 3 ? g->n[1] : 1;
    f->units = g->dim == 3 ? g->local[0] : g->dim == 2 ? g->local[1] : 1;
    f->stride = f->line;
    f->shifted = weft_alloc((size_t)(f->planes * f->words), sizeof(uint64_t));
    if (g->dim == 1) {
        f->bits = f->first = weft_alloc((size_t)f->line, sizeof(uint64_t));
        return WEFT_OK;
    }
    int64_t n[2] = {g->dim == 3 ? g->n[0] : g->n[1], f->unit_lines * f->line};
    WEFT_TRY(weft_grid_create(g->comm, 2, n, (double[]){(double)n[0], (double)n[1]},
                              (weft_boundary[]){WEFT_PERIODIC, WEFT_PERIODIC}, WEFT_SLAB,
                              &f->grid));
    weft_extent e = weft_grid_extent(f->grid, 1);
    f->stride = e.stride[1];
    f->bits = weft_alloc((size_t)e.size, sizeof(uint64_t));
    f->first = f->bits + e.origin;
    return weft_halo_create(f->grid, 1, 1, sizeof(uint64_t), 1, NULL, &f->halo);
}

void rl_fast_free(rl_fast *f)
{
    if (!f)
        return;
    weft_halo_free(f->halo);
    weft_grid_free(f->grid);
    weft_free(f->bits);
    weft_free(f->shifted);
    weft_free(f);
}

uint64_t *rl_fast_steps(rl_fast *f)
{
    return &f->steps;
}

weft_status rl_fast_sweep(weft_sim *sim, double *dt)
{
    const rl_lattice *l = sim->data;
    rl_fast *f = l->fast;
    /* an even number of equal steps up to the next output */
    int64_t steps = 2 * (int64_t)ceil(*dt / (2 * l->cfg.tau) * (1 - 1e-12));
    double tau = *dt / (double)steps;
    if (tau != f->tau) {
        int dim = sim->grid->dim;
        if (!rl_program_bond(&l->channels, dim, tau, &f->bond) ||
            !rl_program_bond(&l->channels, dim, 2 * tau, &f->bond_twice) ||
            !rl_program_site(&l->channels, 2 * tau, &f->site))
            return weft_fail(WEFT_FAILED, "the network has too many reactions for the fast method");
        f->tau = tau;
    }
    if (steps > STEPS_A_CALL) {
        steps = STEPS_A_CALL;
        *dt = (double)steps * tau;
    }
    convert(sim, f, true);
    run(sim, f, steps / 2);
    convert(sim, f, false);
    return WEFT_OK;
}
