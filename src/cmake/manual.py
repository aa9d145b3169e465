"""The man pages and the completions of the shells, made from what the program says of itself.

usage: manual.py WEFT VERSION FOLDER

The commands, their options and their sub-commands are read from the help texts, models and parameters from the tables: a new
option or parameter is in the pages of the next build. FOLDER gets man1/*.1 (a page a command), man7/*.7 (a page a model) and
the files that bash, zsh and fish read.
"""
import json
import os
import re
import subprocess
import sys


def said(program, *arguments):
    """What the program prints."""
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout


def commands(program):
    """Commands and their one-line descriptions, in the order of 'weft --help'."""
    found = {}
    for name, text in re.findall(r"^  weft (\w+) ?.*?(?:   +|\n {30,})(\S.*)$", said(program, "--help"), re.M):
        found.setdefault(name, text)
    return found


def options(text):
    """Options in a help text: {option: (takes a value, meaning)}; the meaning is empty where a line tells several."""
    found = {}
    for line in re.sub(r"mpirun -n \d+|\. \. \.", "", text).splitlines():
        here = re.findall(r"(?<![\w=-])(--[a-z][a-z-]*|-[a-zA-Z])(?![\w-])(?:([ =])([A-Z{][\w{},]*|section))?", line)
        meaning = re.match(r"\s+-[^;]*?  +([^;]*)$", line)
        for option, _, value in here:
            old = found.get(option, (False, ""))
            found[option] = (old[0] or bool(value), old[1] or (meaning[1] if meaning else ""))
    value = any(found.get(option, (False,))[0] for option in ("-o", "--out"))
    return found | {option: (value, found[option][1]) for option in ("-o", "--out") if option in found}


def subcommands(program):
    """Commands of 'weft scan' with their descriptions."""
    return dict(re.findall(r"^  (\w+) +(\S.*)$", said(program, "scan", "--help"), re.M))


def keys(program, model):
    """section.key of every parameter of a model."""
    schema = json.loads(said(program, "params", model, "--json"))
    found = []
    for section, entry in schema["properties"].items():
        inner = entry.get("properties")
        found += [f"{section}.{key}" for key in inner] if inner else [section]
    return found


def escaped(text):
    """Text for troff: a leading dot and every backslash and hyphen are meant as they are."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    return re.sub(r"^(?=\.)", r"\\&", text, flags=re.M)


def page(name, section, version, title, parts):
    """A man page of (heading, text as it stands) pairs."""
    out = [f'.TH {name.upper()} {section} "" "weft {version}" "weft"', ".SH NAME", f"{name} \\- {escaped(title)}"]
    for heading, text in parts:
        out += [f".SH {heading}", ".nf", escaped(text.rstrip("\n")), ".fi"]
    return "\n".join(out) + "\n"


def manual(program, version, folder):
    names = commands(program)
    write(folder, "man1/weft.1", page("weft", 1, version, "simulate lattices and fields", [
        ("DESCRIPTION", said(program, "--help")),
        ("SEE ALSO", "\n".join(f"weft-{name}(1)" for name in names))]))
    for name, text in names.items():
        write(folder, f"man1/weft-{name}.1", page(f"weft-{name}", 1, version, text, [
            ("DESCRIPTION", said(program, name, "--help")), ("SEE ALSO", "weft(1)")]))
    for name, text in models(program).items():
        write(folder, f"man7/weft-{name}.7", page(f"weft-{name}", 7, version, f"model {name}: {text}", [
            ("PARAMETERS", said(program, "params", name)), ("SEE ALSO", "weft(1), weft-run(1), weft-params(1)")]))


def models(program):
    """Models with their descriptions."""
    return dict(re.findall(r"^(\w+) +(\S.*)$", said(program, "models"), re.M))


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


BASH = """# bash completion of weft; made by the build from the help texts and the tables of parameters
_weft_options() {{
    case $1 in
{options}
    esac
}}
_weft_keys() {{
    case $1 in
{keys}
    esac
}}
_weft() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}} file model
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "{commands} --help --version" -- "$word"))
    elif [[ $before == -P ]]; then
        for file in "${{COMP_WORDS[@]:2}}"; do
            [[ $file == *.y*ml && -r $file ]] && model=$(sed -n 's/^model: *\\([a-z_]*\\).*/\\1/p' "$file")
        done
        COMPREPLY=($(compgen -S = -W "$(_weft_keys "$model")" -- "$word"))
        compopt -o nospace
    elif [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$(_weft_options "$command") --help" -- "$word"))
    elif [[ $command == scan ]] && ((COMP_CWORD == 2)); then
        COMPREPLY=($(compgen -W "{scan}" -- "$word"))
    elif [[ $command == params ]] && ((COMP_CWORD == 2)); then
        COMPREPLY=($(compgen -W "{models}" -- "$word"))
    elif [[ $command == analyze ]] && ((COMP_CWORD == 2)); then
        COMPREPLY=($(compgen -W "{kinds}" -- "$word"))
    else
        compopt -o default
    fi
}}
complete -F _weft weft
"""

ZSH = """#compdef weft
# zsh completion of weft; made by the build from the help texts and the tables of parameters
local -a words_of
local file model
if ((CURRENT == 2)); then
    words_of=({commands})
    _describe command words_of
    return
fi
if [[ $words[CURRENT-1] == -P ]]; then
    for file in $words[3,-1]; do
        [[ $file == *.y*ml && -r $file ]] && model=$(sed -n 's/^model: *\\([a-z_]*\\).*/\\1/p' $file)
    done
    case $model in
{keys}
    esac
    compadd -S = -- $words_of
    return
fi
if [[ $words[CURRENT] == -* ]]; then
    case $words[2] in
{options}
    esac
    _describe option words_of
    return
fi
if ((CURRENT == 3)); then
    case $words[2] in
    scan) words_of=({scan}); _describe command words_of; return ;;
    params) compadd -- {models}; return ;;
    analyze) compadd -- {kinds}; return ;;
    esac
fi
_files
"""

FISH = """# fish completion of weft; made by the build from the help texts and the tables of parameters
function __weft_model
    for word in (commandline -opc)
        if string match -q '*.y*ml' -- $word; and test -r $word
            string replace -rf '^model: *([a-z_]+).*' '$1' <$word
        end
    end
end
function __weft_keys
    switch (__weft_model)[1]
{keys}
    end
end
complete -c weft -f -n __fish_use_subcommand -l help -l version
complete -c weft -F -n 'not __fish_use_subcommand'
{commands}
"""


def quoted(name, text):
    """name:text for zsh, in quotes; its own colons are escaped."""
    meaning = text.replace(":", "\\:").replace("'", "'\\''")
    return f"'{name}:{meaning}'" if text else f"'{name}'"


def plain(text):
    return text.replace("\\", "").replace("'", "\\'")


def completions(program, folder):
    names, scan, known = commands(program), subcommands(program), models(program)
    kinds = re.findall(r"^  weft analyze (\w+) ", said(program, "analyze", "--help"), re.M)
    of = {name: options(said(program, name, "--help") + (said(program, name, kinds[0], "--help") if name == "analyze" else ""))
          for name in names}
    table = {model: keys(program, model) for model in known}
    common = {"commands": " ".join(names), "scan": " ".join(scan), "models": " ".join(known), "kinds": " ".join(kinds)}
    write(folder, "weft.bash", BASH.format(
        options="\n".join(f'    {name}) echo "{" ".join(found)}" ;;' for name, found in of.items()),
        keys="\n".join(f'    {model}) echo "{" ".join(found)}" ;;' for model, found in table.items()), **common))
    write(folder, "_weft", ZSH.format(**common | {
        "commands": " ".join(quoted(name, text) for name, text in names.items()),
        "scan": " ".join(quoted(name, text) for name, text in scan.items()),
        "options": "\n".join(f"    {name}) words_of=({' '.join(quoted(option, text) for option, (_, text) in found.items())}) ;;"
                             for name, found in of.items()),
        "keys": "\n".join(f"    {model}) words_of=({' '.join(found)}) ;;" for model, found in table.items())}))
    lines = [f"complete -c weft -f -n __fish_use_subcommand -a {name} -d '{plain(text)}'" for name, text in names.items()]
    for name, found in of.items():
        for option, (value, text) in found.items():
            flag = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
            values = " -xa '(__weft_keys)'" if option == "-P" else " -r" if value else ""
            lines.append(f"complete -c weft -n '__fish_seen_subcommand_from {name}' {flag}{values} -d '{plain(text)}'")
    first = "test (count (commandline -opc)) -eq 2; and __fish_seen_subcommand_from"
    lines += [f"complete -c weft -f -n '{first} scan' -a {name} -d '{plain(text)}'" for name, text in scan.items()]
    lines += [f"complete -c weft -f -n '{first} params' -a '{common['models']}'",
              f"complete -c weft -f -n '{first} analyze' -a '{common['kinds']}'"]
    write(folder, "weft.fish", FISH.format(
        commands="\n".join(lines),
        keys="\n".join(f"        case {model}\n            printf '%s=\\n' {' '.join(found)}" for model, found in table.items())))


if __name__ == "__main__":
    weft, number, target = sys.argv[1:4]
    manual(weft, number, target)
    completions(weft, target)
