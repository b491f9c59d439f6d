"""What happens to an event at the door."""

import json
import time
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.openlineage import DeadCode, normalise, read, too_far
from lineage.events import EventType, RawName

NOW_US = 1_795_388_229_385_000
DAY_US = 86_400_000_000
JOB = {"namespace": "etl", "name": "load"}
TIME = "2026-11-22T10:00:00Z"


def job_event(**more: Any) -> dict[str, Any]:
    return {"eventTime": TIME, "job": JOB, **more}


def run_event(facets: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"eventTime": TIME, "job": JOB, "run": {"runId": "r1", "facets": facets or {}}, **more}


def cleaned(event: dict[str, Any]) -> dict[str, Any]:
    """The normal form, as JSON."""
    normalised = normalise(orjson.dumps(event), NOW_US)
    assert normalised.norm is not None, normalised.reason
    loaded = orjson.loads(normalised.norm)
    assert isinstance(loaded, dict)
    return loaded


def facet_after(name: str, facet: Any) -> Any:
    return cleaned(run_event({name: facet}))["run"]["facets"].get(name)


@pytest.mark.parametrize(
    ("raw", "code", "place"),
    [
        (b"", DeadCode.NOT_JSON, "$"),
        (b"{", DeadCode.NOT_JSON, "$"),
        (b"\xff\xfe\xfa", DeadCode.NOT_JSON, "$"),
        (b"<event/>", DeadCode.NOT_JSON, "$"),
        (b"null", DeadCode.NOT_AN_OBJECT, "$"),
        (b"[]", DeadCode.NOT_AN_OBJECT, "$"),
        (b"{}", DeadCode.NO_EVENT, "$"),
        (b'{"eventTime": "2026-11-22T10:00:00Z", "run": {}}', DeadCode.NO_EVENT, "$"),
        (b"[" * 100_000, DeadCode.TOO_DEEP, "$"),
        (b'{"run":' * 100_000, DeadCode.TOO_DEEP, "$"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, DeadCode.NO_EVENT, "$"),
        (orjson.dumps({"eventTime": TIME, "run": {"runId": "r"}}), DeadCode.NO_NAME, "$.job"),
        (orjson.dumps({"eventTime": TIME, "job": {"namespace": "n"}}), DeadCode.NO_NAME, "$.job.name"),
        (
            orjson.dumps({"eventTime": TIME, "job": {"namespace": " ", "name": "x"}}),
            DeadCode.NO_NAME,
            "$.job.namespace",
        ),
        (orjson.dumps({"eventTime": TIME, "dataset": {"name": "x"}}), DeadCode.NO_NAME, "$.dataset.namespace"),
        (orjson.dumps({"eventTime": TIME, "job": JOB, "run": {"facets": {}}}), DeadCode.NO_NAME, "$.run.runId"),
        (orjson.dumps({"job": JOB}), DeadCode.NO_TIME, "$.eventTime"),
        (orjson.dumps(job_event(eventTime="2026-11-22")), DeadCode.BAD_TIME, "$.eventTime"),
        (orjson.dumps(job_event(eventTime=1795388229385)), DeadCode.BAD_TIME, "$.eventTime"),
        (orjson.dumps(job_event(eventTime="1970-01-01T00:00:00Z")), DeadCode.TIME_TOO_EARLY, "$.eventTime"),
        (orjson.dumps(job_event(eventTime="2028-01-01T00:00:00Z")), DeadCode.TIME_TOO_LATE, "$.eventTime"),
        (
            b'{"eventTime":"2026-11-22T10:00:00Z","job":{"namespace":"a","name":"b\\u0000c"}}',
            DeadCode.BAD_NAME,
            "$.job.name",
        ),
        (
            b'{"eventTime":"2026-11-22T10:00:00Z","job":{"namespace":"a","name":"b\\ud800"}}',
            DeadCode.BAD_NAME,
            "$.job.name",
        ),
        (
            b'{"eventTime":"2026-11-22T10:00:00Z","job":{"namespace":"a","name":"b"},"inputs":[{},{"namespace":"n","name":"\\udfff"}]}',
            DeadCode.BAD_NAME,
            "$.inputs[1].name",
        ),
    ],
)
def test_dead_letters_say_why_and_where(raw: bytes, code: DeadCode, place: str) -> None:
    """Only what names nothing or no time is a dead letter; its reason has a stable code, advice and a JSON path."""
    normalised = normalise(raw, NOW_US)
    assert normalised.norm is None
    assert normalised.reason is not None
    assert (normalised.reason.code, normalised.reason.place) == (code, place)
    assert normalised.reason.message.endswith(".")


def test_a_deep_facet_is_a_dead_letter_even_where_the_rest_is_fine() -> None:
    """Nesting that cannot be written again is told as such, never an exception."""
    deep: Any = 1
    for _ in range(300):
        deep = {"a": deep} if _ % 2 else [deep]
    raw = orjson.dumps(run_event())[:-1] + b',"x":' + b'{"a":' * 300 + b"1" + b"}" * 301
    normalised = normalise(raw, NOW_US)
    assert normalised.reason is not None and normalised.reason.code == DeadCode.TOO_DEEP


@pytest.mark.parametrize(
    "event",
    [
        run_event(producer="feast"),
        run_event(inputs=[{"name": "no namespace"}, None, 3, {"namespace": "n", "name": "d"}]),
        {"eventTime": TIME, "job": JOB, "run": {"runId": "not a uuid"}},
        {"eventTime": TIME, "job": JOB, "run": {"runId": 17}},
        run_event(eventType="SOMETHING_NEW", inputs="rubbish", outputs=None),
        job_event(
            inputs=[
                {
                    "namespace": "n",
                    "name": "d",
                    "facets": {"schema": {"fields": "none"}, "columnLineage": {"fields": [1]}, "symlinks": 5},
                }
            ]
        ),
        {"eventTime": TIME, "dataset": {"namespace": "n", "name": "d", "facets": None}},
        {"eventTime": TIME, "job": JOB, "run": None},
    ],
)
def test_whatever_can_be_kept_is_kept(event: dict[str, Any]) -> None:
    """Missing, odd and wrongly shaped parts say nothing, and the rest of the event is read."""
    normalised = normalise(orjson.dumps(event), NOW_US)
    assert normalised.norm is not None
    seen = read(normalised.norm, 0)
    assert {m.name for m in seen.mentions} <= {RawName("n", "d")}
    assert seen.type in (EventType.OTHER,)


def test_the_future_is_judged_with_the_leafs_time() -> None:
    """366 days ahead are kept, one microsecond more is not; without the leaf's time nothing in the future is refused."""
    assert not too_far(NOW_US + 366 * DAY_US, NOW_US)
    assert too_far(NOW_US + 366 * DAY_US + 1, NOW_US)
    assert normalise(orjson.dumps(job_event(eventTime="2990-01-01T00:00:00Z"))).norm is not None


def test_numbers_beyond_64_bits_keep_their_digits() -> None:
    """A number that JSON readers would round is kept as its text; in a name's place it is a version like any other."""
    raw = orjson.dumps(
        run_event(inputs=[{"namespace": "n", "name": "d", "facets": {"version": {"datasetVersion": 1}}}])
    )
    raw = raw.replace(
        b'"datasetVersion":1', b'"datasetVersion":340282366920938463463374607431768211456,"x":1e999,"y":NaN'
    )
    normalised = normalise(raw, NOW_US)
    assert normalised.norm is not None
    assert read(normalised.norm, 0).mentions[0].version == "340282366920938463463374607431768211456"


def test_numbers_within_64_bits_stay_numbers() -> None:
    """Iceberg's snapshot ids are exact."""
    assert facet_after("x", {"snapshotId": 7563435813174460278, "big": 2**64 - 1}) == {
        "snapshotId": 7563435813174460278,
        "big": 2**64 - 1,
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_any_utf_encoding_is_read(encoding: str) -> None:
    """The bytes show which one it is."""
    text = orjson.dumps(job_event(job={"namespace": "Zürich", "name": "läuft"})).decode()
    assert normalise(text.encode(encoding), NOW_US).norm is not None


def test_the_senders_charset_is_a_last_resort() -> None:
    """Latin-1 is read when the sender named it, and is a dead letter when nobody did."""
    raw = orjson.dumps(job_event(job={"namespace": "Zürich", "name": "x"})).decode().encode("latin-1")
    assert normalise(raw, NOW_US).norm is None
    norm = normalise(raw, NOW_US, charset="latin-1").norm
    assert norm is not None and "Zürich".encode() in norm


def test_unstorable_letters_outside_names_are_replaced() -> None:
    """A lone surrogate or NUL in a message costs that letter, not the event."""
    raw = orjson.dumps(run_event({"errorMessage": {"message": "HERE"}})).replace(b"HERE", b"a\\ud800b\\u0000c")
    norm = normalise(raw, NOW_US).norm
    assert norm is not None
    assert orjson.loads(norm)["run"]["facets"]["errorMessage"]["message"] == "a\ufffdb\ufffdc"


SECRETS: list[tuple[str, Any]] = [
    ("a key by its name", {"database.password": "hunter2"}),
    ("a camel-case key", {"awsSecretAccessKey": "hunter2"}),
    ("Spark's configuration", {"properties": {"spark.hadoop.fs.s3a.secret.key": "hunter2"}}),
    ("a token", {"auth_token": "hunter2"}),
    ("text after a name", {"why": "it said password=hunter2"}),
    ("a list under a key", {"passwords": [], "secret": ["hunter2"]}),
    ("a pair of name and value", {"parameters": [{"key": "x", "name": "db_password", "value": "hunter2"}]}),
    ("a URL's user", {"url": "postgres://scott:hunter2@db/shop"}),
    ("a token as a URL's user", {"repo": "https://hunter2@github.com/x.git"}),
    ("a URL's query", {"url": "https://x.blob.core.windows.net/c?sv=1&sig=hunter2&x=1"}),
    ("a JDBC URL", {"url": "jdbc:sqlserver://h;user=sa;password=hunter2;encrypt=true"}),
    ("a connection string", {"text": "Server=h;User Id=sa;Pwd=hunter2;"}),
    ("an account key", {"text": "AccountName=a;AccountKey=hunter2==;EndpointSuffix=x"}),
    ("JSON in a string", {"text": '{"password": "hunter2", "user": "sa"}'}),
    ("a header", {"text": "Authorization: Bearer hunter2hunter2hunter2"}),
    ("a command line", {"command": "mysql --password=hunter2 -u root"}),
    ("an escaped key", {"p\u0061ssword": "hunter2"}),
]  # fmt: skip


def test_a_secret_may_be_a_number() -> None:
    """What stands under a secret's name is hidden whatever its type."""
    assert facet_after("custom", {"password": 4711, "secret": 0.5, "token": [1]}) == {
        "password": "***",
        "secret": "***",
        "token": "***",
    }


@pytest.mark.parametrize(("where", "facet"), SECRETS, ids=[case[0] for case in SECRETS])
def test_secrets_do_not_pass_the_door(where: str, facet: Any) -> None:
    """Told by the name beside it or by where it stands, a secret is `***` wherever in an event it is."""
    for event in (
        run_event({"custom": facet}),
        run_event(
            inputs=[{"namespace": "n", "name": "d", "facets": {"custom": facet}, "inputFacets": {"custom": facet}}]
        ),
        job_event(job={**JOB, "facets": {"custom": [facet]}}),
    ):
        norm = normalise(orjson.dumps(event), NOW_US).norm
        assert norm is not None
        assert b"hunter2" not in norm and b"***" in norm, where


@pytest.mark.parametrize(
    "secret",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN",
        "xoxb-123456789012-abcdefABCDEF",
    ],
)
def test_secrets_are_told_by_their_own_form(secret: str) -> None:
    """Key ids and tokens of well-known forms are hidden whatever is around them."""
    assert secret not in str(facet_after("custom", {"note": f"we used {secret} here"}))


@pytest.mark.parametrize(
    "facet",
    [
        {"primaryKey": "id", "partition_key": "ds", "keys": ["a"]},
        {"max_tokens": 5, "token_count": 7, "tokenizer": "bert"},
        {"url": "abfss://container@account.dfs.core.windows.net/x"},
        {"url": "https://github.com/OpenLineage/OpenLineage/tree/1.53.0"},
        {"message": "password authentication failed for user \"sa\""},
        {"mail": "ada@example.org"},
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(facet: dict[str, Any]) -> None:
    """Keys, token counts, containers, producers' addresses and plain sentences are left as they are."""
    assert facet_after("custom", facet) == facet


def test_columns_named_like_secrets_keep_their_lineage() -> None:
    """A column called `password` is a name, not a secret."""
    source = {"namespace": "n", "name": "users", "field": "password"}
    output = {
        "namespace": "n",
        "name": "d",
        "facets": {
            "schema": {"fields": [{"name": "password"}]},
            "columnLineage": {"fields": {"password": {"inputFields": [source]}}},
        },
    }
    mention = read(orjson.dumps(cleaned(run_event(outputs=[output]))), 0).mentions[0]
    assert mention.columns is not None and mention.columns[0].name == "password"
    assert [(c.target, c.column) for c in mention.claims or ()] == [("password", "password")]


def test_environment_variables_keep_their_names_only() -> None:
    """Values are denied by default."""
    assert facet_after("environmentVariables", {"environmentVariables": [{"name": "DEPLOY_ENV", "value": "prod"}]}) == {
        "environmentVariables": [{"name": "DEPLOY_ENV", "value": "***"}]
    }


def test_sql_is_masked_wherever_it_stands() -> None:
    """Airflow repeats a task's statements among its attributes, as a text or a list; checks carry theirs as content."""
    assert facet_after(
        "airflow", {"task": {"sql": ["select 'x'", "select 1"], "query": "delete from t where a = 'x'"}}
    ) == {"task": {"sql": ["select ?", "select ?"], "query": "delete from t where a = ?"}}
    assert facet_after("test", {"tests": [{"content": "select a from t where b = 'x'", "name": "select"}]}) == {
        "tests": [{"content": "select a from t where b = ?", "name": "select"}]
    }


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "password",
        "eyJ-",
        "a.b://",
        'passw="',
        "-----BEGIN PRIVATE KEY-----",
        "Bearer ",
        "/**/",
        "'",
        "\\'",
        "(",
        "1_",
        "$a$",
        "--\n",
    ],
)
def test_no_text_takes_quadratic_time(unit: str) -> None:
    """A hostile text of 100 kB costs no more than a harmless one: patterns are bounded or begin at a boundary."""
    text = unit * (100_000 // len(unit)) + ":@"
    begun = time.process_time()
    assert (
        normalise(orjson.dumps(run_event({"x": {"text": text, "sql": text}, "test": {"content": text}})), NOW_US).norm
        is not None
    )
    assert time.process_time() - begun < 10


def test_debezium_and_source_code_are_hidden_whole() -> None:
    """Debezium's configuration holds passwords in clear; of a program's text only its hash enters."""
    assert facet_after("debezium_config", {"configs": {"database.user": "sa"}}) == {"configs": {"database.user": "***"}}
    job = cleaned(
        job_event(job={**JOB, "facets": {"sourceCode": {"language": "bash", "sourceCode": "export P=hunter2"}}})
    )["job"]
    assert set(job["facets"]["sourceCode"]) == {"language", "sourceCodeSha256"}


def test_gigantic_unknown_facets_are_dropped_and_known_ones_kept() -> None:
    """A 200 kB dump is not carried into the graph; a schema of 3,000 columns is."""
    fields = [{"name": f"column_{i}", "type": "string", "description": "x" * 40} for i in range(3_000)]
    event = run_event(
        {"dump": {"text": "x" * 200_000}},
        outputs=[{"namespace": "n", "name": "d", "facets": {"schema": {"fields": fields}}}],
    )
    result = cleaned(event)
    assert "dump" not in result["run"]["facets"]
    assert len(result["outputs"][0]["facets"]["schema"]["fields"]) == 3_000


def test_a_25_megabyte_event_passes() -> None:
    """The largest public event is mostly a plan; it is read within the patience of the most impatient client (2 s)."""
    raw = orjson.dumps(
        run_event({"spark.logicalPlan": {"plan": [{"class": "Project", "output": list(range(200))}] * 36_000}})
    )
    assert len(raw) > 25_000_000
    begun = time.process_time()
    normalised = normalise(raw, NOW_US)
    assert normalised.norm is not None and len(normalised.norm) < 1_000
    assert time.process_time() - begun < 30  # a guard against quadratic work, not a benchmark


KEYS = st.sampled_from(
    ["job", "run", "inputs", "facets", "name", "namespace", "schema", "fields", "sql", "query", "value", "password",
     "columnLineage", "inputFields", "symlinks", "identifiers", "parent", "lineage", "entries", "type", "subset",
     "version", "tags", "_deleted"]
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5),
    max_leaves=25,
)


@given(st.binary(max_size=60))
def test_no_bytes_raise(raw: bytes) -> None:
    """Whatever comes, there is a normal form or a reason."""
    normalised = normalise(raw, NOW_US)
    assert (normalised.norm is None) != (normalised.reason is None)


@given(json_values, json_values, json_values, json_values)
def test_no_shape_of_json_raises(run: Any, job: Any, listed: Any, dataset: Any) -> None:
    """Any JSON in any place is accepted or told why not, is the same after a second pass, and is read."""
    event = {
        "eventTime": TIME,
        "run": {"runId": "r", "facets": run},
        "job": {**JOB, "facets": job},
        "inputs": listed,
        "outputs": [dataset, {"namespace": "n", "name": "d", "facets": dataset}],
    }
    normalised = normalise(json.dumps(event).encode(), NOW_US)
    if normalised.norm is None:
        assert normalised.reason is not None and normalised.reason.code == DeadCode.BAD_NAME
        return
    assert normalise(normalised.norm, NOW_US).norm == normalised.norm
    assert read(normalised.norm, 3).index == 3
