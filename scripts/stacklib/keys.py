"""Secrets of a stack, made at its first start: nkeys (Ed25519) of the bus identities, passwords, the key files of intake and assign.

An nkey is base32 without padding of: prefix byte(s), 32 bytes, CRC-16/XMODEM little endian.
"""

import base64
import hashlib
import hmac
import os
import secrets
import subprocess

from .settings import SERVICES, StackError, program, write_file

BUS_IDENTITIES = SERVICES + ("steward",)
KEK_SERVICES = ("intake", "assign")  # those that keep personal data
PREFIX_SEED = 18 << 3   # 'S'
PREFIX_USER = 20 << 3   # 'U'
PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
            crc &= 0xFFFF
    return crc


def encode(raw):
    return base64.b32encode(raw + crc16(raw).to_bytes(2, "little")).decode().rstrip("=")


def decode(text):
    """The bytes before the checksum; raises StackError when it does not match."""
    raw = base64.b32decode(text + "=" * (-len(text) % 8))
    if crc16(raw[:-2]) != int.from_bytes(raw[-2:], "little"):
        raise StackError("an nkey file is damaged (checksum)")
    return raw[:-2]


def seed_text(seed):
    """32 random bytes -> 'SU...'."""
    return encode(bytes([PREFIX_SEED | (PREFIX_USER >> 5), (PREFIX_USER & 31) << 3]) + seed)


def public_text(seed):
    """The public key of a seed's 32 bytes -> 'U...'. The seed goes to openssl through a pipe, never its command line."""
    done = subprocess.run([program("openssl"), "pkey", "-inform", "DER", "-pubout", "-outform", "DER"],
                          input=PKCS8_ED25519 + seed, capture_output=True, check=False)
    if done.returncode:
        raise StackError("openssl cannot derive an Ed25519 key: " + done.stderr.decode(errors="replace").strip())
    return encode(bytes([PREFIX_USER]) + done.stdout[-32:])


def ensure(place):
    """Creates what is missing under var/secrets; never changes what is there."""
    for name in BUS_IDENTITIES:
        if not seed_file(place, name).exists():
            seed = secrets.token_bytes(32)
            write_file(public_file(place, name), public_text(seed) + "\n", 0o444)
            write_file(seed_file(place, name), seed_text(seed) + "\n", 0o400, place.owner(name))
    for name in SERVICES:
        if not pass_file(place, name).exists() or not scram_file(place, name).exists():
            password = secrets.token_urlsafe(24)
            write_file(scram_file(place, name), scram(password) + "\n", 0o400, place.pg_user)
            write_file(pass_file(place, name), f"*:*:paidan:{name}:{password}\n", 0o400, place.owner(name))
    for name in KEK_SERVICES:
        ensure_kek(place, name)


def ensure_kek(place, name):
    """A service's key-encryption key, made once. A key that was lost is not made anew by itself: what it sealed would stay sealed and
    nobody would know why. An empty file beside it tells a lost key from one that a service of before did not have yet."""
    made = place.secrets / f"{name}.kek.made"
    if kek_file(place, name).exists():
        if not made.exists():
            write_file(made, "", 0o400)
        return
    lost = made.exists() or name == "intake"
    if lost and (place.pgdata / "PG_VERSION").exists() and not os.environ.get("PAIDAN_NEW_KEK"):
        raise StackError(f"{kek_file(place, name)} is missing, but there is a database: put the file back, or the personal data that "
                         f"{name} keeps stay sealed. PAIDAN_NEW_KEK=1 goes on with a new key")
    write_file(kek_file(place, name), secrets.token_hex(32) + "\n", 0o400, place.owner(name))
    write_file(made, "", 0o400)


def seed_file(place, name):
    return place.secrets / f"{name}.nk"


def public_file(place, name):
    return place.secrets / f"{name}.nk.pub"


def pass_file(place, name):
    return place.secrets / f"{name}.pgpass"


def scram_file(place, name):
    """What the database may know of the password."""
    return place.secrets / f"{name}.scram"


def kek_file(place, name):
    return place.secrets / f"{name}.kek"


def public_key(place, name):
    return public_file(place, name).read_text().strip()


def verifier(place, name):
    return scram_file(place, name).read_text().strip()


def scram(text, salt=None, rounds=4096):
    """A SCRAM-SHA-256 verifier, so that the password itself never appears in SQL or in a log."""
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", text.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    b64 = lambda raw: base64.b64encode(raw).decode()  # noqa: E731
    return f"SCRAM-SHA-256${rounds}:{b64(salt)}${b64(stored)}:{b64(server)}"
