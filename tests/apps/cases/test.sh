# SPDX-License-Identifier: MIT
# test and [.
t() { test "$@"; echo "$* : $?"; }
touch f; mkdir d; echo x > full
t; t ''; t a; t ! a; t ! ''; t -n ''; t -n a; t -z ''; t a = a; t a != a; t a '<' b; t = = =; t ! = !
t 1 -eq 1; t 1 -lt 2; t 2 -le 1; t 3 -gt 2; t 3 -ge 4; t 1 -ne 1; t -5 -lt 0
t -e f; t -f f; t -d f; t -d d; t -s f; t -s full; t -e nope; t -r full; t -f d; t -c /dev/null
t a -a b; t a -a ''; t '' -o b; t '(' '' -o a ')' -a b; t ! a -o b; t f -ef f
[ a = a ] && echo yes; [ a = b ] || echo no
