# SPDX-License-Identifier: MIT
# Lists, loops, conditions, functions, subshells.
for i in 1 2 "3 4"; do echo "<$i>"; done
i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done
until false; do echo once; break; done
for i in 1 2 3; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done
while :; do while :; do break 2; done; echo never; done
case abc in a*) echo A;; *) echo B;; esac
case "a*" in "a*") echo literal;; esac; case abc in "a*") echo no;; (a?c) echo pattern;; esac
case x in y|x) echo alternative;; esac; case q in x) ;; esac; echo $?
if false; then echo no; elif true; then echo elif; else echo else; fi
if false; then echo no; fi; echo $?
true && echo and || echo or; false && echo no || echo or
! true; echo $?; ! false; echo $?
f() { local q=1; q=2; echo "f $1 $#"; return 3; }
q=outer; f hi there; echo $? $q $#
f2() if true; then echo "body $1"; fi
f2 z
g() { [ $1 -gt 0 ] || return; echo $1; g $(($1-1)); }; g 3
h() { h() { echo second; }; echo first; }; h; h
(x=9; cd /; exit 4); echo $? ${x-unset}
(f() { echo inner; }; f); f a
{ echo one; echo two; }
x=$(y=5; echo $y; exit 6); echo $? $x ${y-unset}
eval 'echo ev $x' '; echo more'
set -- a b c; shift; echo $1 $#; shift 2; echo $#
echo 'echo sourced $1 $#; return 5; echo never' > src; . ./src A B; echo $? $#
echo 'echo script $0 $1; exit 9' > scr; sh scr arg; echo $?
sh -c 'echo $0 $1' name arg; echo 'echo from input; exit 2' | sh; echo $?
printf 'read line\nthis is data\necho "got $line"\n' | sh
if true
then
  echo multi &&
    echo line
fi
sh -e -c 'false || true; if false; then :; fi; ! true; echo before; false; echo not'; echo $?
sh -e -c '(false); echo not'; echo $?
sh -e -c 'f() { false; echo in; }; f || echo no; f; echo not'; echo $?
sh -u -c 'echo $nope; echo not'; echo $?
sh -x -c 'x=1; echo a $x'
type cd f if; command -v echo
