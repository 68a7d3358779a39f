"""csource.py - as much of C's grammar as the lints and the man page generator need.

The sources are formatted by clang-format, and that is what makes this short: a function starts in column 0 and ends
with a } in column 0, and a declaration of a header starts in column 0 right below its comment.
"""
import os
import re
import sys

FOLDERS = ("include", "src", "tools", "examples", "bench", "tests")

TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def root_from_argv():
    """The tree to look at: the first argument, or the one that this script is in."""
    if len(sys.argv) > 1:
        return sys.argv[1]
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def files(root, folders=FOLDERS, endings=(".c", ".h")):
    """The C files below the folders given, as paths relative to root, sorted."""
    found = []
    for folder in folders:
        for path, _, names in os.walk(os.path.join(root, folder)):
            found += [os.path.relpath(os.path.join(path, name), root) for name in names if name.endswith(endings)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """The text with spaces in place of comments: line and column numbers stay."""
    return TOKEN.sub(lambda m: _blank(m[0]) if m[0].startswith(("/*", "//")) else m[0], text)


def code_only(text):
    """The text with spaces in place of comments, strings and characters."""
    return TOKEN.sub(lambda m: _blank(m[0]), text)


def comment_lines(text):
    """The numbers, from 0, of the lines that have a comment or a part of one."""
    lines = set()
    for match in TOKEN.finditer(text):
        if match[0].startswith(("/*", "//")):
            first = text.count("\n", 0, match.start())
            lines.update(range(first, first + match[0].count("\n") + 1))
    return lines


def functions(text):
    """(name, first line from 1, number of lines) of each function that is defined in a .c or .h file."""
    lines = code_only(text).split("\n")
    found, start = [], None
    for number, line in enumerate(lines):
        if start is None and re.match(r"[A-Za-z_].*\(", line) and not line.startswith(("typedef", "struct", "enum")):
            start = number
        if start is not None and line.endswith(";") and "{" not in "".join(lines[start:number + 1]):
            start = None  # a declaration
        if start is not None and not line.strip() and "{" not in "".join(lines[start:number]):
            start = None  # a macro's call that is a declaration
        if line == "}" and start is not None:
            name, first = re.search(r"(\w+)\s*\(\s*(\w*)", " ".join(lines[start:number])).groups()
            found.append((first if name.isupper() else name, start + 1, number - start + 1))  # TEST(name) { ... }
        if line.startswith("}"):
            start = None
    return found


class Item:
    """One thing that a header declares: .comment is the comment right above it or None, .code its text."""

    def __init__(self, line, comment, code):
        self.line, self.comment, self.code = line, comment, code

    @property
    def function(self):
        """The name of the function that this declares or defines, or None."""
        if self.code.startswith(("#", "typedef", "struct", "enum", "union", "extern \"C\"")):
            return None
        match = re.search(r"\b(thrum_\w+)\s*\(", without_comments(self.code))
        return match[1] if match else None

    @property
    def prototype(self):
        """The declaration in one piece, without a body and without what only a compiler wants to know."""
        text = re.sub(r"\{.*", "", without_comments(self.code), flags=re.DOTALL)
        text = re.sub(r"\bTHRUM_[A-Z_]*[A-Z](\([^()]*\)|\b)|\bstatic\b|\binline\b|\bextern\b", "", text)
        text = re.sub(r"__attribute__\s*\(\(.*?\)\)\)?", "", text)
        return re.sub(r"\s+", " ", text).strip().rstrip(";").strip() + ";"

    @property
    def is_public_function(self):
        name = self.function
        return bool(name) and not name.endswith("_") and not name.startswith("thrum__")


def _ends(code):
    """Whether a declaration, without its comments and strings, is complete."""
    plain = "\n".join(line for line in code.split("\n") if not line.lstrip().startswith("#"))
    if plain.count("{") != plain.count("}") or plain.count("(") != plain.count(")"):
        return False
    return plain.rstrip().endswith((";", "}")) or re.fullmatch(r"\s*[A-Z][A-Z0-9_]*(\(.*\))?\s*", plain) is not None


def items(text):
    """The items of a header in their order. The head comment is an item without code."""
    lines = text.split("\n")
    code = code_only(text).split("\n")
    found, comment, number = [], None, 0
    while number < len(lines):
        first, line = number, lines[number]
        number += 1
        if line.startswith("/*"):
            while "*/" not in lines[number - 1]:
                number += 1
            if comment is not None:
                found.append(Item(first + 1, comment, ""))
            comment = "\n".join(lines[first:number])
            continue
        if not line.strip() or line.startswith(" "):
            if comment is not None:
                found.append(Item(first + 1, comment, ""))
            comment = None
            continue
        if line.startswith("#"):
            while lines[number - 1].endswith("\\"):
                number += 1
        else:
            while number < len(lines) and not _ends("\n".join(code[first:number])):
                number += 1
        if comment is None and found and first > 0 and lines[first - 1].endswith(";") and not line.startswith("#"):
            comment = found[-1].comment  # the next of a kind
        found.append(Item(first + 1, comment, "\n".join(lines[first:number])))
        comment = None
    return found


def report(problems, rule):
    """Print the problems, one a line as compilers do, and end the program: 1 when there are any."""
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"{len(problems)} against the rule: {rule}", file=sys.stderr)
    sys.exit(1 if problems else 0)
