"""test_symbols.py - the shared library exports what the public headers declare, and nothing else."""
import os
import re
import subprocess

from tap import check, run, test

import csource

ROOT = os.environ["SOURCE_ROOT"]


def exported():
    """The symbols of the shared library: functions and data, without the version's own name."""
    out = subprocess.run(["nm", "-D", "--defined-only", os.environ["LIBRARY"]], capture_output=True, text=True, check=True)
    symbols = [line.split()[1:] for line in out.stdout.splitlines()]
    return {name.split("@")[0] for kind, name in symbols if kind != "A"}


def declared():
    """The functions and objects of the public headers: those of THRUM_API, and inline functions."""
    names = set()
    for path in csource.files(ROOT, ["include"]):
        for item in csource.items(csource.read(ROOT, path)):
            code = csource.without_comments(item.code)
            if item.function and re.search(r"\bTHRUM_(API|INLINE)\b", code):
                names.add(item.function)
            elif "THRUM_API" in code and not code.startswith(("#", "typedef")):
                names.update(re.findall(r"\b(thrum_\w+)\b(?=\s*(?:\[.*\])?\s*(?:__attribute__.*)?;)", code))
    return names


@test
def names_are_the_librarys():
    strange = {name for name in exported() if not re.fullmatch(r"thrum_(?!_)\w+|thrum__\w+_", name)}
    check(not strange, f"exported by mistake: {sorted(strange)}")


@test
def all_that_is_declared_is_exported():
    missing = declared() - exported()
    check(declared() and not missing, f"declared in a public header and not exported: {sorted(missing)}")


@test
def all_that_is_exported_is_declared():
    extra = exported() - declared()
    check(not extra, f"exported and in no public header: {sorted(extra)}")


@test
def soname_is_versioned():
    out = subprocess.run(["readelf", "-d", os.environ["LIBRARY"]], capture_output=True, text=True, check=True)
    check("[libthrum.so.0]" in out.stdout, out.stdout)
    needed = set(re.findall(r"\(NEEDED\).*\[(.*?)\]", out.stdout))
    strange = {name for name in needed if not re.match(r"(libc|libpthread|libm|ld-linux|ld-musl|libasan|libubsan|libtsan)\b", name)}
    check(not strange, f"the library needs more than the C library: {sorted(strange)}")


run()
