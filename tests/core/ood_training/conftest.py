import pytest

from mnist_core.data.split import Split
from mnist_core.synthetic.splits import standin_splits


@pytest.fixture(scope="package")
def digits() -> Split:
    """60 stand-in digits, so that no test here needs MNIST."""
    return standin_splits(0, 60, 1)[0]
