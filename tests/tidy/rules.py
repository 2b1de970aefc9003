"""rules - the tree's own rules, each a function from a file to its violations.

A rule takes a File and yields (line, message). Which rule reads which file stands in RULES.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

import cpp_source

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
MAX_MAIN_LINES = 60
MAX_PARAMETERS = 4
MAX_NESTING = 3

CPP = (".cpp", ".hpp")
PROSE = (".md", ".yaml", ".yml", ".txt", ".conf", ".json")
# Texts that tests feed to programs or compare with their answers may say anything.
DATA = ("tests/golden/", "tests/fuzz/corpus/")

LEFT_OVERS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.}*])/(?:work|tmp|home/\w+)/(?=\w)")
ISSUE_NUMBERS = re.compile(r"(?<![\w&#/])#\d{1,4}\b|\bissue \d+\b")
STRANGE_WORDS = re.compile(r"\b(?:claude|anthropic|copilot|chatgpt|gpt-\d|llm)\b", re.I)
SMALL_TALK = "says more about its making than about itself"

# Files whose functions are called by a C library (SQLite, FUSE), which dictates their parameters.
CALLED_FROM_C = ("sim/world/sim_vfs", "tests/realdisk/forgetful_disk")

# What reaches time, chance, threads, names or files behind the World's back.
BEHIND_THE_SEAM = re.compile(
    r"\b(?:system_clock::now|steady_clock::now|high_resolution_clock|std::j?thread\b"
    r"|std::this_thread|std::(?:recursive_|shared_|timed_)?mutex|std::async\b|std::random_device"
    r"|std::mt19937\w*|std::default_random_engine|std::filesystem|std::[io]?fstream"
    r"|std::unordered_\w+|getaddrinfo|gethostby\w+|(?:steady|system|deadline|high_resolution)_timer"
    r"|clock_gettime|gettimeofday|usleep|nanosleep|thread_local)\b"
    r"|(?<![\w.>:])::\s*(?:open|time|sleep)\s*\("
    r"|(?<![\w.>])(?:openat|fopen|s?rand)\s*\(|(?<![\w.>])time\s*\(\s*(?:nullptr|NULL|0|&)"
)
POINTER_KEYS = re.compile(r"std::(?:multi)?(?:map|set)<\s*(?:const\s+)?[\w:]+\s*\*")
MUTABLE_STATICS = re.compile(
    r"\bstatic\s+(?!const\b|constexpr\b|constinit const\b|inline const)[\w:<>,&*\s]+?\s[\w]+\s*[;={]"
)


@dataclass
class File:
    path: str
    text: str
    tree: "Tree" = field(repr=False)

    @property
    def suffix(self):
        return PurePosixPath(self.path).suffix

    @cached_property
    def parts(self):
        return cpp_source.split_comments(self.text)

    @property
    def code(self):
        return self.parts[0]

    @cached_property
    def words(self):
        """What is written for people: all of a prose file, the comments of a program."""
        return self.parts[1] if self.suffix in CPP else self.text

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def matches(self, pattern, text, message):
        for found in pattern.finditer(text):
            shown = " ".join(found.group().split())
            yield self.line_of(found.start()), message.format(shown)


@dataclass
class Tree:
    root: Path
    paths: list
    links: dict = field(default_factory=dict)  # room -> rooms it may include, itself too


def is_data(file):
    return file.path.startswith(DATA)


# --- every text file ---------------------------------------------------------


def no_left_overs(file):
    if not is_data(file):
        yield from file.matches(LEFT_OVERS, file.text, "left-over '{}': do it or drop it")


def no_talk_of_its_making(file):
    yield from file.matches(MACHINE_PATHS, file.text, "'{}' is a path of one machine")
    yield from file.matches(STRANGE_WORDS, file.text, "'{}' " + SMALL_TALK)
    if not is_data(file):
        yield from file.matches(ISSUE_NUMBERS, file.words, "'{}' " + SMALL_TALK)


def no_tabs(file):
    if not is_data(file) and file.suffix != ".conf":  # smtpd.conf is written as its users write it
        yield from file.matches(re.compile(r"\t.*"), file.text, "a tab; this tree has none")


def not_too_long(file):
    lines = file.text.count("\n")
    if not is_data(file) and file.suffix in CPP + (".py", ".sh", "") and lines > MAX_FILE_LINES:
        yield MAX_FILE_LINES + 1, f"file of {lines} lines; at most {MAX_FILE_LINES}"


# --- C++ ---------------------------------------------------------------------


def small_functions(file):
    for function in cpp_source.functions(file.code):
        most = MAX_MAIN_LINES if function.name == "main" else MAX_FUNCTION_LINES
        if function.lines > most:
            yield function.line, f"{function.name} has {function.lines} lines; at most {most}"
        dictated = file.path.startswith(CALLED_FROM_C)
        if function.parameters > MAX_PARAMETERS and not dictated:
            yield function.line, (
                f"{function.name} has {function.parameters} parameters; "
                f"at most {MAX_PARAMETERS}, else a struct"
            )
        if function.nesting > MAX_NESTING:
            yield function.line, (
                f"{function.name} nests {function.nesting} levels deep; at most {MAX_NESTING}"
            )


def says_what_it_is(file):
    name = PurePosixPath(file.path).name
    if not file.text.startswith(f"// {name} - "):
        yield 1, f"must begin with '// {name} - ' and what it is"


def room_of(path, links):
    folder = str(PurePosixPath(path).parent)
    while folder not in links and folder != ".":
        folder = str(PurePosixPath(folder).parent)
    return folder if folder in links else None


def dependencies_point_down(file):
    room = room_of(file.path, file.tree.links)
    for found in re.finditer(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', file.text, re.M):
        line, target = file.line_of(found.start()), found.group(1)
        if target not in file.tree.paths:
            yield line, f'"{target}" is not a path from the root of this tree'
            continue
        other = room_of(target, file.tree.links)
        if room and other and other not in file.tree.links[room]:
            yield line, f"{room} may not include {other}: dependencies point one way"


def through_the_world_only(file):
    if re.match(r"relay/world/real_|relay/daemon/|relay/ctl/|.*/main\.cpp$", file.path):
        return
    yield from file.matches(BEHIND_THE_SEAM, file.code, "'{}' reaches around the World")
    yield from file.matches(POINTER_KEYS, file.code, "'{}': addresses are not an order")
    yield from file.matches(MUTABLE_STATICS, file.code, "'{}': state belongs to an object")


# --- prose -------------------------------------------------------------------


def anchors(text):
    """The names under which GitHub's and most other readers find a Markdown file's headings."""
    titles = re.findall(r"^#+ +(.+?) *$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links_resolve(file):
    prose = re.sub(r"```.*?```|`[^`\n]*`", lambda m: re.sub(r"[^\n]", " ", m.group()), file.text,
                   flags=re.S)
    for found in re.finditer(r"\]\(([^)\s]+)\)", prose):
        target, _, anchor = found.group(1).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = file.tree.root / PurePosixPath(file.path).parent / target if target else None
        line = file.line_of(found.start())
        if path and not path.exists():
            yield line, f"the link '{found.group(1)}' leads nowhere"
        elif anchor and (not path or path.suffix == ".md"):
            text = path.read_text() if path else file.text
            if anchor not in anchors(text):
                yield line, f"no heading answers to the link '{found.group(1)}'"


def has_its_place_in_the_catalogue(file):
    for key, what in (
        ("explain", "why it is there"),
        ("group", "where in the catalogue it stands"),
        ("learn", "what is to be learnt from it"),
    ):
        if not re.search(rf"^{key}: *\S", file.text, re.M):
            yield 1, f"a scenario must say in '{key}:' {what}"


# --- which rule reads which file -----------------------------------------------


def cpp(file):
    return file.suffix in CPP and not is_data(file)


def product(file):
    return cpp(file) and file.path.startswith(("relay/", "fakedns/"))


def scenario(file):
    return file.path.startswith("scenarios/") and file.suffix == ".yaml"


RULES = [
    (no_left_overs, lambda file: True),
    (no_talk_of_its_making, lambda file: True),
    (no_tabs, lambda file: True),
    (not_too_long, lambda file: True),
    (small_functions, cpp),
    (says_what_it_is, lambda file: file.suffix == ".hpp"),
    (dependencies_point_down, cpp),
    (through_the_world_only, product),
    (links_resolve, lambda file: file.suffix == ".md"),
    (has_its_place_in_the_catalogue, scenario),
]
