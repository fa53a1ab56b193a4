"""The road of a runtime process.

1. Stock: a stocked process waits until it is told which function it serves (stock.py).
2. Launch: AWS_LAMBDA_EXEC_WRAPPER, when set, is run in place of the interpreter (launch.py).
3. Init: working directory, module path, logging, the handler (paths.py, logs.py, handler.py).
4. Serve: one invocation after another until the process is ended (serve.py).
"""

import os


def main():
    from .client import take_connection

    connection = take_connection(os.environ)
    fd = os.environ.get("LAMBENT_SPECIALISE_FD")
    if fd is not None:
        from . import stock

        stock.wait_for_environment(int(fd))
    else:
        from . import launch

        launch.exec_wrapper_if_set(os.environ)

    from . import paths, serve

    paths.enter_task_root()
    serve.run(connection)
