"""Slices of the services' own OpenAPI documents, closed: a field that they do not name is a fault.

Plain validation lets a misspelled field pass as one more property. So `allOf` is merged, and every object that lists
its properties allows no other.
"""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "specs"
FILES = ["stripe", "paypal_orders_v2", "paypal_payments_v2", "paypal_webhooks_v1", "paypal_disputes_v1"]

Schema = dict[str, Any]


class Specification:
    def __init__(self, file: str):
        self._document = json.loads((FOLDER / f"{file}.json").read_text())
        self._raw = self._document["components"]["schemas"]
        self._closed = {name: self._close(schema) for name, schema in self._raw.items()}

    def operation(self, method: str, path: str) -> Schema | None:
        """What the document says of an address, or None when it does not know it."""
        for template, operations in self._document["paths"].items():
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path) and method.lower() in operations:
                return operations[method.lower()]
        return None

    def faults(self, thing: Any, schema: Schema) -> list[str]:
        root = {"components": {"schemas": self._closed}, **self._close(schema)}
        return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(root).iter_errors(thing)]

    def named(self, name: str) -> Schema:
        return {"$ref": f"#/components/schemas/{name}"}

    def answer_faults(self, operation: Schema, status: int, body: str) -> list[str]:
        answers = operation["responses"]
        found = answers.get(str(status)) or answers["default"]
        found = self._document["components"]["responses"]["default"] if "$ref" in found else found
        if "content" not in found:
            return ["an answer without content is expected"] if body else []
        return self.faults(json.loads(body), found["content"]["application/json"]["schema"])

    def request_faults(self, operation: Schema, query: str, body: str) -> list[str]:
        known = {parameter["name"] for parameter in map(self._parameter, operation.get("parameters", []))}
        asked = {name.partition("[")[0] for name, _ in parse_qsl(query)}
        unknown = [f"query: {name} is unknown" for name in sorted(asked - known)]
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            return unknown + self.faults(json.loads(body or "{}"), content["application/json"]["schema"])
        if "application/x-www-form-urlencoded" in content:
            schema = content["application/x-www-form-urlencoded"]["schema"]
            return unknown + self.faults(self._typed(_nested(body), schema), schema)
        return unknown

    def _parameter(self, parameter: Schema) -> Schema:
        if "$ref" not in parameter:
            return parameter
        return self._document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]

    def _resolved(self, schema: Schema) -> Schema:
        return self._raw[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema

    def _typed(self, given: Any, schema: Schema) -> Any:
        """A form only carries text: give each value the type that its schema announces."""
        schema = self._resolved(schema)
        for choice in schema.get("anyOf", []):
            if self._resolved(choice).get("type") == ("object" if isinstance(given, dict) else "string"):
                schema = self._resolved(choice)
        match schema.get("type"):
            case "array" if isinstance(given, dict):
                return [self._typed(given[place], schema["items"]) for place in sorted(given, key=int)]
            case "object" if isinstance(given, dict):
                inner = schema.get("properties", {})
                return {name: self._typed(value, inner.get(name, {})) for name, value in given.items()}
            case "integer" if re.fullmatch("-?[0-9]+", given):
                return int(given)
            case "boolean" if given in ("true", "false"):
                return given == "true"
        return given

    def _close(self, schema: Any) -> Any:
        """OpenAPI 3.0 as closed JSON Schema."""
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            return {"$ref": schema["$ref"]}
        if "allOf" in schema:
            schema = self._merged(schema)
        closed = {key: value for key, value in schema.items() if not key.startswith("x-")}
        for several in ("anyOf", "oneOf"):
            if several in closed:
                closed[several] = [self._close(one) for one in closed[several]]
        if "items" in closed:
            closed["items"] = self._close(closed["items"])
        if "properties" in closed:
            closed["properties"] = {name: self._close(one) for name, one in closed["properties"].items()}
            closed.setdefault("additionalProperties", False)
        if isinstance(closed.get("additionalProperties"), dict):
            closed["additionalProperties"] = self._close(closed["additionalProperties"])
        if closed.pop("nullable", False):
            closed = {"anyOf": [closed, {"type": "null"}]}
        return closed

    def _merged(self, schema: Schema) -> Schema:
        merged: Schema = {key: value for key, value in schema.items() if key != "allOf"}
        properties: Schema = dict(merged.get("properties", {}))
        for part in schema["allOf"]:
            part = self._resolved(part)
            part = self._merged(part) if "allOf" in part else part
            # A second description of the same property only narrows the first one: the first one closes it.
            properties = part.get("properties", {}) | properties
            merged["required"] = [*merged.get("required", []), *part.get("required", [])]
        return merged | {"type": "object", "properties": properties}


def _nested(body: str) -> Any:
    nested: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        *path, last = name.replace("]", "").split("[")
        place = nested
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return nested
