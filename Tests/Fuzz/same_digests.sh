#!/bin/sh
# Runs the corpora of all harnesses by their replay programs, and compares the digests of what they gave with the first
# ones: same_digests.sh FOLDER [COMMAND ...]. The programs are in FOLDER; COMMAND runs them: valgrind, an emulator, or env
# with a variable. Without one, what FOLDER's programs give becomes the first digests, if it is build/test. With
# ADDRESS_BITS=32, inputs in whose results the length of addresses shows do not count.
set -eu
folder=$1
shift
comparable() { if [ "${ADDRESS_BITS:-64}" = 64 ]; then cat "$1"; else sed '/ addresses$/d' "$1"; fi; }
for program in "$folder"/replay_*; do
  name=${program##*/replay_}
  first=build/test/$name.digests
  "$@" "$program" "Tests/Fuzz/corpus/$name" >"$folder/$name.now"
  if [ "$folder" = build/test ] && [ $# = 0 ]; then mv "$folder/$name.now" "$first"; continue; fi
  comparable "$first" >"$folder/$name.first"
  comparable "$folder/$name.now" | diff "$folder/$name.first" - \
    || { echo "$program $*: other results than at first" >&2; exit 1; }
  rm "$folder/$name.now" "$folder/$name.first"
done
