"""An authenticator of WebAuthn in software, and the browser around it."""

import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import encode_cbor

Json: TypeAlias = dict[str, Any]

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, HAS_KEY = 0x01, 0x04, 0x08, 0x10, 0x40
ES256 = -7


@dataclass
class Authenticator:
    """Makes passkeys, and signs with them. What a test changes, it lies about."""

    origin: str = "http://localhost:3000"
    cross_origin: bool = False
    verifies_users: bool = True
    present: bool = True
    syncs: bool = False
    """Whether its passkeys are backed up, as those of password managers are."""
    count: int = 0
    credential_id: bytes = b""
    """What it calls its next passkey, unless chance should."""
    keys: dict[str, EllipticCurvePrivateKey] = field(default_factory=dict)
    handles: dict[str, str] = field(default_factory=dict)

    def create(self, options: Json) -> Json:
        """`navigator.credentials.create({publicKey: options})`"""
        key = generate_private_key(SECP256R1())
        credential_id = self.credential_id or os.urandom(16)
        name = encoded(credential_id)
        self.keys[name], self.handles[name] = key, options["user"]["id"]
        point = key.public_key().public_numbers()
        public = {1: 2, 3: ES256, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        attested = (
            bytes(16) + struct.pack(">H", len(credential_id)) + credential_id + encode_cbor(public)
        )
        data = self._data(options["rp"]["id"], HAS_KEY) + attested
        response = {
            "clientDataJSON": self._client_data("webauthn.create", options["challenge"]),
            "attestationObject": encoded(
                encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
            ),
            "transports": ["internal", "teleport"],
        }
        return self._credential(name, response)

    def get(self, options: Json) -> Json:
        """`navigator.credentials.get({publicKey: options})`"""
        allowed = [each["id"] for each in options.get("allowCredentials", [])] or [*self.keys]
        name = next(each for each in allowed if each in self.keys)
        self.count += 0 if self.syncs else 1
        data = self._data(options["rpId"], 0)
        client_data = self._client_data("webauthn.get", options["challenge"])
        signed = data + sha256(decoded(client_data)).digest()
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": encoded(data),
            "signature": encoded(self.keys[name].sign(signed, ECDSA(SHA256()))),
            "userHandle": self.handles[name],
        }
        return self._credential(name, response)

    def _data(self, rp_id: str, flags: int) -> bytes:
        flags |= USER_PRESENT if self.present else 0
        flags |= USER_VERIFIED if self.verifies_users else 0
        flags |= BACKUP_ELIGIBLE | BACKED_UP if self.syncs else 0
        return sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client_data(self, kind: str, challenge: str) -> str:
        said = {
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        }
        return encoded(json.dumps(said).encode())

    def _credential(self, name: str, response: Json) -> Json:
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }


def encoded(plain: bytes) -> str:
    return urlsafe_b64encode(plain).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
