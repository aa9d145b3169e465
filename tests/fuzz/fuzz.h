/* What the fuzz targets share. A target defines LLVMFuzzerTestOneInput, which libFuzzer calls with
 * bytes that it mutates; driver.c calls the same function a fixed number of times in the tests. A
 * target ends the program (abort) where a promise is broken; what it asks for is said at the head
 * of its file. */
#ifndef WEFT_TESTS_FUZZ_H
#define WEFT_TESTS_FUZZ_H

#include "weft/error.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_MUST(condition)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The bytes as a text: a new string, which ends at the first zero byte. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = weft_alloc(size + 1, 1);
    memcpy(text, data, size);
    return text;
}

/* After a call that returned status: a failure has a message, success has none. */
static inline void fuzz_check_error(weft_status status)
{
    if ((status != WEFT_OK) != (weft_error_message()[0] != '\0'))
        fprintf(stderr, "status %d with the message \"%s\"\n", (int)status, weft_error_message());
    FUZZ_MUST((status != WEFT_OK) == (weft_error_message()[0] != '\0'));
    weft_error_clear();
}

#endif
