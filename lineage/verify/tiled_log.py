"""A whole log, checked from its tiles: every entry re-hashed, up to a root that somebody signed.

    1  entries → level-0 tiles → upper tiles → root → the checkpoint that the policy accepts
    2  each tile and bundle has exactly the width that the checkpoint's size gives it
    3  each leaf is canonical, states its own index and log, and its time does not go back

The tiles come from a folder or over HTTP: all that is asked of them is `read(path)`. Memory does not grow with the log.
With `since`, an older checkpoint that was verified before, only what came after it is read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lineage.verify.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint
from lineage.verify.leaf import Leaf, parse_leaf, read_stamp
from lineage.verify.policy import Policy
from lineage.verify.refusal import Malformed, Rejected, VerifyError
from lineage.verify.report import Report
from lineage.verify.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    TileReader,
    bundle_path,
    decode_bundle,
    hashes_in,
    tile_hashes,
    tile_path,
    tile_width,
    tiles_of,
)
from lineage.verify.tree import HASH_BYTES, RightEdge, consistency_proof, edge_at, leaf_hash, verify_consistency

CHECKPOINT_PATH = "checkpoint"

Read = Callable[[str], bytes]
"""The file at a path of the log. LookupError when it is not there, OSError when the source cannot be reached."""

Progress = Callable[[int, int], None]
"""(entries done, entries in all)."""


def read_head(read: Read, policy: Policy, report: Report | None = None) -> SignedCheckpoint:
    """The log's newest checkpoint. Rejected or Malformed unless the policy accepts it."""
    try:
        signed = parse_checkpoint(read(CHECKPOINT_PATH))
    except LookupError as error:
        raise Malformed(f"the log has no {CHECKPOINT_PATH}") from error
    standing = policy.check(signed)
    if report is not None:
        for statement in standing.words():
            report.say(statement)
    return signed


def tile_reader(read: Read, size: int) -> TileReader:
    """Tiles of a log of `size` entries. LookupError for one that is missing or of another width."""

    def tile(level: int, number: int) -> bytes:
        width = tile_width(level, number, size)
        content = read(tile_path(level, number, width))
        if len(content) != width * HASH_BYTES:
            raise LookupError(f"tile {level}/{number} has {len(content)} bytes, not {width} hashes")
        return content

    return tile


def check_growth(read: Read, old: SignedCheckpoint, new: SignedCheckpoint) -> None:
    """Rejected unless `new` extends `old`, by the log's own tiles. Both are believed already."""
    before, after = old.checkpoint, new.checkpoint
    if before.origin != after.origin:
        raise Rejected(f"the log calls itself {after.origin} now, it was {before.origin}")
    if after.size < before.size:
        raise Rejected(f"the log was rolled back: it had {before.size} entries, now it has {after.size}")
    try:
        proof = consistency_proof(tile_hashes(tile_reader(read, after.size)), before.size, after.size)
    except LookupError as error:
        raise Rejected(f"the log cannot show that it only grew: {error}") from error
    if not verify_consistency(before.size, after.size, proof, before.root, after.root):
        raise Rejected(f"history was rewritten: size {after.size} does not extend size {before.size}")


def last_leaf(read: Read, head: Checkpoint) -> Leaf:
    """The newest entry, checked against its tile. Rejected or Malformed; LookupError when the log is empty."""
    if head.size == 0:
        raise LookupError("the log is empty")
    number, position = divmod(head.size - 1, TILE_WIDTH)
    width = tile_width(0, number, head.size)
    try:
        leaf = decode_bundle(read(bundle_path(number, width)))[position]
        tile = tile_reader(read, head.size)(0, number)
    except (ValueError, LookupError) as error:
        raise Malformed(f"bundle {number} is not whole ({error})") from error
    if leaf_hash(leaf) != tile[position * HASH_BYTES :]:
        raise Rejected(f"entry {head.size - 1} is not what its tile says")
    return parse_leaf(leaf)


def verify_log(
    read: Read,
    policy: Policy,
    report: Report,
    *,
    since: SignedCheckpoint | None = None,
    minimum: int = 0,
    progress: Progress | None = None,
) -> SignedCheckpoint | None:
    """Check the log; all that is wrong is in `report`. The head that was checked, None without one. Bundles before the index
    `minimum` may be pruned (C2SP's minimum index): then their hashes serve. OSError when the source cannot be reached."""
    signed = None
    with report.checking(CHECKPOINT_PATH):
        signed = read_head(read, policy, report)
        report.count("checkpoints")
        walk = _Walk(read, signed.checkpoint, report, progress or (lambda _done, _all: None), minimum=minimum)
        if since is not None:
            check_growth(read, since, signed)
            walk.begin_at(since.checkpoint.size)
        walk.run()
    return signed


@dataclass(slots=True)
class _Walk:
    read: Read
    head: Checkpoint
    report: Report
    progress: Progress
    edge: RightEdge = field(default_factory=RightEdge)
    rows: dict[int, list[bytes]] = field(default_factory=dict)  # by level: the tile that is being filled
    last_time: str = ""
    minimum: int = 0

    def begin_at(self, size: int) -> None:
        """Go on behind the first `size` entries, which are known to be in the head's history."""
        tile = tile_reader(self.read, self.head.size)
        self.edge = edge_at(tile_hashes(tile), size)
        for level in range((size.bit_length() + TILE_HEIGHT - 1) // TILE_HEIGHT):
            number, width = divmod(size >> (TILE_HEIGHT * level), TILE_WIDTH)
            self.rows[level] = hashes_in(tile(level, number)[: width * HASH_BYTES]) if width else []

    def run(self) -> None:
        for number in range(self.edge.size // TILE_WIDTH, (self.head.size + TILE_WIDTH - 1) // TILE_WIDTH):
            if not self._bundle(number):
                return
            self.progress(self.edge.size, self.head.size)
        for level, number, width in tiles_of(self.head.size):
            if width < TILE_WIDTH:
                self._compare(level, number, self.rows.get(level, []))
        if self.edge.root() != self.head.root:
            self.report.found("", f"the entries lead to another root than the one signed at size {self.head.size}")

    def _bundle(self, number: int) -> bool:
        """Re-hash a bundle's entries; False when the walk cannot go on behind it."""
        width = tile_width(0, number, self.head.size)
        place = bundle_path(number, width)
        try:
            leaves = decode_bundle(self.read(place))
        except LookupError:
            if (number + 1) * TILE_WIDTH <= self.minimum:
                return self._pruned(number)
            self.report.found(place, "is missing")
            return False
        except ValueError as error:
            self.report.found(place, str(error))
            return False
        if len(leaves) != width:
            self.report.found(place, f"has {len(leaves)} entries, not {width}")
            return False
        fresh = leaves[self.edge.size % TILE_WIDTH :]
        for leaf in fresh:
            self._leaf(leaf)
            self._grow(leaf_hash(leaf))
        self.report.count("entries", len(fresh))
        return True

    def _pruned(self, number: int) -> bool:
        """Go on with the hashes of a bundle that was pruned; False when they are not there either."""
        try:
            hashes = hashes_in(tile_reader(self.read, self.head.size)(0, number))
        except LookupError as error:
            self.report.found(tile_path(0, number, TILE_WIDTH), f"is pruned with its entries ({error})")
            return False
        for each in hashes[self.edge.size % TILE_WIDTH :]:
            self._grow(each)
        self.report.count("entries pruned", len(hashes))
        return True

    def _grow(self, leaf: bytes) -> None:
        """One entry more, by its hash."""
        for level, completed in enumerate(self.edge.append(leaf)[::TILE_HEIGHT]):
            row = self.rows.setdefault(level, [])
            row.append(completed)
            if len(row) == TILE_WIDTH:
                self._compare(level, (self.edge.size >> (TILE_HEIGHT * level)) // TILE_WIDTH - 1, row)
                row.clear()

    def _compare(self, level: int, number: int, row: list[bytes]) -> None:
        """A tile against the hashes that the entries give."""
        place = tile_path(level, number, len(row))
        try:
            tile = self.read(place)
        except LookupError:
            self.report.found(place, "is missing")
            return
        self.report.count("tiles")
        if len(tile) != len(row) * HASH_BYTES:
            self.report.found(place, f"has {len(tile)} bytes, not {len(row)} hashes")
            return
        for position, (stored, made) in enumerate(zip(hashes_in(tile), row, strict=True)):
            if stored != made:
                begin = (number * TILE_WIDTH + position) << (TILE_HEIGHT * level)
                where = f"entry {begin}" if level == 0 else f"the entries from {begin} on"
                self.report.found(place, f"{where}: the entries are not those that this tile was made of")
                return

    def _leaf(self, encoded: bytes) -> None:
        index = self.edge.size
        place = f"entry {index}"
        try:
            stated, origin, time = read_stamp(encoded)
        except VerifyError as error:
            self.report.found(place, error.message)
            return
        if stated != index:
            self.report.found(place, f"says that it is entry {stated}")
        if origin != self.head.origin:
            self.report.found(place, f"belongs to the log {origin}")
        if time < self.last_time:
            self.report.found(place, "is older than the entry before it: backdated")
        self.last_time = time
