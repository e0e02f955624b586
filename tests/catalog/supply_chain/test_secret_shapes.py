"""Shapes of secrets: each kind is found, named and taken out wherever it stands; what only looks like one is left."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import pickle
import string
import tarfile
import uuid
import zipfile
import zlib
from random import Random

import joblib
import pytest

from rqml import CheckStatus, EnforcementStatus
from rqml_catalog.supply_chain import NoSecrets, secrets_search
from rqml_catalog.supply_chain.secrets_search import find_in, redacted

WORD = string.ascii_letters + string.digits
URL = WORD + "-_"
HEX = "0123456789abcdef"


class Made:
    """Random parts of secrets, of the lengths and letters that their issuers use."""

    def __init__(self, seed):
        self.rng = Random(seed)

    def __call__(self, length, letters=WORD):
        return "".join(self.rng.choice(letters) for _ in range(length - 2)) + "7q"

    def base64(self, count):
        return base64.b64encode(self.rng.randbytes(count)).decode()

    def uuid(self):
        return str(uuid.UUID(bytes=self.rng.randbytes(16)))

    def pair(self):
        return base64.b64encode(f"robot:{self(20)}".encode()).decode()

    def pem(self, kind="RSA PRIVATE KEY"):
        body = self.base64(300)
        lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
        return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n"


# (file, kind that is told, text with the secret in place of {}, the secret)
SECRETS = [
    ("a.py", "AWS access key", 's3 = Session("{}")', lambda m: "AKIA" + m(16, string.ascii_letters).upper()),
    (".aws", "assigned secret", "aws_secret_access_key = {}", lambda m: m(40, WORD + "+/")),
    ("a.js", "Google API key", "const key = '{}'", lambda m: "AIza" + m(35, URL)),
    ("a.env", "Azure storage key", "X=Protocol=https;AccountKey={};E=1", lambda m: m(86, WORD + "+/") + "=="),
    ("a.tf", "Azure client secret", 'client = "{}"', lambda m: "abc8Q~" + m(34)),
    ("a.txt", "signed address", "https://a.blob.example.net/c?sv=2022&sig={}", lambda m: m(43) + "%3D"),
    ("a.sh", "GitHub token", "git clone https://{}@github.example.com/a.git", lambda m: "ghp_" + m(36)),
    ("a.md", "GitHub token", "log in with {} please", lambda m: f"github_pat_{m(22)}_{m(59)}"),
    ("a.py", "GitLab token", 'h = {{"PRIVATE-TOKEN": "{}"}}', lambda m: "glpat-" + m(20, URL)),
    ("a.py", "Slack token", 'WebClient("{}")', lambda m: f"xoxb-{m(12, HEX)}-{m(24)}"),
    ("a.yml", "Slack webhook", "url: https://hooks.slack.com/services/{}", lambda m: f"T0{m(8)}/B0{m(8)}/{m(24)}"),
    ("a.rb", "Stripe key", "Stripe.api = '{}'", lambda m: "sk_live_" + m(24)),
    ("a.py", "Twilio token", f'Client("AC{"0a" * 16}", "{{}}")', lambda m: m(32, HEX)[:-2] + "7a"),
    ("a.py", "Twilio key", "Client(AC, '{}')", lambda m: "SK" + m(32, HEX)[:-2] + "7a"),
    ("a.py", "SendGrid key", "Mail('{}')", lambda m: f"SG.{m(22)}.{m(43)}"),
    ("a.sh", "Hugging Face token", "huggingface-cli login {}", lambda m: "hf_" + m(34)),
    ("a.toml", "OpenAI or Anthropic key", 'k = "{}"', lambda m: "sk-proj-" + m(80, URL)),
    ("a.ini", "OpenAI or Anthropic key", "k = {}", lambda m: "sk-ant-api03-" + m(93, URL)),
    ("a.http", "JSON web token", "GET / {}", lambda m: f"eyJ{m(30)}.eyJ{m(40)}.{m(43, URL)}"),
    ("id", "private key", "{}", lambda m: m.pem()),
    ("a.json", "private key", '{{"private_key": "{}"}}', lambda m: m.pem("PRIVATE KEY").replace("\n", "\\n")),
    ("a.asc", "private key", "{}", lambda m: m.pem("PGP PRIVATE KEY BLOCK")),
    ("kube", "encoded private key", "client-key-data: {}", lambda m: base64.b64encode(m.pem().encode()).decode()),
    ("a.yml", "password in a URL", "db: postgresql://app:{}@db:5432/app", lambda m: m(14)),
    ("a.py", "password in a URL", 'broker = "redis://:{}@redis:6379/0"', lambda m: m(14)),
    (".netrc", "password of a .netrc", "machine a.example.com\n  login me\n  password {}", lambda m: m(14)),
    (".pypirc", "PyPI token", "password = {}", lambda m: "pypi-AgEIcHlwaS5vcmc" + m(120, URL)),
    (".npmrc", "assigned secret", "//r.example.com/:_authToken={}", lambda m: m.uuid()),
    ("config.json", "registry password", '{{"auths": {{"r": {{"auth": "{}"}}}}}}', lambda m: m.pair()),
    ("a.sh", "basic authentication", "curl -H 'Authorization: Basic {}' x", lambda m: m.pair()),
    ("a.sh", "bearer token", "curl -H 'Authorization: Bearer {}' x", lambda m: m(43, URL)),
    ("a.sh", "password of curl", "curl -u deploy:{} https://x", lambda m: m(16)),
    ("a.sh", "secret on a command line", "wget --user=me --password={} x", lambda m: m(16)),
    ("a.sh", "password of a login", "docker login -u bot -p {} r.example.com", lambda m: m(16)),
    ("a.xml", "secret in XML", "<password>{}</password>", lambda m: m(16)),
    ("a.py", "password beside its user", 'get(u, auth=("svc", "{}"))', lambda m: m(16)),
    ("kaggle.json", "Kaggle key", '{{"username": "me", "key": "{}"}}', lambda m: m(32, HEX)[:-2] + "7a"),
    ("a.py", "Weights & Biases key", 'wandb.login(key="{}")', lambda m: m(40, HEX)[:-2] + "7a"),
    ("a.yml", "assigned secret", "db:\n  password: {}", lambda m: "Copper-river" + m(6)),
    ("a.ini", "assigned secret", "smtp_password = {}", lambda m: m(12, WORD + "#!%*")),
    (".env", "assigned secret", "DB_PASSWORD={}", lambda m: m(16)),
    ("a.json", "assigned secret", '{{"smtpPassword": "{}"}}', lambda m: m(13)),
    ("a.json", "assigned secret", '{{"x": "{{\\"client_secret\\": \\"{}\\"}}"}}', lambda m: m(28)),
    ("a.py", "assigned secret", 'connect(host="db", password="{}")', lambda m: m(12)),
    ("a.py", "assigned secret", 'os.environ["API_KEY"] = "{}"', lambda m: m(32)),
    ("a.py", "assigned secret", 'os.getenv("TOKEN", "{}")', lambda m: m(32)),
    ("a.py", "assigned secret", 'api_key: str = "{}"', lambda m: m(32)),
    ("a.py", "assigned secret", 'WEBHOOK_SECRET = "{}"', lambda m: m(64, HEX)[:-2] + "7a"),
    ("a.go", "assigned secret", 'secretKey := []string{{"a"}}; apiKey := "{}"', lambda m: m(32)),
    ("a.ts", "assigned secret", "const s = env.JWT_SECRET || '{}'", lambda m: m(30)),
    ("a.cs", "assigned secret", 'var c = "Server=db;User Id=sa;Password={};"', lambda m: m(15)),
    ("a.yml", "assigned secret", '- name: DB_PASSWORD\n  value: "{}"', lambda m: m(15)),
    ("a.config", "assigned secret", '<add key="ClearTextPassword" value="{}" />', lambda m: m(40)),
    ("a.md", "assigned secret", "user `admin`, password: `{}`", lambda m: m(12)),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", SECRETS, ids=lambda case: f"{case[1]} in {case[0]}")
def test_each_kind_is_found_where_it_is_and_taken_out(tmp_path, case, seed):
    name, kind, text, secret = case
    value = secret(Made(seed))
    path = tmp_path / name
    path.write_text(f"# first\n{text.format(value)}\nlast\n")
    assert kind in {place.kind for place in find_in(path, name)}
    path.write_bytes(redacted(path))
    assert list(find_in(path, name)) == []
    assert value.strip() not in path.read_text()
    assert path.read_text().endswith("last\n")


def notebook(source="", **output):
    outputs = [{"output_type": "display_data", "metadata": {}, "data": output}] if output else []
    cell = {"cell_type": "code", "metadata": {}, "source": source.splitlines(True), "outputs": outputs}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def numbered(line, count=20):
    return lambda m: "".join(f"{line(m)}\n" for _ in range(count))


# (file, text that holds no secret)
HARMLESS = [
    ("SHA256SUMS", numbered(lambda m: m(64, HEX) + "  a.bin")),
    ("log", numbered(lambda m: "commit " + m(40, HEX))),
    ("ci.yml", lambda m: f"- uses: a/checkout@{m(40, HEX)}\n  token: ${{{{ secrets.GITHUB_TOKEN2 }}}}\n"),
    ("ids.py", numbered(lambda m: f'session_id = "{m.uuid()}"')),
    ("a.ipynb", lambda m: notebook("plot()", **{"image/png": "iVBORw0KGgo" + m.base64(4000)})),
    ("b.ipynb", lambda m: notebook("df", **{"text/html": f"<td>token_count</td><td>{m(64, HEX)}</td>"})),
    ("test_hmac.py", lambda m: f'KEY = bytes.fromhex("{"0b" * 20}")\nEXPECTED = "{m(64, HEX)}"\n'),
    (".env.example", lambda m: "API_KEY=<your-key>\nPASSWORD=changeme\nTOKEN=xxxxxxxxxxxxxxxx\nSECRET=your-secret-1\n"),
    ("a.sh", lambda m: 'curl -u "$USER:$PASS" x\nexport TOKEN="$VAULT_TOKEN1"\npassword=$(cat /run/secrets/db1)\n'),
    ("a.py", lambda m: 'password = os.environ["DB_PASSWORD1"]\ntoken = get_token2("prod/reader")\n'),
    ("b.py", lambda m: 'PASSWORD_FIELD = "password2_confirmation"\nTOKEN = "https://a.example.com/oauth2"\n'),
    ("c.py", lambda m: "private_key: PrivateKeyTypes1\nsecret = kXxh3Secrets + 1\ntoken = Token2.make(user1)\n"),
    ("d.py", lambda m: '"""A token: call tokens.create2(), pass token=response1.token to Session2."""\n'),
    ("id.pub", lambda m: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{m(43)} me@host\n"),
    ("ca.pem", lambda m: m.pem("CERTIFICATE") + m.pem("PUBLIC KEY")),
    ("poetry.lock", numbered(lambda m: f'{{file = "p-1.0.tar.gz", hash = "sha256:{m(64, HEX)}"}},')),
    ("package-lock.json", numbered(lambda m: f'"integrity": "sha512-{m.base64(64)}",')),
    ("requirements.txt", numbered(lambda m: f"tokenizers==0.19.1 --hash=sha256:{m(64, HEX)}")),
    ("weights.json", lambda m: json.dumps({"weights": m.base64(20000)})),
    ("a.min.js", numbered(lambda m: f"var {m(2)}={m(6)}.{m(8)}(e.password,t.getToken(),n.apiKey);", 200)),
    ("rows.csv", numbered(lambda m: f"1,{m(32, HEX)},0.5")),
    ("tokenizer_config.json", lambda m: '{"pad_token": "<|reserved_250|>", "mask_token": "[M1]"}'),
    ("en.json", lambda m: '{"password": "Password", "forgotPassword": "Forgot it?", "token": "Access token"}'),
    ("aws.md", lambda m: "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n    postgresql://user:password@localhost/db\n"),
    ("test_a.py", lambda m: 'login(password="test-pass-1")\nh = {"Authorization": "Bearer test-token-1234567890"}\n'),
    ("Dockerfile", lambda m: f"FROM python@sha256:{m(64, HEX)}\nENV PASSWORD_FILE=/run/secrets/pw1\n"),
    ("main.tf", lambda m: 'password = var.db1_password\nsecret_key = data.vault.app["k1"]\n'),
    ("b.yaml", lambda m: "password: vault:secret/data/app2#password\n"),
    ("arn.json", lambda m: json.dumps({"Secret": "arn:aws:secretsmanager:eu-1:012345678901:secret:Db-a1b2c3"})),
    ("deploy.yaml", lambda m: "secretKeyRef:\n  name: database-credentials2\n  key: password\n"),
    (".htpasswd", lambda m: f"password_hash: $2b$12${m(53)}\n"),
    ("known_hosts", lambda m: f"|1|{m.base64(20)}|{m.base64(20)} ssh-rsa AAAAB3{m(200)}\nSHA256:{m(43)}\n"),
    ("jwks.json", lambda m: json.dumps({"keys": [{"kid": m(22, URL), "n": m(342, URL), "e": "AQAB"}]})),
    ("meta.yaml", numbered(lambda m: f"run_id: {m(32, HEX)}", 3)),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", HARMLESS, ids=lambda case: case[0])
def test_what_only_looks_like_a_secret_is_none(tmp_path, case, seed):
    name, text = case
    path = tmp_path / name
    path.write_text(text(Made(seed)))
    assert list(find_in(path, name)) == []


ALONE = [case for case in SECRETS if secrets_search.files.secrets_in(case[3](Made(0)))]  # told by their shape, wherever
TEXTS = [b"\xd9%c%b", b"\n%c%bz\x08", b"\x12%c%br\x08"]  # msgpack; protobuf, before another field


def stored(text):
    """A text as each format keeps it whose length or next byte could be a letter."""
    for protocol in range(6):
        yield pickle.dumps({"a": text, "z": 1}, protocol)
        yield pickle.dumps([text, text.encode()], protocol)
    yield b"\x80\x02}q\x00(U\x01aq\x01U%c%bq\x51U\x01zu." % (len(text), text.encode())  # of Python 2
    yield from (b"\0" + form % (len(text), text.encode()) + b"\0" for form in TEXTS)


@pytest.mark.parametrize("case", ALONE, ids=lambda case: f"{case[1]} in {case[0]}")
def test_no_length_hides_a_key(tmp_path, case):
    secret = case[3](Made(0))
    path = tmp_path / "model"
    for length in range(max(20, len(secret)), 131, 5):
        text = (secret + " and so on" * 20)[:length]
        for number, content in enumerate(stored(text)):
            path.write_bytes(content)
            assert case[1] in {place.kind for place in find_in(path, "model")}, (length, number)


@pytest.mark.parametrize("length", range(40, 131))
def test_a_key_of_any_length_is_one_place(tmp_path, length):
    path = tmp_path / "model"
    for content in stored("sk-proj-" + Made(length)(length - 8)):
        path.write_bytes(content)
        assert {place.kind for place in find_in(path, "model")} == {"OpenAI or Anthropic key"}
    joblib.dump({"a": "sk-proj-" + Made(length)(length - 8), "z": 1}, path)
    (place,) = find_in(path, "model")
    assert not place.removable


PAIRS = {"db_password": "Copper-river-7421", "note": "as before"}


@pytest.mark.parametrize("protocol", range(1, 6))
def test_a_pickled_value_is_read_with_its_name(tmp_path, protocol):
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"weights": bytes(99), **PAIRS}, protocol))
    (place,) = find_in(path, path.name)
    assert (place.kind, place.removable) == ("assigned secret", False)
    path.write_bytes(pickle.dumps({"weights": bytes(99), "password_hash": PAIRS["db_password"], "token": "end_7"}))
    assert list(find_in(path, path.name)) == []


def _zip(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.bin", content)
    return file.getvalue()


def _tar(content):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo("inner.bin")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def _joblib(content):
    file = io.BytesIO()
    joblib.dump(content, file, compress=("zlib", 3))
    return file.getvalue()


PACKERS = [
    _zip,
    _tar,
    _joblib,
    gzip.compress,
    bz2.compress,
    lzma.compress,
    zlib.compress,
    lambda c: _zip(gzip.compress(c)),
]


@pytest.mark.parametrize("pack", PACKERS)
def test_what_is_packed_is_searched(tmp_path, pack):
    content = pickle.dumps({"weights": bytes(99), "note": "ghp_" + Made(1)(36)})
    path = tmp_path / "model"
    path.write_bytes(pack(content))
    assert {place.kind for place in find_in(path, "model")} == {"GitHub token"}
    path.write_bytes(pack(content)[:-9])  # cut short: what is left is searched, nothing is raised
    list(find_in(path, "model"))


def test_bombs_and_holes_end(tmp_path, monkeypatch):
    for module in (secrets_search, secrets_search.files):
        monkeypatch.setattr(module, "LARGEST", 1 << 20)
    (tmp_path / "bomb").write_bytes(gzip.compress(gzip.compress(bytes(50 << 20))))
    with (tmp_path / "sparse.env").open("wb") as file:
        file.write(b"TOKEN=" + Made(1)(30).encode() + b"\n")
        file.truncate(10 << 30)
    result = NoSecrets().check(tmp_path)
    assert result.status is CheckStatus.FAIL
    assert result.details["cut"] == ["sparse.env"]
    assert NoSecrets().enforce(tmp_path).status is EnforcementStatus.INCOMPLETE
    assert (tmp_path / "sparse.env").stat().st_size == 10 << 30


def test_what_cannot_be_read_is_no_pass(tmp_path, monkeypatch):
    path = tmp_path / "locked.env"
    path.write_text("A=1\n")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    result = NoSecrets().check(tmp_path)
    assert result.status is CheckStatus.INCOMPLETE
    assert "locked.env cannot be read (Permission denied)" in result.message
