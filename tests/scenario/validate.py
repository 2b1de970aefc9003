"""validate.py SOURCE_DIR - checks all good scenarios against scenarios/schema.json.

An outside opinion on the schema: the reader itself never looks at it. Prints what does not fit.
"""
import json
import pathlib
import sys

import jsonschema
import yaml


def main(source_dir):
    schema = json.loads((source_dir / "scenarios" / "schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    files = list((source_dir / "scenarios").rglob("*.yaml"))
    files += (source_dir / "tests" / "golden" / "scenario" / "good").glob("*.yaml")
    bad = 0
    for path in sorted(files):
        for error in validator.iter_errors(yaml.safe_load(path.read_text())):
            error = jsonschema.exceptions.best_match([error])
            print(f"{path}: {'/'.join(map(str, error.path))}: {error.message[:200]}")
            bad += 1
    return 1 if bad or not files else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
