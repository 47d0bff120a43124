"""The pages of the app."""

import os

# NOTE: before torch is loaded. Threads that wait for each other in a loop take the cores from the pages and from other
# runs; threads that fall asleep at once make training half as slow again. So they wait for some microseconds.
os.environ.setdefault("GOMP_SPINCOUNT", "5000")
