"""Data-parallel training: several processes, or machines, share every mini-batch, under PyTorch's launcher.

    torchrun --nproc-per-node 2 -m mnist_core train --model cnn --out runs/two

Each process computes the gradients of its share, and PyTorch's DistributedDataParallel averages them: the mean is the
gradient of the whole mini-batch, so all processes take the same step. Batch normalisation is computed over all shares
too, because otherwise the loss curve would differ from that of one process.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn
from torch.distributed.nn.functional import all_reduce
from torch.nn.parallel import DistributedDataParallel

LAUNCHED = "WORLD_SIZE"  # set by torchrun


@dataclass(frozen=True)
class Workers:
    """The processes that train together, from the point of view of one of them.

    With a single process, the methods change nothing.

    Attributes:
        rank: the number of this process, 0 to count - 1; number 0 writes files and evaluates.
        count: the number of processes.
    """

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """True for the process that writes, prints and evaluates."""
        return self.rank == 0

    def check(self, batch_size: int) -> None:
        """Check that the processes can share a mini-batch of `batch_size` images equally.

        Raises:
            ValueError: the size is not a multiple of the number of processes.
        """
        if batch_size % self.count:
            raise ValueError(f"batch_size must be a multiple of the {self.count} processes, got {batch_size}")

    def share(self, batch: torch.Tensor) -> torch.Tensor:
        """Return this process's part, (N / count, ...), of a mini-batch (N, ...)."""
        return batch.chunk(self.count)[self.rank]

    def synchronise_batch_norm(self, model: nn.Module) -> None:
        """Make a model normalise over the whole mini-batch from now on, in place."""
        if self.count > 1:
            for module in list(model.modules()):
                for name, child in module.named_children():
                    if type(child) is nn.BatchNorm2d:
                        setattr(module, name, SharedBatchNorm2d.like(child))

    def distribute(self, model: nn.Module) -> nn.Module:
        """Return a model to call instead, whose gradients are the means over all processes.

        Each process keeps its own running statistics: `SharedBatchNorm2d` makes them the same everywhere.
        """
        if self.count == 1:
            return model
        # NOTE: a step takes as long as with gradients averaged by hand; the start of the process takes 5 s more.
        return DistributedDataParallel(model, broadcast_buffers=False)

    def mean(self, loss: torch.Tensor) -> float:
        """Return the mean over the processes of a scalar tensor, shape ()."""
        value = loss.detach().clone()
        if self.count > 1:
            distributed.all_reduce(value)
        return float(value) / self.count


SINGLE_PROCESS = Workers()


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation over the shares of all processes, on any device; torch's SyncBatchNorm needs a GPU."""

    @classmethod
    def like(cls, other: nn.BatchNorm2d) -> "SharedBatchNorm2d":
        """Return a layer that shares the parameters and buffers of another."""
        layer = cls(other.num_features, other.eps, other.momentum)
        for name, parameter in other.named_parameters():
            setattr(layer, name, parameter)
        for name, buffer in other.named_buffers():
            setattr(layer, name, buffer)
        return layer.train(other.training)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Normalise (N, C, H, W) by the mean and variance of each channel over all processes' shares."""
        if not self.training:
            return super().forward(input)
        count, dtype = distributed.get_world_size(), input.dtype
        input = input.float()  # sums over many numbers need more precision than bfloat16 has
        mean = all_reduce(input.mean(dim=(0, 2, 3))) / count
        centred = input - mean[:, None, None]
        variance = all_reduce((centred**2).mean(dim=(0, 2, 3))) / count
        self._update_running_statistics(mean.detach(), variance.detach(), count * input.numel() // self.num_features)
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(dtype)

    @torch.no_grad()
    def _update_running_statistics(self, mean: torch.Tensor, variance: torch.Tensor, numbers: int) -> None:
        """Update the running statistics, which evaluation uses, with the unbiased variance, as torch does."""
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        momentum = self.momentum if self.momentum is not None else 0.1
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance * numbers / (numbers - 1), momentum)


@contextmanager
def launched_workers(device: torch.device) -> Iterator[Workers]:
    """Join the other processes until the end of the block, if torchrun started this one.

    Gloo connects CPUs, and NCCL connects CUDA devices, one per process.
    """
    if LAUNCHED not in os.environ:
        yield SINGLE_PROCESS
        return
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Workers(distributed.get_rank(), distributed.get_world_size())
        distributed.barrier()  # the first process may still be evaluating
    finally:
        distributed.destroy_process_group()
