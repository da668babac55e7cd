#!/bin/sh
# install.sh install|uninstall: puts the library into its place, or takes exactly that away. The Makefile sets VERSION,
# SONAME, PREFIX, LIBDIR, INCLUDEDIR, PYTHONDIR (empty: without the Python package), DESTDIR, and INSTALL and STRIP,
# which are commands.
set -eu
umask 022
action=$1
package=bindings/python/descent
for folder in "$PREFIX" "$LIBDIR" "$INCLUDEDIR" "${PYTHONDIR:-/}" "${DESTDIR:-/}"; do
    case $folder in /*) ;; *) echo "$folder: this must be an absolute path" >&2 && exit 2 ;; esac
done
# Without a slash at the end, or two of them.
tidy() { [ -z "$1" ] || realpath -m -s "$1"; }
PREFIX=$(tidy "$PREFIX") LIBDIR=$(tidy "$LIBDIR") INCLUDEDIR=$(tidy "$INCLUDEDIR") PYTHONDIR=$(tidy "$PYTHONDIR")
DESTDIR=$(tidy "$DESTDIR")
[ "$DESTDIR" != / ] || DESTDIR=

# --- What can be done with one file; paths are those after the installation, without DESTDIR ---------------------------

# put SOURCE PATH
put() {
    if [ "$action" = install ]; then
        $INSTALL -d "$DESTDIR$(dirname "$2")"
        $INSTALL -m 644 "$1" "$DESTDIR$2"
    else
        take_away "$2"
    fi
}

# link TARGET PATH
link() {
    if [ "$action" = install ]; then ln -sf "$1" "$DESTDIR$2"; else take_away "$2"; fi
}

# fill_in TEMPLATE PATH
fill_in() {
    if [ "$action" = install ]; then
        filled=$(mktemp)
        sed -e "s|@VERSION@|$VERSION|g" -e "s|@SONAME@|$SONAME|g" -e "s|@PREFIX@|$PREFIX|g" \
            -e "s|@LIBDIR@|$(below_prefix "$LIBDIR")|g" -e "s|@INCLUDEDIR@|$(below_prefix "$INCLUDEDIR")|g" \
            -e "s|@POINTER_SIZE@|$pointer_size|g" -e "s|@TO_LIBDIR@|$(way "$cmake" "$LIBDIR")|g" \
            -e "s|@TO_INCLUDEDIR@|$(way "$cmake" "$INCLUDEDIR")|g" \
            "$1" >"$filled"
        put "$filled" "$2"
        rm "$filled"
    else
        take_away "$2"
    fi
}

# Removes a file, and the folders that it leaves empty; of the system's folders only our own.
take_away() {
    rm -f "$DESTDIR$1"
    folder=$(dirname "$1")
    while [ "$folder" != "$PREFIX" ] && [ "$folder" != / ]; do
        case $DESTDIR$folder in /usr/*/descent | /usr/*/descent/*) ;; /usr/*) break ;; esac
        rmdir "$DESTDIR$folder" 2>/dev/null || break
        folder=$(dirname "$folder")
    done
}

# /opt/descent/lib -> ${prefix}/lib, so that pkg-config can move the prefix.
below_prefix() {
    case $1 in "$PREFIX"/*) echo "\${prefix}${1#"$PREFIX"}" ;; *) echo "$1" ;; esac
}

# The way from one folder to another: what is found by it may be moved as a whole.
way() { realpath -m -s --relative-to="$1" "$2"; }

# --- What is put where -------------------------------------------------------------------------------------------------

library=$LIBDIR/libdescent.so.$VERSION
cmake=$LIBDIR/cmake/descent
# The fifth byte of an ELF file is 1 for 32 bits and 2 for 64.
[ "$action" = uninstall ] || pointer_size=$((4 * $(od -An -tu1 -j4 -N1 "build/lib/libdescent.so.$VERSION")))

put "build/lib/libdescent.so.$VERSION" "$library"
[ "$action" = uninstall ] || [ -z "$STRIP" ] || $STRIP "$DESTDIR$library"
link "libdescent.so.$VERSION" "$LIBDIR/$SONAME"
link "$SONAME" "$LIBDIR/libdescent.so"
put build/lib/libdescent.a "$LIBDIR/libdescent.a"
[ "$action" = uninstall ] || [ -z "$STRIP" ] || $STRIP --strip-debug "$DESTDIR$LIBDIR/libdescent.a"
put include/descent.h "$INCLUDEDIR/descent.h"
put include/descent.hpp "$INCLUDEDIR/descent.hpp"
fill_in packaging/descent.pc.in "$LIBDIR/pkgconfig/descent.pc"
fill_in packaging/descent-config.cmake.in "$cmake/descent-config.cmake"
fill_in packaging/descent-config-version.cmake.in "$cmake/descent-config-version.cmake"

if [ -n "$PYTHONDIR" ]; then
    find "$package" -name '*.py' -o -name '*.pyi' -o -name py.typed | while read -r source; do
        path=$PYTHONDIR/descent${source#"$package"}
        if [ "$action" = uninstall ]; then
            # Python's own copies of it.
            for compiled in "$DESTDIR$(dirname "$path")/__pycache__/$(basename "$path" .py)".*.pyc; do
                take_away "${compiled#"$DESTDIR"}"
            done
        fi
        put "$source" "$path"
    done
    # The package looks beside itself first, so that it finds the library of its own prefix.
    link "$(way "$PYTHONDIR/descent" "$LIBDIR")/$SONAME" "$PYTHONDIR/descent/$SONAME"
fi

# A system folder's programs find a new library by the dynamic linker's list.
case $DESTDIR$LIBDIR in /usr/*) if [ "$(id -u)" = 0 ]; then ldconfig; fi ;; esac

if [ "$action" = install ]; then
    echo "libdescent $VERSION: the library is in $DESTDIR$LIBDIR, descent.h in $DESTDIR$INCLUDEDIR," \
        "the Python package ${PYTHONDIR:+in $DESTDIR}${PYTHONDIR:-nowhere}"
fi
