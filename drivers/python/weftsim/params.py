"""Parameters: YAML as weft reads it."""
import os
import re
from pathlib import PurePath

import numpy as np
import yaml

from .errors import INPUT_ERROR, IO_ERROR, ToolError


class _Loader(yaml.SafeLoader):
    """YAML 1.1 takes 1e-3 for text and `no` for false; weft does not. Aliases, which weft refuses, could make a short text endless."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "aliases are not used", event.start_mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if not tag.endswith((":float", ":bool", ":timestamp"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d+)?$|^[-+]?\.?(inf|nan)$"),
    list("-+0123456789.in"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))


def parse_yaml(text, where, code=INPUT_ERROR):
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ToolError(f"{where}{line}: no valid YAML: {getattr(error, 'problem', error)}", code) from None
    except (RecursionError, ValueError) as error:
        raise ToolError(f"{where}: no valid YAML: {error}", code) from None


def read_yaml(path):
    try:
        with open(path, encoding="utf-8") as file:
            return parse_yaml(file.read(), path)
    except OSError as error:
        raise ToolError(f"{path}: cannot be read: {error.strerror}", IO_ERROR) from None
    except UnicodeDecodeError as error:
        raise ToolError(f"{path}: cannot be read: {error}", IO_ERROR) from None


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def _number(dumper, value):
    text = ".nan" if value != value else f"{value:.8g}"
    return dumper.represent_scalar("tag:yaml.org,2002:float", text if set(text) & set(".ni") else
                                   text.replace("e", ".0e") if "e" in text else text + ".0")


_Dumper.add_representer(float, _number)
_Dumper.add_multi_representer(np.generic, lambda dumper, value: dumper.represent_data(value.item()))


class _Exact(yaml.SafeDumper):
    """Inputs: every digit of a number, and a point in it: without one YAML would take it for text, and PyYAML add a tag."""

    def ignore_aliases(self, data):
        return True


def _exact_number(dumper, value):
    text = repr(float(value))
    if not np.isfinite(value):
        text = f".{text}" if value != value or value > 0 else "-.inf"
    elif "." not in text:  # 1e-05
        text = text.replace("e", ".0e")
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


def _no_input(dumper, value):
    raise ToolError(f"{value!r} is a {type(value).__name__}, which an input cannot hold; give numbers, texts, lists or dictionaries")


_Exact.add_representer(float, _exact_number)
for kind in (tuple, range):
    _Exact.add_representer(kind, lambda dumper, value: dumper.represent_list(list(value)))
_Exact.add_multi_representer(PurePath, lambda dumper, value: dumper.represent_data(os.fspath(value)))
for kind in (set, bytes, complex):
    _Exact.add_representer(kind, _no_input)
_Exact.add_multi_representer(object, _no_input)
_Exact.add_multi_representer(np.generic, lambda dumper, value: dumper.represent_data(value.item()))
_Exact.add_multi_representer(np.ndarray, lambda dumper, value: dumper.represent_data(value.tolist()))


def to_yaml(data, exact=False, flow=False):
    """YAML of nested data: to 8 digits for people, or exact for an input; flow: on one line."""
    text = yaml.dump(data, Dumper=_Exact if exact else _Dumper, sort_keys=False, width=1 << 20 if flow else 110,
                     allow_unicode=True, default_flow_style=True if flow else None if exact else False)
    return text.removesuffix("\n").removesuffix("\n...") if flow else text


def flat(tree, prefix=""):
    """{'section.key': value} of nested sections."""
    found = {}
    for key, value in (tree or {}).items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and not prefix:
            found.update(flat(value, f"{name}."))
        else:
            found[name] = value
    return found
