"""Gives every parameter that the running product documents or shows in a form to sqlmap, at its highest level.

usage: every_parameter.py SQLMAP BASE FOLDER DATABASE

The operations come from /api/v1/openapi.json, the forms from the pages, the values from what the product itself
answers. ENTENTE_TOKENS and ENTENTE_COOKIES hold who asks, one a line, those with more rights first. What destroys comes
last. Each parameter gets ENTENTE_SQLMAP_SECONDS (60) at most. All of them take hours: ENTENTE_SQLMAP_MINUTES, where it is
set, bounds the whole, and ENTENTE_SEED (a number, else made up and said) draws what is tried within it. Fails when sqlmap
finds something, and when nobody could ask any more before the end.
"""

import html.parser
import json
import os
import random
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

SQLMAP, BASE, FOLDER, DATABASE = sys.argv[1:5]
TOKENS = os.environ["ENTENTE_TOKENS"].split()
COOKIES = os.environ.get("ENTENTE_COOKIES", "").split("\n")
SECONDS = int(os.environ.get("ENTENTE_SQLMAP_SECONDS", "60"))
MINUTES = int(os.environ.get("ENTENTE_SQLMAP_MINUTES", "0"))
SEED = int(os.environ.get("ENTENTE_SEED", random.SystemRandom().randrange(1 << 32)))
DESTROYS = ("destructions", "erasures", "end-sessions", "reset-second-factor", "rotate-secret", "supprimer", "effacer", "detruire")
# Whoever follows these is out.
LEAVES = ("/deconnexion", "/sortie", "/langue")
MARK = "*"


def ask(path, headers):
    """Status and body of what is read."""
    request = urllib.request.Request(BASE + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as refused:
        return refused.code, ""


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class Operations:
    """The documented operations, each with values that the product knows."""

    def __init__(self):
        self.document = json.loads(ask("/api/v1/openapi.json", {})[1])
        self.known = {}

    def follow(self, part):
        while "$ref" in part:
            at = self.document
            for name in part["$ref"].split("/")[1:]:
                at = at[name]
            part = at
        return part

    def first_of(self, path):
        """What the first thing in a collection is called."""
        if path not in self.known:
            names = {}
            status, body = next(((s, b) for s, b in (ask(path, bearer(t)) for t in TOKENS) if s == 200), (0, ""))
            if status == 200:
                things = json.loads(body)
                lists = [things] if isinstance(things, list) else [v for v in things.values() if isinstance(v, list)]
                first = next((all_of[0] for all_of in lists if all_of and isinstance(all_of[0], dict)), {})
                names = {name: str(value) for name, value in first.items() if isinstance(value, (str, int))}
            self.known[path] = names
        return self.known[path]

    def name_for(self, path, name):
        """A value for a part of a path: of the first thing in the collection before it, else made up."""
        before = path.split("{" + name + "}")[0].rstrip("/")
        collection = re.sub(r"\{(\w+)\}", lambda part: self.name_for(path, part[1]), before)
        names = self.first_of(collection)
        return next((names[one] for one in (name, "key", "number", "id", "digest") if names.get(one)), "x")

    def values(self, schema, depth=0):
        """Each form that a body may have, with a value for every field."""
        schema = self.follow(schema)
        for kind in ("oneOf", "anyOf"):
            if kind in schema:
                shapes = [one for one in schema[kind] if one.get("type") != "null"]
                shapes = shapes if depth == 0 else shapes[:1]
                return [value for one in shapes for value in self.values(one, depth + 1)]
        if "allOf" in schema:
            whole = {}
            for part in schema["allOf"]:
                value = self.values(part, depth + 1)[0]
                whole.update(value if isinstance(value, dict) else {})
            return [whole]
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        kind = next((one for one in kinds if one != "null"), "string") if isinstance(kinds, list) else kinds
        if kind == "object":
            fields = schema.get("properties", {}) if depth < 5 else {}
            return [{name: self.values(field, depth + 1)[0] for name, field in fields.items()}]
        if kind == "array":
            return [[self.values(schema.get("items", {}), depth + 1)[0]]]
        if kind in ("integer", "number"):
            return [schema.get("example", 1)]
        if kind == "boolean":
            return [False]
        said = schema.get("example") or schema.get("const") or (schema.get("enum") or ["x"])[0]
        return [str(said) + MARK]

    def addresses(self):
        for path, item in self.document["paths"].items():
            for method in ("get", "post", "put", "patch", "delete"):
                if method in item:
                    yield from self.of_one(path, method, item[method], item.get("parameters", []))

    def of_one(self, path, method, operation, shared):
        parameters = [self.follow(one) for one in shared + operation.get("parameters", [])]
        place = re.sub(
            r"\{(\w+)\}", lambda part: urllib.parse.quote(self.name_for(path, part[1]), safe="") + MARK, path
        )
        query, headers = [], []
        for one in parameters:
            schema = self.follow(one.get("schema", {}))
            value = one.get("example") or schema.get("example") or (schema.get("enum") or ["1"])[0]
            text = urllib.parse.quote(str(value), safe="") + MARK
            if one["in"] == "query":
                query.append(one["name"] + "=" + text)
            elif one["in"] == "header":
                headers.append(f"{one['name']}: {text}")
        if "{command}" in path:
            command = next(one for one in parameters if one["name"] == "command")
            commands = self.follow(command.get("schema", {})).get("enum") or ["note", "reply", "close", "tags"]
            places = [path.replace("{command}", one) for one in commands]
            ticket = self.first_of("/api/v1/tickets").get("number", "x") + MARK
            places = [one.replace("{number}", ticket) for one in places]
        else:
            places = [place]
        content = self.follow(operation.get("requestBody", {})).get("content", {})
        bodies = [None]
        if "application/json" in content:
            bodies = self.values(content["application/json"].get("schema", {}))
        for place in places:
            for body in bodies:
                address = place + ("?" + "&".join(query) if query else "")
                data = None if body is None else json.dumps(body)
                yield method.upper(), address, data, headers, "application/json"


class Forms(html.parser.HTMLParser):
    """The forms and links of a page."""

    def __init__(self):
        super().__init__()
        self.forms, self.links, self.form = [], [], None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.form = (given.get("method", "get").upper(), given.get("action", ""), {})
            self.forms.append(self.form)
        elif tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag in ("input", "select", "textarea", "button") and self.form and given.get("name"):
            self.form[2].setdefault(given["name"], given.get("value") or "1")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None


def shape(path):
    """A path without what tells one thing from another of its kind."""
    return re.sub(r"[0-9a-f-]{20,}|[A-Z]{2,}-\d+|\d+", "N", urllib.parse.urlsplit(path).path)


def pages(cookie):
    """Each form of the pages that links lead to, and each address with parameters, one of its kind."""
    seen, forms, left = set(), set(), ["/", "/agent", "/admin", "/portal"]
    while left and len(seen) < 150:
        path = left.pop(0)
        names = tuple(name for name, _ in urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
        if (shape(path), names) in seen or path.startswith(LEAVES):
            continue
        seen.add((shape(path), names))
        status, body = ask(path, {"Cookie": cookie})
        if status != 200:
            continue
        if names:
            yield "GET", re.sub(r"=([^&#]*)", r"=\1" + MARK, path.split("#")[0]), None, [], ""
        found = Forms()
        found.feed(body)
        left += [link for link in found.links if link.startswith("/") and not link.startswith("//")]
        for method, action, fields in found.forms:
            kind = (method, shape(action), tuple(sorted(fields)))
            if not action.startswith("/") or action.startswith(LEAVES) or kind in forms or not fields:
                continue
            forms.add(kind)
            text = "&".join(f"{name}={urllib.parse.quote(value, safe='')}{MARK}" for name, value in fields.items())
            if method == "GET":
                yield method, action.split("?")[0] + "?" + text, None, [], ""
            else:
                yield method, action, text, [], "application/x-www-form-urlencoded"


def attack(method, address, data, headers, kind, who, with_client):
    """What sqlmap found (a text, or none), how many parameters it tried, and whether it came to its end."""
    # What a client says of itself is read alike wherever it asks.
    mark = MARK if with_client else ""
    lines = [*headers, *[f"{name}: {value}{mark}" for name, value in who.items()]]
    lines.append(f"X-Forwarded-For: 192.0.2.1{mark}")
    if kind:
        lines.append(f"Content-Type: {kind}")
    lines.append(f"Origin: {BASE}")
    marks = sum(text.count(MARK) for text in [address, data or "", *lines, mark])
    if marks == 0:
        return None, 0, True
    seconds = SECONDS * marks
    command = [
        SQLMAP, "--url", BASE + address, "--method", method, "--headers", "\n".join(lines), "--user-agent", "entente" + mark,
        "--dbms", DATABASE, "--level", "5", "--risk", "3", "--batch", "--flush-session", "--threads", "4", "--timeout", "10", "--retries", "1",
        "--ignore-code", "*", "--disable-coloring", "--time-limit", str(seconds), "--output-dir", FOLDER,
    ]
    if data is not None:
        command += ["--data", data]
    try:
        run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds + 60)
        said = run.stdout + run.stderr
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode(errors="replace") + "time limit"
    tried = len(set(re.findall(r"testing for SQL injection on (.*)", said)))
    found = re.search(r".*(is vulnerable|appears to be .*injectable|identified the following injection).*", said)
    ended = re.search(r"(do not appear|does not seem) to be injectable", said) and "time limit" not in said
    if tried == 0 and found is None:
        print(f"      nothing was tried: {said.strip().splitlines()[-1] if said.strip() else 'silence'}")
    return found and said[-3000:], tried, bool(ended)


def all_of_them():
    """Everything that can be attacked, with who asks."""
    operations = Operations()
    attacks = []
    # Pages before anybody is in.
    attacks += [(*one, {}) for one in pages("")]
    for one in operations.addresses():
        path = one[1].replace(MARK, "")
        # Whoever may; where nobody can be asked without changing something, the first.
        may = [token for token in TOKENS if one[0] != "GET" or ask(path, bearer(token))[0] not in (401, 403)]
        attacks.append((*one, bearer((may or TOKENS)[0])))
    for cookie in filter(None, COOKIES):
        attacks += [(*one, {"Cookie": cookie}) for one in pages(cookie)]
    return attacks


def drawn(attacks):
    """Those there is time for, reckoned as if every parameter took as long as it may."""
    if not MINUTES:
        return attacks
    left, some = MINUTES * 60, []
    for one in random.Random(SEED).sample(attacks, len(attacks)):
        takes = SECONDS * ((one[1] + (one[2] or "") + "".join(one[3])).count(MARK))
        if takes <= left:
            left -= takes
            some.append(one)
    print(f"{len(some)} of {len(attacks)} addresses, drawn with ENTENTE_SEED={SEED}", flush=True)
    return some


def in_order(attacks):
    """What reads before what changes, before what destroys."""
    return sorted(attacks, key=lambda one: (one[0] == "DELETE" or any(word in one[1] for word in DESTROYS), one[0] != "GET"))


def main():
    tried, cut_short, bad, nothing = 0, 0, 0, 0
    attacks = in_order(drawn(all_of_them()))
    asked = []
    for method, address, data, headers, kind, who in attacks:
        found, parameters, ended = attack(method, address, data, headers, kind, who, who not in asked)
        asked.append(who)
        tried += parameters
        cut_short += not ended
        nothing += parameters == 0 and not ended
        print(f"{method} {address}: {parameters} parameters{'' if ended else ', cut short'}", flush=True)
        if found:
            bad += 1
            print(found)
        if ask("/readyz", {})[0] != 200:
            sys.exit(f"nothing answers any more after {method} {address}")
    print(f"sqlmap tried {tried} parameters of {len(attacks)} addresses; {cut_short} addresses took longer than they may")
    if nothing > len(attacks) // 10:
        sys.exit(f"of {nothing} addresses nothing was tried")
    if bad or not attacks:
        sys.exit(f"{bad} addresses can be injected")


main()
