/* Opens a shared library as the first thing that a process does:  open_library FILE
 * Prints how many microseconds dlopen() took and how many kilobytes the resident memory has grown by. */
#include "clock.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

clockid_t chosen_clock = CLOCK_MONOTONIC;

static long resident_kilobytes(void) {
    long  size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) return 0;
    if (fscanf(file, "%ld %ld", &size, &resident) != 2) resident = 0;
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    long   before = resident_kilobytes();
    double begin = clock_seconds();
    void  *handle = dlopen(arguments[1], RTLD_NOW);
    double end = clock_seconds();
    if (handle == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    printf("%.1f %ld\n", 1e6 * (end - begin), resident_kilobytes() - before);
    return 0;
}
