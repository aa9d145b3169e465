/* The table of observables of the model klein_gordon, and the small checks and shapes that its rows
 * share. The functions that compute are in energy.c, measure.c, walls.c and initial/kink_shapes.c.
 *
 * Invariants. Each function is collective, gives all ranks the same numbers and leaves the state as
 * it is. A row that does not fit the input (charge of a real field, first derivatives between
 * walls) is refused by its check before the run, so that compute need not look. energy is the
 * model's invariant: the time loop reports its drift. */
#include "kg.h"
#include "physics/resolution.h"
#include "weft/memory.h"

/* A real field has no charge. */
static weft_status check_complex(weft_sim *sim, double argument)
{
    (void)argument;
    if (kg_of(sim)->components == 1)
        return weft_fail(WEFT_INPUT, "charge is for complex fields (components: 2)");
    return WEFT_OK;
}

/* The same as a check of a row of the table. */
static weft_status check_derivatives(weft_sim *sim, double argument)
{
    (void)argument;
    return kg_check_derivatives(sim);
}

/* A number an axis, a single number in one dimension. */
static weft_status vector_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    int dim = sim->grid->dim;
    (void)argument;
    if (dim == 1)
        return WEFT_OK;
    axes[0] = (weft_axis){.name = "axis", .n = dim, .unit = "", .long_name = "axis, slowest first"};
    axes[0].values = weft_alloc((size_t)dim, sizeof(double));
    for (int a = 0; a < dim; a++)
        axes[0].values[a] = a;
    axes[0].labels = weft_strdup(dim == 3 ? "z, y, x" : "y, x");
    return WEFT_OK;
}

/* Entropies of order 0 or below are not defined here. */
static weft_status check_order(weft_sim *sim, double argument)
{
    (void)sim;
    return argument > 0 ? WEFT_OK : weft_fail(WEFT_INPUT, "the order of an entropy is positive");
}

/* Every row: unit, a long name with the formula, and the function. Rows with an argument are
 * written as renyi(2) in observe.list. check says before the run whether the row applies; shape
 * gives the axes of what is more than one number. */
const weft_observable kg_observables[] = {
    {.name = "energy",
     .symbol = "E",
     .unit = "energy",
     .long_name = "energy",
     .compute = kg_energy},
    {.name = "energy_kinetic",
     .symbol = "E_\\mathrm{kin}",
     .unit = "energy",
     .long_name = "kinetic energy, int pi^2/2",
     .compute = kg_energy_kinetic},
    {.name = "energy_gradient",
     .symbol = "E_\\mathrm{grad}",
     .unit = "energy",
     .long_name = "gradient energy, int (grad phi)^2/2",
     .compute = kg_energy_gradient},
    {.name = "energy_potential",
     .symbol = "E_\\mathrm{pot}",
     .unit = "energy",
     .long_name = "potential energy, int V(phi)",
     .compute = kg_energy_potential},
    {.name = "temperature_kinetic",
     .symbol = "T_\\mathrm{kin}",
     .unit = "energy",
     .long_name = "mean of pi^2 times the volume of a cell",
     .compute = kg_temperature_kinetic},
    {.name = "momentum",
     .symbol = "P",
     .unit = "energy*time/length",
     .long_name = "momentum, -int pi grad phi",
     .shape = vector_shape,
     .check = check_derivatives,
     .compute = kg_momentum},
    {.name = "charge",
     .symbol = "Q",
     .unit = "1",
     .long_name = "charge, int (phi_1 pi_2 - phi_2 pi_1)",
     .check = check_complex,
     .compute = kg_charge},
    {.name = "phi_max",
     .symbol = "\\max|\\phi|",
     .unit = "field",
     .long_name = "largest |phi|",
     .compute = kg_phi_max},
    {.name = "phi_center",
     .symbol = "\\phi(0)",
     .unit = "field",
     .long_name = "phi at x = 0 (|phi| of complex fields)",
     .compute = kg_phi_center},
    {.name = "center_of_energy",
     .symbol = "X",
     .unit = "length",
     .long_name = "int x e/int e, e the density of energy",
     .shape = vector_shape,
     .check = check_derivatives,
     .compute = kg_center_of_energy},
    {.name = "kinks",
     .symbol = "n_\\mathrm{k}",
     .unit = "1",
     .long_name = "number of kinks and antikinks: passages between vacua from site to site",
     .check = kg_kinks_check,
     .compute = kg_kinks},
    {.name = "kink_positions",
     .symbol = "x_n",
     .unit = "length",
     .long_name = "positions of kinks and antikinks from the left; nan: no more",
     .argument = "number",
     .argument_standard = 4,
     .shape = kg_kinks_shape,
     .compute = kg_kink_positions},
    {.name = "wall_area",
     .symbol = "A",
     .unit = "length^(d-1)",
     .long_name = "area (in 2D length) of the walls phi = 0",
     .check = kg_walls_check,
     .compute = kg_wall_area},
    {.name = "spectrum",
     .symbol = "\\langle|\\phi_k|^2\\rangle",
     .unit = "field^2*length^d",
     .long_name = "mean of |phi_k|^2 over shells, phi_k = int phi exp(-ikx)/sqrt(V)",
     .shape = kg_spectrum_shape,
     .compute = kg_spectrum},
    {.name = "histogram",
     .symbol = "p(\\phi)",
     .unit = "1/field",
     .long_name = "probability density of phi (values outside count in the end bins)",
     .argument = "bins",
     .argument_standard = 100,
     .shape = kg_histogram_shape,
     .compute = kg_histogram},
    RESOLUTION_ROW,
    {.name = "shannon",
     .symbol = "S_1",
     .unit = "1",
     .long_name = "Shannon entropy -int p ln p, p = phi^2/int phi^2",
     .compute = kg_shannon},
    {.name = "renyi",
     .symbol = "S_\\alpha",
     .unit = "1",
     .long_name = "Renyi entropy ln(int p^alpha)/(1 - alpha)",
     .argument = "alpha",
     .argument_standard = 2,
     .check = check_order,
     .compute = kg_renyi},
    {.name = "tsallis",
     .symbol = "S_q",
     .unit = "1",
     .long_name = "Tsallis entropy (1 - int p^q)/(q - 1)",
     .argument = "q",
     .argument_standard = 2,
     .check = check_order,
     .compute = kg_tsallis},
    {0}};
