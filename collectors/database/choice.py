"""Which schemas of a database are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class SchemaChoice:
    """Names or globs; none means all."""

    patterns: tuple[str, ...] = ()

    @classmethod
    def of(cls, asked: Sequence[str], own: str) -> "SchemaChoice":
        """What was asked for, else the schema that the URL itself chooses, else all."""
        return cls(tuple(asked) or ((own,) if own else ()))

    def chooses(self, schema: str) -> bool:
        """Whether this one is asked for."""
        return not self.patterns or any(fnmatchcase(schema, pattern) for pattern in self.patterns)
