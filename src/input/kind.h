/* Which kind of file a user gave, for the modules that read one. */
#ifndef WEFT_INPUT_KIND_H
#define WEFT_INPUT_KIND_H

#include "weft/params.h"

typedef enum input_kind { INPUT_OF_RUN, INPUT_OF_SCAN, INPUT_OF_TRAINING } input_kind;
/* WEFT_INPUT if the keys of a document are those of another kind of file than the wanted one; the
 * message names both, and the command that takes the file. What looks like no kind at all passes:
 * the check of its keys says more. Local. */
weft_status input_expect(input_kind wanted, const weft_document *document, const char *path);

#endif
