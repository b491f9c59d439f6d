"""Where a log's tiles are read from: a folder, a service or any C2SP log over HTTP, or a ledger's own file."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from api.cli import Unreachable
from lineage.errors import LedgerError, NotFound
from lineage.ledger import Ledger
from lineage.signing.checkpoints import Checkpoints
from lineage.verify.files import FILE_BYTES_MAX
from lineage.verify.tiled_log import CHECKPOINT_PATH, Read
from lineage.verify.tiles import parse_number

TIMEOUT_S = 30.0


def is_url(text: str) -> bool:
    """Whether it names a log over HTTP."""
    return urlsplit(text).scheme in ("http", "https")


def read_folder(folder: Path) -> Read:
    """A log's files in a folder. NotFound if that is none."""
    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder of tiles. Give a folder, or a log's URL.")

    def read(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise LookupError(path) from error

    return read


class HttpLog:
    """A log over HTTP. `read` raises LookupError for what is not there, Unreachable for a server that does not answer."""

    def __init__(self, url: str, api_key: str | None) -> None:
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._url = url.rstrip("/")
        self._http = httpx2.Client(headers=headers, timeout=TIMEOUT_S, follow_redirects=False)

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def require(self) -> None:
        """Unreachable where no log is: an address without a checkpoint, or with a page for people."""
        try:
            first = self.read(CHECKPOINT_PATH).lstrip()[:1]
        except LookupError:
            first = b""
        if first in (b"", b"<", b"{"):
            raise Unreachable(f"No log is at {self._url}: it has no checkpoint. Check the URL, such as https://…/log.")

    def read(self, path: str) -> bytes:
        """See tiled_log.Read."""
        try:
            with self._http.stream("GET", f"{self._url}/{path}") as answer:
                if answer.status_code in (404, 410):
                    raise LookupError(path)
                if answer.status_code != 200:
                    raise Unreachable(f"{self._url}/{path} answers HTTP {answer.status_code}. Check URL and key.")
                content = bytearray()
                for piece in answer.iter_bytes():
                    content += piece
                    if len(content) > FILE_BYTES_MAX:
                        raise Unreachable(f"{self._url}/{path} answers without end. Check the URL.")
                return bytes(content)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unreachable(f"No log answers at {self._url} ({str(error) or type(error).__name__}).") from None


def read_ledger(ledger: Ledger, checkpoints: Checkpoints) -> Read:
    """A ledger's own file, read as tiles up to its newest checkpoint."""
    newest = checkpoints.latest(ledger.origin)

    def read(path: str) -> bytes:
        if path == CHECKPOINT_PATH and newest is not None:
            return newest.encode().encode()
        try:
            level, _, rest = path.removeprefix("tile/").partition("/")
            number, width = parse_number(rest)
            return ledger.bundle(number, width) if level == "entries" else ledger.tile(int(level), number, width)
        except (ValueError, NotFound, LedgerError) as error:
            raise LookupError(path) from error

    return read
