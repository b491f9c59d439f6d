"""Which columns a feature is made of, read off the text of a function that is never run."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.feast.transformations import formulas

INPUTS = ("a", "b", "c")


def told(code: str, *outputs: str) -> dict[str, str]:
    """output -> its columns as a word, `=` before a copy, `?` where it is unknown."""
    found = formulas(textwrap.dedent(code), outputs, INPUTS)
    return {
        name: "?" if f is None else ("=" if f.copied else "") + "".join(sorted(f.columns)) for name, f in found.items()
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('df = pd.DataFrame(); df["x"] = i["a"] + i["b"]; df["y"] = i.c * 2; return df', {"x": "ab", "y": "c"}),
        ('df = i.copy(); df["x"] = df["a"]; df["y"] = df["x"] + df["b"]; return df', {"x": "=a", "y": "ab"}),
        ('return {"x": i["a"] + i["b"], "y": [v * 2 for v in i["c"]]}', {"x": "ab", "y": "c"}),
        ('out = {}; out["x"] = [p + q for p, q in zip(i["a"], i["b"])]; out["y"] = 1; return out', {"x": "ab", "y": ""}),
        ('return pd.DataFrame({"x": i["a"].fillna(0), "y": np.where(i["b"] > 0, i["c"], 0)})', {"x": "a", "y": "bc"}),
        ('return i.assign(x=i["a"] * 2, y=lambda d: d["x"] + d["b"])', {"x": "a", "y": "ab"}),
        ('df = pd.DataFrame(); df["x"] = f(i["a"], k=i["b"]); df["y"] = i["a"].rolling(3).mean(); return df', {"x": "ab", "y": "a"}),
        ('df = pd.DataFrame(); df["x"] = f(i); df["y"] = i["a"]; return df', {"x": "?", "y": "=a"}),
        ('df = pd.DataFrame(); df[name] = i["a"]; df["y"] = i["b"]; return df', {"x": "?", "y": "?"}),
        ('df = pd.DataFrame(); df["x"] = i[name]; df["y"] = i["b"]; return df', {"x": "?", "y": "=b"}),
        ('df = pd.DataFrame(); df["x"] = i["a"]; g(df); df["y"] = i["b"]; return df', {"x": "?", "y": "?"}),
        ("return helper(i)", {"x": "?", "y": "?"}),
        ('df = pd.DataFrame(); df["x"] = i["a"]; df.loc[i["b"] > 1, "x"] = 0; df["y"] = 1; return df', {"x": "ab", "y": ""}),
        ('t = i["a"] + 1; t = t * i["b"]; return {"x": t, "y": {"z": i["c"]}["z"]}', {"x": "ab", "y": "=c"}),
        ('return {**{"x": i["a"]}, "y": i.get("b", 0)}', {"x": "=a", "y": "b"}),
        ('out = dict(x=i["a"]); out.update({"y": i["b"]}); return out', {"x": "=a", "y": "=b"}),
        ('df = i[["a", "b"]].copy(); df["x"] = df["a"]; df["y"] = df["c"]; return df', {"x": "=a", "y": ""}),
    ],
)  # fmt: skip
def test_what_can_be_followed_is(body: str, expected: dict[str, str]) -> None:
    """Frames, dicts, masks, lambdas, comprehensions; and what leaves the function is unknown."""
    lines = "\n".join(f"    {part.strip()}" for part in body.split("; "))
    assert told(f"def t(i):\n{lines}", "x", "y") == expected


def test_branches_and_loops_add() -> None:
    """Either branch may be taken, and what decides counts, too; a loop over words is unrolled."""
    code = """
    @on_demand_feature_view(sources=[v], schema=[])
    def t(inputs: pd.DataFrame) -> pd.DataFrame:
        df = pd.DataFrame()
        if inputs["c"].any():
            df["x"] = inputs["a"]
        else:
            df["x"] = inputs["b"]
        for name in ["a", "b"]:
            df[f"{name}_twice"] = inputs[name] * 2
        total = 0
        for value in inputs["b"]:
            total = total + value
        df["y"] = total
        return df
    """
    assert told(code, "x", "y", "a_twice", "b_twice") == {"x": "abc", "y": "b", "a_twice": "a", "b_twice": "b"}


def test_a_column_that_is_passed_on_is_a_copy() -> None:
    """A frame that is returned with its inputs still has them."""
    assert told("def t(i):\n    i['x'] = i['a'] + 1\n    return i", "x", "b", "z") == {"x": "a", "b": "=b", "z": "?"}


@pytest.mark.parametrize(
    "code", ["", "x = 1", "def t(): return {}", "def t(i): return (", "lambda i: i['a']", "def t(i):\n  pass", "\x00"]
)
def test_what_is_no_function_is_unknown(code: str) -> None:
    """Never an error, never a guess."""
    assert told(code, "x") == {"x": "?"}


def test_nothing_is_run() -> None:
    """A function that would stop the process when run or when its module is."""
    assert told("import os\nos._exit(1)\ndef t(i):\n    os._exit(1)\n    return {'x': i['a']}", "x") == {"x": "=a"}


@given(st.text(alphabet="ti[]()'\"abx=:, \n+.def lambdreturn", max_size=80))
def test_any_text_has_an_answer(text: str) -> None:
    """No text makes it fail."""
    assert set(formulas(f"def t(i):\n    {text}\n    return {{'x': i['a']}}", ["x"], INPUTS)) == {"x"}
