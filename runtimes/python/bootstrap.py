"""The Lambda Python runtime of Lambent: `python3 /var/runtime/bootstrap.py`.

It stays this small because the interpreter never caches the bytecode of its main script.
"""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))
if _here not in sys.path:  # PYTHONSAFEPATH leaves the script's folder out
    sys.path.insert(0, _here)

from lambent_runtime.main import main  # noqa: E402

if __name__ == "__main__":
    main()
