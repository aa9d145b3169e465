/* Around the declarations of every public header: they are C for C++ too, and their symbols are
 * visible in a shared library, where all others are hidden. */
#ifndef WEFT_DECLARE_H
#define WEFT_DECLARE_H

#define WEFT_VISIBLE_BEGIN _Pragma("GCC visibility push(default)")
#define WEFT_VISIBLE_END   _Pragma("GCC visibility pop")
#ifdef __cplusplus
#define WEFT_DECLARE_BEGIN                                                                         \
    WEFT_VISIBLE_BEGIN extern "C"                                                                  \
    {
#define WEFT_DECLARE_END                                                                           \
    }                                                                                              \
    WEFT_VISIBLE_END
#else
#define WEFT_DECLARE_BEGIN WEFT_VISIBLE_BEGIN
#define WEFT_DECLARE_END   WEFT_VISIBLE_END
#endif

#endif
