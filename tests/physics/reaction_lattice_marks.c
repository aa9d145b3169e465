/* Rates near the resolution of marks: what the bits of an attempt make of each rate is known, and
 * refused above a per cent. The rates of a channel that are made, times the time, are found again
 * in the number of its events. */
#include "model/reaction_lattice/exact/exact.h"
#include "reaction.h"

static void refused(const char *n, const char *model)
{
    lattice l;
    CHECK(lattice_make(MPI_COMM_SELF, n, model, "{type: full, species: A}", 1, &l) == WEFT_INPUT);
    CHECK(strstr(weft_error_message(), "per cent wrong") != NULL);
    weft_error_clear();
    lattice_free(&l);
}

/* Two thirds of a value of u in each of 2 directions is one value in one of them or in both: the
 * bias is a whole number of values, and not more than the bound. */
static void bias_is_counted(double rate, double hopping)
{
    char model[256];
    snprintf(model, sizeof model,
             "  species: [A]\n  hopping: %.17g\n  reactions: [{reaction: A -> 0, rate: %.17g}]\n",
             hopping, rate);
    lattice l = lattice_open("[16]", model, "{type: full, species: A}", 1);
    const rl_replay *x = ((rl_lattice *)l.sim->data)->method_data;
    bool bound;
    const double bias = rl_marks_bias(x, 0, 1, &bound), unit = x->R * 0x1p-32;
    const double values = rate * (1 + bias) / unit;
    CHECK(!bound && fabs(bias) <= 0.01 && fabs(bias) * rate <= 4 * unit);
    CHECK_NEAR(values, floor(values + 0.5), 1e-6 * values);
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    refused("[5, 11]",
            "  species: [A]\n  hopping: 1e6\n  reactions: [{reaction: A -> 0, rate: 1e-4}]\n");
    refused("[5, 11]",
            "  species: [A]\n  hopping: 1\n  capacity: 255\n  reactions: [{reaction: A -> 0, rate: "
            "0.01}, {reaction: 3 A -> 2 A, rate: 5}]\n");
    refused("[64]", "  species: [A]\n  hopping: 1e5\n  reactions: [{reaction: A -> 0, rate: 1e-5, "
                    "time: {amplitude: 0.5, "
                    "period: 2}}]\n");
    bias_is_counted(1.0, 0.7);
    bias_is_counted(0.3, 2.0);
    bias_is_counted(1e-4, 1e3);
    bias_is_counted(1e-4, 1.37e3);
    return check_end();
}
