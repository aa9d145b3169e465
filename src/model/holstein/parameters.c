/* Parameters of the model holstein: checks that the tables cannot make, and the static
 * mean-field solution.
 *
 * A protocol is a parameter that changes in time (physics/protocol.h).
 *
 * The mean-field solution is Q_i = (-1)^(x+y+z) Q0 with the gap Delta = g Q0 from
 *
 *     1 = (x t/2N) sum_k tanh(E_k/2T)/E_k,   E_k^2 = eps_k^2 + Delta^2,   x = g^2/((K - z kappa) t)
 *
 * Invariants: the lattice without electrons is stable (K > z |kappa|, with z
 * neighbours of a site), since otherwise Q grows without bound; a solver that expands in
 * polynomials has a positive electronic temperature, since the step of the Fermi function at T = 0
 * has no converging expansion. */
#include "holstein.h"
#include "weft/memory.h"
#include <math.h>

/* ---- parameters ---- */

int ho_neighbours(int dim)
{
    return 2 * dim;
}

/* K - z kappa: the stiffness of the staggered mode Q_i = (-1)^(x+y+z) q, where each neighbour pulls
 * with -kappa. It and g set the scale of the charge-density wave. */
double ho_stiffness(const ho_parameters *p, int dim)
{
    return p->K - ho_neighbours(dim) * p->kappa;
}

double ho_electron_temperature(const ho_parameters *p, double t)
{
    return protocol_at(p->electron_follows ? &p->T : &p->T_electron, t);
}

/* The options of the electronic solver. A tolerance, radius or order that belongs to another solver
 * is not taken over. */
static weft_status read_electrons(const weft_section *s, const ho_params *own, ho_parameters *p)
{
    static const weft_electron_solver solvers[] = {[HO_AUTO] = WEFT_ELECTRON_AUTO,
                                                   [HO_RATIONAL] = WEFT_ELECTRON_RATIONAL,
                                                   [HO_DENSE] = WEFT_ELECTRON_DENSE,
                                                   [HO_CHEBYSHEV] = WEFT_ELECTRON_CHEBYSHEV,
                                                   [HO_CHEBYSHEV_FULL] =
                                                       WEFT_ELECTRON_CHEBYSHEV_FULL,
                                                   [HO_LEARNED] = WEFT_ELECTRON_LEARNED};
    weft_electron_options *o = &p->electron;
    /* Ehrenfest dynamics starts from a diagonalisation: there auto is dense. */
    o->solver = own->force == HO_AUTO && p->ehrenfest ? WEFT_ELECTRON_DENSE : solvers[own->force];
    if (o->solver == WEFT_ELECTRON_DENSE && weft_electron_lacks_dense())
        return weft_param_fail(s, "force", "dense needs %s", weft_electron_lacks_dense());
    o->hopping = p->t;
    o->next_hopping = p->t2;
    bool dense = o->solver == WEFT_ELECTRON_DENSE;
    bool windows = o->solver == WEFT_ELECTRON_CHEBYSHEV;
    bool rational = o->solver == WEFT_ELECTRON_RATIONAL;
    /* Windows have a tolerance, the whole lattice none but rounding. */
    o->tolerance = o->solver == WEFT_ELECTRON_CHEBYSHEV_FULL ? 1e-12 : 1e-4;
    if (!dense && !isnan(own->force_tolerance))
        o->tolerance = own->force_tolerance;
    if ((windows || rational) && !isnan(own->radius))
        o->radius = own->radius;
    if (windows && own->order != WEFT_NO_INT)
        o->order = own->order;
    o->repair = own->force_repair;
    o->mu = own->chemical_potential;
    o->filling = own->filling;
    if (!isnan(o->filling) && o->mu != 0)
        return weft_param_fail(s, "chemical_potential",
                               "not beside filling, which finds the chemical potential; leave one");
    return WEFT_OK;
}

/* Trained numbers are those of a window on the square lattice. */
static weft_status check_learned(const weft_section *s, int dim, const ho_parameters *p)
{
    if (p->electron.solver != WEFT_ELECTRON_LEARNED)
        return WEFT_OK;
    if (dim != 2)
        return weft_param_fail(s, "force",
                               "learned forces are those of the square lattice, and "
                               "this one has %d dimension%s; use auto",
                               dim, dim > 1 ? "s" : "");
    if (p->t == 0)
        return weft_param_fail(s, "force", "a learned force needs a hopping; use auto");
    if (p->t2 != 0)
        return weft_param_fail(s, "next_hopping", "learned forces have none; use force: auto");
    return WEFT_OK;
}

/* The step of a Fermi function at T = 0 has no converging series. */
static weft_status check_temperatures(const weft_section *s, const ho_parameters *p)
{
    const protocol *r = p->electron_follows ? &p->T : &p->T_electron;
    if (p->electron.solver != WEFT_ELECTRON_DENSE && protocol_least(r) <= 0)
        return weft_param_fail(
            s, r->name,
            "the electrons have temperature 0, where a Chebyshev expansion does "
            "not converge; use force: dense, or a positive electron_temperature");
    return WEFT_OK;
}

/* Orbitals have a temperature at the start only, which is that of their occupations. */
static weft_status check_ehrenfest(const weft_section *s, const ho_parameters *p)
{
    if (!p->ehrenfest)
        return WEFT_OK;
    if (p->electron.solver != WEFT_ELECTRON_DENSE)
        return weft_param_fail(s, "force",
                               "the orbitals of dynamics: ehrenfest start from a diagonalisation; "
                               "use force: dense");
    const protocol *r = p->electron_follows ? &p->T : &p->T_electron;
    if (r->points > 1)
        return weft_param_fail(s, r->name,
                               "with dynamics: ehrenfest the electrons have a temperature at the "
                               "start only; give one number%s",
                               p->electron_follows ? " as electron_temperature" : "");
    return WEFT_OK;
}

/* Protocols first, since the checks need their extremes. Called by the plan and the setup. */
weft_status ho_parameters_read(const weft_params *params, int dim, const int64_t *n,
                               ho_parameters *p)
{
    const weft_section *s = weft_params_section(params, "holstein");
    const ho_params *own = weft_params_values(params, ho_table);
    *p = (ho_parameters){.t = own->hopping,
                         .t2 = own->next_hopping,
                         .K = own->stiffness,
                         .kappa = own->elastic,
                         .m = own->mass,
                         .gamma = own->damping,
                         .field = own->field,
                         .ehrenfest = own->dynamics == HO_EHRENFEST,
                         .electron_follows = !own->electron_temperature.value};
    for (int a = 0; a < dim; a++)
        if (n[a] < 2)
            return weft_param_fail(weft_params_section(params, "grid"), "n",
                                   "an axis of one site would be its own neighbour; leave it out");
    WEFT_TRY(protocol_read(s, "coupling", own->coupling, &p->g));
    WEFT_TRY(protocol_read(s, "temperature", own->temperature, &p->T));
    if (!p->electron_follows)
        WEFT_TRY(
            protocol_read(s, "electron_temperature", own->electron_temperature, &p->T_electron));
    if (p->t == 0 && p->t2 == 0 && p->ehrenfest)
        return weft_param_fail(s, "hopping", "0 leaves nothing for dynamics: ehrenfest");
    /* The softest mode of the lattice without electrons: staggered or uniform. */
    double least = fmin(p->K - ho_neighbours(dim) * p->kappa, p->K + ho_neighbours(dim) * p->kappa);
    if (least <= 0)
        return weft_param_fail(s, "elastic",
                               "the lattice is unstable: stiffness must exceed %d*|elastic| = %.6g "
                               "here",
                               ho_neighbours(dim), ho_neighbours(dim) * fabs(p->kappa));
    WEFT_TRY(read_electrons(s, own, p));
    WEFT_TRY(check_temperatures(s, p));
    WEFT_TRY(check_learned(s, dim, p));
    return check_ehrenfest(s, p);
}

/* ---- mean field ---- */

/* (1/N) sum_k tanh(E_k/2T)/E_k over all wavenumbers of the lattice, E_k^2 = (2t sum_a cos k_a)^2 +
 * delta^2. For small E/T the limit 1/(2T) is taken; at T = 0 and E = 0 the sum is as good as
 * infinite, and the gap opens at any coupling. */
static double gap_sum(int dim, const int64_t *n, double t, double delta, double temperature)
{
    double sum = 0;
    int64_t m[3] = {1, 1, 1}, total = 1;
    for (int a = 0; a < dim; a++) {
        m[a] = n[a];
        total *= n[a];
    }
    for (int64_t i = 0; i < m[0]; i++)
        for (int64_t j = 0; j < m[1]; j++)
            for (int64_t k = 0; k < m[2]; k++) {
                double c = cos(2 * M_PI * (double)i / (double)m[0]);
                c += dim > 1 ? cos(2 * M_PI * (double)j / (double)m[1]) : 0;
                c += dim > 2 ? cos(2 * M_PI * (double)k / (double)m[2]) : 0;
                double e = sqrt(4 * t * t * c * c + delta * delta);
                if (temperature <= 0)
                    sum += 1 / fmax(e, 1e-300);
                else if (e > 1e-9 * temperature)
                    sum += tanh(0.5 * e / temperature) / e;
                else
                    sum += 0.5 / temperature;
            }
    return sum / (double)total;
}

/* The sum falls with delta, so that bisection finds the only zero. It lies below x t/2: there
 * tanh/E is at most 1/delta. */
double ho_mean_field_gap(int dim, const int64_t *n, double t, double x, double temperature)
{
    double wanted = 2 / (x * t), low = 1e-9 * t, high = 0.5 * x * t + 1e-6;
    if (gap_sum(dim, n, t, low, temperature) < wanted)
        return 0;
    for (int i = 0; i < 100 && high - low > 1e-15 * high; i++) {
        double mid = 0.5 * (low + high);
        if (gap_sum(dim, n, t, mid, temperature) > wanted)
            low = mid;
        else
            high = mid;
    }
    return 0.5 * (low + high);
}

/* The same in the temperature at delta = 0: the sum is at most 1/(2T), hence Tc <= x t/4. */
double ho_mean_field_tc(int dim, const int64_t *n, double t, double x)
{
    double wanted = 2 / (x * t), low = 0, high = 0.25 * x * t + 1e-6;
    for (int i = 0; i < 60; i++) {
        double mid = 0.5 * (low + high);
        if (gap_sum(dim, n, t, 0, mid) > wanted)
            low = mid;
        else
            high = mid;
    }
    return 0.5 * (low + high);
}
