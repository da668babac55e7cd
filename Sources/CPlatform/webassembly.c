/*
 * WebAssembly: one thread, no environment, no OpenBLAS.
 */
#if defined(__wasm__)
#include "platform.h"
#include "threads.h"

const char *platform_environment(const char *name) { return (void)name, NULL; }

void platform_once(void (*initialize)(void)) {
    static bool is_done;
    if (is_done) return;
    is_done = true;
    initialize();
}

/* ---- Threads ---- */

void platform_parallel(size_t count, platform_piece piece, void *job) {
    for (size_t index = 0; index < count; index++) piece(job, index);
}

size_t platform_thread_count(void) { return 1; }

void platform_set_thread_count(size_t threads) { (void)threads; }

void platform_set_parallel_for(platform_parallel_for parallel_for, void *context) { (void)parallel_for, (void)context; }

/* ---- OpenBLAS ---- */

void *platform_openblas(const char *function) { return (void)function, NULL; }

bool platform_shares_openblas(void) { return false; }

void platform_begin_product(void) {}

void platform_end_product(void) {}

/* ---- What Swift's standard library was compiled to call; WASI's C library does not have it ---- */

uintptr_t __stack_chk_guard = 0x0a0dff00;

_Noreturn void __stack_chk_fail(void) { __builtin_trap(); }
#endif
