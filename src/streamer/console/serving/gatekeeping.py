"""Who may look: requests that name this very address, from no other site, and with the token."""

import hmac
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit


class Gate:
    """Lets in whoever opened the console by its address with the token, which a cookie keeps from then on."""

    def __init__(self, port: int, token: str) -> None:
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}
        self.cookie = f"streamer-console-{port}"  # cookies know no ports
        self._token = token

    def refusal(self, headers: Mapping[str, str]) -> str:
        """Return why a request is refused before anything else is looked at; "" where it is not.

        A foreign Host is a name that somebody made lead here; a foreign Origin is another site's page.
        """
        if headers.get("Host", "") not in self.hosts:
            return "This console answers at its own address only."
        origin = headers.get("Origin", "")
        if origin and urlsplit(origin).netloc not in self.hosts:
            return "This console answers its own pages only."
        # A link from elsewhere may lead here, but its page reads nothing of what it finds.
        foreign = headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}
        if foreign and headers.get("Sec-Fetch-Mode", "") != "navigate":
            return "This console answers its own pages only."
        return ""

    def holds_token(self, path: str) -> bool:
        """Whether the address has the token."""
        given = parse_qs(urlsplit(path).query).get("token", [""])[0]
        return hmac.compare_digest(given.encode(), self._token.encode())

    def is_known(self, headers: Mapping[str, str]) -> bool:
        """Whether the cookie has the token."""
        try:
            found = SimpleCookie(headers.get("Cookie", "")).get(self.cookie)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode(), self._token.encode())

    def set_cookie(self) -> str:
        """Return the header's value that lets a browser in."""
        return f"{self.cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
