"""Every error of ours, in one place; whoever catches one can name it by its ``code``.

    PhonographError                 the user can mend it: one line, exit code 2
    ├── SettingsError               an unknown or impossible setting
    ├── NotFoundError               an id that nothing has
    ├── InvalidRequestError         a request that cannot be met: a surface, a number, a week
    │   ├── StaleCursorError        a cursor of a list that is no longer the one asked for
    │   └── RefusedStatementError   an analyst's statement that does more than read
    ├── NotEnoughDataError          too little in the graph for what was asked
    ├── GraphError                  Neo4j: asked, but no good answer
    │   ├── GraphUnavailableError   no answer at all
    │   ├── GraphLoginError         wrong user or password
    │   ├── GraphTimeoutError       a statement took longer than it was allowed to
    │   └── GraphRefusedError       what was sent can never be done as it stands
    ├── ServerError                 the managed Neo4j: Java, jars, ports, start and stop
    │   ├── DownloadError           its jars cannot be fetched
    │   ├── NotEmptyError           a graph where one without is needed
    │   └── PortTakenError          somebody else listens where it should
    ├── SourceError                 a data set that is missing, empty, or not what it claims to be
    ├── AudioError                  an audio file that cannot be read
    ├── EventLogError               the log of events cannot be reached or written: try again
    │   └── RebuildingError         the graph's behaviour is being made anew from it
    └── ModelError                  bundles and the registry
        ├── NoModelError            nothing was published yet
        ├── ExtraMissingError       a library that is an extra is not installed
        ├── BundleDamagedError      a file of a bundle is not what the manifest says
        ├── BusyError               another process trains already
        └── OverBudgetError         training would take more than there is

An expected outcome (a new user without plays) is a result, not an error.
"""

from __future__ import annotations


class PhonographError(Exception):
    """Something the user can mend. The message says what happened, the value, and what to do."""

    code = "ERROR"


class SettingsError(PhonographError):
    """An unknown or impossible setting."""

    code = "SETTINGS"


class NotFoundError(PhonographError):
    """Nothing has this id."""

    code = "NOT_FOUND"


class InvalidRequestError(PhonographError):
    """A request that cannot be met as it stands."""

    code = "INVALID_REQUEST"


class StaleCursorError(InvalidRequestError):
    """A cursor of another list than the one that was asked for."""

    code = "STALE_CURSOR"


class RefusedStatementError(InvalidRequestError):
    """An analyst's statement that does more than read, or could."""

    code = "REFUSED_STATEMENT"


class NotEnoughDataError(PhonographError):
    """The graph holds too little for what was asked."""

    code = "NOT_ENOUGH_DATA"


class GraphError(PhonographError):
    """Neo4j answered, but with an error."""

    code = "GRAPH"


class GraphUnavailableError(GraphError):
    """Neo4j does not answer."""

    code = "GRAPH_UNAVAILABLE"


class GraphLoginError(GraphError):
    """Neo4j refuses this user and password."""

    code = "GRAPH_LOGIN"


class GraphTimeoutError(GraphError):
    """Neo4j needed longer for a statement than it was given."""

    code = "GRAPH_TIMEOUT"


class GraphRefusedError(GraphError):
    """Neo4j cannot do what was sent, now or later: a wrong type, a constraint."""

    code = "GRAPH_REFUSED"


class ServerError(PhonographError):
    """The managed Neo4j could not be fetched, started or stopped."""

    code = "SERVER"


class NotEmptyError(ServerError):
    """The managed Neo4j has a graph where one without is needed."""

    code = "NOT_EMPTY"


class DownloadError(ServerError):
    """A part of the managed Neo4j cannot be fetched."""

    code = "DOWNLOAD"


class PortTakenError(ServerError):
    """Somebody took the port that the managed Neo4j was given."""

    code = "PORT_TAKEN"


class SourceError(PhonographError):
    """A data set is missing, empty, or not what it claims to be."""

    code = "SOURCE"


class AudioError(PhonographError):
    """An audio file cannot be read."""

    code = "AUDIO"


class EventLogError(PhonographError):
    """The log of events cannot be reached, read or written; nothing was half-written, the same can be tried again."""

    code = "EVENT_LOG"


class RuleBookError(PhonographError):
    """The curators' rules cannot be read or written."""


class StoredSetError(PhonographError):
    """The lists that were kept cannot be read or written."""


class BanditError(PhonographError):
    """What was tried out cannot be read or written; lists go on without trials."""


class RebuildingError(EventLogError):
    """The graph's behaviour is being made anew from the log; nothing may be added to it meanwhile."""

    code = "REBUILDING"


class ModelError(PhonographError):
    """A model cannot be trained, published or loaded."""

    code = "MODEL"


class NoModelError(ModelError):
    """No model has been published yet."""

    code = "NO_MODEL"


class ExtraMissingError(ModelError):
    """A library is not installed that only one of the extras brings."""

    code = "EXTRA_MISSING"


class BundleDamagedError(ModelError):
    """A file of a bundle is missing or differs from the manifest."""

    code = "BUNDLE_DAMAGED"


class BusyError(ModelError):
    """Another process trains already."""

    code = "BUSY"


class OverBudgetError(ModelError):
    """Training would take more time, memory or disk than there is or is allowed."""

    code = "OVER_BUDGET"
