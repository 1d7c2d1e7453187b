"""Templates of CloudFormation as documents: read, judged by their own rules, and resolved for given parameters.

Knows the functions that the templates here use, and raises KeyError or ValueError for any other.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "infrastructure"
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "provider-registry",
}
NO_VALUE = object()
Tree = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with the short forms of functions: `!Ref x` is `{"Ref": "x"}`."""


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> Tree:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise ValueError(f"!{suffix} of a mapping is not known here.")  # noqa: TRY004 - it is YAML that is wrong
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _function)


def read_template(name: str) -> Tree:
    template: Tree = yaml.load((FOLDER / name).read_text(encoding="utf-8"), Loader=_Loader)
    return template


class Resolved:
    """A template for these parameters. `attributes` are what resources get at AWS: `"Bucket.Arn"`; `"Bucket"` for Ref.

    What is not given there is `<Name.Attribute>`, so that a reference can be told from a value.
    """

    def __init__(
        self, template: Tree, parameters: Mapping[str, str], attributes: Mapping[str, str] | None = None, **pseudo: str
    ) -> None:
        self.template, self.attributes = template, attributes or {}
        defaults = {name: str(said["Default"]) for name, said in template["Parameters"].items() if "Default" in said}
        self.values = {**PSEUDO, **{f"AWS::{name}": value for name, value in pseudo.items()}, **defaults, **parameters}

    def refusals(self) -> list[str]:
        """What CloudFormation would say before it makes anything: patterns, allowed values, and the rules."""
        found = []
        for name, said in self.template["Parameters"].items():
            value = self.values.get(name, "")
            is_wrong = value not in said.get("AllowedValues", [value])
            if is_wrong or not re.fullmatch(said.get("AllowedPattern", ".*"), value):
                found.append(name)
        for rule in self.template.get("Rules", {}).values():
            if self.holds(rule.get("RuleCondition", {"Fn::Equals": ["", ""]})):
                broken = [each for each in rule["Assertions"] if not self.holds(each["Assert"])]
                found += [each["AssertDescription"] for each in broken]
        return found

    def holds(self, test: Tree) -> bool:
        ((name, parts),) = test.items()
        if name == "Fn::Equals":
            return str(self.value(parts[0])) == str(self.value(parts[1]))
        if name == "Condition":
            return self.holds(self.template["Conditions"][parts])
        results = [self.holds(part) for part in parts]
        return {"Fn::Not": not results[0], "Fn::And": all(results), "Fn::Or": any(results)}[name]

    def resource(self, name: str) -> Any:
        """The properties of one resource; raises KeyError if its condition does not hold."""
        return self.resources()[name]["Properties"]

    def resources(self) -> dict[str, Tree]:
        return {name: self.value(said) for name, said in self.template["Resources"].items() if self.is_there(said)}

    def is_there(self, said: Tree) -> bool:
        return "Condition" not in said or self.holds({"Condition": said["Condition"]})

    def value(self, node: Any) -> Any:
        if isinstance(node, list):
            return [part for part in map(self.value, node) if part is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, argument)
        resolved = {key: self.value(part) for key, part in node.items()}
        return {key: part for key, part in resolved.items() if part is not NO_VALUE}

    def _call(self, name: str, argument: Any) -> Any:
        if name == "Ref":
            return self._ref(argument)
        if name == "Fn::GetAtt":
            return self._attribute(".".join(argument))
        if name == "Fn::If":
            condition, then, other = argument
            return self.value(then if self.holds({"Condition": condition}) else other)
        if name == "Fn::Sub":
            text, names = argument if isinstance(argument, list) else (argument, {})
            known = {key: str(self.value(part)) for key, part in names.items()}
            return re.sub(r"\$\{([^}]+)\}", lambda found: known.get(found[1]) or str(self._named(found[1])), text)
        raise ValueError(f"{name} is not known here.")

    def _named(self, name: str) -> Any:
        return self._attribute(name) if "." in name else self._ref(name)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self.values[name] if name in self.values else self._attribute(name)

    def _attribute(self, name: str) -> str:
        if name.partition(".")[0] not in self.template["Resources"]:
            raise KeyError(name)
        return self.attributes.get(name, f"<{name}>")
