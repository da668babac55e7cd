/* The header as C99, before anything else was included, and the library of its version. What is in the header is the
 * business of Tests/Compatibility. */
#include <descent.h>

#include "check.h"

int main(void) {
    CHECK(descent_version() == DESCENT_VERSION, "the library is %u, its header %d", (unsigned)descent_version(),
          DESCENT_VERSION);
    return check_result("the header as C and C++");
}
