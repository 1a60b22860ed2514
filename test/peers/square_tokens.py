"""Tokens of the stand-in Square: personal and OAuth, with scopes, expiry, refresh and revocation."""
import hmac

from square_world import SECOND, time_text

ALL_SCOPES = ["MERCHANT_PROFILE_READ", "ITEMS_READ", "INVENTORY_READ", "ORDERS_READ", "VENDOR_READ"]


class ApiError(Exception):
    """An answer of Square that is an error."""

    CATEGORIES = {401: "AUTHENTICATION_ERROR", 403: "AUTHENTICATION_ERROR", 429: "RATE_LIMIT_ERROR"}

    def __init__(self, status, code, detail, field=None):
        super().__init__(code)
        self.status = status
        category = self.CATEGORIES.get(status, "API_ERROR" if status >= 500 else "INVALID_REQUEST_ERROR")
        error = {"category": category, "code": code, "detail": detail}
        if field:
            error["field"] = field
        self.body = {"errors": [error]}


class Tokens:
    def __init__(self, world, personal, client_id, client_secret):
        self.world = world
        self.clients = {client_id: client_secret}
        self.access = {}
        self.refresh = {}
        self.codes = {}
        if personal:
            self.access[personal] = self.entry(None, None, ALL_SCOPES)

    def entry(self, client, expires, scopes, short_lived=False):
        return {"client_id": client, "expires": expires, "scopes": list(scopes), "revoked": False, "short_lived": short_lived}

    def grant(self, client, scopes, single_use, short_lived=False, refresh=None, expires_in=None):
        """A new access token; the same refresh token, or a new one where each is good for one use."""
        now = self.world.clock.now()
        seconds = expires_in or (86400 if short_lived else self.world.settings["access_seconds"])
        access = self.world.new_id("EAAA")
        self.access[access] = self.entry(client, now + int(seconds * SECOND), scopes, short_lived)
        answer = {"access_token": access, "token_type": "bearer", "expires_at": self.whole(now + int(seconds * SECOND)),
                  "merchant_id": self.world.merchant["id"], "short_lived": short_lived}
        if refresh is None or single_use:
            refresh = self.world.new_id("EQAA")
            self.refresh[refresh] = {"client_id": client, "scopes": list(scopes), "single_use": single_use, "used": False,
                                     "revoked": False, "expires": now + 90 * 86400 * SECOND if single_use else None}
        answer["refresh_token"] = refresh
        if single_use:
            answer["refresh_token_expires_at"] = self.whole(self.refresh[refresh]["expires"])
        return answer

    def whole(self, moment):
        return time_text(moment // SECOND * SECOND).replace(".000Z", "Z")

    def check(self, header, scope):
        """The token of an Authorization header, if it may do this."""
        if not header or not header.startswith("Bearer "):
            raise ApiError(401, "UNAUTHORIZED", "This request could not be authorized.")
        name = header[7:]
        token = self.access.get(name)
        if token is None:
            raise ApiError(401, "UNAUTHORIZED", "This request could not be authorized.")
        if token["revoked"]:
            raise ApiError(401, "ACCESS_TOKEN_REVOKED", "The access token has been revoked.")
        if token["expires"] is not None and self.world.clock.now() >= token["expires"]:
            raise ApiError(401, "ACCESS_TOKEN_EXPIRED", "The access token has expired.")
        if scope and scope not in token["scopes"]:
            raise ApiError(403, "INSUFFICIENT_SCOPES", "The merchant has not given your application sufficient permissions "
                           "to do that. The merchant must authorize your application for the following scopes: " + scope)
        return name

    def client(self, name, secret, single_use):
        """PKCE clients have no secret to show."""
        if name not in self.clients:
            raise ApiError(401, "UNAUTHORIZED", "Not Authorized", "client_id")
        if not single_use and not hmac.compare_digest(str(secret), self.clients[name]):
            raise ApiError(401, "UNAUTHORIZED", "Not Authorized", "client_secret")

    def obtain(self, body):
        """POST /oauth2/token."""
        kind = body.get("grant_type")
        if kind == "authorization_code":
            code = self.codes.pop(body.get("code"), None)
            if code is None:
                raise ApiError(401, "UNAUTHORIZED", "Authorization code not found", "code")
            single_use = "code_verifier" in body
            self.client(body.get("client_id"), body.get("client_secret"), single_use)
            return self.grant(body["client_id"], body.get("scopes") or code["scopes"], single_use, bool(body.get("short_lived")))
        if kind != "refresh_token":
            raise ApiError(400, "INVALID_VALUE", "Unknown grant type", "grant_type")
        name = body.get("refresh_token")
        token = self.refresh.get(name)
        if token is None or token["client_id"] != body.get("client_id"):
            raise ApiError(401, "UNAUTHORIZED", "Invalid refresh token", "refresh_token")
        self.client(body.get("client_id"), body.get("client_secret"), token["single_use"])
        if token["revoked"] or token["used"]:
            raise ApiError(401, "UNAUTHORIZED", "Refresh token has been revoked or used", "refresh_token")
        if token["expires"] is not None and self.world.clock.now() >= token["expires"]:
            raise ApiError(401, "UNAUTHORIZED", "Refresh token expired", "refresh_token")
        token["used"] = token["single_use"]
        return self.grant(token["client_id"], body.get("scopes") or token["scopes"], token["single_use"],
                          bool(body.get("short_lived")), name)

    def status(self, name):
        """POST /oauth2/token/status."""
        token = self.access[name]
        answer = {"scopes": token["scopes"], "merchant_id": self.world.merchant["id"]}
        if token["client_id"]:
            answer["client_id"] = token["client_id"]
        if token["expires"] is not None:
            answer["expires_at"] = self.whole(token["expires"])
        return answer

    def revoke(self, header, body):
        """POST /oauth2/revoke, with the application's secret."""
        client = body.get("client_id")
        if client not in self.clients or header != "Client " + self.clients[client]:
            raise ApiError(401, "UNAUTHORIZED", "Not Authorized")
        if body.get("access_token") and body["access_token"] not in self.access:
            raise ApiError(404, "NOT_FOUND", "Token not found", "access_token")
        self.revoke_client(client, body.get("access_token") if body.get("revoke_only_access_token") else None)
        return {"success": True}

    def revoke_client(self, client, only=None):
        for name, token in self.access.items():
            if name == only or (only is None and token["client_id"] == client):
                token["revoked"] = True
        for token in self.refresh.values() if only is None else []:
            token["revoked"] = token["revoked"] or token["client_id"] == client

    # Verbs.

    def make(self, kind="oauth", scopes=None, expires_in=None, token=None, client=None, single_use=False):
        """A token: kind personal, oauth (with its refresh token) or code (to be exchanged)."""
        scopes = ALL_SCOPES if scopes is None else scopes
        client = client or next(iter(self.clients))
        if kind == "personal":
            token = token or self.world.new_id("EAAA")
            self.access[token] = self.entry(None, None, scopes)
            return {"access_token": token}
        if kind == "code":
            code = self.world.new_id("sq0cgp")
            self.codes[code] = {"scopes": scopes}
            return {"code": code}
        return self.grant(client, scopes, single_use, expires_in=expires_in)

    def change(self, token, revoked=None, scopes=None, expires_in=None):
        """Revokes, narrows or ends an access or refresh token; token `all` means each access token."""
        chosen = list(self.access.values()) if token == "all" else [self.access.get(token) or self.refresh[token]]
        for entry in chosen:
            if revoked is not None:
                entry["revoked"] = revoked
            if scopes is not None:
                entry["scopes"] = scopes
            if expires_in is not None:
                entry["expires"] = self.world.clock.now() + int(expires_in * SECOND)
        return {}
