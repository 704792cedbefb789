# SPDX-License-Identifier: MIT
# Pipelines, background jobs, statuses.
echo hello | cat | cat -n
printf '3\n1\n2\n' | sort | head -n 2
printf '1\n2\n3\n' | while read n; do echo "n$n"; done
{ echo one; echo two; } | wc -l
g() { echo "g:$1"; }; g x | cat
x=local; for i in 1 2; do echo "$x$i"; done | cat
echo last | { read v; echo "v=$v"; }
false | true; echo $?; true | false; echo $?
sh -c 'while :; do echo y; done' | head -n 2
sleep 0.1 & p=$!; wait $p; echo w$?
(exit 7) & wait $!; echo w$?
sh -c 'exit 3' & wait; echo w$?
sleep 0.2 & jobs; wait; jobs
false & wait %1; echo $?
wait 99999; echo $?
cat & wait $!; echo input $?
sleep 5 & kill $!; wait $!; echo $?
sh -c 'kill -9 $$'; echo $?
nosuch; echo $?
nosuch | cat; echo $?
echo x | nosuch; echo $?
/; echo $?
echo data > plain; ./plain; echo $?
A=1 env | grep '^A='
A=1 sh -c 'echo $A'; echo "<$A>"; export A=2 B; sh -c 'echo $A'
env A=3 sh -c 'echo $A'; env -u A sh -c 'echo "<$A>"'; env -i A=1; env nosuch; echo $?
exec nosuch; echo never
