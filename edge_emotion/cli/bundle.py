"""``edge-emotion bundle``: install bundles, take them back, sign and verify them, make a key, print the manifest's schema."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from edge_emotion.bundle.container import MANIFEST_NAME
from edge_emotion.bundle.keys import generate, read_trusted_key, sign
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.bundle.schema import schema_text
from edge_emotion.bundle.writing import write_signed
from edge_emotion.cli import bundle_store
from edge_emotion.cli.common import add_json, show, write_json
from edge_emotion.errors import UsageError

EPILOG = """\
examples:
  edge-emotion bundle install stress-fusion-0.2.0.emo --key maker.key.pub --on recordings
  edge-emotion bundle list
  edge-emotion bundle rollback
  edge-emotion bundle keygen maker.key
  edge-emotion bundle sign stress-fusion-0.1.0.emo --key maker.key
  edge-emotion bundle verify stress-fusion-0.1.0.emo --key maker.key.pub
  edge-emotion run --source simulate --bundle stress-fusion-0.1.0.emo --trusted-key maker.key.pub

Keep maker.key where bundles are signed; only maker.key.pub goes to devices. docs/bundle.md says what a signature covers.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    keygen = actions.add_parser("keygen", help="make an Ed25519 key pair: KEY and KEY.pub")
    keygen.add_argument(
        "key", type=Path, metavar="KEY", help="file of the private key; must not be there yet"
    )
    add_json(keygen)
    signing = actions.add_parser("sign", help="put a signature into a bundle")
    signing.add_argument("bundle", type=Path, metavar="BUNDLE", help="a .emo file")
    signing.add_argument("--key", type=Path, required=True, metavar="KEY", help="the private key")
    signing.add_argument("--out", type=Path, metavar="FILE", help="where to (default: in place)")
    signing.add_argument(
        "--replace", action="store_true", help="put this signature in place of that of another key"
    )
    add_json(signing)
    verify = actions.add_parser("verify", help="check every byte of a bundle and who signed it")
    verify.add_argument("bundle", type=Path, metavar="BUNDLE", help="a .emo file")
    verify.add_argument(
        "--key",
        type=Path,
        required=True,
        action="append",
        metavar="KEY.pub",
        help="a trusted public key; repeatable, one of them must have signed",
    )
    add_json(verify)
    bundle_store.add_actions(actions)
    actions.add_parser("schema", help="print the JSON schema of manifest.json and SIGNATURE.json")


def run(args: argparse.Namespace) -> int:
    """Do what was asked for."""
    if args.action == "schema":
        show(schema_text().rstrip("\n"))
        return 0
    facts = _ACTIONS[args.action](args)
    if args.json:
        write_json(facts)
    else:
        show("\n".join(f"{name.replace('_', ' ')}  {value}" for name, value in facts.items()))
    return 0


def _keygen(args: argparse.Namespace) -> dict[str, object]:
    made = generate(args.key)
    return {"private_key": str(args.key), "public_key": str(made.path), "public_key_hex": made.public_key}


def _sign(args: argparse.Namespace) -> dict[str, object]:
    bundle = load_bundle(args.bundle)
    signature = sign(bundle.read(MANIFEST_NAME), args.key)
    had = bundle.signature
    if had is not None and had.public_key != signature.public_key and not args.replace:
        raise UsageError(
            f"{bundle.path}: is signed already with key {had.public_key}; give --replace to sign it anew"
        )
    signed = write_signed(bundle, signature, args.out or bundle.path)
    return {"path": str(signed.path), "sha256": signed.sha256, "signed_by": signed.signed_by}


def _verify(args: argparse.Namespace) -> dict[str, object]:
    bundle = load_bundle(args.bundle, [read_trusted_key(path) for path in args.key])
    return {
        "verified": True,
        "path": str(bundle.path),
        "sha256": bundle.sha256,
        "signed_by": bundle.signed_by,
    }


_ACTIONS: Mapping[str, Callable[[argparse.Namespace], dict[str, object]]] = {
    "keygen": _keygen,
    "sign": _sign,
    "verify": _verify,
    "install": bundle_store.do_install,
    "list": bundle_store.do_list,
    "rollback": bundle_store.do_rollback,
}
