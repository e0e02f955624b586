"""What keys and tokens look like: shapes that their issuers publish, and places that hold nothing but secrets."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator

import attrs

from rqml_catalog.supply_chain.secrets_search.words import is_generated, is_placeholder, is_varied

Found = tuple[str, int, int]  # kind, begin, end


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@attrs.frozen
class Shape:
    """One shape of secrets.

    Attributes:
        kind: as in `GitHub token`.
        hint: lower-case letters that a text with such a secret holds; they save the search of most texts.
        pattern: its group 1, where there is one, is the secret, otherwise the whole match is.
        confirms: whether what was matched is one.
    """

    kind: str
    hint: str
    pattern: re.Pattern[str] = attrs.field(converter=_compiled)
    confirms: Callable[[str], bool] = is_varied

    def find(self, text: str) -> Iterator[Found]:
        """The secrets of this shape in a text."""
        for match in self.pattern.finditer(text):
            group = match.lastindex or 0
            if self.confirms(match[group]):
                yield (self.kind, *match.span(group))


def _is_password(value: str) -> bool:
    return is_varied(value) and not is_placeholder(value)


def _is_pair(value: str) -> bool:
    """Base64 of `user:password`."""
    user, colon, password = _decoded(value).partition(":")
    return bool(colon) and (user + password).isprintable() and len(password) > 3 and not is_placeholder(password)


def _is_private_key(value: str) -> bool:
    return "PRIVATE KEY-----" in _decoded(value[:80])


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
    except (ValueError, binascii.Error):
        return ""


_OPENED = r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
_HEADERS = r"(?:(?:\s|\\[nr])*[A-Z][\w-]+: [^\n\\]+)*"
_QUOTE = r"\\?['\"]"
_PLAIN = r"([^\s'\"\\<>{}$]{6,120})"

_HARMLESS = "(?:change|idempotency|next|starting|page|continuation)-"

SHAPES: tuple[Shape, ...] = (
    Shape("private key", "private key", rf"{_OPENED}{_HEADERS}[A-Za-z0-9+/=\s\\nr]{{40,}}"),
    Shape("private key", "putty-user-key", r"PuTTY-User-Key-File-\d:[^\0]{20,}?Private-Lines: \d+\s+[\w+/=\s]{40,}"),
    Shape("private key", "age-secret-key", r"\bAGE-SECRET-KEY-1[A-Z0-9]{50,}\b"),
    Shape("encoded private key", "ls0tls1crudjti", r"\bLS0tLS1CRUdJTi[A-Za-z0-9+/]{60,}={0,2}", _is_private_key),
    Shape("AWS access key", "a", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    Shape("GitHub token", "gh", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    Shape("GitHub token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{60,}\b"),
    Shape("GitLab token", "gl", r"\bgl(?:pat|rt|dt|ptt|ft|soat|cbt)-[A-Za-z0-9_-]{20,}"),
    Shape("Slack token", "xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{20,}\b"),
    Shape("Slack token", "xapp-", r"\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{32,}\b"),
    Shape("Slack webhook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows)/(T\w{6,}/\w{6,}/\w{16,})"),
    Shape("Google API key", "aiza", r"\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    Shape("Google OAuth secret", "gocspx-", r"\bGOCSPX-[A-Za-z0-9_-]{24,}"),
    Shape("Google OAuth token", "ya29.", r"\bya29\.[A-Za-z0-9_-]{30,}"),
    Shape("Azure storage key", "accountkey=", r"(?i)AccountKey=([A-Za-z0-9+/]{80,}={0,2})"),
    Shape("Azure client secret", "q~", r"(?<![\w.~-])[A-Za-z0-9_.~-]{3}[78]Q~[A-Za-z0-9_.~-]{31,34}(?![\w.~-])"),
    Shape("signed address", "sig=", r"[?&;]sig=([A-Za-z0-9%+/]{40,}=?)"),
    Shape("Stripe key", "_live_", r"\b[rs]k_live_[A-Za-z0-9]{20,}\b"),
    Shape("Stripe webhook secret", "whsec_", r"\bwhsec_[A-Za-z0-9+/]{30,}"),
    Shape("OpenAI or Anthropic key", "sk-", r"\bsk-(?:[a-z0-9]{1,10}-){0,2}[A-Za-z0-9_-]{32,}"),
    Shape("Hugging Face token", "hf_", r"\bhf_[A-Za-z0-9]{30,}\b"),
    Shape("npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    Shape("PyPI token", "pypi-age", r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    Shape("SendGrid key", "sg.", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),
    Shape("Mailgun key", "key-", r"\bkey-[0-9a-f]{32}\b"),
    Shape("Twilio token", "ac", r"\bAC[0-9a-f]{32}['\"]\s*,\s*(?:\w+\s*=\s*)?['\"]([0-9a-f]{32})\b"),
    Shape("Twilio key", "sk", r"\bSK[0-9a-f]{32}\b"),
    Shape("Telegram token", ":aa", r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    Shape("Discord webhook", "/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/(\d{15,}/[A-Za-z0-9_-]{40,})"),
    Shape("Databricks token", "dapi", r"\bdapi[0-9a-f]{32}(?:-\d)?\b"),
    Shape("DigitalOcean token", "do", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    Shape("Docker token", "dckr_", r"\bdckr_[po]at_[A-Za-z0-9_-]{20,}"),
    Shape("Vault token", "hv", r"\bhv[sb]\.[A-Za-z0-9_-]{24,}"),
    Shape("Grafana token", "gl", r"\bgl(?:c|sa)_[A-Za-z0-9_=+/]{32,}"),
    Shape("Shopify token", "shp", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    Shape("Groq key", "gsk_", r"\bgsk_[A-Za-z0-9]{48,}\b"),
    Shape("NVIDIA key", "nvapi-", r"\bnvapi-[A-Za-z0-9_-]{60,}"),
    Shape("Replicate token", "r8_", r"\br8_[A-Za-z0-9]{37}\b"),
    Shape("LangSmith key", "lsv2_", r"\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}\b"),
    Shape("Pinecone key", "pcsk_", r"\bpcsk_[A-Za-z0-9_]{50,}\b"),
    Shape("Atlassian token", "atatt3", r"\bATATT3[A-Za-z0-9_=-]{60,}"),
    Shape("New Relic key", "nrak-", r"\bNRAK-[A-Z0-9]{27}\b"),
    Shape("JSON web token", "eyj", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    Shape("Weights & Biases key", "wandb", r"\bwandb[\w.]*\.login\([^)\n]{0,40}?['\"]([0-9a-f]{40})['\"]"),
    Shape(
        "Kaggle key",
        "username",
        rf"{_QUOTE}username{_QUOTE}:\s*[^,{{}}\n]+,\s*{_QUOTE}key{_QUOTE}:\s*{_QUOTE}([0-9a-f]{{32}})",
    ),
    Shape("registry password", "auth", rf"{_QUOTE}auth{_QUOTE}\s*:\s*{_QUOTE}([A-Za-z0-9+/]{{8,}}={{0,2}})", _is_pair),
    Shape("basic authentication", "basic", r"(?i:\bbasic)\s+([A-Za-z0-9+/]{8,}={0,2})", _is_pair),
    Shape(
        "bearer token",
        "authorization",
        rf"(?i)authorization{_QUOTE}?\s*[:=,]\s*{_QUOTE}?(?:bearer|token)\s+([\w.~+/-]{{20,}}=*)",
        _is_password,
    ),
    Shape(
        "password beside its user",
        "(",
        rf"(?i)(?:\bauth\s*=\s*|login|basic_?auth)\(\s*{_QUOTE}[^'\"\n]+{_QUOTE},\s*{_QUOTE}([^'\"\s\\]{{8,}}){_QUOTE}",
        is_generated,
    ),
    Shape(
        "password of a login",
        " login",
        rf"\b(?:docker|podman|helm)\b[^\n|;]*? login\b[^\n|;]*?\s-p[= ]?{_PLAIN}",
        _is_password,
    ),
    Shape("password of mysql", "mysql", rf"\bmysql\w*[ \t][^\n|;]*?\s-p{_PLAIN}", is_generated),
    Shape("password in a URL", "://", r"://[^\s:/@'\"\\]{0,60}:([^\s:/@'\"\\{}$<>]{6,80})@[\w.\[-]+", _is_password),
    Shape(
        "password of curl", "curl", rf"\bcurl\b[^\n|;]*?\s(?:-u|--user)[= ]?{_QUOTE}?[^\s:'\"$]+:{_PLAIN}", _is_password
    ),
    Shape(
        "secret on a command line",
        "--",
        rf"(?i)--(?!{_HARMLESS})(?:[a-z]+-)?(?:password|passwd|passphrase|token|api-?key|secret)[= ]{_QUOTE}?{_PLAIN}",
        _is_password,
    ),
    Shape("password of a .netrc", "machine", r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S{6,})", _is_password),
    Shape(
        "secret in XML",
        "</",
        r"(?i)<(?:\w+[.:-])?(?:password|passwd|passphrase|secret|api-?key|token)>([^<\s]{6,120})</",
        _is_password,
    ),
)  # fmt: skip


def find_shapes(text: str) -> Iterator[Found]:
    """The secrets in a text that their shape tells."""
    lowered = text.lower()
    for shape in SHAPES:
        if shape.hint in lowered:
            yield from shape.find(text)
