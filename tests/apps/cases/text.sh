# SPDX-License-Identifier: MIT
# cat, wc, head, tail, sort, grep, hexdump, echo, printf.
printf 'one\ntwo words\n\nfour' > f
cat f; echo; cat -n f; echo; echo in | cat - f; echo; cat nope f >/dev/null; echo $?; cat -q 2>/dev/null; echo $?
wc f; wc -l f; wc -w <f; wc -c f f; wc nope; echo $?; wc </dev/null
i=0; while [ $i -lt 15 ]; do i=$((i+1)); echo $i; done > n
head -n 2 n; head -3 n; head -c 4 n; head n | wc -l; head -n 0 n; head -n 1 f n; head -n x n; echo $?
tail -n 2 n; tail -2 n; tail -c 3 n; tail n | head -n 1; tail -n +14 n; tail -n 0 n; tail -n 1 f n; tail -n 3 <f; echo; tail nope; echo $?
sort -r n | head -n 1; sort -n n | tail -n 1; printf 'b\na\nb\n' | sort -u; printf 'B\na\n' | sort -f
grep o f; grep -n wo f; grep -v o f; grep -c o f n; grep -l 1 f n; grep -i ONE f; grep -E 'one|four' f; grep -F '.' f; echo $?
grep -q one f; echo $?; grep zzz f; echo $?; grep x nope; echo $?; grep -s x nope; echo $?; grep '^$' -n f; grep 'w.*s$' f; grep -w wo f; echo $?; grep -w words f; grep -x one f
grep -h o f f; grep -H one f; echo a.b | grep -F a.b; grep -e one -e four f; mkdir d; cp f d/g; grep -r two d; grep two d; echo $?; grep; echo $?; grep '\(' f 2>/dev/null; echo $?
printf 'Hello, world!\n\000\001\377 and more text' > b
hexdump b; hexdump -C b; head -c 64 /dev/zero | hexdump; head -c 64 /dev/zero | hexdump -C; hexdump -C -s 7 -n 5 b; hexdump nope; echo $?; hexdump </dev/null
echo -n no newline; echo; echo -e 'a\tb\n\x41\0102\cz'; echo; echo -E 'a\tb'; echo -n -e 'x\n'; echo - -x; echo -nz
printf '%5d|%-5s|%05.1d|%x|%o|%c|%%|%s\n' 42 ab 7 255 8 char end; printf '%s-%d\n' a 1 b 2; printf 'x\n'; printf '%d\n' 0x1f "'A" ''; printf '%b|\n' 'a\tb'; printf '%d\n' abc; echo $?; printf; echo $?; printf '%*d\n' 5 42; printf '%z\n' 1; echo $?
hello; hello you; hello dear reader; true; echo $?; false; echo $?
