"""Writing beside results: under a temporary name, then renamed. What stands there under the name, a link to somewhere else
say, is replaced and not written through; a file is there whole or not at all."""
import contextlib
import os

from .errors import IO_ERROR, ToolError


def make_folder(folder):
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise ToolError(f"{folder}: cannot be made: {error.strerror}", IO_ERROR) from None


@contextlib.contextmanager
def replacing(path):
    """The temporary name to write to; its ending is that of path."""
    folder, name = os.path.split(path)
    stem, ending = os.path.splitext(name)
    temporary = os.path.join(folder, f".{stem[:100]}.{os.getpid()}{ending}")
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise ToolError(f"{path}: cannot be written: {error.strerror or error}", IO_ERROR) from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def write_text(path, text):
    with replacing(path) as temporary, open(temporary, "x", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def own(path):
    """Is it a file of the folder itself, and no link to somewhere else?"""
    return os.path.isfile(path) and not os.path.islink(path)
