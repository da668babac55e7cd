/* The header as C99, before anything else was included, and a library that has what it declares. */
#include <descent.h>

#include "header_pins.h"

#include "check.h"

int main(void) {
    for (size_t i = 0; i < sizeof pinned_functions / sizeof *pinned_functions; i++)
        CHECK(pinned_functions[i].address != NULL, "%s", pinned_functions[i].name);
    CHECK(descent_version() == DESCENT_VERSION, "the library is %u, its header %d", (unsigned)descent_version(),
          DESCENT_VERSION);
    return check_result("the header as C and C++");
}
