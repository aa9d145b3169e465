/* Checked values into the members of structs to which tables are bound.
 *
 * A row knows the offset of its member, and WEFT_BIND has compared the C type of the member with
 * the type of the row, so that the casts below are right. A struct is written once after the check
 * and again, at the same address, wherever a value changes (weft_params_settle, weft_params_vary):
 * who holds a pointer to it always reads the present values. The array of a list is kept as long as
 * its length stays the same, so that a scan of many points that varies a list of one number takes
 * no more memory for each point. */
#include "internal.h"
#include <math.h>
#include <string.h>

/* Bytes of an element of the array that a member of this type points to. */
static size_t element_size(weft_type type)
{
    switch (type) {
    case WEFT_INT_LIST:
        return sizeof(int64_t);
    case WEFT_REAL_LIST:
        return sizeof(double);
    case WEFT_STRING_LIST:
        return sizeof(char *);
    default:
        return sizeof(int);
    }
}

/* Write element i into the array of a list. */
static void put_element(const par_value *v, int i)
{
    switch (v->row->type) {
    case WEFT_INT_LIST:
        ((int64_t *)v->list)[i] = v->element[i].whole;
        break;
    case WEFT_REAL_LIST:
        ((double *)v->list)[i] = v->element[i].real;
        break;
    case WEFT_STRING_LIST:
        ((const char **)v->list)[i] = v->element[i].text;
        break;
    default:
        ((int *)v->list)[i] = par_word_position(v->row->words, v->element[i].text);
    }
}

/* A list that is absent, or for which a word stands, becomes {0, NULL}; one that is written [] has
 * an array, of no elements. */
static void bind_list(par_arena *arena, par_value *v)
{
    int n = v->element ? v->n : 0;
    if (!v->list)
        v->list = par_arena_take(arena, (size_t)n * element_size(v->row->type));
    for (int i = 0; i < n; i++)
        put_element(v, i);
    const void *list = v->element ? v->list : NULL;
    switch (v->row->type) {
    case WEFT_INT_LIST:
        *(weft_ints *)v->member = (weft_ints){n, list};
        break;
    case WEFT_REAL_LIST:
        *(weft_reals *)v->member = (weft_reals){n, list};
        break;
    case WEFT_STRING_LIST:
        *(weft_strings *)v->member = (weft_strings){n, list};
        break;
    default:
        *(weft_choices *)v->member = (weft_choices){n, list};
    }
}

/* e: the value; NULL: it is absent, or a word stands for it. What an absent value becomes is part
 * of the contract of WEFT_BIND: a value that no legal input can have, so that a model which forgets
 * to ask cannot take it for a number by accident (nan spreads, INT64_MIN is far outside every
 * range). */
static void bind_scalar(const par_value *v, const par_element *e)
{
    switch (v->row->type) {
    case WEFT_BOOL:
        *(bool *)v->member = e && e->flag;
        break;
    case WEFT_INT:
        *(int64_t *)v->member = e ? e->whole : WEFT_NO_INT;
        break;
    case WEFT_REAL:
    case WEFT_DURATION:
        *(double *)v->member = e ? e->real : NAN;
        break;
    case WEFT_STRING:
        *(const char **)v->member = e ? e->text : NULL;
        break;
    case WEFT_CHOICE:
        *(int *)v->member = e ? par_word_position(v->row->words, e->text) : -1;
        break;
    case WEFT_SCHEDULE:
        *(weft_schedule *)v->member = v->schedule;
        break;
    default:
        *(const weft_node **)v->member = v->node;
    }
}

/* Rows that are not bound have no member and are skipped. */
void par_value_bind(par_arena *arena, par_value *v)
{
    if (!v->member)
        return;
    if (par_type_is_list(v->row->type))
        bind_list(arena, v);
    else
        bind_scalar(v, v->node ? v->element : NULL);
}
