"""The family on paper: what each method is called, and which classes of `exact` stand around it. No network is needed.

`mixers` gives each of these its network, in a class that derives from the one here and takes its place in METHODS.
"""

from collections.abc import Callable, Iterable, Mapping
from types import new_class
from typing import Any, ClassVar

import numpy as np

from marl_helpers import exact
from marl_helpers.basics import arguments
from marl_helpers.basics.arguments import shown
from marl_helpers.exact import graphs
from marl_helpers.exact.edges import Edge

POSITIVITY = ("abs", "softplus")  # how a network keeps its weights non-negative: as published, or smoothly
ALIASES = {"wqmix": "ow_qmix"}  # of the two WQMIX the one whose weights need no greedy joint action to compare with
METHODS: dict[str, type["Method"]] = {}  # every method by name, in the order of rank; defining one enters it here
SHAPES = {"chain": graphs.chain, "ring": graphs.ring, "complete": graphs.complete}  # of a graph's edges, by word


class Method:
    """What can be said of a method before anything is learned."""

    name: ClassVar[str]  # what a person types
    label: ClassVar[str]  # what a figure prints
    rank: ClassVar[float]  # position in tables and menus
    igm: ClassVar[bool]  # whether the agents' own maximisers always form a maximiser of the learned team value
    projections: ClassVar[tuple[str, ...]] = ()  # functions of `exact`, ever narrower, its own class last
    least_squares: ClassVar[bool] = True  # whether learning descends the team value's squared error, and that alone
    on_tables: ClassVar[bool] = True  # whether a table, which has no state, shows something of it that no other has
    options: ClassVar[Mapping[str, Callable[..., Any]]] = {}  # attributes that may be given: name -> a check of them

    def __init_subclass__(cls, entered: bool = True, **kwargs):
        """entered: False for a class that is no method itself, because others derive from it."""
        super().__init_subclass__(**kwargs)
        if not entered:
            return
        name = getattr(cls, "name", None)
        other = METHODS.get(name)
        if name is None or (other and other.__qualname__ != cls.__qualname__):
            raise TypeError(f"class {cls.__name__} has name {name!r}: give it a name that no other method has")
        if not hasattr(cls, "rank"):
            raise TypeError(f"class {cls.__name__} has no rank: give its position in tables and menus, such as 4.5")
        METHODS[name] = cls  # its network takes its place, and so does a class defined again, as a notebook does
        for method in sorted(METHODS.values(), key=lambda method: method.rank):
            METHODS[method.name] = METHODS.pop(method.name)

    @classmethod
    def configured(cls, options: Mapping[str, Any]) -> type["Method"]:
        """This method with other values of its `options`, under its own name.

        Raises ValueError for an option that it has not, or a bad value.
        """
        if strange := [name for name in options if name not in cls.options]:
            known = ", ".join([*cls.options, "width"])  # which mixers.make gives to all of them
            raise ValueError(f"{cls.name} has no mixer option {shown(strange[0])}: choose from {known}")
        given = {name: cls.options[name](**{name: value}) for name, value in options.items()}
        return new_class(cls.__name__, (cls,), {"entered": False}, lambda body: body.update(given)) if given else cls

    @classmethod
    def project(cls, name: str, table) -> exact.Projection:
        """The exact best fit to a table in the class of that name, one of `projections`; raises what `exact` raises."""
        return getattr(exact, name)(table)


def find(name: str) -> type[Method]:
    """The method of that name, or of that alias; raises ValueError that lists the names there are."""
    known = isinstance(name, str) and (METHODS.get(name) or METHODS.get(ALIASES.get(name)))
    if not known:
        also = ", ".join(f"{alias} for {meant}" for alias, meant in ALIASES.items())
        raise ValueError(f"method is {shown(name)}: choose one of {', '.join(METHODS)}, or {also}")
    return known


def on_tables() -> list[str]:
    """The methods that a table can tell from all others, in the order of rank."""
    return [name for name, method in METHODS.items() if method.on_tables]


def weight(**values: object) -> Any:
    """Weights of errors, from 0 to 1."""
    return arguments.finite("a weight from 0 to 1", 0, 1, **values)


def pairs(**values: object) -> Any:
    """One of SHAPES, or pairs of agents, counted from 0; whether there are such agents is seen with the team."""
    ((name, value),) = values.items()
    remedy = f"{', '.join(SHAPES)} or pairs of agents, such as [[0, 1], [1, 2]]"
    if isinstance(value, str):
        return SHAPES[value] if value in SHAPES else arguments.refuse(name, value, remedy)
    return [tuple(arguments.several(remedy, 2, **{name: one})) for one in arguments.several(remedy, 0, **values)]


def count(**values: object) -> Any:
    """How many, from 1."""
    return arguments.at_least(1, **values)


def products(**values: object) -> Any:
    """None, or how many products a payoff is made of."""
    ((name, value),) = values.items()
    return None if value is None else arguments.at_least(1, **{name: value})


def two_weights(**values: object) -> Any:
    """Two weights of a loss, 0 or more."""
    ((name, value),) = values.items()
    remedy = "two numbers, 0 or more, such as [1, 1]"
    found = arguments.several(remedy, 2, **{name: value})
    if len(found) != 2:
        arguments.refuse(name, value, remedy)
    return tuple(arguments.finite(remedy, 0, **{name: one}) for one in found)


class Independent(Method):
    """No team value: each agent's estimate is an average over what its partners play."""

    name, label, rank, igm = "iql", "IQL", 0, False
    projections, least_squares = ("independent",), False


class VDN(Method):
    """A sum."""

    name, label, rank, igm = "vdn", "VDN", 1, True
    projections = ("additive",)


class QMIX(Method):
    """Monotone, and convex as well, since its units are."""

    name, label, rank, igm = "qmix", "QMIX", 2, True
    projections = ("monotone", "convex")


class Monotone(Method):
    """Monotone, with units of every kind."""

    name, label, rank, igm = "monotone", "any monotone mixer", 3, True
    projections = ("monotone",)


class Qatten(Method):
    """A sum with weights that attention shares out; those of a table are constants, so its class is a sum's."""

    name, label, rank, igm = "qatten", "Qatten", 3.1, True
    projections, on_tables = ("additive",), False
    options = {"heads": count}  # noqa: RUF012
    heads: ClassVar[int] = 4  # of the attention


class SetHypernetwork(Method):
    """QMIX's network, each agent's weights written from its own row; on a table, QMIX's class."""

    name, label, rank, igm = "set_hyper", "Set hypernetwork", 3.2, True
    projections, on_tables = ("monotone", "convex"), False


class DeepSet(Method):
    """An increasing function of a sum of increasing functions; for two agents, every monotone table."""

    name, label, rank, igm = "deep_set", "Deep set", 3.3, True
    projections, on_tables = ("monotone",), False

    @classmethod
    def project(cls, name: str, table) -> exact.Projection:
        if np.ndim(table) > 2:
            raise exact.TooMuchWork("the class of a deep set has a known best fit for two agents only")
        return super().project(name, table)


class Transformer(Method):
    """QMIX's network, written by attention over the team's rows; on a table, QMIX's class."""

    name, label, rank, igm = "transformer", "Transformer", 3.4, True
    projections, on_tables = ("monotone", "convex"), False
    options = {"heads": count}  # noqa: RUF012
    heads: ClassVar[int] = 4  # of the attention


class Trajectory(Transformer):
    """The transformer with attention to the steps before; a table has none."""

    name, label, rank, igm = "trajectory", "Trajectory mixer", 3.5, True


class CWQMIX(QMIX):
    """QMIX's class, but what is best in it depends on the weights of the errors."""

    name, label, rank, igm = "cw_qmix", "CW-QMIX", 4, True
    projections, least_squares = (), False
    options = {"alpha": weight}  # noqa: RUF012
    alpha: ClassVar[float] = 0.1  # the weight of errors that count less


class OWQMIX(CWQMIX):
    """The same with other weights."""

    name, label, rank, igm = "ow_qmix", "OW-QMIX", 5, True


class QTRAN(Method):
    """Unrestricted, beside a sum that its loss ties to it."""

    name, label, rank, igm = "qtran", "QTRAN-base", 6, False
    least_squares = False
    options = {"weights": two_weights}  # noqa: RUF012
    weights: ClassVar[tuple[float, float]] = (1.0, 1.0)  # of the conditions at the greedy joint action and elsewhere


class QTRANAlt(QTRAN):
    """The same with a stronger condition in the loss."""

    name, label, rank, igm = "qtran_alt", "QTRAN-alt", 7, False


class Graph(Method):
    """A sum with a part for each edge between two agents, whatever the edges."""

    name, label, rank, igm = "graph", "Pairwise graph", 8, False
    projections = ("graph",)
    options = {"edges": pairs, "payoff_rank": products}  # noqa: RUF012
    edges: ClassVar[Callable[[int], Iterable[Edge]] | Iterable[Edge]] = graphs.complete
    payoff_rank: ClassVar[int | None] = None  # None: any payoff

    @classmethod
    def listed(cls, n_agents: int) -> tuple[Edge, ...]:
        """This graph's edges for so many agents; raises ValueError for what is no edge."""
        given = cls.edges  # of the class, as a method would take it for its first argument
        return graphs.listed(given(n_agents) if callable(given) else given, n_agents)

    @classmethod
    def project(cls, name: str, table) -> exact.Projection:
        if cls.payoff_rank is not None:
            raise exact.TooMuchWork("a best fit of low rank has no closed form: leave payoff_rank None")
        return exact.graph(table, cls.listed(np.ndim(table)))


class QPLEX(Method):
    """Unrestricted below its maximum; its gradient is not that of the squared error."""

    name, label, rank, igm = "qplex", "QPLEX", 8.5, True
    least_squares = False
    options = {"heads": count}  # noqa: RUF012
    heads: ClassVar[int] = 4  # of the attention that weighs advantages


class Joint(Method):
    """Unrestricted: a number for each joint action."""

    name, label, rank, igm = "joint", "Joint table", 9, False
    projections = ("joint",)
