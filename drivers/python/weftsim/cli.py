"""How a tool ends: with one line and the code of its kind, never with a traceback.

The work is done in a child process. Files of others may be damaged in ways that make the HDF5 library crash: the parent is still
there to say so. What is printed for people may meet a closed pipe (then the rest is not printed, and the work goes on) or a
full disk (an error)."""
import os
import signal
import sys
import warnings

from .errors import IO_ERROR, ToolError, harmless

CRASHES = {getattr(signal, name) for name in ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL")}


def complain(message):
    text = " ".join(harmless(message).split())
    print(f"weft: error: {text}".encode("utf-8", "backslashreplace").decode(), file=sys.stderr)


def say(text):
    """Print a line for people."""
    try:
        sys.stdout.write(f"{harmless(text)}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except OSError as error:
        raise ToolError(f"standard output: {error.strerror}", IO_ERROR) from None


def work(main, arguments):
    """main(arguments) with all that can go wrong; the exit code."""
    sys.stdout.reconfigure(errors="surrogateescape")  # names of files are bytes
    warnings.simplefilter("ignore")  # they speak of Python's lines, not of results
    try:
        return main(arguments)
    except ToolError as error:
        complain(error)
        return error.code
    except KeyboardInterrupt:
        return 130
    except MemoryError:
        complain("not enough memory for what the file says it holds; it may be damaged")
        return IO_ERROR
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}" if error.filename else f"{' '.join(arguments)}: {error}; a file may be damaged: see weft info --verify")
        return IO_ERROR
    except Exception as error:  # noqa: BLE001 what no one thought of, mostly in damaged files
        complain(f"{' '.join(arguments)}: cannot be used ({type(error).__name__}: {error}); a file may be damaged: see weft info --verify")
        return IO_ERROR


def run(main, arguments):
    """For the programs: the exit code of main(arguments), run in a child."""
    child = os.fork()
    if child == 0:
        code = work(main, arguments)
        try:
            sys.stdout.flush()
        except OSError:
            code = code or IO_ERROR
        os._exit(code)
    while True:
        try:
            _, status = os.waitpid(child, 0)
            break
        except KeyboardInterrupt:
            continue
    if not os.WIFSIGNALED(status):
        return os.WEXITSTATUS(status)
    if os.WTERMSIG(status) in CRASHES:
        complain(f"{' '.join(arguments)}: the HDF5 library ended the program ({signal.Signals(os.WTERMSIG(status)).name}); a file is damaged: "
                 "see weft info --verify")
        return IO_ERROR
    return 128 + os.WTERMSIG(status)


def _tool(name):
    import importlib
    return run(importlib.import_module(f".{name}", __package__).main, sys.argv[1:])


def plot():
    return _tool("plot")


def analyze():
    return _tool("analyze")


def report():
    return _tool("report")
