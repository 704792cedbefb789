# SPDX-License-Identifier: MIT
# ls, cp, mv, rm, mkdir, rmdir, touch.
mkdir a a/b; mkdir a; echo $?; mkdir -p a/b/c/d a; echo $?; mkdir x/y; echo $?; mkdir; echo $?
echo one > a/one; echo two > a/b/two; touch .hidden z
ls; ls -a; ls -F a; ls -R a; ls nope; echo $?; ls a/one nope z; echo $?
ls -l z | grep -c '^-rw'; ls -ld a | grep -c '^d'; ls -d a; ls -r
echo 12345 > five; ls -l five | grep -c ' 6 '; head -c 2000 /dev/zero > big; ls -lh big | grep -c ' 2.0K '; ls -S big five z
cp a/one copy; cat copy; cp a/one a/b; cat a/b/one; cp a x; echo $?; cp -r a x; ls -R x; cp -r a x; ls x
cp nope y; echo $?; cp a/one z five; echo $?; cp a/one z x; ls x; cp one one; cp a/one a/one; echo $?; cp -r a a/b; echo $?
cp; echo $?; cp -v copy copy2
mv copy moved; ls copy; cat moved; mv moved x; cat x/moved; mv nope y; echo $?; mv x/moved x/z .; ls; mv a/b a/bb; ls a; mv -v copy2 copy3
mv a a/bb; echo $?
rm nope; echo $?; rm -f nope; echo $?; rm a; echo $?; rm -r a x; echo $?; ls; rm z five; rm -f; echo $?; rm; echo $?; rm -r .; echo $?
mkdir d; touch d/f; rmdir d; echo $?; rm d/f; rmdir d; echo $?; rmdir nope; echo $?
touch -c nope; ls nope; touch t1 t2; ls t1 t2; touch nope/x; echo $?
echo y > ans; touch k; rm -i k < ans; ls k; touch k; rm -i k < /dev/null; ls k; echo new > n; cp -i n k < /dev/null; cat k
