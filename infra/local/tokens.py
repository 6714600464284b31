"""The key pair of the local cloud, and tokens signed with it."""

import base64
import json
import os
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER = "https://issuer.headroom.local/"
AUDIENCE = "headroom"
_KEY_ID = "local"
_KEY_BITS = 2048


def create_key(path):
    """Writes a new private key to `path`, readable by its owner only."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)


def jwks(path):
    """The public key as a JWK set, in JSON."""
    numbers = _key(path).public_key().public_numbers()
    key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": _KEY_ID, "n": _number(numbers.n), "e": _number(numbers.e)}
    return json.dumps({"keys": [key]})


def mint(path, subject, queues, agents, lifetime_seconds):
    """A token for `subject`: may see `queues` (ids, or `*`) and, with `agents`, the rows of agents."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + lifetime_seconds}
    signed = ".".join(_part(part) for part in (_HEADER, {**claims, "queues": queues, "agents": agents}))
    signature = _key(path).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_base64(signature)}"


_HEADER = {"alg": "RS256", "typ": "JWT", "kid": _KEY_ID}


def _key(path):
    return serialization.load_pem_private_key(path.read_bytes(), password=None)


def _part(value):
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _number(value):
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
