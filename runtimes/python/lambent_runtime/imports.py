"""When modules of the standard library are loaded: late, but as if AWS's bootstrap had loaded them before the function's code."""

import importlib
import os
import sys

# Loaded by AWS's own runtime before function code runs, so a user's module of the same name is hidden there too.
LOADED_ON_AWS = ("concurrent.futures.thread", "datetime", "decimal", "json", "logging", "random", "site", "traceback")


def load_what_could_be_hidden(folders):
    """Modules are loaded late only if the function brings none that they, or what they import, could be mistaken for."""
    standard = getattr(sys, "stdlib_module_names", None)  # from Python 3.10 on
    if standard is None or any(name.partition(".")[0] in standard for folder in folders for name in _names_in(folder)):
        for name in LOADED_ON_AWS:
            importlib.import_module(name)


def _names_in(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return ()


def when_imported(name, act):
    """Calls `act` after the module is loaded, before its importer goes on; at once if it is there."""
    if name in sys.modules:
        act()
    else:
        sys.meta_path.insert(0, _Watch(name, act))


class _Watch:
    def __init__(self, name, act):
        self._name = name
        self._act = act

    def find_spec(self, name, path=None, target=None):
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in sys.meta_path)))
        loader, act = spec.loader, self._act

        def load_and_act(module):
            del loader.exec_module  # the class's own, from now on
            loader.exec_module(module)
            act()

        loader.exec_module = load_and_act
        return spec
