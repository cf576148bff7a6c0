// The library keeps one set of names for each width of character; this package compiles for bytes.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
