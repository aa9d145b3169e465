/* Calendars of outputs (src/run/calendar.c): whole numbers of steps, times of adaptive runs,
 * logarithmic ones, and when an entry is due. */
#include "check.h"
#include "run/parts.h"
#include "weft/memory.h"

static weft_input *input;

static weft_status make(weft_schedule schedule, double dt, double end, run_calendar *c)
{
    return run_calendar_make(weft_params_section(input->params, "observe"), "every", schedule, dt,
                             end, c);
}

static void fixed(void)
{
    run_calendar c;
    CHECK(make((weft_schedule){.every = 0.2}, 0.1, 1, &c) == WEFT_OK);
    CHECK(c.fixed && c.n == 6 && c.stride == 2);
    CHECK(run_calendar_step(&c, 5) == 10);
    CHECK_NEAR(run_calendar_time(&c, 5, 0.1), 1, 1e-15);
    for (int64_t step = 0; step <= 10; step++) {
        bool due = run_calendar_due(&c, step, 0.1 * (double)step);
        CHECK(due == (step % 2 == 0));
        c.next += due;
    }
    CHECK(c.next == c.n && !run_calendar_due(&c, 12, 1.2));
    run_calendar_free(&c);
    CHECK(make((weft_schedule){.every = 0.25}, 0.1, 1, &c) == WEFT_INPUT);
    CHECK_TEXT(weft_error_message(), "test.yaml:5: observe.every: 0.25 is no whole number of steps "
                                     "of dt = 0.1; 0.2 or 0.3 would be");
    weft_error_clear();
    CHECK(make((weft_schedule){.every = 0.05}, 0.1, 1, &c) == WEFT_INPUT);
    weft_error_clear();
}

/* The last entry is at the end, though 3 times 0.1 is more than 0.3. */
static void adaptive(void)
{
    run_calendar c;
    CHECK(make((weft_schedule){.every = 0.1}, 0, 0.3, &c) == WEFT_OK);
    CHECK(!c.fixed && c.n == 4 && run_calendar_time(&c, 3, 0) == 0.3);
    CHECK(run_calendar_due(&c, 0, 0));
    c.next = 3;
    CHECK(!run_calendar_due(&c, 99, 0.2999999) && run_calendar_due(&c, 99, 0.3));
    run_calendar_free(&c);
    CHECK(make((weft_schedule){.log = 3}, 0, 2, &c) == WEFT_OK);
    CHECK(c.n == 4 && run_calendar_time(&c, 0, 0) == 0 && run_calendar_time(&c, 3, 0) == 2);
    CHECK_NEAR(run_calendar_time(&c, 1, 0), 2e-4, 1e-18);
    CHECK_NEAR(run_calendar_time(&c, 2, 0), 2e-2, 1e-16);
    run_calendar_free(&c);
}

/* 100^(j/4) rounded: 1, 3.2, 10, 31.6, 100; where the steps are finer than whole ones, each whole
 * step once. */
static void logarithmic(void)
{
    static const int64_t expected[] = {0, 1, 3, 10, 32, 100};
    run_calendar c;
    CHECK(make((weft_schedule){.log = 5}, 0.1, 10, &c) == WEFT_OK);
    CHECK(c.n == 6);
    for (int64_t i = 0; i < c.n; i++)
        CHECK(run_calendar_step(&c, i) == expected[i]);
    run_calendar_free(&c);
    CHECK(make((weft_schedule){.log = 200}, 1, 10, &c) == WEFT_OK);
    CHECK(c.n == 11 && run_calendar_step(&c, 0) == 0 && run_calendar_step(&c, 10) == 10);
    run_calendar_free(&c);
    CHECK(make((weft_schedule){.log = 1}, 1, 10, &c) == WEFT_OK);
    CHECK(c.n == 2 && run_calendar_step(&c, 1) == 10);
    run_calendar_free(&c);
}

static void none(void)
{
    run_calendar c;
    CHECK(make((weft_schedule){0}, 0.1, 1, &c) == WEFT_OK);
    CHECK(c.n == 0 && !run_calendar_due(&c, 0, 0));
    run_calendar_free(&c);
}

int main(void)
{
    CHECK(weft_input_load("test.yaml",
                          "model: kuramoto\ngrid: {n: 8}\ninitial: {type: flat}\n"
                          "time: {end: 1}\nobserve:\n  list: mean\n",
                          0, NULL, &input) == WEFT_OK);
    int64_t blocks = weft_memory_blocks();
    fixed();
    adaptive();
    logarithmic();
    none();
    CHECK(weft_memory_blocks() == blocks);
    weft_input_free(input);
    return check_end();
}
