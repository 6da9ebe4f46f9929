#!/bin/sh
# SPDX-License-Identifier: MIT
# archive.sh IN.a OUT.a: joins the objects of IN into one, makes its hidden symbols local, and puts
# it into OUT, so that a program linked with OUT sees the public symbols alone.
set -e
object="$2.o"
trap 'rm -f "$object"' EXIT
ld -r -o "$object" --whole-archive "$1"
objcopy --localize-hidden "$object"
rm -f "$2"
ar rcs "$2" "$object"
