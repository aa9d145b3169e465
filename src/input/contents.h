/* What is in the files that an input names (contents.c), for the modules above. */
#ifndef WEFT_INPUT_CONTENTS_H
#define WEFT_INPUT_CONTENTS_H

#include "weft/input.h"

typedef struct input_contents input_contents; /* digests of files, each read once */
input_contents *input_contents_new(void);
void input_contents_free(input_contents *contents);
/* Add to an identity the contents of every file that an input names. Local. */
void input_add_contents(input_contents *contents, const weft_node *input, uint64_t id[2]);
/* The contents of the files that a run needs until its end, as rank 0 sees them: those of the
 * initial state with several replicas only. A line a file: "# file PATH: DIGEST"; empty where there
 * is none. The caller frees it. Collective. */
char *input_contents_to_keep(MPI_Comm comm, const weft_input *input);
/* WEFT_IO with a message if a rank sees other files than rank 0, or none, under the names in an
 * input. Collective. */
weft_status input_same_files(MPI_Comm comm, const weft_input *input);

#endif
