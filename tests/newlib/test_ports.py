#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 900
# all
"""Unmodified C programs from Debian's source packages, configured, compiled with exon-cc and run: zlib by its own configure
script, Lua by its makefile, mawk by autoconf. They are fetched as newlib-port/sources.lock says and unpacked below build/.
"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import BUILD, ROOT, check, contains, equal, run, shell, succeed  # noqa: E402

EXON_CC = BUILD / "bin" / "exon-cc"
SECONDS = 300


def unpack(name):
    folder = BUILD / "ports" / name
    succeed(["sh", ROOT / "newlib-port" / "source", name, folder], seconds=SECONDS)
    return folder


def build(folder, *commands, **variables):
    """Runs commands in a folder, with the tools on the path and the cache for configure."""
    environment = dict(os.environ, PATH=f"{BUILD / 'bin'}:{os.environ['PATH']}", CONFIG_SITE=str(BUILD / "share" / "config.site"),
                       **variables)
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        environment.pop(name, None)
    for command in commands:
        succeed(command, cwd=folder, environment=environment, seconds=SECONDS)


def boot(script, programs, files=()):
    """What a shell script prints with programs {name: path} in /bin and files [(path, where)]."""
    options = [word for name, path in programs.items() for word in ("--file", f"{path}:/bin/{name}")]
    options += [word for path, where in files for word in ("--file", f"{path}:{where}")]
    status, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", 60, *options, "sh"], stdin=script.encode(), seconds=90)
    equal(status, 0, output.decode(errors="replace") + errors)
    return output.decode(errors="replace").splitlines()


def test_zlib():
    folder = unpack("zlib")
    build(folder, ["./configure", "--static"], ["make", "libz.a", "minigzip", "example"], CC="exon-cc", CHOST="x86_64-elf",
          CFLAGS="-O2")
    lines = boot("minigzip < /text > /tmp/a.gz; minigzip -d < /tmp/a.gz > /tmp/b; wc -c < /tmp/b; example /tmp/x.gz; echo $?\n",
                 {"minigzip": folder / "minigzip", "example": folder / "example"}, [(folder / "deflate.c", "/text")])
    equal(int(lines[0]), (folder / "deflate.c").stat().st_size, "bytes")
    equal(lines[-1], "0", "\n".join(lines))
    contains(lines, "inflate with dictionary: hello, hello!")


LUA = r"""
local function f(n) return n < 2 and 1 or n * f(n - 1) end
print(f(20), string.format("%.14g", math.pi), ("abc"):rep(2, "-"))
local file <close> = assert(io.open("/tmp/x", "w+")) file:write("line\n") file:seek("set") print(file:read())
print(pcall(error, "caught", 0))
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(co(), co(), co())
local t = {} for i = 1, 10000 do t[i] = (i * 7919) % 10007 end table.sort(t) print(t[1], t[10000])
print(io.popen("echo from a child"):read())
"""


def test_lua():
    folder = unpack("lua5.4")
    build(folder / "src", ["make", "lua", "CC=exon-cc -std=gnu99", "MYCFLAGS=-DLUA_USE_POSIX", "AR=ar rcu", "RANLIB=ranlib"])
    script = BUILD / "ports" / "test.lua"
    script.write_text(LUA)
    lines = boot("lua /test.lua\n", {"lua": folder / "src" / "lua"}, [(script, "/test.lua")])
    equal(lines, ["2432902008176640000\t3.1415926535898\tabc-abc", "line", "false\tcaught", "1\t2\t3", "1\t10006", "from a child"])


def test_mawk():
    folder = unpack("mawk")
    build(folder, ["./configure", "CC=exon-cc", "--host=x86_64-elf"], ["make"])
    lines = boot("""mawk 'BEGIN { for (i = 1; i <= 5; i++) s += i * i; printf "%d %5.2f|%s\\n", s, 3.14159, toupper("x") }'
printf 'a:1\\nb:2\\na:3\\n' | mawk -F: '{ n[$1] += $2 } END { for (k in n) print k, n[k] }' | sort
echo 'one two' | mawk '{ sub(/o+/, "<&>"); print $2, $1; print "written" > "/tmp/f" }'; cat /tmp/f
""", {"mawk": folder / "mawk"})
    equal(lines, ["55  3.14|X", "a 4", "b 2", "two <o>ne", "written"])


run(globals())
