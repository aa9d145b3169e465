/* Wrong inputs of reaction lattices: one clear message each.
 *
 * Each case changes one thing of an input that is right, so that the message can only come from
 * it. */
#include "reaction.h"

static const char *const good = "  species: [A, B]\n  hopping: 1\n  reactions:\n"
                                "    - {reaction: A + B -> 2 A, rate: 1}\n";

static void bad(const char *n, const char *model, const char *initial, const char *message)
{
    lattice l;
    weft_error_clear();
    CHECK(lattice_make(MPI_COMM_SELF, n, model, initial, 1, &l) == WEFT_INPUT);
    CHECK(strncmp(weft_error_message(), "in.yaml:", 8) == 0);
    CHECK(strstr(weft_error_message(), message) != NULL);
    if (!strstr(weft_error_message(), message))
        fprintf(stderr, "  got: %s\n  expected: %s\n", weft_error_message(), message);
    weft_error_clear();
    lattice_free(&l);
}

/* The model's keys after the species and hops of one or two species. */
static void bad_model(const char *keys, const char *message)
{
    char text[1024];
    snprintf(text, sizeof text, "  species: [A, B]\n  hopping: 1\n%s", keys);
    bad("[16, 16]", text, "{type: full, species: A}", message);
}

static void bad_reaction(const char *reaction, const char *message)
{
    char text[512];
    snprintf(text, sizeof text, "  reactions: [%s]\n", reaction);
    bad_model(text, message);
}

static void bad_initial(const char *initial, const char *message)
{
    bad("[16, 16]", good, initial, message);
}

static void network(void)
{
    bad_reaction("{reaction: A -> C, rate: 1}", "unknown species");
    bad_reaction("{reaction: A B -> 0, rate: 1}", "expected '+' or '->'");
    bad_reaction("{reaction: A -> 0, rate: -0.5}", "cannot be negative");
    bad_reaction("{reaction: A + B -> 3 A, rate: 1}", "room for two");
    bad_reaction("{reaction: 2 A + B -> 0, rate: 1}", "three reactants");
    bad_reaction("{reaction: 0 -> 2 A, rate: 1}", "two particles on an empty site");
    bad_reaction("{reaction: A -> 0, rate: contact}", "contact needs two particles");
    bad_reaction("{reaction: 2 A -> 0, rate: contact}, {reaction: 2 A -> A, rate: contact}",
                 "by contact too");
    bad("[16, 16]",
        "  species: [A, B]\n  hopping: {A: 1}\n"
        "  reactions: [{reaction: 2 B -> 0, rate: contact}]\n",
        "{type: full, species: A}", "neither species hops");
    bad_reaction("{reaction: A -> 0, rate: 1, space: {type: rings, factor: 2}}",
                 "checkerboard, halves or file");
    bad_reaction("{reaction: A -> 0, rate: 1, space: {type: checkerboard, factor: 2}}",
                 "needs the key width");
    bad_reaction("{reaction: A -> 0, rate: 1, space: {type: halves, factor: -1}}", "negative");
    bad_reaction("{reaction: A -> 0, rate: 1, space: {type: halves, factor: 2, width: 3}}",
                 "halves has no key 'width'");
    bad_reaction("{reaction: A -> 0, rate: 1, space: {type: file, path: none.h5, dataset: a}}",
                 "none.h5 cannot be read: No such file");
    bad_reaction("{reaction: A -> 0, rate: 1, name: r2}, {reaction: B -> 0, rate: 1}",
                 "what reaction number 2 of the list is called");
    bad_reaction("{reaction: A -> 0, rate: 1, name: exchange}", "another name");
    bad_reaction("{reaction: A -> 0, rate: 1, time: {period: 3, amplitude: 1.5}}", "beyond 1");
    bad_reaction("{reaction: A -> 0, rate: 1, time: {amplitude: 0.5}}", "needs the key period");
    bad_reaction("{reaction: 2 A -> 0, rate: contact, time: {period: 3, amplitude: 1}}",
                 "no rate that could vary");
}

static void model(void)
{
    bad("[16]", "  species: []\n", "{type: full, species: A}", "species");
    bad("[16]", "  species: [A]\n", "{type: full, species: A}", "nothing can happen");
    bad("[16]", "  species: [A]\n  exchange: 1\n", "{type: full, species: A}", "one species");
    bad("[16]", "  species: [A]\n  hopping: {B: 1}\n", "{type: full, species: A}",
        "unknown species 'B'");
    bad("[16]", "  species: [A]\n  hopping: {A: -1}\n", "{type: full, species: A}", "negative");
    bad("[1, 16]", good, "{type: full, species: A}", "grid.n: the lattice has one site");
    bad_reaction("{reaction: A -> 0, rate: 1e20}", "hopping: the 32 bits of an attempt");
    bad("[16]", "  species: [A]\n  reactions: [{reaction: A -> 0, rate: 1e20}]\n",
        "{type: full, species: A}", "can be told apart up to time");
    bad_model("  capacity: 256\n", "0 (unlimited) to 255");
    bad_model("  capacity: {first: 2, period: 3}\n", "{first: 2, second: 10, period: 50}");
    bad_model("  capacity: 0\n", "use method: rdme");
    bad_model("  capacity: 3\n  exchange: 1\n", "exchange needs capacity 1");
    bad_model("  capacity: 3\n  reactions: [{reaction: A + 0 -> 2 A, rate: 1}]\n",
              "needs capacity 1");
    bad_model("  capacity: 3\n  reactions: [{reaction: 2 A -> 0, rate: contact}]\n",
              "needs capacity 1");
    bad_model("  capacity: 0\n  method: rdme\n  tau: 3\n", "use at most 0.5");
    bad_model("  method: rdme\n", "give capacity: 0");
    bad_model("  clock: mcs\n  method: exact\n", "used only if clock is ctmc");
    bad_model("  clock: mcs\n  capacity: 3\n", "capacity 1 or 0");
    bad_model("  clock: mcs\n  capacity: 0\n  rule: neighbour\n", "neighbour needs capacity 1");
    bad_model("  clock: mcs\n  capacity: 0\n  update: sublattice\n", "need capacity 1");
    bad_model("  update: sublattice\n", "clock");
    bad_model("  clock: mcs\n  reactions: [{reaction: A -> 0, rate: 2}]\n", "a probability");
    bad_model("  clock: mcs\n  reactions: [{reaction: 0 -> A, rate: 0.2}]\n",
              "starts with a particle");
    bad_model("  rule: species\n", "rule");
    bad_model("  method: quick\n", "method");
    bad_model("  method: sequential\n  halo: 3\n", "halo");
    bad_model("  halo: -1\n", "halo");
    bad_model("  method: fast\n  tau: 2\n", "at most 1");
    bad_model("  method: fast\n  capacity: 2\n", "fast needs capacity 1");
    bad_model("  method: fast\n  reactions: [{reaction: A -> 0, rate: 1, "
              "time: {period: 3, amplitude: 1}}]\n",
              "vary in space or time");
    bad_model("  method: fast\n", "multiple of 128");
}

static void initial(void)
{
    bad_initial("{type: random, density: {A: 0.7, B: 0.6}}", "add up to 1.3");
    bad_initial("{type: random, density: {C: 0.7}}", "unknown species 'C'");
    bad_initial("{type: random, density: -1}", "negative");
    bad_initial("{type: random}", "density");
    bad_initial("{type: full, species: C}", "unknown species 'C'");
    bad_initial("{type: full, species: A, count: 2}", "exceed the capacity");
    bad_initial("{type: seed, species: A, radius: -1}", "radius");
    bad_initial("{type: stripes, species: [A, X], width: 3}", "unknown species 'X'");
    bad_initial("{type: front, species: A, position: 17}", "16 sites along x");
    bad_initial("{type: segregated, first: A, second: B, density: 2}", "exceed the capacity");
    bad_initial("{type: circle}", "circle");
}

static void observables(void)
{
    lattice l;
    const weft_observable *row;
    double argument;
    CHECK(lattice_make(MPI_COMM_SELF, "[16, 16]", good, "{type: full, species: A}", 1, &l) ==
          WEFT_OK);
    static const char *const names[][2] = {{"density_C", "no species 'C'"},
                                           {"events_x", "no reaction 'x'"},
                                           {"pair_AC", "no pair"},
                                           {"densty", "did you mean"}};
    for (int i = 0; i < 4; i++) {
        CHECK(weft_observable_find(l.input->model, l.input->params, names[i][0], &row, &argument) ==
              WEFT_INPUT);
        CHECK(strstr(weft_error_message(), names[i][1]) != NULL);
        weft_error_clear();
    }
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    network();
    model();
    initial();
    observables();
    return check_end();
}
