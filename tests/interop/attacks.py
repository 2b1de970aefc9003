"""attacks.py - testssl.sh looks for known attacks on the TLS that the relay offers."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import time

from lab import RELAY

# Protocols, ciphers, vulnerabilities. Not the certificate, which is the lab's own, and not whose
# order of ciphers counts: where all are strong, the client knows best which of them it does fast.
LOOK = ["--protocols", "--std", "--vulnerable"]
HARMLESS = ("OK", "INFO", "LOW", "DEBUG", "WARN")
PATIENCE = 240


def look(relay):
    """Raises RuntimeError when it finds anything of medium severity or worse."""
    if not shutil.which("testssl"):
        print("skipped: testssl.sh is not installed", flush=True)
        return
    relay.wipe()
    relay.start()
    begin = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder:
            report = pathlib.Path(folder) / "report.json"
            text = subprocess.run(
                ["testssl", "--starttls", "smtp", "--quiet", "--color", "0", "--warnings", "off",
                 "--nodns", "none", "--jsonfile", str(report), *LOOK, f"{RELAY}:25"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
                check=False).stdout.decode(errors="replace")
            findings = json.loads(report.read_text()) if report.exists() else []
    finally:
        relay.stop()
    looked_at = {finding["id"] for finding in findings}
    if not {"TLS1_3", "heartbleed", "ROBOT"} <= looked_at:
        raise RuntimeError(f"testssl.sh did not look at everything:\n{text}")
    bad = [f"{finding['id']}: {finding['finding']}" for finding in findings
           if finding["severity"] not in HARMLESS]
    if bad:
        raise RuntimeError("testssl.sh: " + "\n".join(bad))
    print(f"testssl.sh: {len(findings)} findings, none of medium severity or worse, "
          f"{time.monotonic() - begin:.0f} s", flush=True)
