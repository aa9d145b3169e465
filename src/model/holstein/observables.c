/* Observables of the model holstein that are sums over sites, and the table of all of them.
 *
 * Invariants. Sums are exact, so that a record does not depend on the ranks. `energy` is the
 * quantity that the dynamics conserves without bath and protocol: kinetic + elastic + electronic,
 * where each bond of kappa counts once. Observables of the order and of the density read the
 * derived fields, which the time loop brings up to date before a record (ho_derive). An estimate of
 * an error that cannot be made is nan with a warning, never a guess, and does not end the run. */
#include "holstein.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static ho *data(weft_sim *sim)
{
    return sim->data;
}

static double sites(weft_sim *sim)
{
    return (double)weft_grid_sites(sim->grid);
}

/* Sum of a field over all sites. Collective. */
static double total(weft_sim *sim, weft_field *f)
{
    weft_view v = weft_field_view(sim->state, f, 0, NULL);
    return weft_view_sum(sim->grid->comm, &v);
}

/* Sum of the squares. Collective. */
static double square(weft_sim *sim, weft_field *f)
{
    weft_view v = weft_field_view(sim->state, f, 0, NULL);
    return weft_view_dot(sim->grid->comm, &v, &v);
}

/* ---- energies ---- */

static double phonon_energy(weft_sim *sim)
{
    ho *h = data(sim);
    return 0.5 * square(sim, h->P) / h->par.m;
}

/* K Q^2/2 + kappa Q_i times its neighbours in the positive directions, so that each bond counts
 * once; reads the ghosts beyond the upper ends. */
static void elastic_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    ho *h = context;
    const weft_extent *e = &h->Q->extent;
    const double *q = weft_field_data(h->Q, 0) + weft_extent_row(e, z, y);
    double K = h->par.K, kappa = h->par.kappa;
    for (int64_t x = 0; x < n; x++) {
        double ahead = q[x + 1];
        if (h->dim > 1)
            ahead += q[x + e->stride[1]];
        if (h->dim > 2)
            ahead += q[x + e->stride[0]];
        out[x] = q[x] * (0.5 * K * q[x] + kappa * ahead);
    }
}

/* Reads neighbours, hence the exchange. Collective. */
static double elastic_energy(weft_sim *sim)
{
    ho *h = data(sim);
    weft_field_exchange(h->Q);
    return weft_rows_sum(sim->grid, elastic_row, h);
}

static weft_status energy_phonon(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = phonon_energy(sim);
    return WEFT_OK;
}

static weft_status energy_elastic(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = elastic_energy(sim);
    return WEFT_OK;
}

static weft_status energy_electron(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    return ho_electron_energy(sim, out);
}

/* The conserved energy; the electronic part is kept by dynamics.c and not computed twice. */
static weft_status energy(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    double electrons;
    WEFT_TRY(ho_electron_energy(sim, &electrons));
    *out = phonon_energy(sim) + elastic_energy(sim) + electrons;
    return WEFT_OK;
}

/* Equipartition: <P^2/m> = T in equilibrium with a bath. */
static weft_status temperature_kinetic(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = 2 * phonon_energy(sim) / sites(sim);
    return WEFT_OK;
}

/* ---- order ---- */

/* The mean staggered density: +-1/2 in a perfect charge-density wave, 0 with equal domains of both
 * signs. */
static weft_status order_parameter(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = total(sim, data(sim)->order) / sites(sim);
    return WEFT_OK;
}

/* Also large where domains of both signs cancel in the order parameter. */
static weft_status order_rms(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = sqrt(square(sim, data(sim)->order) / sites(sim));
    return WEFT_OK;
}

typedef struct staggered {
    const weft_grid *grid;
    const weft_field *f;
} staggered;

/* (-1)^(x+y+z) Q along a row. */
static void staggered_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const staggered *s = context;
    const weft_extent *e = &s->f->extent;
    const double *q = (const double *)s->f->data + weft_extent_row(e, z, y);
    for (int64_t x = 0; x < n; x++)
        out[x] = ho_sign(s->grid, z, y, x) * q[x];
}

/* The mean of (-1)^(x+y+z) Q, the order of the lattice. */
static weft_status order_displacement(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    staggered s = {sim->grid, data(sim)->Q};
    *out = weft_rows_sum(sim->grid, staggered_row, &s) / sites(sim);
    return WEFT_OK;
}

/* About 0, not about the mean. */
static weft_status displacement_rms(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = sqrt(square(sim, data(sim)->Q) / sites(sim));
    return WEFT_OK;
}

static weft_status density_mean(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = total(sim, data(sim)->density) / sites(sim);
    return WEFT_OK;
}

/* ---- orbitals ---- */

/* Adiabatic dynamics has no orbitals. */
static weft_status only_ehrenfest(weft_sim *sim, double argument)
{
    (void)argument;
    if (data(sim)->par.ehrenfest)
        return WEFT_OK;
    return weft_fail(WEFT_INPUT, "orthonormality belongs to dynamics: ehrenfest");
}

/* How far the Schroedinger equation has lost orthonormal orbitals: rounding alone, if all is well.
 */
static weft_status orthonormality(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = weft_orbitals_orthonormality(data(sim)->orbitals);
    return WEFT_OK;
}

/* Energies, order, electrons, domains, distributions, modes. shape gives the axes of what is more
 * than one number, check what does not fit the input. */
const weft_observable ho_observables[] = {
    {.name = "energy",
     .symbol = "E",
     .unit = "energy",
     .long_name = "phonon, elastic and electronic energy: conserved without bath and protocol",
     .compute = energy},
    {.name = "energy_phonon",
     .symbol = "E_\\mathrm{ph}",
     .unit = "energy",
     .long_name = "kinetic energy of the phonons",
     .compute = energy_phonon},
    {.name = "energy_elastic",
     .symbol = "E_\\mathrm{el}",
     .unit = "energy",
     .long_name = "K Q^2/2 and kappa Q Q'",
     .compute = energy_elastic},
    {.name = "energy_electron",
     .symbol = "E_e",
     .unit = "energy",
     .long_name = "grand potential (fixed mu), free energy (fixed filling) or <H> (Ehrenfest), "
                  "with + g/2 sum Q",
     .compute = energy_electron},
    {.name = "temperature_kinetic",
     .symbol = "T_\\mathrm{kin}",
     .unit = "energy",
     .long_name = "mean of P^2/m",
     .compute = temperature_kinetic},
    {.name = "order_parameter",
     .symbol = "\\phi",
     .unit = "",
     .long_name = "mean of (-1)^(x+y+z) (n - 1/2)",
     .compute = order_parameter},
    {.name = "order_rms",
     .symbol = "\\sqrt{\\langle\\phi^2\\rangle}",
     .unit = "",
     .long_name = "root mean square of n - 1/2",
     .compute = order_rms},
    {.name = "order_displacement",
     .symbol = "\\phi_Q",
     .unit = "length",
     .long_name = "mean of (-1)^(x+y+z) Q",
     .compute = order_displacement},
    {.name = "displacement_rms",
     .symbol = "\\sqrt{\\langle Q^2\\rangle}",
     .unit = "length",
     .long_name = "root mean square of Q",
     .compute = displacement_rms},
    {.name = "density_mean",
     .symbol = "\\langle n \\rangle",
     .unit = "",
     .long_name = "electrons per site",
     .compute = density_mean},
    {.name = "chemical_potential",
     .symbol = "\\mu",
     .unit = "energy",
     .long_name = "mu",
     .compute = ho_chemical_potential},
    {.name = "gap",
     .symbol = "\\Delta",
     .unit = "energy",
     .long_name = "distance between the levels next to mu",
     .check = ho_gap_is_possible,
     .compute = ho_gap},
    {.name = "force_error",
     .symbol = "\\delta F",
     .unit = "energy/length",
     .long_name = "upper estimate of the root mean square error of the force: coupling "
                  "times that of the density",
     .compute = ho_force_error},
    {.name = "force_error_max",
     .symbol = "\\delta F_\\mathrm{max}",
     .unit = "energy/length",
     .long_name = "upper estimate of the largest error of the force: coupling times that of the "
                  "density",
     .compute = ho_force_error_max},
    {.name = "energy_error",
     .symbol = "\\delta E_e",
     .unit = "energy",
     .long_name = "upper estimate of the error of energy_electron, of the whole lattice",
     .compute = ho_energy_error},
    {.name = "force_radius",
     .unit = "length",
     .long_name = "radius of the windows (nan: whole lattice)",
     .compute = ho_force_radius},
    {.name = "force_order",
     .unit = "",
     .long_name = "largest order of the Chebyshev expansion, or number of poles",
     .compute = ho_force_order},
    {.name = "force_poles",
     .unit = "",
     .long_name = "poles of rational windows; 0: Chebyshev expansion or diagonalisation",
     .compute = ho_force_poles},
    {.name = "force_sites",
     .unit = "",
     .long_name = "sites that a window reads",
     .compute = ho_force_sites},
    {.name = "force_cost",
     .unit = "us",
     .long_name = "microseconds a site of the electrons' solver, by the speeds from which auto "
                  "chooses (one core)",
     .compute = ho_force_cost},
    {.name = "force_repaired",
     .unit = "",
     .long_name = "share of the sites that larger windows computed again (force_repair)",
     .compute = ho_force_repaired},
    {.name = "orthonormality",
     .unit = "",
     .long_name = "largest departure of the orbitals from orthonormality",
     .check = only_ehrenfest,
     .compute = orthonormality},
    {.name = "structure_factor_n",
     .symbol = "S_n(k)",
     .unit = "",
     .long_name = "|sum (-1)^r (n - 1/2) exp(-ikr)|^2/N, mean over shells about (pi, pi)",
     .shape = ho_shape_structure,
     .compute = ho_structure_n},
    {.name = "structure_factor_Q",
     .symbol = "S_Q(k)",
     .unit = "length^2",
     .long_name = "|sum (-1)^r Q exp(-ikr)|^2/N, mean over shells about (pi, pi)",
     .shape = ho_shape_structure,
     .compute = ho_structure_Q},
    {.name = "structure_map_n",
     .symbol = "S_n(\\mathbf{q})",
     .unit = "",
     .long_name = "|sum (n - 1/2) exp(-iqr)|^2/N on the whole zone",
     .shape = ho_shape_map,
     .compute = ho_structure_map_n},
    {.name = "structure_map_Q",
     .symbol = "S_Q(\\mathbf{q})",
     .unit = "length^2",
     .long_name = "|sum Q exp(-iqr)|^2/N on the whole zone",
     .shape = ho_shape_map,
     .compute = ho_structure_map_Q},
    {.name = "correlation",
     .symbol = "C(r)",
     .unit = "",
     .long_name = "C(r): mean of phi(0) phi(r), phi = (-1)^r (n - 1/2), over rings of width 1",
     .shape = ho_shape_correlation,
     .compute = ho_correlation},
    {.name = "domain_length",
     .symbol = "L",
     .unit = "length",
     .long_name = "2 pi/<k>, <k> the first moment of the structure factor about (pi, pi)",
     .compute = ho_length_moment},
    {.name = "domain_length_half",
     .symbol = "L_{1/2}",
     .unit = "length",
     .long_name = "r at which C(r) = C(0)/2",
     .compute = ho_length_half},
    {.name = "domain_length_walls",
     .symbol = "L_w",
     .unit = "length",
     .long_name = "bonds over those that cross a wall",
     .compute = ho_length_walls},
    {.name = "wall_density",
     .symbol = "\\rho_w",
     .unit = "",
     .long_name = "share of the bonds whose ends have the same sign of n - 1/2",
     .compute = ho_wall_density},
    {.name = "wall_orientation",
     .unit = "",
     .long_name = "plaquettes in walls: along x, along y, corners (diagonal), saddles; shares",
     .shape = ho_shape_orientation,
     .compute = ho_wall_orientation},
    {.name = "histogram_Q",
     .symbol = "p(Q)",
     .unit = "1/length",
     .long_name = "distribution of Q",
     .argument = "range",
     .shape = ho_shape_histogram,
     .compute = ho_histogram},
    {.name = "phonon_modes",
     .unit = "length",
     .long_name = "sum Q exp(-iqr)/sqrt(N) along the lines of high symmetry; its spectrum in time "
                  "is D(q, omega)",
     .shape = ho_shape_path,
     .compute = ho_phonon_modes},
    {0}};
