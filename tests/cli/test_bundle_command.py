"""Keys, signatures and trust as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def key(cli, tmp_path: Path) -> Path:
    assert cli("bundle", "keygen", tmp_path / "maker.key").code == 0
    return tmp_path / "maker.key"


@pytest.fixture
def signed(cli, bundle: Path, key: Path, tmp_path: Path) -> Path:
    out = tmp_path / "signed.emo"
    assert cli("bundle", "sign", bundle, "--key", key, "--out", out).code == 0
    return out


def test_keygen_says_what_it_made_and_replaces_nothing(cli, tmp_path: Path):
    path = tmp_path / "maker.key"
    facts = json.loads(cli("bundle", "keygen", path, "--json").out)
    assert facts["public_key"] == f"{path}.pub"
    assert len(bytes.fromhex(facts["public_key_hex"])) == 32
    again = cli("bundle", "keygen", path)
    assert (again.code, again.out) == (2, "")


def test_signed_bundle_is_verified(cli, signed: Path, key: Path):
    outcome = cli("bundle", "verify", signed, "--key", f"{key}.pub", "--json")
    facts = json.loads(outcome.out)
    assert (outcome.code, facts["verified"]) == (0, True)
    assert facts["signed_by"] in cli("inspect", signed, "--trusted-key", f"{key}.pub").out


def test_signing_in_place_changes_no_name_and_can_be_repeated(cli, bundle: Path, key: Path, tmp_path: Path):
    own = tmp_path / "own.emo"
    own.write_bytes(bundle.read_bytes())
    first = json.loads(cli("bundle", "sign", own, "--key", key, "--json").out)
    assert json.loads(cli("bundle", "sign", own, "--key", key, "--json").out) == first


def test_signature_of_another_key_goes_only_on_request(cli, signed: Path, key: Path, tmp_path: Path):
    cli("bundle", "keygen", tmp_path / "other.key")
    before = signed.read_bytes()
    refused = cli("bundle", "sign", signed, "--key", tmp_path / "other.key")
    assert (refused.code, signed.read_bytes()) == (2, before)
    assert "give --replace" in refused.err
    assert cli("bundle", "sign", signed, "--key", tmp_path / "other.key", "--replace").code == 0
    assert cli("bundle", "verify", signed, "--key", f"{key}.pub").code == 4


def flipped(data: bytes) -> bytes:
    return data[:1000] + bytes([data[1000] ^ 1]) + data[1001:]


def truncated(data: bytes) -> bytes:
    return data[:-50]


@pytest.mark.parametrize("harm", [flipped, truncated])
@pytest.mark.parametrize("command", [("bundle", "verify"), ("inspect",)])
def test_harmed_bundle_is_one_line_and_exit_4(cli, signed: Path, key: Path, harm, command):
    signed.write_bytes(harm(signed.read_bytes()))
    flag = "--key" if command[0] == "bundle" else "--trusted-key"
    outcome = cli(*command, signed, flag, f"{key}.pub")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (4, "", 1)


def test_run_takes_only_what_a_trusted_key_signed(cli, bundle: Path, signed: Path, key: Path):
    flags = ("--source", "simulate", "--precision", "float32", "--trusted-key", f"{key}.pub", "--json")
    refused = cli("run", *flags, "--bundle", bundle)
    assert (refused.code, refused.out) == (4, "")
    assert "is not signed" in refused.err
    assert cli("run", *flags, "--bundle", signed).code == 0


def test_trusted_keys_stand_in_the_configuration_too(cli, bundle: Path, key: Path, tmp_path: Path):
    config = tmp_path / "run.toml"
    config.write_text(f'source = "simulate"\nbundle = "{bundle}"\ntrusted_key = ["{key}.pub"]\n')
    assert f"{key}.pub" in cli("run", "--config", config, "--print-config").out
    assert "is not signed" in cli("run", "--config", config).err


def test_calibrate_asks_for_the_signature_too(cli, bundle: Path, key: Path):
    outcome = cli("calibrate", "--simulate", "--bundle", bundle, "--trusted-key", f"{key}.pub")
    assert outcome.code == 4


def test_schema_is_json(cli):
    assert json.loads(cli("bundle", "schema").out)["$ref"] == "#/$defs/Manifest"


@pytest.mark.parametrize("arguments", [(), ("sign", "x.emo"), ("verify", "x.emo"), ("keygen",)])
def test_incomplete_command_is_a_usage_error(cli, arguments):
    assert cli("bundle", *arguments).code == 2
