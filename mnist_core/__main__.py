"""Run the command line (`cli`) as `python -m mnist_core`."""

import sys

from mnist_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
