/* Numbers, word lists, ranges and excerpts: texts of inputs and tables.
 *
 * Invariants: (1) A number is read by strtod and strtoll, which round correctly, in the C locale
 * (no part of the program sets another one); so a text means the same number on every rank and
 * machine. (2) A number that is written reads back to the same bits. (3) Words of a table are
 * "a|b|c"; a leading '|' and blanks do not count, so that lists can be built by macros.
 *
 * Examples: "1e3" is the whole number 1000, "1.5" is none, "inf" is no number; 0.1 is written as
 * 0.1 and not as 0.1000000000000000055; the range "(0, 1]" reads "greater than 0 and at most 1". */
#include "internal.h"
#include "weft/memory.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A long text is cut before a character, never inside one, and ends in "...". */
const char *par_excerpt(const char *text, char out[WEFT_EXCERPT])
{
    size_t n = 0;
    for (; *text && n < WEFT_EXCERPT - 1; text++)
        out[n++] = (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text;
    out[n] = '\0';
    if (!*text)
        return out;
    n -= 3;
    while (n > 0 && ((unsigned char)out[n] & 0xc0) == 0x80)
        n--; /* not in the midst of a character */
    memcpy(out + n, "...", 4);
    return out;
}

/* In place. Bytes of UTF-8 above 0x7f are kept: they are no control characters. */
void par_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = ' ';
}

/* ---- numbers ---- */

/* Does it begin like a number (not "inf", "nan", " 1")? */
static bool begins_number(const char *text)
{
    if (*text == '+' || *text == '-')
        text++;
    if (*text == '.')
        text++;
    return isdigit((unsigned char)*text);
}

/* strtod also takes "inf", "nan" and leading blanks, which no input means as numbers: the first
 * character decides. Returns why it is none, as the end of a sentence. */
const char *par_number_real(const char *text, double *out)
{
    char *end;
    if (!begins_number(text)) {
        double x = strtod(text, &end);
        return end != text && *end == '\0' && !isfinite(x) ? "is no finite number"
                                                           : "is not a number";
    }
    double x = strtod(text, &end);
    if (*end != '\0')
        return "is not a number";
    if (!isfinite(x))
        return "is too large for a number in double precision";
    *out = x;
    return NULL;
}

/* Also 1e6 and 0x10. Above 2^53 only a form with all digits is exact, so others are refused. */
const char *par_number_int(const char *text, int64_t *out)
{
    double x;
    char *end;
    const char *why = par_number_real(text, &x);
    if (why)
        return why;
    const char *digits = text + (*text == '-' || *text == '+');
    /* Base 0 of strtoll would read 010 as octal 8, which nobody means. */
    bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    errno = 0;
    long long whole = strtoll(text, &end, hex ? 16 : 10);
    if (*end == '\0' && errno == ERANGE)
        return "does not fit into 64 bits";
    if (*end == '\0') {
        *out = whole;
        return NULL;
    }
    if (x != floor(x))
        return "is not a whole number";
    if (fabs(x) > 0x1p53)
        return "is too large to be exact in this form; write all digits";
    *out = (int64_t)x;
    return NULL;
}

/* Behind the digits stands nothing (strchr finds the zero, too) or an exponent. */
bool par_number_cut(const char *before, const char *behind)
{
    before += *before == '-' || *before == '+';
    size_t whole = strspn(before, "0123456789"), digits = strspn(behind, "0123456789");
    double unused;
    return whole && !before[whole] && digits && strchr("eE", behind[digits]) &&
           !par_number_real(behind, &unused);
}

/* A '.' before the exponent: YAML 1.1 readers take 1e-05 as text. */
static void add_point(char *out)
{
    char *e = strchr(out, 'e');
    if (!e || strchr(out, '.'))
        return;
    memmove(e + 2, e, strlen(e) + 1);
    memcpy(e, ".0", 2);
}

/* Tries 15, 16 and 17 digits; 17 always suffice for a double (IEEE 754, section 5.12.2). */
void weft_number_text(double value, char out[40])
{
    /* a form of up to 15 digits that reads back is what %.15g writes, but for the smallest numbers
     */
    for (int digits = isnormal(value) ? 15 : 1; digits <= 17; digits++) {
        snprintf(out, 40, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    if (fabs(value) < 1e15 && value == floor(value) && strchr(out, 'e'))
        snprintf(out, 40, "%.0f", value);
    add_point(out);
}

/* ---- words ---- */

/* Used as a loop: *list moves on, *word points into the list and has no zero at its end. */
int par_word_next(const char **list, const char **word)
{
    const char *p = *list;
    while (*p == '|' || *p == ' ')
        p++;
    size_t n = strcspn(p, "|");
    *word = p;
    *list = p + n;
    while (n > 0 && p[n - 1] == ' ')
        n--;
    return (int)n;
}

/* Looks one word ahead, since the last one is joined by "or". */
void par_word_list(const char *list, char *out, size_t size)
{
    const char *word, *next_word;
    int n = par_word_next(&list, &word);
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; n > 0 && used < size; i++) {
        int after = par_word_next(&list, &next_word);
        const char *joint = i == 0 ? "" : after ? ", " : " or ";
        used += (size_t)snprintf(out + used, size - used, "%s%.*s", joint, n, word);
        word = next_word;
        n = after;
    }
}

/* Words are compared exactly, upper and lower case too: the position becomes the value of an enum.
 */
int par_word_position(const char *list, const char *text)
{
    const char *word;
    for (int n, i = 0; (n = par_word_next(&list, &word)) > 0; i++)
        if (strlen(text) == (size_t)n && strncmp(text, word, (size_t)n) == 0)
            return i;
    return -1;
}

bool par_word_in(const char *list, const char *text)
{
    return list && par_word_position(list, text) >= 0;
}

/* Texts that are compared end in a zero, so the words are copied. */
weft_hint par_word_hint(const char *list, const char *text)
{
    enum { MOST = 64 };
    char words[MOST][64];
    const char *candidates[MOST], *word;
    int count = 0;
    for (int n; count < MOST && list && (n = par_word_next(&list, &word)) > 0; count++) {
        snprintf(words[count], sizeof words[count], "%.*s", n, word);
        candidates[count] = words[count];
    }
    return weft_did_you_mean(text, candidates, count);
}

/* ---- ranges ---- */

/* "(0, inf)", "[0, 1]": as in mathematics; NULL: all numbers. A table with another form is a slip.
 */
par_range par_range_read(const char *text)
{
    par_range r = {-INFINITY, INFINITY, true, true};
    if (!text)
        return r;
    char open, close, low[40], high[40], *end_low, *end_high;
    WEFT_ASSERT(sscanf(text, "%c%39[^,], %39[^])]%c", &open, low, high, &close) == 4);
    WEFT_ASSERT(strchr("([", open) && strchr(")]", close));
    r = (par_range){strtod(low, &end_low), strtod(high, &end_high), open == '(', close == ')'};
    WEFT_ASSERT(end_low != low && *end_low == '\0' && end_high != high && *end_high == '\0');
    return r;
}

/* False for nan. */
bool par_range_has(const par_range *r, double x)
{
    return (r->low_open ? x > r->low : x >= r->low) && (r->high_open ? x < r->high : x <= r->high);
}

/* For messages, in words: "greater than 0" instead of "(0, inf)". */
void par_range_text(const par_range *r, char *out, size_t size)
{
    char low[40], high[40];
    weft_number_text(r->low, low);
    weft_number_text(r->high, high);
    bool no_low = isinf(r->low), no_high = isinf(r->high);
    if (no_low && no_high)
        snprintf(out, size, "any number");
    else if (no_high)
        snprintf(out, size, "%s %s", r->low_open ? "greater than" : "at least", low);
    else if (no_low)
        snprintf(out, size, "%s %s", r->high_open ? "less than" : "at most", high);
    else if (!r->low_open && !r->high_open)
        snprintf(out, size, "from %s to %s", low, high);
    else
        snprintf(out, size, "%s %s and %s %s", r->low_open ? "greater than" : "at least", low,
                 r->high_open ? "less than" : "at most", high);
}

/* ---- a text that grows ---- */

/* Grows by a factor of 2, so that n appended bytes cost of the order of n copies. The text always
 * ends in a zero; bytes may point to any memory but the buffer's own. */
void par_buffer_bytes(par_buffer *b, const char *bytes, size_t n)
{
    if (b->length + n + 1 > b->room) {
        b->room = 2 * (b->length + n + 1);
        b->text = weft_grow(b->text, b->length, b->room, 1);
    }
    memcpy(b->text + b->length, bytes, n);
    b->length += n;
    b->text[b->length] = '\0';
}

/* printf to the end of the buffer. */
void par_buffer_add(par_buffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = weft_alloc((size_t)n + 1, 1);
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    par_buffer_bytes(b, text, (size_t)n);
    weft_free(text);
}
