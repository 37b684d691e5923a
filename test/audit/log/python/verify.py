"""Verifies an export of Steward's audit.

Written from docs/verification.md alone, to show that others can: it shares no code with Steward. It needs the package `cryptography`.

    python3 verify.py DIR [--checkpoint FILE]... [--key FILE] [--witness-key FILE]... [--receipts FILE]
    python3 verify.py --proof FILE --receipts FILE --key FILE

The second form verifies a receipt by the answer of proveRecord. It prints a report as JSON, and ends with 0 (nothing found), 1 (findings) or 2 (could not check).
"""

import argparse
import base64
import binascii
import hashlib
import json
import math
import os
import re
import sys
from datetime import datetime, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG, WITNESS = 0x01, 0x04


class CannotCheck(Exception):
    """A file that was named cannot be used."""


class Invalid(Exception):
    """A checkpoint does not count."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def sha256(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def from_base64(text):
    """The bytes, or None if this is not the one way to write them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


# The tree (RFC 6962)


class Tree:
    """Keeps the roots of the perfect subtrees, as (leaves, hash) from left to right."""

    def __init__(self, size=0, peaks=()):
        self.size = size
        self.peaks = list(peaks)

    def copy(self):
        return Tree(self.size, self.peaks)

    def append(self, leaf):
        self.size += 1
        width, node = 1, leaf
        while self.peaks and self.peaks[-1][0] == width:
            _, left = self.peaks.pop()
            width, node = 2 * width, sha256(b"\x01", left, node)
        self.peaks.append((width, node))

    def root(self):
        if not self.peaks:
            return sha256()
        node = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            node = sha256(b"\x01", left, node)
        return node


def leaf_of(form, text):
    return sha256(b"\x00", sha256(text)) if form == 1 else sha256(b"\x00", text)


# Keys and checkpoints


class Key:
    def __init__(self, line, where):
        parts = line.split("+", 2)
        data = from_base64(parts[2]) if len(parts) == 3 else None
        if data is None or len(data) != 33 or data[0] not in (LOG, WITNESS):
            raise CannotCheck(f"{where}: not a key: {line}")
        self.name, self.id, self.type = parts[0], bytes.fromhex(parts[1]), data[0]
        if sha256(self.name.encode(), b"\n", data)[:4] != self.id:
            raise CannotCheck(f"{where}: wrong id of the key of {self.name}")
        self.public = Ed25519PublicKey.from_public_bytes(data[1:])
        # The largest size for which its checkpoints count.
        self.until = math.inf

    @property
    def named(self):
        return self.name, self.id

    def accepts(self, text, signature):
        message = text
        if self.type == WITNESS:
            seconds, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = b"cosignature/v1\ntime %d\n" % seconds + text
        if len(signature) != 64:
            return False
        try:
            self.public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Checkpoint:
    def __init__(self, note, keys, file, is_newest):
        self.file, self.is_newest = file, is_newest
        if any(ord(c) < 0x20 and c != "\n" for c in note):
            raise Invalid("checkpoint_invalid", f"{file}: control characters")
        end = note.rfind("\n\n")
        if end < 0 or not note.endswith("\n"):
            raise Invalid("checkpoint_invalid", f"{file}: no signatures")
        text = note[: end + 1]
        lines = text[:-1].split("\n")
        if len(lines) < 3 or not lines[0] or "" in lines[3:] or not re.fullmatch("0|[1-9][0-9]*", lines[1]):
            raise Invalid("checkpoint_invalid", f"{file}: not a checkpoint")
        self.origin, self.size, root = lines[0], int(lines[1]), from_base64(lines[2])
        if root is None or len(root) != 32:
            raise Invalid("checkpoint_invalid", f"{file}: no root")
        self.root = root
        self.cosigned = {}
        signed = late = False
        for line in note[end + 2 : -1].split("\n"):
            found = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
            data = from_base64(found[2]) if found else None
            if data is None or len(data) < 5:
                raise Invalid("checkpoint_invalid", f"{file}: not a signature: {line}")
            for key in keys:
                if key.name != found[1] or key.id != data[:4]:
                    continue
                if not key.accepts(text.encode(), data[4:]):
                    raise Invalid("signature_invalid", f"{file}: wrong signature by {key.name}")
                if key.type == WITNESS:
                    self.cosigned[(key.name, key.id)] = int.from_bytes(data[4:12], "big")
                elif key.name == self.origin:
                    signed = signed or self.size <= key.until
                    late = late or self.size > key.until
        if late and not signed:
            raise Invalid("signature_invalid", f"{file}: signed with a key that had been replaced")
        if not signed:
            raise Invalid("signature_invalid", f"{file}: not signed by a known key of {self.origin}")


def read(file):
    try:
        with open(file, encoding="utf-8", newline="") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotCheck(f"{file} cannot be read: {error}") from error


def keys_in(file, kind):
    lines = [line.strip() for line in read(file).split("\n")]
    keys = [Key(line, file) for line in lines if line and not line.startswith("#")]
    keys = [key for key in keys if key.type == kind]
    if not keys:
        raise CannotCheck(f"{file} has no key of the right kind")
    return keys


# Changes of the key


class Rotation:
    def __init__(self, note, old, new, size):
        self.note, self.old, self.new, self.size = note, old, new, size


def rotation(note):
    """The change of the key, if both keys have signed the note."""
    try:
        text = note[: note.rindex("\n\n") + 1]
        name, size, old, new = text.removesuffix("\n").split("\n")
        old, new = Key(old, "rotation"), Key(new, "rotation")
        if name != new.name + "/key" or not re.fullmatch("0|[1-9][0-9]{0,15}", size):
            return None
        signed = set()
        for line in note[len(text) + 1 :].splitlines():
            found = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
            data = from_base64(found[2])
            for key in (old, new):
                if key.named == (found[1], data[:4]):
                    if not key.accepts(text.encode(), data[4:]):
                        return None
                    signed.add(key)
        return Rotation(note, old, new, int(size)) if len(signed) == 2 else None
    except (CannotCheck, ValueError, TypeError):
        return None


def rotations_in(notes, where, findings):
    found = []
    for note in notes:
        change = rotation(note) if isinstance(note, str) else None
        if change:
            found.append(change)
        else:
            findings.append({"kind": "signature_invalid", "message": f"{where}: not signed by both keys"})
    return found


def notes_in(file):
    for line in read(file).split("\n") if os.path.exists(file) else []:
        if line:
            try:
                yield json.loads(line)
            except ValueError:
                yield None


def chains_of(rotations):
    """Lists of changes, each of which begins with the key with which the one before ends."""
    chains, seen = [], set()
    for change in sorted(rotations, key=lambda change: change.size):
        if (change.old.named, change.new.named, change.size) in seen:
            continue
        seen.add((change.old.named, change.new.named, change.size))
        for chain in chains:
            if chain[-1].new.named == change.old.named:
                chain.append(change)
                break
        else:
            chains.append([change])
    return chains


def vouched(given, rotations, findings):
    """The keys that count, each until it was replaced, and the changes that lead to them."""
    chains = chains_of(rotations)
    names = {key.named for key in given}
    keys = {key.named: key for key in given}
    used = []
    links = [[change.old for change in chain] + [chain[-1].new] for chain in chains]
    for chain, linked in zip(chains, links):
        if not names.intersection(key.named for key in linked):
            continue
        used += chain
        ends = {}
        for key, end in zip(linked, [change.size for change in chain] + [math.inf]):
            ends[key.named] = end
            keys.setdefault(key.named, key)
        for name, end in ends.items():
            keys[name].until = min(keys[name].until, end)
    for name in keys:
        if sum(any(key.named == name for key in linked) for linked in links) > 1:
            findings.append({"kind": "signature_invalid", "message": f"{name[0]} is in two chains of changes"})
    return list(keys.values()), used


# Lines of an export

NUMBER, ID, HASH = r"(0|[1-9][0-9]*)", r'"([^"\\]+)"', r'"([0-9a-f]{64})"'
RECORD = re.compile(rf'\{{"seq":{NUMBER},"id":{ID},"leaf":{HASH},"format":([12]),"record":(?=\{{)'.encode())
PART = re.compile(
    rf'\{{"of":{NUMBER},"part":{ID},"hash":{HASH},(?:"salt":"([A-Za-z0-9_-]{{22}})",)?"changes":(?=\[)'.encode()
)
BESIDE = re.compile(rf'\{{"beside":(-1|{NUMBER}),"id":{ID},"record":(?=\{{)'.encode())
BARE = re.compile(
    rf'\{{"seq":{NUMBER}(?:,"id":{ID})?,"leaf":{HASH}(?:,"format":[12])?,"(pruned|missing)":true\}}'.encode()
)


UNSEALED = re.compile(rf'\{{"unsealed":{NUMBER}\}}'.encode())


class Verifier:
    def __init__(self, checkpoints, receipts):
        self.findings = []
        self.checkpoints = sorted(checkpoints, key=lambda checkpoint: checkpoint.size)
        self.by_size = {}
        for checkpoint in self.checkpoints:
            self.by_size.setdefault(checkpoint.size, []).append(checkpoint)
        self.receipts = {(receipt["record"], receipt["hash"]) for receipt in receipts}
        self.rotations = set()
        self.receipts_found = self.receipts_without_text = 0
        self.tree, self.of_texts = Tree(), None
        self.suspects = []
        self.next, self.gaps, self.had_gap = 0, [], False
        self.last, self.parts = None, {}
        self.checked = self.agreed = self.agreeing = self.pruned = 0
        self.root = None
        for before, after in zip(self.checkpoints, self.checkpoints[1:]):
            if before.size == after.size and before.root != after.root:
                self.find("fork", f"{before.file} and {after.file}", after.size)
        self.compare()

    def find(self, kind, message, seq=None, record=None):
        finding = {"kind": kind, "message": message}
        if seq is not None:
            finding["seq"] = seq
        if record is not None:
            finding["record"] = record
        self.findings.append(finding)

    def line(self, line):
        """False if it is not a line of an export."""
        if not line.endswith(b"}"):
            return False
        found = PART.match(line)
        if found:
            self.part(int(found[1]), found[2].decode(), found[3].decode(), (found[4] or b"") + line[found.end() : -1])
            return True
        found = RECORD.match(line)
        if found:
            self.end_parts()
            text, form = line[found.end() : -1], int(found[4])
            self.record(int(found[1]), found[2].decode(), bytes.fromhex(found[3].decode()), (form, text))
            return True
        found = BESIDE.match(line)
        if found:
            self.end_parts()
            self.find("inserted", "not in the log", int(found[1]) + 1, found[3].decode())
            return True
        found = BARE.fullmatch(line)
        if not found:
            return False
        self.end_parts()
        seq, name = int(found[1]), found[2].decode() if found[2] else None
        known = seq >= self.next or any(first <= seq < after for first, after in self.gaps)
        if known and found[4] == b"pruned":
            self.pruned += 1
        elif known:
            self.find("missing", "removed from the database", seq, name)
        self.record(seq, name, bytes.fromhex(found[3].decode()), None)
        return True

    def record(self, seq, name, leaf, content):
        if seq < self.next:
            self.late(seq, name, leaf, content)
            return
        if seq > self.next:
            self.settle("edited")
            self.gaps.append((self.next, seq))
            self.had_gap = True
        self.next = seq + 1
        self.see(seq, name, leaf, content)
        found = leaf_of(*content) if content else leaf
        if found != leaf:
            self.suspects.append((seq, name, leaf, found))
        if self.had_gap:
            return
        if found != leaf and self.of_texts is None:
            self.of_texts = self.tree.copy()
        self.tree.append(leaf)
        if self.of_texts is not None:
            self.of_texts.append(found)
        self.compare()

    def late(self, seq, name, leaf, content):
        for i, (first, after) in enumerate(self.gaps):
            if first <= seq < after:
                self.gaps[i : i + 1] = [gap for gap in ((first, seq), (seq + 1, after)) if gap[0] < gap[1]]
                self.find("reordered", "too late", seq, name)
                self.see(seq, name, leaf, content)
                return
        self.last = None
        self.find("inserted", "a second time", seq, name)

    def see(self, seq, name, leaf, content):
        self.last = (seq, name)
        if content:
            try:
                record = json.loads(content[1])
            except ValueError:
                record = {}
            if record and record.get("id") != name:
                self.find("edited", "another id", seq, name)
            if record.get("command") == "rotateSigningKey" and leaf_of(*content) == leaf:
                self.rotations.discard(record.get("params", {}).get("rotation"))
            self.parts = {part["id"]: part["hash"] for part in record.get("changeParts", [])}
        for record, digest in list(self.receipts):
            same = leaf in (bytes.fromhex(digest), sha256(b"\x00", bytes.fromhex(digest)))
            if not same and record != name:
                continue
            self.receipts.discard((record, digest))
            if same and name in (None, record):
                self.receipts_found += 1
                self.receipts_without_text += content is None
            else:
                self.find("receipt_differs", "another record", seq, name)

    def part(self, of, name, digest, text):
        expected = self.parts.get(name) if self.last and self.last[0] == of else None
        record = self.last[1] if self.last else None
        if expected is None:
            self.find("inserted", f"changes {name}", of, record)
            return
        del self.parts[name]
        if digest != expected or sha256(text).hex() != expected:
            self.find("part_edited", f"changes {name}", of, record)

    def end_parts(self):
        for name in self.parts:
            self.find("part_missing", f"changes {name}", *self.last)
        self.parts = {}

    def compare(self):
        here = self.by_size.get(self.tree.size, [])
        if not here:
            return
        roots = [checkpoint.root for checkpoint in here]
        if self.of_texts is not None and self.tree.root() not in roots and self.of_texts.root() in roots:
            self.settle("seal_edited")
            self.tree = self.of_texts
        else:
            self.settle("edited")
        self.of_texts = None
        root = self.tree.root()
        for checkpoint in here:
            if checkpoint.root == root:
                self.agreeing += 1
            else:
                kind = "seal_edited" if checkpoint.is_newest else "rewritten"
                self.find(kind, f"not as signed in {checkpoint.file}", self.agreed)
        self.checked, self.root = self.tree.size, here[-1].root
        if root in roots:
            self.agreed = self.tree.size

    def settle(self, kind):
        leaves = {leaf for _, _, leaf, _ in self.suspects}
        for seq, name, _, found in self.suspects:
            swapped = kind == "edited" and found in leaves
            self.find("reordered" if swapped else kind, "not as sealed", seq, name)
        self.suspects = []

    def finish(self, is_torn):
        self.end_parts()
        self.settle("edited")
        for first, after in self.gaps:
            self.find("gap", f"records {first} to {after - 1}", first)
        for checkpoint in self.checkpoints:
            whole = checkpoint.size <= self.next
            if not whole and not (checkpoint.is_newest and is_torn and checkpoint.size == self.next + 1):
                self.find("truncated", f"{checkpoint.file} has {checkpoint.size} records", self.next)
        for record, _ in self.receipts:
            self.find("receipt_not_found", "not in the export", record=record)


def record_files(folder):
    records = os.path.join(folder, "records")
    if not os.path.isdir(records):
        raise CannotCheck(f"{folder} is not an export")
    names = [name for name in os.listdir(records) if re.fullmatch(r"[0-9]{12,16}\.jsonl", name)]
    return [os.path.join(records, name) for name in sorted(names, key=lambda name: int(name[:-6]))]


def beside(file, verifier):
    """Reports what was stored beside the log; how many records were not sealed, or None if the export does not say."""
    if not os.path.exists(file):
        return None
    unsealed = None
    with open(file, "rb") as opened:
        for line in opened:
            text = line[:-1] if line.endswith(b"\n") and unsealed is None else b""
            end = UNSEALED.fullmatch(text)
            if end:
                unsealed = int(end[1])
            elif not (BESIDE.match(text) and verifier.line(text)):
                verifier.find("torn", f"{file}: not a line")
    if unsealed is None:
        verifier.find("torn", f"{file}: no end")
    return unsealed


def verify(arguments):
    early = []
    log_keys = keys_in(arguments.key or os.path.join(arguments.dir, "keys"), LOG)
    witnesses = [key for file in arguments.witness_key for key in keys_in(file, WITNESS)]
    file = os.path.join(arguments.dir, "key-rotations")
    log_keys, rotations = vouched(log_keys, rotations_in(notes_in(file), file, early), early)
    checkpoints = []

    def take(file, is_newest):
        try:
            checkpoint = Checkpoint(read(file), log_keys + witnesses, file, is_newest)
        except Invalid as error:
            early.append({"kind": error.kind, "message": str(error)})
            return
        origin = checkpoints[0].origin if checkpoints else log_keys[0].name
        if not is_newest and checkpoint.origin != origin:
            early.append({"kind": "checkpoint_invalid", "message": f"{file} is of the log {checkpoint.origin}"})
        else:
            checkpoints.append(checkpoint)

    files = record_files(arguments.dir)
    newest = os.path.join(arguments.dir, "checkpoint")
    if os.path.exists(newest):
        take(newest, True)
    else:
        early.append({"kind": "torn", "message": "no checkpoint"})
    earlier = os.path.join(arguments.dir, "checkpoints")
    for name in sorted(os.listdir(earlier)) if os.path.isdir(earlier) else []:
        if name.isdecimal():
            take(os.path.join(earlier, name), False)
    for file in arguments.checkpoint:
        take(file, False)
    receipts = [json.loads(line) for line in read(arguments.receipts).splitlines()] if arguments.receipts else []

    verifier = Verifier(checkpoints, receipts)
    verifier.rotations = {change.note for change in rotations}
    verifier.findings[:0] = early
    is_torn = False
    for file in files:
        is_torn = False
        with open(file, "rb") as opened:
            for line in opened:
                is_whole = line.endswith(b"\n")
                if not is_whole or not verifier.line(line[:-1]):
                    is_torn = not is_whole
                    verifier.find("torn", f"{file}: not a line")
    verifier.finish(is_torn)
    unsealed = beside(os.path.join(arguments.dir, "beside"), verifier)
    cosigned = []
    for key in witnesses:
        sizes = [(c.size, c.cosigned[(key.name, key.id)]) for c in checkpoints if (key.name, key.id) in c.cosigned]
        if not sizes:
            verifier.find("signature_invalid", f"{key.name} has cosigned nothing")
            continue
        size, seconds = max(sizes)
        at = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        cosigned.append({"witness": key.name, "size": size, "at": at})
    report = {
        "ok": not verifier.findings,
        "checked": {"from": 0, "to": verifier.checked},
        "size": verifier.checked,
        "pruned": verifier.pruned,
        "uncovered": verifier.next - verifier.checked,
        "checkpoints": verifier.agreeing,
        "keyRotations": {"signed": len(rotations), "recorded": len(rotations) - len(verifier.rotations)},
        "receipts": verifier.receipts_found,
        "receiptsWithoutText": verifier.receipts_without_text,
        "cosigned": cosigned,
        "findings": verifier.findings,
    }
    if unsealed is not None:
        report["unsealed"] = unsealed
    if verifier.root is not None:
        report["root"] = base64.b64encode(verifier.root).decode()
    return report


# The proof of one record


def root_by(proof, leaf, index, size):
    """The root to which an inclusion proof leads (RFC 9162, section 2.1.3.2), or None."""
    if not 0 <= index < size:
        return None
    number, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if number & 1 or number == last:
            node = sha256(b"\x01", sibling, node)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            node = sha256(b"\x01", node, sibling)
        number, last = number >> 1, last >> 1
    return node if last == 0 else None


def verify_proof(arguments):
    findings = []
    if not (arguments.key and arguments.receipts):
        raise CannotCheck("--proof needs --key and --receipts")
    try:
        proof = json.loads(read(arguments.proof))
        receipt = json.loads(read(arguments.receipts))
        seq, size, leaf = proof["seq"], proof["size"], bytes.fromhex(proof["leaf"])
        hashes = [from_base64(text) for text in proof["proof"]]
        note, digest = proof["checkpoint"], bytes.fromhex(receipt["hash"])
        if None in hashes:
            raise ValueError("a hash of the proof is no Base64")
    except (ValueError, KeyError, TypeError) as error:
        raise CannotCheck(f"not a proof and a receipt: {error}") from error
    rotations = rotations_in(proof.get("keyRotations", []), arguments.proof, findings)
    keys, rotations = vouched(keys_in(arguments.key, LOG), rotations, findings)
    if leaf not in (digest, sha256(b"\x00", digest)):
        findings.append({"kind": "receipt_differs", "seq": seq, "record": receipt["record"], "message": "another leaf"})
    checkpoint = None
    try:
        checkpoint = Checkpoint(note, keys, "checkpoint", True)
        if checkpoint.size != size:
            raise Invalid("checkpoint_invalid", f"of {checkpoint.size} records, and the proof is for {size}")
        if root_by(hashes, leaf, seq, size) != checkpoint.root:
            record = receipt["record"]
            findings.append({"kind": "receipt_not_found", "seq": seq, "record": record, "message": "not in the tree"})
    except Invalid as error:
        findings.append({"kind": error.kind, "message": str(error)})
    return {
        "ok": not findings,
        "checked": {"from": seq, "to": seq + 1},
        "keyRotations": {"signed": len(rotations), "recorded": 0},
        "findings": findings,
    }


def main(words):
    parser = argparse.ArgumentParser()
    parser.add_argument("dir", nargs="?")
    parser.add_argument("--proof")
    parser.add_argument("--checkpoint", action="append", default=[])
    parser.add_argument("--key")
    parser.add_argument("--witness-key", action="append", default=[])
    parser.add_argument("--receipts")
    try:
        arguments = parser.parse_args(words)
        if (arguments.dir is None) == (arguments.proof is None):
            raise CannotCheck("give either the folder of an export, or --proof")
        report = verify(arguments) if arguments.proof is None else verify_proof(arguments)
    except CannotCheck as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(report))
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
