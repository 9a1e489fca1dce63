# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Comments as doxygen wants them: behind a member or an enumerator, of what is on
# the line before; else of what follows. The first is the file's. Banners of
# sections are left out.
/SPDX-License-Identifier/d
/^\/\* -* *[A-Z][A-Za-z ,']*\.* *-* \*\/$/d
0,/^\/\*$/s,^/\*$,/** @file,
/^[^#]/s/<\([a-z]*\)>/\\<\1\\>/g
/^[^#]/s/ #\([a-z]\)/ \\#\1/g
s,^\(.*[;,{}0-9A-Z_)]\)  *\/\* ,\1 /**< ,
s,^\( *\)\/\*$,\1/**,
s,^\( *\)\/\* ,\1/** ,
