"""Numbers as they are shown, whatever order they were added up in."""


def steady(value: float) -> float:
    """A value to ten digits: what rounding leaves in the others must not decide how it is shown.

    A mean of 2.25 may be computed as 2.2500000000000004, which has other digits as soon as it is cut to one.
    """
    return float(f"{value:.10g}")
