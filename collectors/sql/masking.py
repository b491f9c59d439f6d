"""Which functions hide a value: hashes, masks, tokens, redactions, in any dialect.

The one idea: what counts is that the value cannot be read back from the result without a secret or a guess; so a hash
masks and ENCRYPT masks, BASE64 and UPPER do not. The operator's own functions are added by name.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

_HASHES: Final = frozenset(
    {"md5", "md5_hex", "md5_binary", "md5_digest", "md5_number_lower64", "md5_number_upper64",
     "md5number_lower64", "md5number_upper64", "sha", "sha1", "sha1_hex", "sha1_binary", "sha2", "sha2_hex",
     "sha2_binary", "sha224", "sha256", "sha384", "sha512", "sha512_256", "sha1_digest", "sha2_digest", "hash",
     "hash_agg", "hashbytes", "ora_hash", "standard_hash", "farm_fingerprint", "farmfingerprint", "farmhash64",
     "fnv_hash", "fnvhash", "murmurhash", "murmur3", "murmurhash2_32", "murmurhash2_64", "murmurhash3_32",
     "murmurhash3_64", "murmurhash3_128", "xxhash64", "xxhash32", "xx_hash64", "cityhash64", "siphash64",
     "siphash128", "halfmd5", "inthash32", "inthash64", "crc32", "crc32c", "checksum", "binary_checksum", "hmac",
     "hmac_sha1", "hmac_sha256", "hmac_sha512", "hmac_md5", "spooky_hash_v2_32", "spooky_hash_v2_64", "digest",
     "crypt", "hashrow", "hashbucket", "blake3", "argon2", "bcrypt", "dbms_crypto.hash", "password",
     "standardhash", "hash_md5", "hash_sha1", "hash_sha256", "hash_sha512", "hash_tiger", "hashtype_md5",
     "hashtype_sha1", "hashtype_sha256"}
)  # fmt: skip
_MASKS: Final = frozenset(
    {"mask", "mask_first_n", "mask_last_n", "mask_show_first_n", "mask_show_last_n", "mask_hash", "mask_inner",
     "mask_outer", "mask_pan", "mask_pan_relaxed", "mask_ssn", "mask_uuid", "mask_canada_sin", "mask_iban",
     "mask_uk_nin", "gen_rnd_email", "redact", "anonymize", "pseudonymize", "tokenize", "obfuscate", "scramble",
     "ai_mask", "dlp_deterministic_encrypt", "dlp_key_chain", "partial_mask"}
)  # fmt: skip
_CIPHERS: Final = frozenset(
    {"encrypt", "encrypt_raw", "aes_encrypt", "aes_encrypt_mysql", "pgp_sym_encrypt", "pgp_pub_encrypt",
     "encryptbykey", "encryptbypassphrase", "encryptbycert", "encryptbyasymkey", "des_encrypt", "aead.encrypt",
     "deterministic_encrypt", "aead.deterministic_encrypt", "try_encrypt"}
)  # fmt: skip
MASKING_FUNCTIONS: Final = frozenset(name.replace("_", "") for name in _HASHES | _MASKS | _CIPHERS)
"""Without underscores: dialects and sqlglot's classes set them differently."""

_MASKING_CLASSES: Final = frozenset(
    cls
    for name in ("MD5", "MD5Digest", "MD5NumberLower64", "MD5NumberUpper64", "SHA", "SHA1Digest", "SHA2", "SHA2Digest", "FarmFingerprint",
                 "StandardHash", "HashAgg", "XxHash64", "MurmurHash3", "CRC32", "Encrypt", "EncryptRaw")
    if isinstance(cls := getattr(exp, name, None), type)
)  # fmt: skip


def masks(node: exp.Expr, own: frozenset[str] = frozenset()) -> bool:
    """Whether this function call hides its arguments; `own` are the operator's functions, lower case."""
    if type(node) in _MASKING_CLASSES:
        return True
    name = (
        node.name
        if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc))
        else node.sql_name()
        if isinstance(node, exp.Func)
        else ""
    )
    key = name.lower()
    return key.replace("_", "") in MASKING_FUNCTIONS or key in own
