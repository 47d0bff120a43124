"""The description of a configuration field: its label and help, and the values that it may have.

A field is described where it is declared, as in `epochs: int = setting(1, label="Epochs", ...)`. The form, the command
line's help and the checks all use this `Setting`, which is stored in the field's metadata.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

GROUPS = ("Optimisation", "Model", "Data", "Arithmetic", "Evaluation")
Default = TypeVar("Default", bool, int, float, str)

MAX_VALUE_LENGTH = 40  # characters of a wrong value in an error message
_KEY = "setting"  # of a field's metadata


class ConfigError(ValueError):
    """A configuration field has a value that is not allowed; `field` is its name."""

    def __init__(self, field: str, advice: str, value: object) -> None:
        super().__init__(field, advice, value)  # NOTE: all three, because an exception is pickled by its arguments
        self.field = field
        self.message = f"{advice}, got {field}={_abridge(value)}."

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One configuration field, described for users and for the checks.

    Attributes:
        kind: the type of its values; a float may also be given as an int.
        label: its name, for display.
        help: one or two sentences.
        group: one of `GROUPS`, the heading above it in the form.
        noun: its name in an error message, with an article, such as "a learning rate".
        low, high: the smallest and the largest number allowed.
        choices: the allowed texts in order, each with its label.
        unit: the unit of the number, if the label does not say it.
        percent: whether this fraction is shown as a percentage.
        step, decimals: of the form's number input; in percentage points if `percent`.
        models: the models that it makes a difference to; empty for all.
    """

    kind: type
    label: str
    help: str
    group: str
    noun: str
    low: float = -math.inf
    high: float = math.inf
    choices: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    percent: bool = False
    step: float = 1.0
    decimals: int = 0
    models: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.group in GROUPS, f"{self.group} is not one of the groups"
        assert (self.kind is str) == bool(self.choices), "a text has choices, and nothing else has"
        has_range = math.isfinite(self.low) and math.isfinite(self.high)
        assert self.is_number == has_range, "a number has a range, and nothing else has"

    @property
    def is_number(self) -> bool:
        """True if its values are numbers in a range."""
        return self.kind in (int, float)

    @property
    def title(self) -> str:
        """The label with its unit."""
        unit = "%" if self.percent else self.unit
        return f"{self.label} ({unit})" if unit else self.label

    def limits(self, *, as_percent: bool = False) -> tuple[str, str]:
        """Return the smallest and the largest number allowed, as text.

        Args:
            as_percent: whether to write a fraction that is shown as a percentage as one.
        """
        if self.percent and as_percent:
            return f"{format_number(100 * self.low)}%", f"{format_number(100 * self.high)}%"
        return format_number(self.low), format_number(self.high)

    def advice(self, *, as_percent: bool = False) -> str:
        """Return a sentence, without a full stop, that says which values are allowed."""
        if self.choices:
            *others, last = self.choices
            return f"Choose {self.noun}: {', '.join(others)} or {last}"
        if self.kind is bool:
            return f"Choose {self.noun}: true or false"
        low, high = self.limits(as_percent=as_percent)
        return f"Choose {self.noun} between {low} and {high}"

    def concerns(self, model: str) -> bool:
        """Return whether the field makes a difference to a model."""
        return not self.models or model in self.models

    def in_words(self, value: str | float) -> str:
        """Return one of its values as text, the way the form shows it: "One cycle", "60%", "0.003"."""
        if self.choices:
            return self.choices[str(value)]
        return f"{format_number(100 * float(value))}%" if self.percent else format_number(float(value))

    def allows(self, value: Any) -> bool:
        """Return whether a value has the right type and is one of the choices or in the range; False for NaN."""
        if self.choices:
            return isinstance(value, str) and value in self.choices
        if isinstance(value, bool) or self.kind is bool:  # NOTE: in Python, a bool is also an int
            return isinstance(value, bool) and self.kind is bool
        return isinstance(value, int if self.kind is int else int | float) and self.low <= value <= self.high


def setting(default: Default, **described: Any) -> Default:
    """Declare a configuration field by its default and the attributes of its `Setting`."""
    declared: Any = field(default=default, metadata={_KEY: Setting(kind=type(default), **described)})
    return declared


def settings_of(config: Any) -> dict[str, Setting]:
    """Return the settings of a configuration, or of its class, by field name.

    Raises:
        KeyError: a field is not described.
    """
    return {each.name: each.metadata[_KEY] for each in fields(config)}


def format_number(value: float) -> str:
    """Write a number in full, with thousands separated: 1,000 or 0.000001, not 1e-06."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6f}".rstrip("0").rstrip(".")


def _abridge(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print an integer of more than a few thousand digits
        text = "a number of thousands of digits"
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[: MAX_VALUE_LENGTH - 1]}…"
