/* Random numbers of the dynamics by themselves, and a step of noise with memory beside the white
 * draws that it stands for. */
#include "weft/noise.h"
#include "bench.h"
#include "weft/coloured.h"
#include "weft/memory.h"

enum { ROW = 4096 };

/* ---- numbers of one row ---- */

typedef struct row {
    weft_noise noise;
    uint64_t step;
    double out[ROW], sum[ROW];
    uint32_t word[ROW];
} row;

static void words(void *what, long count)
{
    row *r = what;
    for (long i = 0; i < count; i++, r->step++)
        weft_philox_many(&r->noise, WEFT_STREAM_MODEL, r->step, 0, ROW / 4, r->word);
}

static void uniforms(void *what, long count)
{
    row *r = what;
    for (long i = 0; i < count; i++, r->step++)
        weft_noise_uniform(&r->noise, WEFT_STREAM_STEP, r->step, 0, ROW, 0, ROW, r->out);
}

static void normals(void *what, long count)
{
    row *r = what;
    for (long i = 0; i < count; i++, r->step++)
        weft_noise_normal(&r->noise, WEFT_STREAM_STEP, r->step, 0, ROW, 0, ROW, r->out);
}

static void added(void *what, long count)
{
    row *r = what;
    for (long i = 0; i < count; i++) {
        normals(r, 1);
        for (int x = 0; x < ROW; x++)
            r->sum[x] += 0.1 * r->out[x];
    }
}

/* A normal takes one word of 32 bits and shares another with its partner, so that the words are
 * what it cannot do without. */
static void numbers(void)
{
    static row r = {.noise = {.seed = 1}}, single = {.noise = {.seed = 1, .single = true}};
    bench_side word = {"words of 32 bits", words, &r, ROW};
    bench_row("noise", "ns/number", word, NULL);
    word.things = ROW / 2.0;
    word.name = "the two words of each";
    bench_row("noise", "ns/number", (bench_side){"uniform numbers of 53 bits", uniforms, &r, ROW},
              &word);
    word.things = ROW;
    word.name = "the word of each";
    bench_row("noise", "ns/number", (bench_side){"normals", normals, &r, ROW}, &word);
    bench_row("noise", "ns/number", (bench_side){"normals: single", normals, &single, ROW}, &word);
    bench_side plain = {"normals alone", normals, &r, ROW};
    bench_row("noise", "ns/number",
              (bench_side){"normals added to an array with an amplitude", added, &r, ROW}, &plain);
}

/* ---- noise with memory ---- */

/* A step of noise with memory on a row of sites, beside as many white draws as it has modes, each
 * of which is added to an array of its own. */
typedef struct memory_side {
    weft_coloured c;
    weft_noise noise;
    int64_t sites;
    uint64_t step;
    double *mode[WEFT_COLOURED_MODES], *growth;
} memory_side;

static void coloured(void *what, long count)
{
    memory_side *m = what;
    double *at[WEFT_COLOURED_MODES];
    for (long i = 0; i < count; i++, m->step++)
        for (int64_t x = 0, n; x < m->sites; x += n) {
            n = m->sites - x < WEFT_COLOURED_STRETCH ? m->sites - x : WEFT_COLOURED_STRETCH;
            for (int k = 0; k < m->c.modes; k++)
                at[k] = m->mode[k] + x;
            weft_coloured_increments(&m->c, &m->noise, 0, m->step, 0, m->sites, x, (int)n, at,
                                     m->growth + x);
        }
}

static void white_draws(void *what, long count)
{
    memory_side *m = what;
    double r[WEFT_COLOURED_STRETCH] __attribute__((aligned(64)));
    for (long i = 0; i < count; i++, m->step++)
        for (int64_t x = 0, n; x < m->sites; x += n) {
            n = m->sites - x < WEFT_COLOURED_STRETCH ? m->sites - x : WEFT_COLOURED_STRETCH;
            for (int k = 0; k < m->c.modes; k++) {
                double *restrict to = m->mode[k] + x;
                weft_noise_normal(&m->noise, WEFT_STREAM_STEP + (uint32_t)k, m->step, 0, m->sites,
                                  x, n, r);
                for (int64_t j = 0; j < n; j++)
                    to[j] = 0.5 * to[j] + r[j];
            }
        }
}

static void memory(const char *name, weft_coloured_spec spec, int64_t sites)
{
    memory_side m = {.noise = {.seed = 1}, .sites = sites};
    run_must(weft_coloured_make(&spec, &m.c));
    run_must(weft_coloured_step(&m.c, 0.05));
    for (int k = 0; k < m.c.modes; k++)
        m.mode[k] = weft_alloc((size_t)sites, sizeof(double));
    m.growth = weft_alloc((size_t)sites, sizeof(double));
    char *own = weft_format("noise with memory, %s: %d modes, %lld sites", name, m.c.modes,
                            (long long)sites);
    char *beside = weft_format("%d white draws, each added to its array", m.c.modes);
    bench_side bound = {beside, white_draws, &m, (double)sites};
    bench_row("noise", "ns/site/step", (bench_side){own, coloured, &m, (double)sites}, &bound);
    weft_free(own);
    weft_free(beside);
    for (int k = 0; k < m.c.modes; k++)
        weft_free(m.mode[k]);
    weft_free(m.growth);
}

static void all_memories(void)
{
    const weft_coloured_spec ou = {.colour = WEFT_COLOUR_OU, .tau = 2, .stationary = true};
    weft_coloured_spec fractional = {
        .colour = WEFT_COLOUR_FRACTIONAL, .stationary = true, .shortest = 1e-2, .horizon = 1000};
    for (int64_t sites = ROW; sites <= 1 << 20; sites <<= 8) {
        memory("ou", ou, sites);
        fractional.hurst = 0.25;
        memory("H = 0.25", fractional, sites);
        fractional.hurst = 0.75;
        memory("H = 0.75", fractional, sites);
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    numbers();
    all_memories();
    MPI_Finalize();
    return 0;
}
