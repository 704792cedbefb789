# SPDX-License-Identifier: MIT
# date, uptime, sleep, kill, env, clear.
date -u -d @0; date -u -d @1000000000 '+%Y-%m-%d %H:%M:%S %Z'; date -u -d @86399 +%T; date +%Y | grep -c '^20[0-9][0-9]$'; date -d x; echo $?; date x; echo $?; date -u -d @0 +; date -u -I -d @0; date -q 2>/dev/null; echo $?
touch f; test "$(date -r f +%Y)" = "$(date +%Y)"; echo $?; date -r nope; echo $?
uptime | grep -c 'up .*[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9][0-9]$'; uptime x; echo $?
sleep 0; echo $?; sleep 0.05 .01; echo $?; sleep x; echo $?; sleep 1x; echo $?; sleep; echo $?; sleep 0.0001m; echo $?
kill; echo $?; kill x; echo $?; kill -FOO 1; echo $?; kill -l TERM 9 137 SIGINT; kill -l | grep -c SIGKILL; kill -0 $$; echo $?
sleep 5 & kill -KILL $!; wait $!; echo $?; sleep 5 & kill -s INT $!; sleep 0.1; kill -9 $!; wait; sleep 5 & kill -15 $!; wait $!; echo $?
clear | hexdump -C
env X=1 Y=2 | grep '^[XY]=' | sort; env -q; echo $?
