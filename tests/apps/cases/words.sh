# SPDX-License-Identifier: MIT
# Quoting, parameters, field splitting, arithmetic.
x=5; echo "a $x ${x}b '$x' \$x" 'q $x' a\ b
echo ${y:-def} ${y:=set} $y ${#y} ${x:+alt} ${z-} "${z:-"a  b"}"
f=/a/b/c.tar.gz; echo ${f##*/} ${f%.*} ${f%%.*} ${f#*/}
set -- a "b c" ''; echo $#
for i; do echo "[$i]"; done
for i in "$@"; do echo "{$i}"; done
for i in $@; do echo "($i)"; done
echo "$*"
IFS=:; v=a::b:c; for i in $v; do echo "<$i>"; done; echo "$*"; unset IFS
set --; for i in "$@"; do echo never; done; set -- "x$@y"; echo $1
v='  a   b  '; echo $v; echo "$v"; for i in x$v; do echo "<$i>"; done
echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((7%4)) $((1<<4)) $((5>3?10:20)) $((i=4)) $((i+=4)) $i $((!i)) $((-3 % 2)) $((0x10|1))
echo $((0 && 1/0)) $((1 || 1/0))
x='a  b'; echo $x "$x"; y=$x; echo "$y"
echo a#b # comment
echo one\
two "three\
four"
A=1 B=$x; echo $A "$B"
unset A; echo "<${A}>" "<${A-unset}>" "<${B+is set}>"
w=$(echo sub; echo lines; echo); echo "$w"
echo $(echo a; echo b) "$(printf 'x\ny\n\n')" "$(echo "in $(echo "ner")")" `echo back \`echo quoted\``
echo $(case x in x) echo casein;; esac)
x=$(false); echo $?; x=$(true) y=1; echo $?
echo '*' "?" \[a] ; touch b.c a.c .h.c; echo *.c ?.c [a]*.c .*.c no*; set -f; echo *.c; set +f
mkdir d; touch d/x d/y; echo d/* */x "d/"*
p='*.c'; echo $p "$p"
x=abcabc; echo ${x#*b} ${x##*b} ${x%b*} ${x%%b*} ${x#"a"} ${x%[abc]}
HOME=/tmp; echo ~ ~/f "~" a~
