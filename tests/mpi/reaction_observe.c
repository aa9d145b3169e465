/* Observables of reaction lattices against direct sums over the gathered lattice, on any number of
 * ranks. */
#include "reaction.h"
#include "weft/memory.h"

enum { NY = 36, NX = 64, N = NY * NX };

static const char *const model = "  species: [A, B, C]\n  hopping: 1\n  reactions:\n"
                                 "    - {reaction: A + B -> A, rate: 1, name: eat}\n"
                                 "    - {reaction: C -> 0, rate: 0.3, name: die}\n"
                                 "    - {reaction: A -> 2 A, rate: 1, name: birth}\n";

static int at(const uint8_t *s, int y, int x)
{
    return s[(y + 10 * NY) % NY * NX + (x + 10 * NX) % NX];
}

static void pairs(lattice *l, const uint8_t *s)
{
    double out[32];
    lattice_observe(l, "pair_AB", out);
    for (int r = 0; r <= 16; r++) {
        double sum = 0, a = 0, b = 0;
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++) {
                a += at(s, y, x) == 1;
                b += at(s, y, x) == 2;
                if (at(s, y, x) == 1)
                    sum += (at(s, y, x + r) == 2) + (at(s, y, x - r) == 2) +
                           (at(s, y + r, x) == 2) + (at(s, y - r, x) == 2);
            }
        CHECK_NEAR(out[r], sum / (4.0 * N) - a / N * (b / N), 1e-14);
    }
}

static void profiles(lattice *l, const uint8_t *s)
{
    double density[NX], eat[NX], die[NX], birth[NX];
    lattice_observe(l, "profile_C", density);
    lattice_observe(l, "reaction_profile_eat", eat);
    lattice_observe(l, "reaction_profile_die", die);
    lattice_observe(l, "reaction_profile_birth", birth);
    for (int x = 0; x < NX; x++) {
        double c = 0, ab = 0, a0 = 0;
        for (int y = 0; y < NY; y++) {
            c += at(s, y, x) == 3;
            const int beside[4] = {at(s, y, x + 1), at(s, y, x - 1), at(s, y + 1, x),
                                   at(s, y - 1, x)};
            for (int d = 0; d < 4; d++) {
                ab += at(s, y, x) == 1 && beside[d] == 2;
                a0 += at(s, y, x) == 1 && beside[d] == 0;
            }
        }
        CHECK_NEAR(density[x], c / NY, 1e-14);
        CHECK_NEAR(die[x], 0.3 * c / NY, 1e-14);
        CHECK_NEAR(eat[x], ab / 4 / NY, 1e-14);
        CHECK_NEAR(birth[x], a0 / 4 / NY, 1e-14);
    }
}

/* A made-up spiral: three sectors around two points of opposite winding. */
static void cores(void)
{
    lattice l;
    double now, before;
    CHECK(lattice_make(MPI_COMM_WORLD, "[36, 64]", model,
                       "{type: stripes, species: [A, B, C], width: 5}", 1, &l) == WEFT_OK);
    lattice_observe(&l, "spiral_cores(3)", &before);
    CHECK(before == 0); /* straight stripes have none */
    weft_field *f = weft_state_find(l.sim->state, "species");
    const weft_grid *g = l.sim->grid;
    for (int64_t y = 0; y < g->local[1]; y++)
        for (int64_t x = 0; x < g->local[2]; x++) {
            double dy = (double)(g->start[1] + y) - 17.4, dx = (double)(g->start[2] + x);
            double angle = atan2(dy, dx - 15.7) - atan2(dy, dx - 47.3) + 20 * 3.14159265358979;
            weft_field_bytes(f, 0)[f->extent.origin + y * f->extent.stride[1] + x] =
                (uint8_t)(1 + (int)(angle / 2.0943951023931953) % 3);
        }
    lattice_observe(&l, "spiral_cores(3)", &now);
    CHECK(now >= 2 && now <= 6); /* the two, and what the edges of the box make */
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    lattice l;
    static uint8_t s[N];
    CHECK(lattice_make(MPI_COMM_WORLD, "[36, 64]", model, "{type: random, density: 0.25}", 4, &l) ==
          WEFT_OK);
    CHECK(lattice_advance(&l, 1) == WEFT_OK);
    lattice_gather(&l, s);
    const weft_observable *row;
    double argument;
    CHECK(weft_observable_find(l.input->model, l.input->params, "pair_AB", &row, &argument) ==
          WEFT_OK);
    if (row->check(l.sim, argument) == WEFT_OK) /* the same on all ranks */
        pairs(&l, s);
    weft_error_clear();
    profiles(&l, s);
    lattice_free(&l);
    cores();
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}
