/* What the parameters say, checked. */
#include "reaction_lattice.h"
#include <string.h>

static weft_status read_grid(const weft_section *s, int dim, const int64_t *n, rl_config *out)
{
    out->dim = dim;
    for (int a = 0; a < 3; a++)
        out->n[a] = 1;
    for (int a = 0; a < dim; a++) {
        out->n[3 - dim + a] = n[a];
        if (n[a] < 2)
            return weft_param_fail(s, "species",
                                   "the lattice has one site along an axis; give each axis of "
                                   "grid.n at least 2, or leave it out");
    }
    return WEFT_OK;
}

static rl_method read_method(const char *text)
{
    static const char *const words[] = {"exact", "sequential", "fast", "rdme"};
    int m = 0;
    while (strcmp(text, words[m]) != 0)
        m++;
    return (rl_method)m;
}

weft_status rl_config_read(const weft_params *params, int dim, const int64_t *n, rl_config *out)
{
    const weft_section *s = weft_params_section(params, "reaction_lattice");
    memset(out, 0, sizeof *out);
    WEFT_TRY(weft_network_read(s, NULL, true, &out->net));
    WEFT_TRY(read_grid(s, dim, n, out));
    out->capacity = (int)weft_get_int(s, "capacity");
    if (weft_given(s, "hopping"))
        WEFT_TRY(weft_network_values(&out->net, weft_get_tree(s, "hopping"), "hopping", out->hop));
    out->swap = weft_get_real(s, "exchange");
    out->method = read_method(weft_get_text(s, "method"));
    if (out->method == RL_EXACT) {
        out->window = weft_get_real(s, "window");
        out->halo = (int)weft_get_int(s, "halo");
    }
    if (out->swap > 0 && out->net.n_species < 2)
        return weft_param_fail(s, "exchange", "one species has nothing to change places with");
    rl_channels channels;
    WEFT_TRY(rl_channels_make(out, &channels));
    if (out->method == RL_FAST) {
        out->tau = weft_given(s, "tau") ? weft_get_real(s, "tau") : 0.2 / channels.R;
        if (out->tau * channels.R > 1)
            return weft_param_fail(s, "tau",
                                   "a step of %g is too long: a site is offered %.3g events per "
                                   "unit of time; use at most %.3g",
                                   out->tau, channels.R, 1 / channels.R);
    }
    if (!(channels.R > 0))
        return weft_param_fail(s, "species",
                               "nothing can happen: no rate of a reaction, of hopping or of "
                               "exchange is above 0");
    return WEFT_OK;
}
