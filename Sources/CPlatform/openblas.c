#if !defined(__wasm__)
#define _POSIX_C_SOURCE 200809L
#include "platform.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#if defined(__APPLE__)
static const char *const names[] = {"libopenblas.0.dylib", "libopenblas.dylib"};
#else
static const char *const names[] = {"libopenblas.so.0", "libopenblas.so"};
#endif
enum { NAMES = sizeof names / sizeof *names };

static void *library;
static bool  was_there;

/* Products that are being computed, and whether the process comes to its end. */
static atomic_long products;
static atomic_bool ends;

/* Other threads' products are not in the child. */
static void forget_products(void) { atomic_store(&products, 0); }

static void load(void) {
    pthread_atfork(NULL, NULL, forget_products);
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

void platform_begin_product(void) {
    atomic_fetch_add(&products, 1);
    if (!atomic_load(&ends)) return;
    atomic_fetch_sub(&products, 1);
    while (true) pause();
}

void platform_end_product(void) { atomic_fetch_sub(&products, 1); }

/* OpenBLAS 0.3.21 hangs if it is asked for something while it comes to its end, which at the end of the process is after
 * this. Not that the end could depend on it: exit() may have been called by a signal in the middle of a product. */
static void await_products(void) {
    atomic_store(&ends, true);
    for (int i = 0; i < 2000 && atomic_load(&products) != 0; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* With this library goes what it has loaded, and its threads. */
__attribute__((destructor)) static void unload(void) {
    await_products(); /* another thread may have it loaded at this moment */
    if (library != NULL) dlclose(library);
}

#endif
