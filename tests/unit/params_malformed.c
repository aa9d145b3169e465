/* Inputs that are cut off, garbled, huge or deep: an error with a place, never a crash or a leak.
 */
#include "params.h"
#include <stdint.h>

static const char good[] = "# a comment\n"
                           "model: field\n"
                           "grid: {n: [64, 32], length: [1e-3, .5]}\n"
                           "field:\n"
                           "  potential: \"sine_gordon\"\n"
                           "  damped: true\n"
                           "  order: 3\n"
                           "  reactions:\n"
                           "    - {reaction: 'A + B -> 2 A', rate: 1.0}\n"
                           "    - reaction: >\n"
                           "        folded\n"
                           "        text \xcf\x86\n"
                           "time:\n"
                           "  end: 100.5\n"
                           "output: {every: {log: 20}, fields: [phi, pi], save: 2h30m}\n";

/* The verdict may be either; an error has a place and leaves nothing behind. Returns whether it was
 * accepted. */
static bool survives(const char *text, int n, const char *const *overrides)
{
    test_input in;
    int64_t blocks = weft_memory_blocks();
    weft_status status = test_load(text, n, overrides, &in);
    const char *message = weft_error_message();
    CHECK(status == WEFT_OK || status == WEFT_INPUT);
    if (status == WEFT_INPUT)
        CHECK(strncmp(message, "in.yaml:", 8) == 0 || strncmp(message, "-P ", 3) == 0);
    else
        CHECK(message[0] == '\0');
    if (in.params) {
        /* what is accepted is written so that it is accepted again */
        test_input again;
        char *yaml = weft_params_yaml(in.params);
        CHECK(test_load(yaml, 0, NULL, &again) == WEFT_OK);
        CHECK_TEXT(weft_error_message(), "");
        if (again.params) {
            char *twice = weft_params_yaml(again.params);
            CHECK_TEXT(twice, yaml);
            weft_free(twice);
        }
        test_unload(&again);
        weft_free(yaml);
    }
    test_unload(&in);
    CHECK(weft_memory_blocks() == blocks);
    return status == WEFT_OK;
}

static void fails(const char *text, const char *beginning)
{
    CHECK(!survives(text, 0, NULL));
    CHECK(strncmp(weft_error_message(), beginning, strlen(beginning)) == 0);
    if (strncmp(weft_error_message(), beginning, strlen(beginning)) != 0)
        fprintf(stderr, "got \"%s\", expected \"%s...\"\n", weft_error_message(), beginning);
}

static void cut_off(void)
{
    char text[sizeof good];
    CHECK(survives(good, 0, NULL));
    for (size_t n = 0; n < sizeof good; n++) {
        memcpy(text, good, n);
        text[n] = '\0';
        survives(text, 0, NULL);
    }
}

static uint32_t state = 12345;

static uint32_t draw(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
}

/* One to four characters replaced, removed or put in. */
static void garble(char *text, size_t *length)
{
    static const char signs[] = "{}[]:,-#'\"&*!|>%@`?\\\t\n .0~eE+x\x80\xc3\xff\x01";
    for (uint32_t k = 1 + draw(4); k > 0; k--) {
        size_t at = draw((uint32_t)*length);
        char sign = signs[draw(sizeof signs - 1)];
        switch (draw(3)) {
        case 0:
            text[at] = sign;
            break;
        case 1:
            memmove(text + at, text + at + 1, *length - at);
            (*length)--;
            break;
        default:
            memmove(text + at + 1, text + at, *length - at + 1);
            text[at] = sign;
            (*length)++;
        }
    }
}

static void garbled(void)
{
    int accepted = 0, tries = 20000;
    for (int i = 0; i < tries; i++) {
        char text[sizeof good + 8];
        size_t length = sizeof good - 1;
        memcpy(text, good, sizeof good);
        garble(text, &length);
        accepted += survives(text, 0, NULL);
    }
    CHECK(accepted > 0 && accepted < tries / 2);
}

static void garbled_overrides(void)
{
    static const char base[] = "field.reactions.0.rate={a: [1, 'x'], b: ~}";
    for (int i = 0; i < 5000; i++) {
        char text[sizeof base + 8];
        size_t length = sizeof base - 1;
        memcpy(text, base, sizeof base);
        garble(text, &length);
        const char *const overrides[] = {text};
        survives(good, 1, overrides);
    }
}

/* begin, then piece n times, then end. */
static char *repeat(const char *begin, const char *piece, size_t n, const char *end)
{
    size_t a = strlen(begin), b = strlen(piece), c = strlen(end);
    char *text = weft_alloc(a + n * b + c + 1, 1);
    memcpy(text, begin, a);
    for (size_t i = 0; i < n; i++)
        memcpy(text + a + i * b, piece, b);
    memcpy(text + a + n * b, end, c);
    return text;
}

static void repeated(const char *begin, const char *piece, size_t n, const char *end,
                     const char *message)
{
    char *text = repeat(begin, piece, n, end);
    if (message)
        fails(text, message);
    else
        CHECK(survives(text, 0, NULL));
    weft_free(text);
}

#define GOOD "model: m\ngrid: {n: 8}\ntime: {end: 1}\n"

static void extremes(void)
{
    repeated(GOOD "field:\n  reactions: ", "[", 100000, "", "in.yaml:5:");
    repeated(GOOD "field:\n  reactions: ", "{a: ", 100000, "", "in.yaml:5:");
    repeated(GOOD "field:\n  reactions: ", "[", 61, "x", "in.yaml:5:");
    repeated(GOOD "field:\n  reactions:\n    ", "- ", 200, "x", "in.yaml:6:");
    repeated("", "[", 3, "", "in.yaml:2: the input ends inside brackets");
    repeated(GOOD "output: {fields: [", "phi, ", 200000, "pi]}\n", NULL);
    repeated(GOOD "output: {fields: '", "x", 3000000, "'}\n", NULL);
    repeated(GOOD "field: {reactions: {a: '", "x\xcf\x86", 100000, "'}}\n", NULL);
    repeated(GOOD "", "# comment\n", 200000, "", NULL);
    repeated(GOOD "", "\n", 200000, "oops: 1", "in.yaml:200004: oops: unknown key");
    repeated(GOOD "", "k", 129, ": 1\n", "in.yaml:4: the key 'kkk");
    repeated(GOOD "", "k", 2000, ": 1\n", "in.yaml:4:");
    repeated(GOOD "time", "1", 100, ": 1\n", "in.yaml:4: time1111");
    repeated("model: m\ngrid: {n: ", "9", 5000, "}\n", "in.yaml:2: grid.n: '9999");
    repeated(GOOD "output: {save: ", "1h", 5000, "}\n", NULL);
    char *text = weft_alloc(200000, 1);
    size_t n = (size_t)sprintf(text, GOOD "field:\n  reactions:\n");
    for (int i = 0; i < 5000; i++)
        n += (size_t)sprintf(text + n, "    k%d: 1\n", i);
    fails(text, "in.yaml:4102: more than 4096 keys");
    weft_free(text);
}

static void bytes(void)
{
    fails("model: m\n\xff\xfe: 1\n", "in.yaml:2: not text in UTF-8");
    fails("model: m\ngrid: {n: 8}\n# \xc3\x28\n", "in.yaml:3: not text in UTF-8");
    fails("\xfe\xff", "in.yaml:1: not text in UTF-8");
    fails("model: m\ngrid: \x01\n", "in.yaml:2: not text in UTF-8");
    fails("%YAML 9.9\n---\nmodel: m\n", "in.yaml:1:1: not valid YAML");
    fails("\t", "in.yaml:1:1: a tab cannot indent");
    CHECK(!survives("\n\n\n", 0, NULL));
    CHECK(!survives("---\n...\n", 0, NULL));
    CHECK(!survives("~", 0, NULL));
}

int main(void)
{
    cut_off();
    garbled();
    garbled_overrides();
    extremes();
    bytes();
    return check_end();
}
