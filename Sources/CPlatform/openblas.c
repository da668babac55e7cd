#include "platform.h"

#include <dlfcn.h>
#include <pthread.h>

#if defined(__APPLE__)
static const char *const names[] = {"libopenblas.0.dylib", "libopenblas.dylib"};
#else
static const char *const names[] = {"libopenblas.so.0", "libopenblas.so"};
#endif
enum { NAMES = sizeof names / sizeof *names };

static void *library;
static bool  was_there;

static void load(void) {
    for (int i = 0; i < NAMES && library == NULL; i++)
        was_there = (library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD)) != NULL;
    for (int i = 0; i < NAMES && library == NULL; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
}

static void load_once(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
}

void *platform_openblas(const char *function) {
    load_once();
    return library == NULL ? NULL : dlsym(library, function);
}

bool platform_shares_openblas(void) {
    load_once();
    return was_there;
}

/* With this library goes what it has loaded, and its threads. */
__attribute__((destructor)) static void unload(void) {
    if (library != NULL) dlclose(library);
}
