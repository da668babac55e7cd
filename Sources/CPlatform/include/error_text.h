/*
 * The text of this thread's last failure. Imported by one Swift module only (DescentABI): a static function's
 * thread-local variable exists once for every module that imports it.
 */
#ifndef ERROR_TEXT_H
#define ERROR_TEXT_H

enum { ERROR_TEXT_CAPACITY = 256 };

static inline char *error_text(void) {
    static _Thread_local char text[ERROR_TEXT_CAPACITY];
    return text;
}

#endif
