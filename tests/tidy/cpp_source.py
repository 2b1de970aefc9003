"""cpp_source - what the rules need to know of a C++ file: its code, its comments, its functions.

A brace scanner, not a compiler: it knows comments, literals, namespaces, classes, constructor
lists and lambdas, which is all that this tree's formatted code uses. Preprocessor branches are
read as if all of them were compiled.
"""

import re
from dataclasses import dataclass

CONTROL = re.compile(r"\s*(?:\}?\s*else\b|if\b|for\b|while\b|switch\b|do\b|try\b|catch\b)")
SCOPE = re.compile(
    r"\s*(?:template\s*<.*>\s*|inline\s+|export\s+|typedef\s+|static\s+|const\s+|constexpr\s+"
    r"|requires\s*\(.*\)\s*)*"
    r"(?:namespace|class|struct|union|enum|extern)\b",
    re.S,
)
QUALIFIERS = {"const", "noexcept", "override", "final", "mutable", "try", "volatile"}
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'',
    re.S,
)


@dataclass
class Function:
    """A function's definition: where it begins, and the three sizes that have a limit."""

    name: str
    line: int
    lines: int
    parameters: int
    nesting: int


@dataclass
class Block:
    kind: str  # "scope", "function", "control" or "other"
    function: Function = None
    depth: int = 0


def split_comments(text):
    """Returns (code, comments), both with every line in its place; literals are emptied."""
    code, comments, last = [], [], 0
    for token in TOKEN.finditer(text):
        plain = text[last : token.start()]
        found = token.group()
        blank = re.sub(r"[^\n]", " ", found)
        is_comment = found.startswith(("//", "/*"))
        code += [plain, blank if is_comment else emptied(found)]
        comments += [re.sub(r"[^\n]", " ", plain), found if is_comment else blank]
        last = token.end()
    code.append(text[last:])
    comments.append(re.sub(r"[^\n]", " ", text[last:]))
    return "".join(code), "".join(comments)


def emptied(literal):
    quote = literal[-1]
    return quote + "\n" * literal.count("\n") + quote


def functions(code):
    """The function definitions in code without comments; what is inside one belongs to it."""
    return Scanner(code).run()


class Scanner:
    def __init__(self, code):
        self.code = DIRECTIVE.sub(lambda found: "\n" * found.group().count("\n"), code)
        self.blocks, self.found, self.head_start, self.parens = [], [], 0, []

    def run(self):
        at = 0
        while at < len(self.code):
            at = self.step(at, self.code[at]) + 1
        return self.found

    def step(self, at, char):
        if char in "([":
            self.parens.append(char)
        elif char in ")]" and self.parens and self.parens[-1] in "([":
            self.parens.pop()
        elif char == "{":
            return self.open_brace(at)
        elif char == "}":
            self.close_brace(at)
        elif char == ";" and not self.in_parens():
            self.head_start = at + 1
        elif char == ":" and self.ends_label(at):
            self.head_start = at + 1
        return at

    def in_parens(self):
        return bool(self.parens) and self.parens[-1] in "(["

    def ends_label(self, at):
        head = self.code[self.head_start : at].strip()
        return bool(re.fullmatch(r"public|private|protected|default|case\s[^?(]*", head))

    def open_brace(self, at):
        head = self.code[self.head_start : at]
        if not self.in_function() and is_member_initialiser(head):
            return self.matching_brace(at)
        block = self.classify(head, at)
        self.blocks.append(block)
        self.parens.append("{")
        self.head_start = at + 1
        return at

    def in_function(self):
        return any(block.kind == "function" for block in self.blocks)

    def classify(self, head, at):
        if self.in_function():
            return self.classify_inside(head)
        if self.in_parens() or (self.blocks and self.blocks[-1].kind == "other"):
            return Block("other")
        flat = without_parens(head)
        if SCOPE.match(head) and not flat.rstrip().endswith(")"):
            return Block("scope")
        if ")" not in head and "]" not in head:
            return Block("other")
        if re.search(r"(?<!operator)(?<![=!<>])=(?!=)", flat) and "]" not in head:
            return Block("other")
        return Block("function", self.begin_function(head, at))

    def classify_inside(self, head):
        depth = self.blocks[-1].depth
        if not CONTROL.match(head) or self.in_parens():
            return Block("other", depth=depth)
        function = next(b.function for b in self.blocks if b.kind == "function")
        function.nesting = max(function.nesting, depth + 1)
        return Block("control", depth=depth + 1)

    def begin_function(self, head, at):
        start = self.head_start + len(head) - len(head.lstrip())
        line = self.code.count("\n", 0, start) + 1
        name = re.search(r"([\w:~]+(?:\s*operator\s*\S+)?)\s*\(", head)
        function = Function(name.group(1) if name else "lambda", line, 0, parameters(head), 0)
        self.found.append(function)
        return function

    def close_brace(self, at):
        while self.parens and self.parens.pop() != "{":
            pass
        if self.blocks:
            block = self.blocks.pop()
            if block.kind == "function":
                last = self.code.count("\n", 0, at) + 1
                block.function.lines = last - block.function.line + 1
            if block.kind == "other" and self.in_parens():
                return  # an argument; its statement goes on
        self.head_start = at + 1

    def matching_brace(self, at):
        depth = 0
        for i in range(at, len(self.code)):
            depth += {"{": 1, "}": -1}.get(self.code[i], 0)
            if depth == 0:
                return i
        return len(self.code)


def without_parens(head):
    """The head with the contents of its parentheses and template brackets taken out."""
    for pattern in (r"\([^()]*\)", r"<[^<>()=]*>"):
        before = None
        while before != head:
            before, head = head, re.sub(pattern, lambda m: "\0" if m.group()[0] == "(" else "", head)
    return head.replace("\0", "()")


def is_member_initialiser(head):
    """Whether a brace after this head gives a member its value: `Queue(int n) : size_{n} {`."""
    flat = without_parens(head).rstrip()
    if not re.search(r"\)[\w\s]*:(?!:)", flat):
        return False
    last = re.search(r"[\w>]+$", flat)
    return bool(last) and last.group() not in QUALIFIERS


def parameters(head):
    """How many parameters the (last) list before the body has."""
    start = head.find("(", head.find("]") + 1 if head.lstrip().startswith("[") else 0)
    if start < 0:
        return 0
    depth, count, empty = 0, 1, True
    for char in head[start:]:
        depth += {"(": 1, "<": 1, "{": 1, "[": 1, ")": -1, ">": -1, "}": -1, "]": -1}.get(char, 0)
        if depth <= 0:
            break
        count += char == "," and depth == 1
        empty = empty and (char.isspace() or char == "(")
    return 0 if empty else count
