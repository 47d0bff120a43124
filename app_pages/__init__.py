"""The pages of the app."""

import os

# NOTE: this must be set before torch is loaded. OpenMP threads that wait in a busy loop take the cores from the pages
# and from other runs; threads that sleep at once make training take half as long again. So they spin for a few
# microseconds.
os.environ.setdefault("GOMP_SPINCOUNT", "5000")
