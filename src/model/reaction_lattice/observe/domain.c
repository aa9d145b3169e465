/* The size of domains of a species: 2 pi/<k>, where <k> is the mean wavenumber of what the
 * structure factor S has above its level at random, about its largest peak.
 *
 * What is noise and what is structure must be decided from few modes. The power of one mode is
 * exponentially distributed about S(k), so that of m independent modes has a Gamma law of order m
 * (modes k and -k are one). Two questions are asked:
 *
 *   Is there a peak, and how far does it reach? Shells are put together to bands of a quarter
 * octave and 16 modes at least. The peak is the largest band that stands clearly above the level of
 *   uncorrelated sites; it reaches as far as bands do so at all, and those that hardly do count
 *   little. One shell alone would end it by chance: in one dimension a shell is a single mode.
 *
 *   Is it one peak? The spectrum of stripes or hexagons has lines at multiples of the first one,
 * and in a box that is narrow but along one axis a band of 16 modes may hold several. A gap between
 *   shells is real where so little power in it, beside so much behind it, has a chance below 1e-3
 * for the whole peak, shared out evenly over its shells, if S fell from the one to the other
 * without a gap: the ratio of two Gamma laws, F. On a line, where a shell is one mode, one in n of
 * them has an n-th of the usual power. The peak ends at the first real gap on either side of its
 * highest shell. With few periods in the box gaps are of one or two modes and cannot be told from
 * chance: where the highest shell has more than half of all, as a line with harmonics has, the size
 * is that of the shell.
 *
 * Invariant: wavenumbers are means over the power of a shell, not its middle, so that the period of
 * oblique stripes is right. nan where no band is clearly above the level. */
#include "observe.h"
#include "physics/shells.h"
#include <math.h>

/* Shells first ... last, and how far they stand above the level of uncorrelated sites, in standard
 * errors of that level (half of the modes are independent). */
enum { BANDS = 256, BAND_MODES = 16 };
typedef struct band {
    int first, last;
    double above;
} band;

/* S, the modes and the power-weighted wavenumber of each shell. */
typedef struct spectrum {
    int n;
    const double *s, *k;
    const int64_t *count;
    double level; /* of S without any correlation: the variance */
} spectrum;

/* Puts shells together to bands; returns how many there are. */
static int make_bands(const spectrum *p, band *out)
{
    int bands = 0;
    for (int i = 1; i < p->n && bands < BANDS; bands++) {
        band *b = &out[bands];
        double modes = 0, power = 0;
        for (b->first = i; i < p->n && (modes < BAND_MODES || i < 1.1892 * b->first); i++) {
            modes += (double)p->count[i];
            power += p->s[i] * (double)p->count[i];
        }
        b->last = i - 1;
        b->above = modes < BAND_MODES ? 0 : (power / modes / p->level - 1) * sqrt(modes / 2);
    }
    return bands;
}

/* The bands about the largest one that stand above the level by two standard errors. False where
 * none does by six. */
static bool find_peak(const band *bands, int n, int *low, int *high)
{
    int peak = 0;
    for (int b = 1; b < n; b++)
        peak = bands[b].above > bands[peak].above ? b : peak;
    if (n == 0 || bands[peak].above < 6)
        return false;
    *low = *high = peak;
    while (*low > 0 && bands[*low - 1].above > 2)
        --*low;
    while (*high + 1 < n && bands[*high + 1].above > 2)
        ++*high;
    return true;
}

/* The chance that x below is exceeded downwards by the ratio of two means of powers of the same S,
 * over m and n independent modes: the sum of the binomial law that the incomplete beta function of
 * whole numbers is. */
static double chance(double ratio, int m, int n)
{
    const double x = ratio * m / (ratio * m + n);
    double term = 1, sum = 0;
    for (int i = 0; i < m; i++)
        term *= x * (double)(m + n - 1 - i) / (double)(i + 1); /* C(m+n-1, m) x^m */
    for (int j = m; j < m + n; j++) {
        double tail = term;
        for (int i = j; i < m + n - 1; i++)
            tail *= 1 - x;
        sum += tail;
        term *= x * (double)(m + n - 1 - j) / (double)(j + 1);
    }
    return sum;
}

/* Mean power of shells from `from` on in steps of `step`, as many as have `wanted` independent
 * modes or are left before `end`; *modes: how many they have. */
static double mean_from(const spectrum *p, int from, int end, int step, double wanted,
                        double *modes)
{
    double power = 0;
    *modes = 0;
    for (int i = from; i != end && *modes < wanted; i += step) {
        const double own = 0.5 * (double)p->count[i];
        power += p->s[i] * own;
        *modes += own;
    }
    return *modes > 0 ? power / *modes : 0;
}

/* The last shell before the first real gap on the way from the highest shell to `end` (not
 * reached). `least`: the chance of a gap that is no gap, at one shell. Gaps of more modes than a
 * band has are seen by the bands. */
static int end_of_peak(const spectrum *p, int highest, int end, int step, double least)
{
    for (int i = highest + step; i != end; i += step) {
        double modes = 0, power = 0, behind;
        for (int j = i; j != end && modes < BAND_MODES; j += step) {
            modes += 0.5 * (double)p->count[j];
            power += 0.5 * (double)p->count[j] * p->s[j];
            const double far = mean_from(p, j + step, end, step, modes, &behind);
            const int m = (int)fmin(modes, BAND_MODES), n = (int)fmin(behind, BAND_MODES);
            const double other = fmin(far, p->s[highest]);
            if (m > 0 && n > 0 && power / modes < 0.3 * other &&
                chance(power / modes / other, m, n) < least)
                return i - step;
        }
    }
    return end - step;
}

/* <k> over the shells first ... last of the bands, weighted by what they have above the level. A
 * band at two standard errors counts nothing, one at four all: so those that come and go by chance
 * in the tail, where k is large, move the mean by little. */
static double mean_wavenumber(const spectrum *p, const band *bands, int n, int first, int last)
{
    double norm = 0, sum = 0;
    for (int b = 0; b < n; b++) {
        const double sure = fmin(1, bands[b].above / 2 - 1);
        for (int i = bands[b].first; i <= bands[b].last; i++)
            if (i >= first && i <= last) {
                const double weight = sure * (p->s[i] - p->level) * (double)p->count[i];
                norm += weight;
                sum += weight * p->k[i];
            }
    }
    return sum / norm;
}

/* The power of the highest shell among all above the level. */
static double share_of(const spectrum *p, int highest, int first, int last)
{
    double all = 0;
    for (int i = first; i <= last; i++)
        all += (p->s[i] - p->level) * (double)p->count[i];
    return (p->s[highest] - p->level) * (double)p->count[highest] / all;
}

static double domain_size(const spectrum *p)
{
    band bands[BANDS];
    int low, high;
    if (!find_peak(bands, make_bands(p, bands), &low, &high))
        return NAN;
    int first = bands[low].first, last = bands[high].last, highest = first;
    for (int i = first; i <= last; i++)
        highest = (p->s[i] - p->level) * (double)p->count[i] >
                          (p->s[highest] - p->level) * (double)p->count[highest]
                      ? i
                      : highest;
    if (share_of(p, highest, first, last) > 0.5)
        return 2 * M_PI / p->k[highest];
    const double least = 1e-3 / (last - first + 1);
    last = end_of_peak(p, highest, last + 1, 1, least);
    first = end_of_peak(p, highest, first - 1, -1, least);
    return 2 * M_PI / mean_wavenumber(p, bands + low, high - low + 1, first, last);
}

/* See the head. Collective. */
weft_status rl_compute_domain(weft_sim *sim, double argument, double *out)
{
    const int n = (int)shells_data(sim->grid) + 1;
    int64_t *count = rl_work(sim, RL_WORK_B, n, sizeof *count);
    double *s = rl_work(sim, RL_WORK_LINE, n, sizeof *s),
           *k = rl_work(sim, RL_WORK_K, n, sizeof *k);
    double *modes = rl_modes_of(sim, (int)argument);
    spectrum p = {.n = n, .s = s, .k = k, .count = count};
    rl_shell_means(sim, modes, s, count);
    shells_weigh(sim->fft, modes);
    rl_shell_means(sim, modes, k, count);
    for (int i = 0; i < n; i++)
        k[i] = s[i] > 0 ? k[i] / s[i] : i * shells_width(sim->grid);
    WEFT_TRY(rl_compute_variance(sim, argument, &p.level));
    *out = p.level > 0 ? domain_size(&p) : NAN;
    return WEFT_OK;
}
