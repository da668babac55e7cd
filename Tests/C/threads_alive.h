/* How many threads a process has, seen from outside the library. */
#ifndef THREADS_ALIVE_H
#define THREADS_ALIVE_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void sleep_for(long milliseconds) {
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

static inline int count_tasks(void) {
    DIR *directory = opendir("/proc/self/task");
    int  count = 0;
    if (directory == NULL) {
        perror("/proc/self/task");
        exit(1);
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

/* Before main(): an emulator has threads of its own, in every process. */
static int tasks_at_start;
__attribute__((constructor)) static void count_tasks_at_start(void) { tasks_at_start = count_tasks(); }

static inline int threads_alive(void) { return count_tasks() - tasks_at_start + 1; }

/* Whether there are so many, or will be soon: a thread that has been joined may be listed for a moment longer. */
static inline bool has_threads(int count) {
    for (int i = 0; i < 1000 && threads_alive() != count; i++) sleep_for(5);
    return threads_alive() == count;
}

#endif
