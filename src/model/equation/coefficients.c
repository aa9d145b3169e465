/* The coefficients of all components of a state, wherever its fields live.
 *
 * Fields in k space are handed out as they are (not to be written), fields on the grid are
 * transformed into buffers of the model. The order of components is that of the fields of the
 * state: evolved fields and momenta. Collective for fields on the grid. */
#include "data.h"

/* u: one pointer a component, as many as the system has. */
void eq_coefficients(weft_sim *sim, weft_state *state, double **u)
{
    const eq_data *d = sim->data;
    int n = 0;
    for (int f = 0; f < state->n; f++) {
        weft_field *field = &state->field[f];
        if (field->spec.role != WEFT_EVOLVED && field->spec.role != WEFT_MOMENTUM)
            continue;
        for (int c = 0; c < field->spec.components; c++, n++) {
            u[n] = weft_field_data(field, c);
            if (field->space == WEFT_K)
                continue;
            weft_fft_load(sim->fft, u[n], field->spec.ghost, d->coefficients[n]);
            weft_fft_forward(sim->fft, d->coefficients[n]);
            u[n] = d->coefficients[n];
        }
    }
}
