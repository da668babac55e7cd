/* The same as C++. */
#include "header_c99.c"
