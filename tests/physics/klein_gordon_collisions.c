/* Collisions of a phi^4 kink and antikink (D. K. Campbell, J. F. Schonfeld, C. A. Wingate, Physica
 * D 9, 1 (1983); numbers from an independent half-line program, eighth-order differences, dx =
 * 0.1): v = 0.3 one bounce at t = 30.68 and v_out = 0.138(1); v = 0.1988 two bounces, v_out 0.1596;
 * v = 0.18 bound. */
#include "run.h"

typedef struct outcome {
    int bounces;
    double first; /* time of the first bounce */
    double v_out; /* 0: did not escape */
} outcome;

static outcome collide(double velocity, double end)
{
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [2000], length: [200.0]}\n"
             "klein_gordon: {potential: phi4, laplacian: fd8, boundary: absorbing, "
             "sponge_width: 25}\n"
             "initial: {type: kink_antikink, velocity: %.17g, separation: 20}\n"
             "time: {stepper: yoshida4, dt: 0.05, end: 1e4}\n",
             velocity);
    outcome o = {0};
    double lowest = 1, x1 = 0, t1 = 0;
    bool below = false;
    while (r.sim->time < end && o.v_out == 0) {
        run_to(&r, r.sim->time + 0.1);
        double centre = run_value(&r, "phi_center"), x[2];
        if (centre < 0) {
            if (!below && o.bounces++ == 0)
                lowest = 1;
            if (o.bounces == 1 && centre < lowest) {
                lowest = centre;
                o.first = r.sim->time;
            }
        }
        below = centre < 0;
        if (r.sim->step % 20 != 0 || below || o.bounces == 0)
            continue;
        run_get(&r, "kink_positions(2)", x);
        if (x[1] > 25 && t1 == 0) {
            x1 = x[1];
            t1 = r.sim->time;
        }
        if (x[1] > 45)
            o.v_out = (x[1] - x1) / (r.sim->time - t1);
    }
    run_close(&r);
    printf("v = %.4f: %d bounces, first at %.2f, v_out = %.4f\n", velocity, o.bounces, o.first,
           o.v_out);
    return o;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    outcome o = collide(0.3, 400);
    CHECK(o.bounces == 1);
    CHECK_NEAR(o.first, 30.68, 0.11);
    CHECK_NEAR(o.v_out, 0.138, 0.002);
    o = collide(0.1988, 400);
    CHECK(o.bounces == 2);
    CHECK_NEAR(o.v_out, 0.1596, 0.002);
    o = collide(0.18, 400);
    CHECK(o.bounces > 3);
    CHECK(o.v_out == 0);
    o = collide(0.5, 150);
    CHECK(o.bounces == 1);
    CHECK_NEAR(o.first, 19.62, 0.11);
    CHECK_NEAR(o.v_out, 0.390, 0.002);
    return check_end();
}
