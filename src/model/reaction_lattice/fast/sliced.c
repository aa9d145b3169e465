/* The kernel of the fast method: 512 bonds, or sites, at once, as bits.
 *
 * Every bond has a uniform number of 32 bits. Its first bits are made for all bonds, the others for
 * the few bonds whose comparisons with the levels of the program are still open then.
 *
 * How a comparison goes: the numbers of 512 bonds are 32 vectors of bits, one for each weight. A
 * level is a number that is the same for all bonds. Going from low weights to high ones, "below" is
 * kept where the bits are equal and set anew where they differ, so that the highest bit that
 * differs decides. After the first 14 bits one bond in 2^14 for each level is still equal to it;
 * each of those gets further bits of its own.
 *
 * Invariants. (1) The number of a bond is a function of its place: the chunk (8 words of lanes) has
 * blocks of its own, of which the first serve all lanes and one more serves each single lane, so
 * that nothing depends on where a rank's words begin (skip) or how wide a vector is. (2)
 * Comparisons are exact: after all 32 bits, below means below. (3) Lanes of different bonds never
 * mix. Lanes beyond the words in question are loaded as zeros and not stored. */
#include "fast.h"
#include "weft/philox.h"

enum { CHUNK = 8, FIRST_BITS = 14 };

/* Blocks of random numbers of a chunk: for the first bits of all bonds, and one for each bond. */
enum { FIRST_BLOCKS = CHUNK, CHUNK_BLOCKS = FIRST_BLOCKS + 64 * CHUNK };

/* A chunk is done in parts of as many words as a vector has. */
typedef weft_lanes lanes;
typedef uint64_t stored __attribute__((vector_size(8 * WEFT_LANES), aligned(8), may_alias));

/* A word within a chunk keeps the blocks of its chunk and skips the words before it. */
rl_draw rl_draw_from(rl_draw d, int64_t word)
{
    d.block += (uint64_t)(word / CHUNK) * CHUNK_BLOCKS;
    d.skip = word % CHUNK;
    return d;
}

uint64_t rl_sliced_blocks(int64_t words)
{
    return (uint64_t)((words + CHUNK - 1) / CHUNK) * CHUNK_BLOCKS;
}

/* All ones for 1, zero for 0. */
static inline lanes mask_of(uint64_t bit)
{
    return (lanes){0} - bit;
}

/* Is no bit set in any lane? */
static inline bool none(lanes x)
{
#ifdef __AVX512F__
    return _mm512_test_epi64_mask((__m512i)x, (__m512i)x) == 0;
#else
    uint64_t any = 0;
    for (int w = 0; w < WEFT_LANES; w++)
        any |= x[w];
    return any == 0;
#endif
}

/* Where the first bits of a lane are those of a level, the other bits decide. */
static __attribute__((noinline)) void settle(const rl_program *p, int n, rl_draw d, lanes undecided,
                                             const lanes *equal, lanes *less)
{
    const uint64_t rest = (UINT64_C(1) << (32 - FIRST_BITS)) - 1;
    for (int w = 0; w < WEFT_LANES; w++)
        /* One lane after the other: they are few. */
        for (uint64_t left = undecided[w]; left; left &= left - 1) {
            const int bit = __builtin_ctzll(left);
            uint32_t word[4];
            weft_philox_many(d.noise, d.stream, d.step,
                             d.block + FIRST_BLOCKS + (uint64_t)(64 * (d.skip + w) + bit), 1, word);
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

/* The state of eight generators, one a word, from one call of Philox. */
static inline stream stream_of(rl_draw d)
{
    lanes w[4];
    weft_philox_lanes(d.noise, d.stream, d.step, d.block + (uint64_t)d.skip, w);
    return (stream){(w[0] & UINT64_C(0xffffffff)) | w[1] << 32,
                    (w[2] & UINT64_C(0xffffffff)) | w[3] << 32};
}

/* Each word rotated to the left. */
static inline lanes rotated(lanes x, int by)
{
    return x << by | x >> (64 - by);
}

/* 64 random bits a lane; the generator of the paper, step by step. */
static inline lanes stream_next(stream *b)
{
    const lanes s0 = b->s0, s1 = b->s1 ^ s0;
    const lanes out = rotated(s0 + b->s1, 17) + s0;
    b->s0 = rotated(s0, 49) ^ s1 ^ s1 << 21;
    b->s1 = rotated(s1, 28);
    return out;
}

/* less[q]: lanes whose uniform number is below level q, among those that are active. Going from low
 * weights to high ones, a higher bit that differs overrules. */
#ifdef __AVX512F__
/* For n levels, a constant where it matters, side by side: 32 registers hold what is known of eight
 * of them, and one instruction takes in a bit, which compilers do not see. */
static inline __attribute__((always_inline)) void compare(const rl_program *p, int n, rl_draw d,
                                                          lanes active, lanes *restrict less)
{
    lanes equal[RL_MAX_LEVELS], below[RL_MAX_LEVELS], undecided = {0};
    stream source = stream_of(d);
    for (int q = 0; q < n; q++) {
        below[q] = (lanes){0};
        equal[q] = active & ~mask_of(p->level[q] >> 32);
    }
    for (int k = FIRST_BITS - 1; k >= 0; k--) {
        const __m512i r = (__m512i)stream_next(&source);
        for (int q = 0; q < n; q++) {
            const __m512i b = (__m512i)((lanes){0} + p->bits[k][q]);
            below[q] = (lanes)_mm512_ternarylogic_epi64((__m512i)below[q], r, b, 0xB2);
            equal[q] = (lanes)_mm512_ternarylogic_epi64((__m512i)equal[q], r, b, 0x90);
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
static void compare_any(const rl_program *p, rl_draw d, lanes active, lanes *restrict less)
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
#else
/* Level by level, since there are 16 registers or fewer. A bit of a level is the same for all lanes
 * and all calls, so that a branch on it is foreseen and saves the instructions of a choice. */
static void compare_any(const rl_program *p, rl_draw d, lanes active, lanes *restrict less)
{
    lanes random[FIRST_BITS], equal[RL_MAX_LEVELS], undecided = {0};
    stream source = stream_of(d);
    for (int k = FIRST_BITS - 1; k >= 0; k--)
        random[k] = stream_next(&source);
    for (int q = 0; q < p->n_levels; q++) {
        lanes same = active & ~mask_of(p->level[q] >> 32), above = ~(lanes){0};
        uint64_t bits = p->level[q] >> (32 - FIRST_BITS);
        for (int k = FIRST_BITS - 1; k >= 0; k--, bits >>= 1) {
            const lanes r = random[k];
            same &= bits & 1 ? r : ~r;
            above = bits & 1 ? above & r : above | r;
        }
        equal[q] = same;
        undecided |= same;
        less[q] = ~above | mask_of(p->level[q] >> 32);
    }
    if (!none(undecided))
        settle(p, p->n_levels, d, undecided, equal, less);
}
#endif

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

/* Jumps of 64 or more sites at once, a bit each: a site is of group g where here[g] has its bit,
 * and makes the first jump of the group whose cumulative probability its random number is below:
 * `below` is a growing set along the group, so `below` without `before` is the set that makes this
 * jump. States are kept as planes of bits, which a jump changes by exclusive or. */
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

/* Set bits of all words. */
static int64_t population(lanes x)
{
    int64_t n = 0;
    for (int w = 0; w < WEFT_LANES; w++)
        n += __builtin_popcountll(x[w]);
    return n;
}

/* Count the lanes of the words begin <= w < end in each group and in each of its jumps. */
static __attribute__((noinline)) void count(const rl_program *p, int64_t begin, int64_t end,
                                            const lanes *less, const lanes *here, rl_tally *tally)
{
    lanes valid = {0};
    for (int64_t w = begin; w < end; w++)
        valid[w] = ~UINT64_C(0);
    for (int g = 0; g < p->n_groups; g++) {
        lanes before = {0};
        tally->group[g] += population(here[g] & valid);
        for (int i = p->group[g].first; i < p->group[g].last; i++) {
            const lanes below = here[g] & less[p->jump[i].high];
            tally->jump[i] += population(below & ~before & valid);
            before = below;
        }
    }
}

/* The words begin <= w < end of a chunk; the others are zero. */
static inline void load(const uint64_t *from, int64_t stride, int planes, int64_t begin,
                        int64_t end, lanes *out)
{
    for (int p = 0; p < planes; p++) {
        if (end - begin == WEFT_LANES) {
            out[p] = *(const stored *)(from + p * stride);
            continue;
        }
        out[p] = (lanes){0};
        for (int64_t w = begin; w < end; w++)
            out[p][w] = from[p * stride + w];
    }
}

/* Back to memory: the words that were loaded, and no others. */
static inline void store(const lanes *in, int64_t stride, int planes, int64_t begin, int64_t end,
                         uint64_t *to)
{
    for (int p = 0; p < planes; p++) {
        if (end - begin == WEFT_LANES) {
            *(stored *)(to + p * stride) = in[p];
            continue;
        }
        for (int64_t w = begin; w < end; w++)
            to[p * stride + w] = in[p][w];
    }
}

/* Vector by vector: load, find the lanes that could do something (most often none: then go on),
 * compare, count, jump, store. */
static inline __attribute__((always_inline)) void update_planes(const rl_program *p, int planes,
                                                                rl_draw d, int64_t n, uint64_t *a,
                                                                int64_t stride_a, uint64_t *b,
                                                                int64_t stride_b, rl_tally *tally)
{
    lanes less[RL_MAX_LEVELS], here[RL_MAX_GROUPS];
    lanes va[RL_PLANES], vb[RL_PLANES];
    for (int64_t at = 0; at < d.skip + n; at += WEFT_LANES) {
        const int64_t w = at - d.skip, begin = w < 0 ? -w : 0;
        const int64_t end = n - w < WEFT_LANES ? n - w : WEFT_LANES;
        if (begin >= WEFT_LANES)
            continue;
        const rl_draw from = rl_draw_from(d, at);
        load(a + w, stride_a, planes, begin, end, va);
        if (b)
            load(b + w, stride_b, planes, begin, end, vb);
        /* Lanes whose state can jump at all. */
        const lanes active = look(p, planes, va, b ? vb : NULL, here);
        if (none(active))
            continue;
        compare_any(p, from, active, less);
        if (tally)
            count(p, begin, end, less, here, tally);
        jump(p, planes, less, here, va, b ? vb : NULL);
        store(va, stride_a, planes, begin, end, a + w);
        if (b)
            store(vb, stride_b, planes, begin, end, b + w);
    }
}

/* The number of planes as a constant, so that loops over planes vanish. */
void rl_sliced_update(const rl_program *p, int planes, rl_draw d, int64_t n, uint64_t *a,
                      int64_t stride_a, uint64_t *b, int64_t stride_b, rl_tally *tally)
{
    if (planes == 1)
        update_planes(p, 1, d, n, a, stride_a, b, stride_b, tally);
    else if (planes == 2)
        update_planes(p, 2, d, n, a, stride_a, b, stride_b, tally);
    else if (planes == 3)
        update_planes(p, 3, d, n, a, stride_a, b, stride_b, tally);
    else
        update_planes(p, 4, d, n, a, stride_a, b, stride_b, tally);
}
