# SPDX-License-Identifier: MIT
# Redirections and here-documents.
echo a >o; echo b >>o; cat <o; cat o nope 2>/dev/null; echo $?
{ echo err >&2; echo out; } 2>&1 | sort
{ echo err >&2; echo out; } 2>e >o; cat e o
for i in 1 2; do echo $i; done >o; while read l; do echo "l:$l"; done <o
x=3
cat <<EOF
x=$x "quoted" \$x \\ $(echo sub) `echo back` ${x:-"d"}
EOF
cat <<'EOF'
x=$x \
EOF
cat <<-EOF
	tabbed
	EOF
cat <<A; cat <<B
a
A
b
B
cat <<EOF | while read l; do echo "L:$l"; done
1 "two"
2
EOF
f() { cat <<Q
in $1 "z"
Q
}; f one; f two | cat
cat <<<"here $x"
read a b <<<"one two three"; echo "$a|$b"
read -r a <<<'a\b'; echo "$a"; read a <<<'a\b'; echo "$a"
IFS=: read u v w <<<"1:2:3:4"; echo "$u $v $w"; read REST </dev/null; echo $?
exec 3>o3; echo three >&3; exec 3>&-; cat o3
echo x 3>&1 >&3; cat <&- 2>/dev/null || echo closed
>empty; wc -c empty
sh -c 'echo a >'; echo $?
echo a >/; echo $?
cat <nope; echo $?
echo a >&9; echo $?
