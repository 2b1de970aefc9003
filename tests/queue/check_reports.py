#!/usr/bin/env python3
"""Reads delivery reports (*.eml of a folder) as RFC 3464, RFC 6522 and RFC 6533 want them.

Prints what is wrong with each, one line a fault; exits 0 when nothing is.
"""
import email
import email.policy
import pathlib
import re
import sys

ACTIONS = {"failed": "5", "delayed": "4", "delivered": "2", "relayed": "2"}
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}$")
TYPED = re.compile(r"[A-Za-z0-9-]+; \S")
ADDRESS_TYPE = re.compile(r"(rfc822|utf-8); \S+@\S+$")
DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
MESSAGE_FIELDS = {"original-envelope-id", "reporting-mta", "arrival-date"}
RECIPIENT_FIELDS = {"original-recipient", "final-recipient", "action", "status", "remote-mta",
                    "diagnostic-code", "last-attempt-date", "will-retry-until"}


def bytes_faults(raw, international):
    if b"\r" in raw.replace(b"\r\n", b"") or b"\n" in raw.replace(b"\r\n", b""):
        yield "bare CR or LF"
    if max(len(line) for line in raw.split(b"\r\n")) > 998:
        yield "line over 998 bytes"
    if b"\0" in raw:
        yield "NUL"
    if not international and any(byte > 127 for byte in raw):
        yield "8-bit in a 7-bit report"
    if international:
        raw.decode("utf-8")


def blocks_of(part):
    """The groups of fields in a delivery-status part."""
    if part.get_content_type() == "message/delivery-status":
        return [{name.lower(): value for name, value in block.items()}
                for block in part.get_payload() if block.items()]
    # Python knows nothing of RFC 6533's type, and takes it for a message.
    text = part.as_bytes().decode("utf-8").replace("\r\n", "\n").split("\n\n", 1)[1]
    blocks = []
    for block in text.replace("\n ", " ").strip().split("\n\n"):
        fields = [line.split(": ", 1) for line in block.split("\n")]
        blocks.append({name.lower(): value for name, value in fields})
    return blocks


def status_faults(blocks):
    message, recipients = blocks[0], blocks[1:]
    if not TYPED.match(message.get("reporting-mta", "")):
        yield "Reporting-MTA missing"
    if not recipients:
        yield "no recipient"
    for name in set(message) - MESSAGE_FIELDS:
        yield f"unknown per-message field {name}"
    for fields in recipients:
        for name in set(fields) - RECIPIENT_FIELDS:
            yield f"unknown per-recipient field {name}"
        if not ADDRESS_TYPE.match(fields.get("final-recipient", "")):
            yield f"Final-Recipient: {fields.get('final-recipient')}"
        if not STATUS.match(fields.get("status", "")):
            yield f"Status: {fields.get('status')}"
        if fields.get("action") not in ACTIONS:
            yield f"Action: {fields.get('action')}"
        if fields.get("action") == "delayed" and fields["status"][0] == "5":
            yield "delayed with a permanent status"
        if "will-retry-until" in fields and fields["action"] != "delayed":
            yield "Will-Retry-Until in what is not delayed"
        for name in ("last-attempt-date", "will-retry-until"):
            if name in fields and not DATE.match(fields[name]):
                yield f"{name}: {fields[name]}"
        if "diagnostic-code" in fields and not TYPED.match(fields["diagnostic-code"]):
            yield f"Diagnostic-Code: {fields['diagnostic-code']}"


def faults(raw):
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    parts = message.get_payload()
    if message.get_content_type() != "multipart/report" or len(parts) != 3:
        yield f"{message.get_content_type()} with {len(parts)} parts"
        return
    international = parts[1].get_content_type() == "message/global-delivery-status"
    yield from bytes_faults(raw, international)
    for part in [message, *parts]:  # not what is wrong within the message that comes back
        for defect in part.defects:
            yield f"{part.get_content_type()}: {defect!r}"
    if message.get_param("report-type") != "delivery-status":
        yield "report-type"
    if message["Auto-Submitted"] not in ("auto-replied", "auto-generated"):
        yield "Auto-Submitted"
    for name in ("Date", "From", "To", "Subject", "Message-Id", "MIME-Version"):
        if len(message.get_all(name, [])) != 1:
            yield f"{name} not there once"
    if parts[0].get_content_type() != "text/plain":
        yield "the first part is not for people"
    if parts[1].get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
        yield parts[1].get_content_type()
    if parts[2].get_content_type() not in ("message/rfc822", "text/rfc822-headers", "message/global",
                                           "message/global-headers"):
        yield parts[2].get_content_type()
    yield from status_faults(blocks_of(parts[1]))


def main():
    reports = sorted(pathlib.Path(sys.argv[1]).glob("*.eml"))
    wrong = 0
    for path in reports:
        for fault in faults(path.read_bytes()):
            wrong += 1
            print(f"{path.name}: {fault}")
    print(f"{len(reports)} reports, {wrong} faults")
    return 0 if reports and wrong == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
