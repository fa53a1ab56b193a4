"""Working directory and module path, as AWS's bootstrap.py sets them."""

import os
import site
import sys

from .imports import load_what_could_be_hidden


def task_root():
    return os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd()


def layer_folders():
    """Of the version that runs, and of the one that the function names, which may be served by another."""
    opt = os.environ.get("LAMBENT_OPT", "/opt")  # set where there is no /opt: process isolation
    named = os.environ.get("AWS_EXECUTION_ENV", "").partition("AWS_Lambda_python")[2]
    versions = dict.fromkeys(["{}.{}".format(*sys.version_info[:2]), named])
    return [*(f"{opt}/python/lib/python{v}/site-packages" for v in versions if v), f"{opt}/python"]


def runtime_folder():
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def pythonpath_is_the_default(environ):
    """AWS sets PYTHONPATH to the runtime's folder when the user has not set it."""
    value = environ.get("PYTHONPATH")
    return value is None or value in (runtime_folder(), environ.get("LAMBDA_RUNTIME_DIR"))


def enter_task_root():
    """sys.path becomes task root, layers, runtime folder, standard library; then .pth files."""
    root = task_root()
    if os.path.isdir(root):
        os.chdir(root)

    is_default = pythonpath_is_the_default(os.environ)
    layers = layer_folders() if is_default else []
    load_what_could_be_hidden([root, *layers])
    sys.path[:0] = [root, *layers]
    for folder in [root, *layers]:
        if os.path.isdir(folder):
            site.addsitedir(folder)
    os.environ.setdefault("PYTHONPATH", os.environ.get("LAMBDA_RUNTIME_DIR") or runtime_folder())
