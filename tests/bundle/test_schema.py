"""The schema in the repository is the one that the reader's structs give, and it judges as the reader does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.container import decode
from edge_emotion.bundle.schema import schema, schema_text

KEPT = Path(__file__).parents[2] / "docs" / "bundle.schema.json"


def test_kept_schema_is_fresh() -> None:
    told = "stale: run 'edge-emotion bundle schema > docs/bundle.schema.json'"
    assert KEPT.read_text(encoding="utf-8") == schema_text(), told


def test_shipped_manifest_follows_it() -> None:
    Draft202012Validator.check_schema(schema())
    manifest = json.loads(decode(default_bundle_path().read_bytes())["manifest.json"])
    Draft202012Validator(schema()).validate(manifest)


@pytest.mark.parametrize("where", [(), ("signals",), ("model_files", 0), ("model_files", 0, "inputs", 0)])
def test_unknown_keys_are_refused_by_the_schema_too(content: dict[str, Any], where: tuple[Any, ...]) -> None:
    part: Any = content
    for key in where:
        part = part[key]
    part["novelty"] = 1
    with pytest.raises(ValidationError, match="novelty"):
        Draft202012Validator(schema()).validate(content)


def test_signature_has_a_schema() -> None:
    signature = {
        "format": "edge-emotion-signature",
        "schema_version": 1,
        "algorithm": "ed25519",
        "public_key": "0" * 64,
        "signature": "0" * 128,
    }
    validator = Draft202012Validator({**schema(), "$ref": "#/$defs/Signature"})
    assert validator.is_valid(signature)
    assert not validator.is_valid({**signature, "algorithm": "none"})
