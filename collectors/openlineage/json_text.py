"""JSON as producers really send it: any UTF encoding, numbers beyond 64 bits, lone surrogates, NaN.

The one idea: orjson reads what is right, and fast. Only what it refuses, or would round, goes through the standard
library, after a look at how deep it nests, so that no input can exhaust the stack.
"""

import json
import re
from typing import Final

import orjson

DEPTH_MAX: Final = 200  # orjson writes 254 levels; no facet that says anything nests deeper than a schema's structs
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_LONG_NUMBER: Final = re.compile(rb"[-:\[,\s]\d{20}")
_DIGITS_AS_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")
_TWENTY_DIGITS: Final = b"0" * 20  # all whole numbers of 19 digits fit into 64 bits
_INT64_MIN: Final = -(2**63)
_UINT64_MAX: Final = 2**64 - 1

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class NotJson(ValueError):
    """The bytes are no JSON; the message says where."""


class TooDeep(ValueError):
    """The JSON nests deeper than DEPTH_MAX."""


def parse(raw: bytes, charset: str | None) -> tuple[Json, bool]:
    """(the value, whether its strings are clean). Not clean: strings may hold lone surrogates, objects deeper keys of
    any kind.

    Numbers that would lose digits are kept as text; NaN and infinities become None. Raises NotJson or TooDeep.
    """
    # the search alone would cost more than all of orjson's work
    if _TWENTY_DIGITS not in raw.translate(_DIGITS_AS_ZERO) or _LONG_NUMBER.search(raw) is None:
        try:
            return orjson.loads(raw), True
        except orjson.JSONDecodeError:
            pass  # the careful reading below says what is wrong, or reads it
    text = _decode(raw, charset)
    if _depth(text) > DEPTH_MAX:
        raise TooDeep(f"The event nests deeper than {DEPTH_MAX} levels. Send its facets flatter.")
    try:
        value: Json = json.loads(text, strict=False, parse_int=_whole, parse_float=_decimal, parse_constant=_nothing)
    except ValueError as error:
        raise NotJson(f"The body is not JSON: {error}. Send one OpenLineage event as a JSON object.") from None
    return value, False


def _decode(raw: bytes, charset: str | None) -> str:
    """The text of the bytes: UTF-8, -16, -32 by their form, else in the charset that the sender named."""
    try:
        return raw.decode(json.detect_encoding(raw), "surrogatepass").removeprefix("\ufeff")
    except UnicodeDecodeError:
        if charset:
            try:
                return raw.decode(charset)
            except (LookupError, UnicodeDecodeError):
                pass  # the sender's word does not hold either: said below
        raise NotJson("The body is neither UTF-8 nor in the charset that it names. Send UTF-8.") from None


def _depth(text: str) -> int:
    deepest = depth = 0
    for match in re.finditer(r"[\[\]{}]", _STRING.sub("", text)):
        if match[0] in "[{":
            depth += 1
            if depth > deepest:
                deepest = depth
                if deepest > DEPTH_MAX:
                    break
        else:
            depth -= 1
    return deepest


def _whole(digits: str) -> int | str:
    if len(digits) > 20:  # int() of very long texts takes quadratic time, and Python refuses it
        return digits
    value = int(digits)
    return value if _INT64_MIN <= value <= _UINT64_MAX else digits


def _decimal(digits: str) -> float | str:
    value = float(digits)
    return value if abs(value) != float("inf") else digits


def _nothing(_: str) -> None:
    return None
