"""The forms of tokens that providers give out, so that one is known wherever it stands.

The one idea: a form has a piece of text that every token of it holds, and looking for that piece costs next to nothing;
only where it is found, the pattern is tried. PROVIDER_FORMS are the patterns of CredSweeper 1.19.5 (MIT, see
token_forms.LICENSE), a scanner that is kept up to date by many; only those of its rules that tell a token by its own form,
with upper bounds taken off, so that a longer token is hidden whole, and stricter where a long name of a table could pass
for a token. OUR_FORMS are others that events have held.

What is no more than a hash, an id or a host name (UUIDs, account ids, bucket names) is not here: lineage needs them.
"""

import re
from typing import Final

Form = tuple[tuple[str, ...], str]
"""(pieces of text of which a token holds one, its pattern)."""

PROVIDER_FORMS: Final[tuple[Form, ...]] = (
    (("akab-",), r"akab-[0-9a-z]{16}-[0-9a-z]{16}"),
    (("ABSK", "bedrock-api-key-"), r"(?:ABSK|bedrock-api-key-)[0-9A-Za-z/+]{28,}"),
    (("da2-",), r"da2-[a-z0-9]{26}"),
    (("amzn.mws.",), r"amzn\.mws\.[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}"),
    (("dnkey-",), r"dnkey-[A-Z2-7]{26}-[A-Z2-7]{52}"),
    (("dt0",), r"dt0[a-z][0-9]{2}\.[0-9A-Z]{24}\.[0-9A-Z]{64}"),
    (("dp.",), r"dp\.(?:pt|st|ct|sa|scim|audit)\.[0-9A-Za-z]{43}"),
    (("EAA",), r"EAA[0-9A-Za-z]{80,}"),
    (("AIza",), r"AIza[0-9A-Za-z_-]{35}"),
    (("GOCSPX-",), r"GOCSPX-[0-9A-Za-z_-]{28}"),
    (("ya29.",), r"ya29\.[0-9A-Za-z_-]{22,}"),
    (("1//0",), r"1//0[0-9A-Za-z_-]{40,}"),
    (("IGQVJ",), r"IGQVJ[=0-9A-Za-z_-]{100,}"),
    (("access_token$production$",), r"access_token\$production\$[0-9a-z]{16}\$[0-9a-z]{32}"),
    (("sk_live_",), r"sk_live_[0-9a-z]{32}"),
    (("SG.",), r"SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}"),
    (("CLOJARS_",), r"CLOJARS_[0-9a-f]{60}"),
    (("shp",), r"shp(?:at|ca|pa|ss|tka)_[0-9A-Fa-f]{32}"),
    (("xox", "xapp"), r"(?:xapp|xox[a-z])\-[0-9A-Za-z-]{10,}"),
    (("k_live_", "k_test_", "whsec_"), r"(?:whsec|[prs]k_(?:test|live))_[0-9A-Za-z]{16,}"),
    (("EAAA",), r"EAAA[0-9A-Za-z_-]{60}"),
    (("sq0",), r"sq0[a-z]{3}-[0-9A-Za-z_-]{22}(?:[0-9A-Za-z_-]{21})?"),
    ((":AA",), r"[0-9]{8,10}:AA[0-9A-Za-z_-]{33}"),
    (("pypi-",), r"pypi-AgE[0-9A-Za-z_-]{50,}"),
    (("npm_",), r"npm_[0-9A-Za-z]{36,}"),
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_(?:[0-9]{1,20}_eyJ[0-9A-Za-z_.-]{15,}|[0-9A-Za-z]{20,})"),
    (("github_pat_",), r"github_pat_[0-9A-Za-z_]{20,}"),
    (("cmVmdGtuO", "AKCp"), r"(?:cmVmdGtuO[0-9A-Za-z_-]{55}|AKCp[0-9A-Za-z_-]{69})"),
    (("ATBB",), r"ATBB[0-9A-Za-z]{24}[A-F0-9]{8}"),
    (("ATCTT3xFfGN0",), r"ATCTT3xFfGN0[0-9A-Za-z_-]{80,}(?:\\?=|(?:%|\\u00)3[dD])[A-F0-9]{8}"),
    (("BBDC-",), r"BBDC-[MNO][ADQTgjwz][AEIMQUYcgk][012345wxyz][0-9A-Za-z_-]{40}"),
    (("ATATT3xFfGF0",), r"ATATT3xFfGF0[0-9A-Za-z_-]{80,}(?:\\?=|(?:%|\\u00)3[dD])[A-F0-9]{8}"),
    (("CCIPAT_",), r"CCIPAT_[0-9A-Za-z]{22}_[0-9a-f]{40}"),
    (("doo_v1_", "dop_v1_", "dor_v1_", "dos_v1_"), r"do[oprs]_v1_[a-f0-9]{64}"),
    (("sl.",), r"sl\.(?:u\.)?[0-9A-Za-z_-]{77,}"),
    (("oy2",), r"oy2[a-z0-9]{43}"),
    (
        (
            "_gitlab_session=",
            "GR1348941",
            "glagent-",
            "glsoat-",
            "glffct-",
            "glpat-",
            "gloas-",
            "glptt-",
            "glcbt-",
            "glimt-",
            "gldt-",
            "glft-",
            "glrt-",
            "glrtr-",
            "glwt-",
        ),
        r"(?:_gitlab_session=|GR1348941|gl(?:agent|soat|ffct|p[at]t|oas|cbt|imt|rtr|[dfrw]t)-)[0-9A-Za-z_-]{20,}"
        r"(?:\.[0-9A-Za-z_-]{2,}){0,2}",
    ),
    (("glc_eyJ",), r"glc_eyJ[0-9A-Za-z_-]{80,}"),
    (("glsa_",), r"glsa_[0-9A-Za-z_-]{32}_[0-9A-Fa-f]{8}"),
    (("AAAAAAAAAAAAAAAAAAAAA",), r"AAAAAAAAAAAAAAAAAAAAA[0-9A-Za-z%]{40,}(?:%|\\u00)3[dD][0-9A-Za-z]{50}"),
    (("pscale_",), r"pscale_(?:tkn|oauth|pw)_[.0-9A-Za-z_-]{32,}"),
    (("lin_api_",), r"lin_api_[0-9A-Za-z]{40}"),
    (("cfat_", "cfut_", "cfk_"), r"cf(?:at|ut|k)_[0-9A-Za-z]{40}[0-9a-f]{8}"),
    (("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    (("hvb.", "hvr.", "hvs."), r"hv[brs]\.[0-9A-Za-z_-]{80,}|hvs\.[0-9A-Za-z]{24}(?![0-9A-Za-z_])"),
    (("pat",), r"pat[0-9A-Za-z]{14}\.[0-9a-f]{64}"),
    (("sk-or-v1-",), r"sk-or-v1-[0-9a-f]{64}"),
    (("dckr_pat_", "dckr_oat_"), r"dckr_[op]at_[0-9A-Za-z_-]{27,}"),
    (("SWMTKN-1-",), r"SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}"),
    (("SWMKEY-1-",), r"SWMKEY-1-[0-9A-Za-z]{43}"),
    (("xai-",), r"xai-[0-9A-Za-z_-]{80}"),
    (("ntn_",), r"ntn_[0-9]{9}[0-9A-Za-z_-]{36,}"),
    (("hf_",), r"hf_[0-9A-Za-z]{34}"),
    (("sk-ant-",), r"sk-ant-[0-9A-Za-z_-]{20,}"),
    (("pplx-",), r"pplx-[0-9A-Za-z_-]{40,}"),
    (("tskey-",), r"tskey-(?:api|auth|client|scim|webhook)-[0-9A-Za-z]{12,}-[0-9A-Za-z]{32}"),
    (("CFPAT-",), r"CFPAT-[0-9A-Za-z_-]{43}"),
    (("pul-",), r"pul-[0-9a-f]{40}"),
    (("tvly-",), r"tvly-[0-9A-Za-z_-]{32,}"),
    (("figd_",), r"figd_[0-9A-Za-z_-]{40}"),
    (("xkeysib-",), r"xkeysib-[0-9a-f]{64}-[0-9A-Za-z_-]{16}"),
    (("tgp_v1_",), r"tgp_v1_[0-9A-Za-z_-]{43}"),
    (("llx-",), r"llx-[0-9A-Za-z_-]{48}"),
    (("sqa_", "sqp_", "squ_"), r"sq[apu]_[0-9a-f]{40}"),
    (("sntrys_eyJ",), r"sntrys_eyJ[0-9A-Za-z_-]{80,}=*(?:[0-9A-Za-z_-]{32,})?"),
    (("sntryu_",), r"sntryu_[0-9a-f]{64}"),
    (("nyk_v0_",), r"nyk_v0_[0-9A-Za-z_-]{64}"),
    (("waka_",), r"waka_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    (("RGAPI-",), r"RGAPI-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    (("sgp_",), r"sgp_(?:local_|[0-9a-f]{16}_)?[0-9a-f]{40}"),
    (("tfp_",), r"tfp_[0-9A-Za-z_-]{56,}"),
    (("vcp_",), r"vcp_[0-9A-Za-z]{56}"),
    (("nfp_",), r"nfp_[0-9A-Za-z]{36}"),
    (("phx_", "phs_", "phr_", "pha_", "phc_"), r"ph[acrsx]_[0-9A-Za-z]{40,}"),
    (("rubygems_",), r"rubygems_[0-9a-f]{48}"),
    (("dapi",), r"dapi[0-9a-f]{32}(?:-\d)?"),
    (("cosmo_",), r"cosmo_[0-9a-f]{32}"),
    (("sbp_",), r"sbp_(?:v0_)?[0-9a-f]{40}"),
    (("PMAK-", "PMAT-"), r"(?:PMAK-[0-9a-f]{24}-[0-9a-f]{34}|PMAT-[0-9A-Z]{26})"),
    (("TlRMTVNTUAA",), r"TlRMTVNTUAA[BCD]AAAA[=0-9A-Za-z_/+-]{28,}"),
)

OUR_FORMS: Final[tuple[Form, ...]] = (
    (("AKIA", "ASIA", "ABIA", "ACCA"), r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Za-z_])"),
    (("LTAI",), r"LTAI[0-9A-Za-z]{12,24}(?![0-9A-Za-z_])"),
    (("sk-",), r"sk-[0-9A-Za-z_-]{20,}"),
    (("gsk_",), r"gsk_[0-9A-Za-z]{40,}"),
    (("eyJ",), r"eyJ[0-9A-Za-z_-]{8,}={0,2}\.eyJ[0-9A-Za-z_-]{8,}={0,2}\.[0-9A-Za-z_-]*"),
    ((".public.", ".local."), r"v[1-4]\.(?:public|local)\.[0-9A-Za-z_-]{80,}(?:\.[0-9A-Za-z_-]*)?"),
    ((".atlasv1.",), r"[0-9A-Za-z_-]{14}\.atlasv1\.[0-9A-Za-z_-]{60,}"),
    (("NRAK-", "NRII-", "NRAL"), r"NRAK-[0-9A-Z]{27}|NRII-[0-9A-Za-z_-]{25,}|[0-9a-z]{5}[0-9a-f]{31}NRAL"),
    (("HRKU-",), r"HRKU-[0-9A-Za-z_-]{36,}"),
    (("8Q~",), r"[0-9A-Za-z_~.-]{3}8Q~[0-9A-Za-z_~.-]{34}"),
    (("JQQJ9",), r"[0-9A-Za-z]{52}JQQJ9[0-9A-Za-z]{20,}={0,2}"),
    (("-us",), r"[0-9a-f]{32}-us[0-9]{1,2}"),
    (("key-",), r"key-[0-9a-f]{32}"),
    (("SK",), r"SK[0-9a-f]{32}"),
    (("ops_eyJ",), r"ops_eyJ[0-9A-Za-z_-]{100,}={0,2}"),
    (("LS0tLS1CRUdJTi",), r"LS0tLS1CRUdJTi[0-9A-Za-z+/]{20,}={0,2}"),
    (("hooks.slack.com/",), r"hooks\.slack\.com/(?:services|workflows)/[0-9A-Za-z_/-]{20,}"),
    (("/api/webhooks/",), r"discord(?:app)?\.com/api/webhooks/[0-9]{16,22}/[0-9A-Za-z_-]{40,}"),
    (("webhook.office.com",), r"webhook\.office\.com/webhookb2/[0-9A-Za-z@/_-]{40,}"),
    (
        ("M", "N", "O"),
        r"[MNO][ADQTgjwz][AEIMQUYcgk][012345wxyz][0-9A-Za-z_-]{20,24}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,40}",
    ),
)

# A token begins where a word does, or behind an escaped character: in `token%3Dghp_…` it follows a D.
_BEGIN: Final = r"(?:(?<![0-9A-Za-z_-])|(?<=%[0-9A-Fa-f]{2}))"
FORMS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (piece, compiled)
    for pieces, pattern in (*PROVIDER_FORMS, *OUR_FORMS)
    for compiled in [re.compile(f"{_BEGIN}(?:{pattern})")]
    for piece in pieces
)
"""Every piece with the pattern of its form."""
SHORTEST: Final = 20
"""No token is shorter."""


def hide_tokens(text: str, hidden: str) -> str:
    """The text with `hidden` in place of every token that is known by its form."""
    for piece, pattern in FORMS:
        if piece in text:
            text = pattern.sub(hidden, text)
    return text
