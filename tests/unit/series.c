/* Reductions of time series against closed forms. */
#include "check.h"
#include "weft/observe.h"

enum { N = 801 };

int main(int argc, char **argv)
{
    static double t[N], x[N];
    MPI_Init(&argc, &argv);
    /* a slow and a fast oscillation on a constant: the larger one, better than the spacing of the
     * modes (2 pi/200) */
    for (int i = 0; i < N; i++) {
        t[i] = 0.5 * i;
        x[i] = 3 + cos(0.337 * t[i] + 1) + 0.3 * sin(1.1 * t[i]);
    }
    CHECK_NEAR(weft_series_peak_omega(N, t, x, 0.5), 0.337, 0.002);
    for (int i = 0; i < N; i++)
        x[i] = 0.2 * cos(0.337 * t[i] + 1) + 0.3 * sin(1.1 * t[i]);
    CHECK_NEAR(weft_series_peak_omega(N, t, x, 0.5), 1.1, 0.002);
    CHECK_NEAR(weft_series_peak_omega(N - 1, t, x, 0.5), 1.1, 0.002);
    /* the early records may lie elsewhere: here the first hundred are closer */
    static double u[N];
    for (int i = 0; i < N; i++)
        u[i] = i < 100 ? 0.01 * i : t[i];
    CHECK_NEAR(weft_series_peak_omega(N, u, x, 0.5), 1.1, 0.002);
    for (int i = 0; i < N; i++)
        u[i] = i < 100 ? t[i] - 50 + 0.5 * i : t[i];
    CHECK_NEAR(weft_series_peak_omega(N, u, x, 0.5), 1.1, 0.002);
    /* records that are missing at the end do not count; few, uneven and monotonous ones say nothing
     */
    x[N - 1] = x[N - 2] = NAN;
    CHECK_NEAR(weft_series_peak_omega(N, t, x, 0.5), 1.1, 0.002);
    CHECK(isnan(weft_series_peak_omega(20, t, x, 0.5)));
    x[700] = NAN;
    CHECK(isnan(weft_series_peak_omega(N, t, x, 0.5)));
    for (int i = 0; i < N; i++)
        x[i] = t[i];
    CHECK(isnan(weft_series_peak_omega(N, t, x, 0.5)));
    for (int i = 0; i < N; i++) {
        x[i] = pow(t[i], 1.7);
        t[i] *= t[i];
    }
    CHECK(isnan(weft_series_peak_omega(N, t, x, 0.5)));
    CHECK_NEAR(weft_series_log_slope(N, t, x, 3), 0.85, 1e-9);
    for (int i = 0; i < N; i++)
        x[i] = t[i] < 0.5 * t[N - 1] ? 1 : 4;
    CHECK_NEAR(weft_series_late_mean(N, t, x, 0.5), 4, 1e-12);
    return check_end();
}
