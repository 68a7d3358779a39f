"""Answer for CPython's shlex what test_against_python.c asks of thrum's.

Each line of the file named is a case: flags, whitespace, wordchars, text, the last three in hexadecimal ("-": the default).
The answer is a line with the tokens in hexadecimal, each with an "=" before it, the line number, and at the end the error's
message or "end".
"""
import shlex
import sys

PUNCTUATION = {0: False, 4: True, 8: '|-\u00e9'}


def text(field):
    return bytes.fromhex(field).decode('utf-8', 'surrogateescape')


def make(flags, whitespace, wordchars, source):
    lexer = shlex.shlex(source, posix=bool(flags & 1), punctuation_chars=PUNCTUATION[flags & 12])
    lexer.whitespace_split = bool(flags & 2)
    if whitespace != '-':
        lexer.whitespace = text(whitespace)
    if wordchars != '-':
        lexer.wordchars = text(wordchars)
    return lexer


def answer(lexer):
    words = []
    try:
        for token in lexer:
            words.append('=' + token.encode('utf-8', 'surrogateescape').hex())
        words += [str(lexer.lineno), 'end']
    except ValueError as error:
        words += [str(lexer.lineno), str(error)]
    return ' '.join(words)


with open(sys.argv[1], encoding='ascii') as cases:
    for case in cases:
        flags, whitespace, wordchars, source = case.split()
        print(answer(make(int(flags), whitespace, wordchars, text(source[1:]))))
