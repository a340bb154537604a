"""Where the broker is and what things are called, from an address."""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from edge_emotion.errors import UsageError

PASSWORD_VARIABLE = "EDGE_EMOTION_MQTT_PASSWORD"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_PORT = {"mqtt": 1883, "mqtts": 8883}
FORM = "mqtt[s]://[USER@]HOST[:PORT][/PREFIX][?discovery=PREFIX|off&ca=FILE]"


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """A broker and the topics below which everything is published.

    Parameters
    ----------
    tls
        Whether the connection is encrypted and the broker's certificate checked.
    ca
        Certificates to check it with; ``None``: the system's.
    prefix, wearer
        Topics are ``PREFIX/WEARER/...``.
    discovery
        Home Assistant's prefix; ``None``: no discovery.
    """

    host: str
    port: int
    tls: bool
    wearer: str
    user: str | None = None
    password: str | None = None
    ca: Path | None = None
    prefix: str = "edge-emotion"
    discovery: str | None = "homeassistant"

    @property
    def base(self) -> str:
        """Topic of this wearer."""
        return f"{self.prefix}/{self.wearer}"

    def tls_context(self) -> ssl.SSLContext | None:
        """What checks the broker.

        Raises
        ------
        UsageError
            If the file of certificates cannot be used.
        """
        if not self.tls:
            return None
        try:
            return ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"ca={self.ca}: holds no usable certificate ({error}); give a PEM file"
            ) from None


def parse(address: str, wearer: str) -> MqttSettings:
    """Settings from ``mqtt://...``; the password comes from the environment, never from an address that `ps` shows.

    Raises
    ------
    UsageError
        If the address makes no sense, or holds a password.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
        query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise UsageError(f"--sink {address.partition('?')[0]}: {error}; allowed: {FORM}") from None
    if parts.password is not None:
        raise UsageError(
            f"--sink {parts.scheme}://...: a password does not belong there; set {PASSWORD_VARIABLE}"
        )
    if "ca" in query and parts.scheme != "mqtts":
        raise UsageError(
            f"--sink {address}: ca is for an encrypted connection, and {parts.scheme}:// is none; write mqtts://"
        )
    prefix = parts.path.strip("/") or "edge-emotion"
    unknown = sorted(set(query) - {"discovery", "ca"})
    discovery = query.get("discovery", "homeassistant")
    named = [wearer, *prefix.split("/"), *discovery.split("/")]
    if (
        parts.scheme not in _PORT
        or not parts.hostname
        or parts.fragment
        or unknown
        or not all(map(_NAME.fullmatch, named))
    ):
        wrong = f" (not known: {', '.join(unknown)})" if unknown else ""
        raise UsageError(
            f"--sink {address}: allowed: {FORM}{wrong}; parts of topics and the wearer's name: letters, digits, - and _"
        )
    return MqttSettings(
        host=parts.hostname,
        port=port or _PORT[parts.scheme],
        tls=parts.scheme == "mqtts",
        wearer=wearer,
        user=unquote(parts.username) if parts.username else None,
        password=os.environ.get(PASSWORD_VARIABLE),
        ca=Path(query["ca"]) if "ca" in query else None,
        prefix=prefix,
        discovery=None if discovery == "off" else discovery,
    )
