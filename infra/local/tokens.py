"""The key pair of the local cloud, and tokens signed with it."""

import json
import os
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://issuer.headroom.local/"
AUDIENCE = "headroom"
_ALGORITHM = "RS256"
_KEY_ID = "local"
_KEY_BITS = 2048


def create_key(path):
    """Writes a new private key (PEM) to `path`, readable by its owner only."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)


def jwks(path):
    """The public key of the private key in `path`, as a JWK set in JSON."""
    public_key = serialization.load_pem_private_key(path.read_bytes(), password=None).public_key()
    numbers = jwt.get_algorithm_by_name(_ALGORITHM).to_jwk(public_key, as_dict=True)
    key = {"kty": "RSA", "use": "sig", "alg": _ALGORITHM, "kid": _KEY_ID, "n": numbers["n"], "e": numbers["e"]}
    return json.dumps({"keys": [key]})


def mint(path, subject, queues, agents, lifetime_seconds):
    """A token for `subject`, who may see `queues` (ids, or `*`) and, with `agents`, the rows of agents."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + lifetime_seconds}
    grants = {"queues": queues, "agents": agents}
    return jwt.encode({**claims, **grants}, path.read_bytes(), algorithm=_ALGORITHM, headers={"kid": _KEY_ID})
