"""Secrets: every provider's tokens, wherever they hide; and nothing that lineage needs is taken for one."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from api.graphql.record import preview
from collectors.openlineage import normalise
from collectors.openlineage.caches import forget
from collectors.openlineage.secrets import REDACTED, is_secret_name, redact_text
from collectors.openlineage.token_forms import FORMS, hide_tokens

HEX, ALNUM = "0123456789abcdef" * 8, "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z" * 8
UPPER = "A7BC2DE5FG3HJ6KL4MN" * 8


def token(prefix: str, body: str, length: int) -> str:
    """A token of a provider, put together here so that no scanner of repositories takes this file for a leak."""
    return prefix + body[:length]


TOKENS = {
    "Akamai": token("akab-", ALNUM.lower(), 16) + token("-", ALNUM.lower(), 16),
    "AWS access key": token("AKIA", UPPER, 16),
    "AWS session key": token("ASIA", UPPER, 16),
    "AWS Bedrock": token("ABSK", ALNUM, 60),
    "AWS AppSync": token("da2-", ALNUM.lower(), 26),
    "AWS MWS": "amzn" + f".mws.{HEX[:8]}-{HEX[:4]}-{HEX[:4]}-{HEX[:4]}-{HEX[:12]}",
    "Airtable": token("pat", ALNUM, 14) + token(".", HEX, 64),
    "Alibaba": token("LTAI", ALNUM, 20),
    "Anthropic": token("sk-" + "ant-api03-", ALNUM, 90),
    "Atlassian": token("ATATT3x" + "FfGF0", ALNUM, 100) + "=" + HEX[:8].upper(),
    "Azure AD": token("", ALNUM, 3) + "8Q~" + ALNUM[:34],
    "Azure storage": token("", ALNUM, 52) + "JQQJ99" + ALNUM[:26],
    "Bitbucket": token("ATBB", ALNUM, 24) + "0A1B2C3D",
    "Brevo": token("xkeysib-", HEX, 64) + token("-", ALNUM, 16),
    "CircleCI": token("CCIPAT_", ALNUM, 22) + token("_", HEX, 40),
    "Cloudflare": token("cfat_", ALNUM, 40) + HEX[:8],
    "Databricks": token("dapi", HEX, 32),
    "DeepSeek": token("sk-", HEX, 32),
    "DigitalOcean": token("dop_v1_", HEX, 64),
    "Discord": "MTE2" + ALNUM[:22] + ".Gx1y2z." + ALNUM[:38],
    "Docker": token("dckr_pat_", ALNUM, 27),
    "Doppler": token("dp.pt.", ALNUM, 43),
    "Dropbox": token("sl.", ALNUM, 120),
    "Dynatrace": token("dt0c01.", UPPER, 24) + token(".", UPPER, 64),
    "Facebook": token("EAA", ALNUM, 120),
    "Figma": token("figd_", ALNUM, 40),
    "GitHub classic": token("ghp_", ALNUM, 36),
    "GitHub fine-grained": token("github_pat_", ALNUM, 82),
    "GitHub app": token("ghs_", ALNUM, 36),
    "GitLab": token("glpat-", ALNUM, 20),
    "Google API": token("AIza", ALNUM, 35),
    "Google OAuth": token("ya29.", ALNUM, 120),
    "Google client secret": token("GOCSPX-", ALNUM, 28),
    "Grafana": token("glsa_", ALNUM, 32) + "_" + HEX[:8],
    "Groq": token("gsk_", ALNUM, 52),
    "Heroku": token("HRKU-", ALNUM, 60),
    "Hugging Face": token("hf_", ALNUM, 34),
    "JFrog": token("AKCp", ALNUM, 69),
    "JSON web token": "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0." + ALNUM[:43],
    "Linear": token("lin_api_", ALNUM, 40),
    "Mailchimp": HEX[:32] + "-us12",
    "Mailgun": token("key-", HEX, 32),
    "New Relic": token("NRAK-", UPPER, 27),
    "Notion": "ntn_" + "123456789" + ALNUM[:37],
    "npm": token("npm_", ALNUM, 36),
    "NuGet": token("oy2", ALNUM.lower(), 43),
    "OpenAI": token("sk-proj-", ALNUM, 48),
    "OpenRouter": token("sk-or-v1-", HEX, 64),
    "Perplexity": token("pplx-", ALNUM, 48),
    "PlanetScale": token("pscale_tkn_", ALNUM, 43),
    "Postman": token("PMAK-", HEX, 24) + token("-", HEX, 34),
    "Pulumi": token("pul-", HEX, 40),
    "PyPI": token("pypi-AgEIcHlwaS5vcmc", ALNUM, 140),
    "RubyGems": token("rubygems_", HEX, 48),
    "SendGrid": token("SG.", ALNUM, 22) + token(".", ALNUM, 43),
    "Sentry": token("sntryu_", HEX, 64),
    "Shopify": token("shpat_", HEX, 32),
    "Slack bot": "xoxb-" + "123456789012-123456789012-" + ALNUM[:24],
    "Slack app": "xapp-" + "1-A0123456789-123456789012-" + HEX[:64],
    "SonarQube": token("squ_", HEX, 40),
    "Square": token("EAAA", ALNUM, 60),
    "Stripe": token("sk_live_", ALNUM, 24),
    "Stripe restricted": token("rk_test_", ALNUM, 24),
    "Supabase": token("sbp_", HEX, 40),
    "Tailscale": token("tskey-auth-", ALNUM, 17) + token("-", ALNUM, 32),
    "Telegram": "123456789:" + token("AA", ALNUM, 33),
    "Terraform": token("", ALNUM, 14) + token(".atlasv1.", ALNUM, 67),
    "Together": token("tgp_v1_", ALNUM, 43),
    "Twilio": token("SK", HEX, 32),
    "Vault": token("hvs.", ALNUM, 95),
    "Vault dev": token("hvs.", ALNUM, 24),
    "xAI": token("xai-", ALNUM, 80),
    "private key": "-----BEGIN " + "RSA PRIVATE KEY-----\n" + ALNUM[:64] + "\n-----END RSA PRIVATE KEY-----",
    "private key in base64": token("LS0tLS1CRUdJTi", ALNUM, 120),
}
HARMLESS = (
    "3fa85f64-5717-4562-b3fc-2c963f66afa6", HEX[:40], HEX[:64], "arn:aws:iam::123456789012:role/etl",
    "AROAEXAMPLEID1234567", "AC" + HEX[:32], "s3://acme-lake/warehouse/hf_model_registry_export_daily_partitions/day=1",
    "npm_package_download_statistics_daily_by_country", "hvs.customer_orders_aggregate_daily", "ASIAPACIFICREGIONALSALES",
    "MARKETING_ANALYTICS_PROD.PUBLIC.CUSTOMER_ORDERS_AGGREGATED_DAILY", "abfss://container@account.dfs.core.windows.net/p",
    "sk_customer_id", "glue:us-east-1", "key-value-store", "pat.orders", "SG.finance.orders", "dp.staging.orders",
    "postgres://db:5432", "hdfs://nn:8020/data/token_count", "disk-usage-by-department-and-quarter", "public.passwords",
    "task_sk-report-of-customers", "v1.public.orders", "xai-experiments", "ya29", "gho_stats.daily",
    "airflow.dag_id.task_id", "2026-11-22T02:34:00.123456Z", "bigquery:project.dataset.table$20261122", "@acme/pipelines",
)  # fmt: skip


def event(**facets: Any) -> dict[str, Any]:
    """A run event with facets of its run."""
    return {
        "eventType": "COMPLETE", "eventTime": "2026-11-22T10:00:00Z", "producer": "https://example.org/p",
        "run": {"runId": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "facets": facets},
        "job": {"namespace": "n", "name": "j"},
    }  # fmt: skip


def norm_of(told: dict[str, Any]) -> str:
    """The event's normal form as text."""
    norm = normalise(json.dumps(told).encode()).norm
    assert norm is not None
    return norm.decode()


@pytest.mark.parametrize("provider", TOKENS)
def test_each_providers_token_is_hidden_wherever_it_stands(provider: str) -> None:
    """Alone, in a sentence, in a URL's query, escaped in one, in JSON in a string, in a list."""
    secret = TOKENS[provider]
    for text in (secret, f"failed with {secret}, giving up", f"https://x.example/?k={secret}&b=1", f"({secret})"):
        assert secret not in redact_text(text) and REDACTED in redact_text(text)
    if "\n" not in secret:
        assert secret not in hide_tokens(f"https://x.example/?next=a%3D{secret}", REDACTED)
    told = norm_of(event(custom={"a": secret, "b": [secret, {"c": f"x {secret}"}], "d": json.dumps({"e": secret})}))
    assert json.dumps(secret)[1:-1] not in told and json.dumps(json.dumps(secret))[3:-3] not in told


@pytest.mark.parametrize("text", HARMLESS)
def test_what_lineage_needs_is_no_secret(text: str) -> None:
    """Names, paths, ids and hashes stay as they are, alone and in a sentence."""
    assert redact_text(text) == text
    assert redact_text(f"reading {text} failed") == f"reading {text} failed"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("psql --password hunter2 -h db", "hunter2"),
        ("dbt run --api-key=abc123", "abc123"),
        ("curl -u ann:hunter2 https://x", "hunter2"),
        ("CREATE USER ann IDENTIFIED BY 'hunter2'", "hunter2"),
        ("ALTER ROLE ann WITH PASSWORD 'hunter2'", "hunter2"),
        ("jdbc:sqlserver://h;user=a;pass=hunter2;x=1", "hunter2"),
        ("postgres://ann:hunter2@db:5432/x", "hunter2"),
        ("Authorization: Bearer abcdefghij0123456789", "abcdefghij0123456789"),
        ("Cookie: session=abcdefghij", "abcdefghij"),
        ("https://h/p?access_token=hunter2&x=1", "hunter2"),
        ("https://a.blob.core.windows.net/c?sv=1&sig=hunter2%3D", "hunter2"),
        ("AccountKey=hunter2==;EndpointSuffix=core", "hunter2"),
        ("https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwx"),
    ],
)
def test_a_secret_is_told_by_what_stands_beside_it(text: str, secret: str) -> None:
    """Options of commands, SQL for accounts, connection strings, headers, queries of URLs."""
    assert secret not in redact_text(text)
    assert redact_text(text)[:6] == text[:6]
    assert secret not in norm_of(event(errorMessage={"message": text}))


def test_names_tell_secrets_in_json_that_is_inside_a_string() -> None:
    """As deep as notebooks and operators nest it; a text that holds nothing to hide is not written anew."""
    inner = {"dbPassword": "hunter2", "retries": 3, "conn": {"extra": json.dumps({"api_key": "k1", "keep": "me"})}}
    told = norm_of(
        event(custom={"parameters": json.dumps(inner), "plain": '{ "a" : 1 }', "list": '["hunter3", {"pwd": "x9"}]'})
    )
    assert not re.search(r"hunter2|k1|x9", told)
    assert "me" in told and "hunter3" in told and "retries" in told
    assert json.dumps('{ "a" : 1 }')[1:-1] in told
    deep: Any = {"password": "hunter2"}
    for _ in range(12):
        deep = {"x": json.dumps(deep)}
    norm_of(event(custom=deep))  # ends


CAPTURES = sorted((Path(__file__).parent.parent / "fixtures" / "openlineage").glob("*.ndjson.gz"))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_nothing_in_a_real_event_is_taken_for_a_secret(capture: Path) -> None:
    """What real clients sent held none but the values of environment variables: names, ids, hashes, SQL all stay."""
    for line in gzip.decompress(capture.read_bytes()).splitlines():
        norm = normalise(line).norm
        if norm is not None and REDACTED.encode() in norm:
            assert norm.count(REDACTED.encode()) == norm.count(b'"value":"***"') and b'"environmentVariables"' in norm


def test_environment_variables_are_names_only() -> None:
    """Whatever they are called."""
    told = norm_of(event(environmentVariables={"environmentVariables": [{"name": "HARMLESS", "value": "hunter2"}]}))
    assert "hunter2" not in told and "HARMLESS" in told


def test_literals_of_statements_are_hidden_and_names_stay() -> None:
    """A token in a COPY's credentials goes, the place that it reads stays."""
    secret = TOKENS["AWS access key"]
    query = f"COPY t FROM 's3://acme/in' CREDENTIALS 'aws_access_key_id={secret};aws_secret_access_key=hunter2'"
    told = event()
    told["job"]["facets"] = {"sql": {"query": query, "dialect": "redshift"}}
    norm = norm_of(told)
    assert secret not in norm and "hunter2" not in norm and "s3://acme/in" in norm


@pytest.mark.parametrize("name", ["password", "dbPassword", "api_key", "AWS_SECRET_ACCESS_KEY", "auth_token", "cookie"])
def test_names_of_secrets(name: str) -> None:
    """In any spelling."""
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["primaryKey", "token_count", "max_tokens", "partition_key", "passed", "monkey", "author"]
)
def test_names_that_only_sound_like_it(name: str) -> None:
    """Columns and settings that lineage shows."""
    assert not is_secret_name(name)


@pytest.mark.parametrize("piece", sorted({piece for piece, _ in FORMS}))
def test_no_text_makes_a_pattern_slow(piece: str) -> None:
    """Half tokens over and over take as long as they are long: a second would be a pattern that goes back and forth."""
    hide_tokens((piece + "a1B2" * 20 + ".-_ ") * 400, REDACTED)
    hide_tokens(piece * 5_000, REDACTED)


def test_a_dead_letters_preview_shows_none() -> None:
    """Its bytes were never cleaned, for nobody could read them."""
    shown = preview(b'{"job": {"name": "x", "password": "hunter2", "url": "https://ann:hunter3@h/p"')
    assert "hunter" not in shown and shown.startswith('{"job": {"name": "x"')


def test_caches_can_be_emptied() -> None:
    """After an erasure no piece of an event stays in memory."""
    norm_of(event(errorMessage={"message": "password=hunter2"}))
    forget()
    from collectors.openlineage import secrets

    assert secrets._redacted_short.cache_info().currsize == 0
